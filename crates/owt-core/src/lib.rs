//! Domain values and pure state machines.
//!
//! This room decides; it never does. It must not know a clock, a disk, a process, a random source, SQL or
//! HTTP: time and ids are passed in, and what is to be done outside is returned as data ([`effect`]).

pub mod agent_failure;
pub mod attempt;
pub mod attention;
pub mod authority;
pub mod branch_naming;
pub mod briefing;
pub mod counting;
pub mod critic;
pub mod delivery;
pub mod edits;
pub mod effect;
pub mod environment;
pub mod evidence;
pub mod failure;
pub mod id;
pub mod job;
pub mod landing;
pub mod look;
pub mod machine;
pub mod notebook;
pub mod notice;
pub mod offspring;
pub mod pane;
pub mod path;
pub mod permission;
pub mod pricing;
pub mod pull_request;
pub mod question;
pub mod queue;
pub mod radar;
pub mod retention;
pub mod retry;
pub mod secret_rule;
pub mod selection;
pub mod session;
pub mod spelling;
pub mod status;
pub mod text;
pub mod time;
pub mod train;
pub mod vcs;
pub mod warning;
pub mod workspace;

pub use id::AttemptId;
pub use id::DeliveryId;
pub use id::EffectId;
pub use id::JobId;
pub use id::LandingId;
pub use id::NoteId;
pub use id::RepositoryId;
pub use id::RequestId;
pub use id::SnapshotId;
pub use id::TrainId;
pub use id::WorkspaceId;
pub use path::AbsPath;
pub use permission::Permissions;
pub use time::Moment;
pub use time::Timestamp;
