//! What is kept on this machine: the journal with its projections and the job queue in SQLite, private files, the
//! databases of agent programs as far as they are read, and the system's clock and random source.
//!
//! This room owns order, durability and atomicity. It must not know what an event means: payloads and states are
//! text to it, and its rows are nobody's wire types.

mod agent_records;
mod backups;
mod disk_files;
mod earlier;
mod exposure;
mod failure;
mod foreign_lock;
mod migrations;
mod open;
mod private_folder;
mod readers;
mod sqlite;
pub mod system;
mod users_lock;

pub use agent_records::AgentRecords;
pub use backups::KEPT_BACKUPS;
pub use backups::Restored;
pub use backups::backups;
pub use backups::examine;
pub use backups::newest_sound_backup;
pub use backups::restore;
pub use backups::sound_backup;
pub use disk_files::DiskFiles;
pub use earlier::Standing;
pub use earlier::standing;
pub use exposure::Exposure;
pub use exposure::close_to_others;
pub use exposure::exposures;
pub use exposure::remove_leftover;
pub use foreign_lock::Holder;
pub use foreign_lock::lock_holder;
pub use migrations::SCHEMA_VERSION;
pub use open::Settings;
pub use sqlite::SqliteStore;
