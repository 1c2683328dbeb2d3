//! Looking after the database: is it sound, a copy of it, its holes closed. What it holds is nobody's business here.

use owt_core::AbsPath;
use owt_core::Timestamp;

use crate::StoreError;

/// The state of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
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
    pub integrity: Integrity,
}

/// What the check of the whole file found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Integrity {
    /// Nothing.
    Sound,
    /// These complaints.
    Damaged(Vec<String>),
}

/// A copy of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The file.
    pub path: AbsPath,
    /// When it was made.
    pub at: Timestamp,
    /// Its size, in bytes.
    pub size_bytes: u64,
}

/// Looking after the database. Others go on reading meanwhile; only [`Upkeep::vacuum`] holds writers up.
pub trait Upkeep: Send + Sync {
    /// Examines the whole file.
    ///
    /// # Errors
    /// Only failures to look; damage that is found is in [`Health::integrity`].
    fn health(&self) -> Result<Health, StoreError>;

    /// The copies there are, newest first.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when their folder cannot be read.
    fn backups(&self) -> Result<Vec<Backup>, StoreError>;

    /// Makes a copy, checks it, and lets the oldest go.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`], [`StoreError::Corrupt`], ...; the older copies all stay then.
    fn back_up(&self, at: Timestamp) -> Result<Backup, StoreError>;

    /// Rewrites the file without its holes. Needs as much free space again as it is large.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`], [`StoreError::Busy`], ...; the file stays as it was then.
    fn vacuum(&self) -> Result<(), StoreError>;
}
