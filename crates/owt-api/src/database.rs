//! The database: how it is, its copies, and what was done to it.

use serde::Deserialize;
use serde::Serialize;

/// The state of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseHealth {
    /// The schema it has.
    pub schema_version: u32,
    /// Size of the file, in bytes.
    pub size_bytes: u64,
    /// Size of the write-ahead log beside it, in bytes.
    pub wal_bytes: u64,
    /// How many streams it holds.
    pub streams: u64,
    /// How many events it holds.
    pub events: u64,
    /// Whether its pages and indexes agree.
    pub integrity: DatabaseIntegrity,
    /// What is wrong, where something is.
    pub complaints: Vec<String>,
    /// Its copies, newest first.
    pub backups: Vec<DatabaseBackup>,
}

/// What the check of the whole file found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatabaseIntegrity {
    /// Nothing.
    Ok,
    /// Damage.
    Damaged,
}

/// A copy of the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseBackup {
    /// The file.
    pub path: String,
    /// RFC 3339, UTC.
    pub taken_at: String,
    /// Its size, in bytes.
    pub size_bytes: u64,
}

/// What closing the holes of the file gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vacuumed {
    /// Size of the file and its log before, in bytes.
    pub before_bytes: u64,
    /// Size of both after.
    pub after_bytes: u64,
}

/// The database was made anew from a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseRestored {
    /// The copy.
    pub backup: DatabaseBackup,
    /// The folder with the files that were there before, if there were any.
    pub kept_aside: Option<String>,
    /// Only said, not done.
    pub dry_run: bool,
}

/// The rows were folded again from the events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseRebuilt {
    /// How many streams were folded.
    pub streams: u64,
    /// Those whose row was not what their events say, and is now.
    pub mended: Vec<String>,
    /// Those whose events cannot be read; their rows stay as they were.
    pub unreadable: Vec<UnreadableStream>,
}

/// A stream whose events cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableStream {
    /// Which.
    pub stream: String,
    /// Why.
    pub reason: String,
}
