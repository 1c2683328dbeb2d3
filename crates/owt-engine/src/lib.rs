//! The runtime: dispatcher, effect runner, observers, reconcilers, use-cases.
//!
//! Generic over ports: this room must not know which adapter it has, and it knows no HTTP and no command line.
//! The data's way: a use-case or a signal becomes a message; the dispatcher lets the pure step decide and appends
//! its events and effects together; effects are done by workers and their outcomes come back as messages.

mod activity;
mod agent_choice;
mod approvals;
mod backups;
mod before_agent;
mod board;
mod briefing;
pub mod checkup;
mod dispatcher;
mod effects;
mod engine;
mod entity;
mod facts;
mod followers;
mod handing_over;
mod herald;
mod home;
mod hook_scripts;
mod hooks_heard;
mod moved_text;
mod notes;
mod observer;
mod panes;
mod plans;
mod ports;
mod principals;
mod projection;
mod pulse;
mod purge;
mod radar;
mod reconcile;
mod records;

mod room;
mod settings;
mod spool;
mod subject;
mod trash;
pub mod use_cases;
mod view;
mod workers;

pub use agent_choice::AgentError;
pub use backups::BackupKeeper;
pub use backups::keep_backups;
pub use board::Task;
pub use engine::Engine;
pub use engine::Identity;
pub use herald::ChannelHealth;
pub use herald::Herald;
pub use herald::Heralds;
pub use herald::tell_the_person;
pub use home::Home;
pub use observer::OpenTool;
pub use observer::screen_activity;
pub use plans::has_plans;
pub use ports::Ports;
pub use principals::bearer;
pub use principals::hosts;
pub use principals::owner;
pub use principals::principal;
pub use projection::Rebuilt;
pub use purge::Removed;
pub use purge::Spared;
pub use radar::rounds::Rounds;
pub use radar::rounds::watch_for_conflicts;
pub use room::NoRoom;
pub use settings::AttentionSettings;
pub use settings::BrokenSettings;
pub use settings::DiskRules;
pub use settings::Hook;
pub use settings::HookSource;
pub use settings::Settings;
pub use settings::SettingsSource;
pub use settings::TemplateError;
pub use settings::TerminalBackend;
pub use spool::Spooled;
pub use spool::forget_spooled;
pub use spool::spooled;
pub use view::Left;
pub use view::WorkspaceView;
pub use workers::Workers;
pub use workers::start;
