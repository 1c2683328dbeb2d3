//! Find, layer and validate configuration; every value knows where it came from.
//!
//! A setting is declared once ([`declarations`]): key, default, doc, values, who may set it. Reading, checking,
//! suggestions and the typed [`Settings`] follow from that. The core is pure: texts and variables in,
//! [`Settings`] or every error at once out ([`assemble`]). Two rooms touch the world: [`environment`] reads the
//! environment, for the whole program; [`load`] reads the files at the paths it is given.
//!
//! This room must not know what the settings do, which agents exist, git, or any command line.

pub mod environment;
pub mod values;

mod assemble;
mod board;
mod command_line;
mod commented;
mod declaration;
mod document;
mod folders;
mod hooks;
mod key_pattern;
mod landing;
mod loader;
mod notify_command;
mod old_words;
mod origin;
mod panes;
mod places;
mod prices;
mod problem;
mod schema;
mod section;
mod settings;
mod shown;
mod strangers;
mod templates;
mod tools;

pub use assemble::FlagValue;
pub use assemble::SourceFile;
pub use assemble::Sources;
pub use assemble::assemble;
pub use assemble::is_setting;
pub use board::BoardKeys;
pub use commented::commented;
pub use declaration::Declaration;
pub use declaration::Scope;
pub use declaration::Shape;
pub use declaration::declarations;
pub use environment::Environment;
pub use folders::FolderError;
pub use hooks::Commands;
pub use hooks::Hooks;
pub use landing::LandingLists;
pub use loader::ConfigPaths;
pub use loader::REPOSITORY_FILES;
pub use loader::load;
pub use loader::load_at;
pub use origin::FileLayer;
pub use origin::Origin;
pub use origin::Position;
pub use origin::Sourced;
pub use panes::PaneTable;
pub use places::Places;
pub use places::PlacesError;
pub use prices::ModelPrices;
pub use problem::InvalidConfiguration;
pub use problem::Problem;
pub use problem::ProblemKind;
pub use schema::json_schema;
pub use settings::Agents;
pub use settings::Critic;
pub use settings::General;
pub use settings::Landing;
pub use settings::Limits;
pub use settings::Opinion;
pub use settings::Server;
pub use settings::Session;
pub use settings::Settings;
pub use settings::Tmux;
pub use settings::Worktree;
pub use shown::Shown;
pub use shown::Value;
pub use shown::as_toml;
pub use strangers::Stranger;
pub use strangers::strangers;
pub use templates::TemplateError;
pub use templates::template;
pub use templates::template_names;
pub use tools::ToolTable;
