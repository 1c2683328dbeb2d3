//! What is kept on this machine: the journal with its projections and the job queue in SQLite, private files, and
//! the system's clock and random source.
//!
//! This room owns order, durability and atomicity. It must not know what an event means: payloads and states are
//! text to it, and its rows are nobody's wire types.

mod disk_files;
mod failure;
mod migrations;
mod open;
mod private_folder;
mod readers;
mod sqlite;
pub mod system;

pub use disk_files::DiskFiles;
pub use migrations::SCHEMA_VERSION;
pub use open::Settings;
pub use sqlite::Health;
pub use sqlite::Integrity;
pub use sqlite::SqliteStore;
