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

/// `POST /v1/database/purge`: look for old records, and remove those that are named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurgeDatabase {
    /// Nothing happened to them for so many days.
    pub days: u32,
    /// The ids of the workspaces to go, as they were found before. Nothing else goes.
    pub named: Vec<String>,
}

/// Old records went, or would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabasePurged {
    /// The removed workspaces whose records go.
    pub workspaces: Vec<PurgedWorkspace>,
    /// How many trains (`owt queue --ship`) go with them: those that had nobody else's work.
    pub trains: u64,
    /// Those that are old enough, and stay.
    pub spared: Vec<SparedRecords>,
    /// The copy of the database that still has what went.
    pub backup: Option<String>,
    /// Only said, not done.
    pub dry_run: bool,
}

/// A removed workspace with its records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurgedWorkspace {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When anything last happened to it: RFC 3339, UTC.
    pub last_at: String,
    /// How many jobs it had.
    pub jobs: u64,
    /// How many attempts they had.
    pub attempts: u64,
    /// How many messages it got.
    pub messages: u64,
    /// How many events all that is.
    pub events: u64,
}

/// A removed workspace whose records stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SparedRecords {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// A stream whose events cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableStream {
    /// Which.
    pub stream: String,
    /// Why.
    pub reason: String,
}
