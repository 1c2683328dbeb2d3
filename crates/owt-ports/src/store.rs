//! The truth: ordered streams with optimistic append, and the queue of jobs (architecture section 5).
//!
//! Payloads are opaque JSON text here: the engine owns the types, the store owns order, durability and
//! atomicity. Projection rows are written in the same transaction as the events they follow from.

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::EffectId;
use owt_core::JobId;
use owt_core::RequestId;
use owt_core::Timestamp;

/// Why the store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Another append came first: the stream is at `found`.
    #[error("the stream {stream} is at version {found}, not {expected}")]
    Conflict {
        /// The stream.
        stream: String,
        /// The version the caller expected.
        expected: u64,
        /// The version it has.
        found: u64,
    },
    /// The disk is full.
    #[error("no space left for the database")]
    NoSpace,
    /// The lease is not the caller's any more.
    #[error("the lease on {0} was lost")]
    LeaseLost(JobId),
    /// A stream that was to be removed has something left to do.
    #[error("the stream {0} has something left to do")]
    StillNeeded(String),
    /// The file was written by a newer version of the program.
    #[error("the database has schema {found}, newer than {known}: this is an older owt")]
    TooNew {
        /// The version found.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// A payload is larger than the limit, in bytes.
    #[error("a payload of {size} bytes is over the limit of {limit}")]
    TooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The database cannot be written: its folder or filesystem is read-only, or belongs to somebody else.
    #[error("cannot write the database in {folder}: {message}")]
    ReadOnly {
        /// The folder that holds the database.
        folder: AbsPath,
        /// What the system said.
        message: String,
    },
    /// Another process holds the database's lock, for longer than this one was willing to wait.
    #[error("the database {path} is locked by another process")]
    Busy {
        /// The database.
        path: AbsPath,
    },
    /// The file is damaged, or is no database of this program. It is left as it is.
    #[error("the database {path} is damaged or is not one of owt's: {message}")]
    Corrupt {
        /// The database.
        path: AbsPath,
        /// What is wrong with it.
        message: String,
    },
    /// Anything else.
    #[error("database: {0}")]
    Failed(String),
    /// The process died at this point (only the simulator says this).
    #[error("crashed")]
    Crashed,
}

/// What kind of thing a stream is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamKind {
    /// A workspace.
    Workspace,
    /// A job.
    Job,
    /// An attempt.
    Attempt,
    /// A delivery.
    Delivery,
    /// The notes of a repository.
    Notebook,
    /// The attention that a workspace gets from its person.
    Attention,
    /// A landing.
    Landing,
    /// A merge train.
    Train,
}

impl StreamKind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Workspace,
        Self::Job,
        Self::Attempt,
        Self::Delivery,
        Self::Notebook,
        Self::Attention,
        Self::Landing,
        Self::Train,
    ];

    /// The word used in stored stream names.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::Job => "job",
            Self::Attempt => "attempt",
            Self::Delivery => "delivery",
            Self::Notebook => "notebook",
            Self::Attention => "attention",
            Self::Landing => "landing",
            Self::Train => "train",
        }
    }
}

/// One stream: the kind and the id of the thing, as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// The kind.
    pub kind: StreamKind,
    /// The typed id's text.
    pub id: String,
}

/// The largest event payload or row state that a store takes, in bytes of UTF-8.
pub const MAX_PAYLOAD_BYTES: usize = 4 * 1024 * 1024;

/// Position of an event in this store's journal. Local to one store; starts at 1.
pub type Sequence = u64;

/// An event to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Its name, `snake_case`.
    pub name: String,
    /// Its payload, JSON.
    pub payload: String,
    /// What it does to the outbox.
    pub outbox: Outbox,
}

/// What an event does to the outbox of effects. The outbox is a fold of the journal: the last event that names
/// an effect says whether it is pending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outbox {
    /// Nothing.
    Nothing,
    /// An effect is to be done; the event's payload describes it.
    Requested(EffectId),
    /// An effect has been done (or has failed for good).
    Done(EffectId),
}

impl Outbox {
    /// The effect that it is a word on.
    pub const fn effect(&self) -> Option<EffectId> {
        match self {
            Self::Nothing => None,
            Self::Requested(effect) | Self::Done(effect) => Some(*effect),
        }
    }
}

/// The projection row of a stream: its folded state and what lists are asked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The folded state, JSON.
    pub state: String,
    /// What it belongs to: the repository of a workspace, the workspace of a job or delivery, the job of an attempt.
    pub parent: String,
    /// Whether it still counts as live (not ended, not deleted): default lists show these.
    pub live: Live,
}

/// Whether a row is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Live {
    /// It is.
    Yes,
    /// It has ended.
    No,
}

/// One atomic append to one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// The stream.
    pub stream: StreamId,
    /// The version it must have: the number of events in it; 0 for a new stream.
    pub expect: u64,
    /// The events, at least one.
    pub events: Vec<NewEvent>,
    /// The row after them.
    pub row: Row,
    /// When.
    pub at: Timestamp,
    /// The request that led to it.
    pub correlation: RequestId,
    /// The effect of another stream that caused it: a second append to this stream with the same cause changes
    /// nothing, whatever version it expects.
    pub cause: Option<EffectId>,
}

/// What came of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It was written; the sequence of its last event.
    At(Sequence),
    /// An append with this cause was written before; nothing changed.
    Already,
}

/// An event as it is in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the journal.
    pub sequence: Sequence,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Its place in the stream, from 1.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// Its name.
    pub name: String,
    /// Its payload, JSON.
    pub payload: String,
    /// The request that led to it.
    pub correlation: RequestId,
}

/// A stream's row as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRow {
    /// The stream.
    pub stream: StreamId,
    /// Its version.
    pub version: u64,
    /// The row.
    pub row: Row,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// An effect that has been requested and is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingEffect {
    /// Its id.
    pub id: EffectId,
    /// The stream that asked for it.
    pub stream: StreamId,
    /// The payload of the event that asked for it, JSON.
    pub payload: String,
    /// The request that led to it.
    pub correlation: RequestId,
}

/// Which rows to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowQuery {
    /// The kind.
    pub kind: StreamKind,
    /// Only of this parent.
    pub parent: Option<String>,
    /// Only live ones.
    pub live_only: bool,
    /// Only ids greater than this (paging; ids sort by creation).
    pub after: Option<String>,
    /// At most this many.
    pub limit: usize,
}

/// Ordered event streams with their projections.
pub trait EventStore: Send + Sync {
    /// Appends events, row and outbox changes in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`], [`StoreError::NoSpace`], [`StoreError::TooLarge`] over [`MAX_PAYLOAD_BYTES`], ...
    fn append(&self, append: &Append) -> Result<Appended, StoreError>;

    /// A stream's row; `None` when there is no such stream.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn load(&self, stream: &StreamId) -> Result<Option<StoredRow>, StoreError>;

    /// The rows of many streams, seen at one moment, in their order; those that there are not are left out.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn load_all(&self, streams: &[StreamId]) -> Result<Vec<StoredRow>, StoreError>;

    /// Rows by query, oldest first.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn rows(&self, query: &RowQuery) -> Result<Vec<StoredRow>, StoreError>;

    /// A stream's events after `version`, at most `limit`.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn stream(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<Recorded>, StoreError>;

    /// The journal after `sequence`, at most `limit`.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn journal(&self, after: Sequence, limit: usize) -> Result<Vec<Recorded>, StoreError>;

    /// The sequence of the newest event that was ever written, purged ones too; 0 before the first. It never goes back.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn head(&self) -> Result<Sequence, StoreError>;

    /// Waits until the journal has something after `sequence`, at most `timeout`; returns the head.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn wait(&self, after: Sequence, timeout: Duration) -> Result<Sequence, StoreError>;

    /// The effects that are requested and not done, oldest first, at most `limit`.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn pending_effects(&self, limit: usize) -> Result<Vec<PendingEffect>, StoreError>;

    /// The streams of a kind by id, after `after`, at most `limit`. Read from the events, so that it names streams
    /// whose row is lost.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn streams(
        &self,
        kind: StreamKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<StreamId>, StoreError>;

    /// Folds the outbox again from the journal; the number of effects that are pending then.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn rebuild_outbox(&self) -> Result<usize, StoreError>;

    /// Replaces a stream's row, or puts it back when it is lost (rebuilding projections from the events); refused
    /// when the version differs. Its times are those of the stream's first and last event.
    ///
    /// # Errors
    /// [`StoreError::Conflict`].
    fn replace_row(&self, stream: &StreamId, version: u64, row: &Row) -> Result<(), StoreError>;

    /// Removes streams for good, all of them or none: their events, their rows, and the places of their jobs in the
    /// queue. Each is refused at another version than the one it is given with. A number in the journal is not given
    /// again. Returns how many events went.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]; [`StoreError::StillNeeded`] for a stream with an effect that is pending, or that another
    /// stream has a word on too, and for a job that is not finished or withdrawn.
    fn purge(&self, streams: &[(StreamId, u64)]) -> Result<u64, StoreError>;
}

/// A job to be claimed by a runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// The job; enqueuing one that is known is no error and changes nothing. A finished job stays known for ever
    /// (a repeated effect must not run it again); a withdrawn one may be enqueued anew.
    pub job: JobId,
    /// Higher goes first.
    pub priority: i32,
    /// Not before this point.
    pub not_before: Timestamp,
}

/// Who claims: stable over restarts of the server, so that it can renew what it held.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RunnerId(pub String);

/// An exclusive claim on a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// The fencing token: grows with every claim of this job.
    pub token: u64,
    /// The attempt that the claim is for, chosen by the claimer.
    pub attempt: AttemptId,
    /// Valid until then unless renewed.
    pub until: Timestamp,
}

/// How a claimed job is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// It is finished; it leaves the queue.
    Finished,
    /// It goes back to the queue, not before this point.
    Retry(Timestamp),
}

/// The queue of jobs: at-least-once claims, exactly one effective finish.
pub trait JobQueue: Send + Sync {
    /// Adds a job.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn enqueue(&self, job: &NewJob) -> Result<(), StoreError>;

    /// Claims the next job that is due and unclaimed (or whose lease has expired): the highest priority first,
    /// among equals the one that was enqueued first.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn claim(
        &self,
        runner: &RunnerId,
        attempt: AttemptId,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Option<Lease>, StoreError>;

    /// Extends a lease. A lease that expired but was claimed by nobody else is extended too.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<Lease, StoreError>;

    /// Gives a job back. An expired lease that nobody else claimed is good for that; the same settlement again
    /// (a repeated effect) changes nothing and is no error.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`].
    fn settle(&self, lease: &Lease, settlement: Settlement) -> Result<(), StoreError>;

    /// Takes an unclaimed job out of the queue; a claimed or unknown one is left (`false`). A job with an expired
    /// lease counts as claimed: its runner may come back.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn withdraw(&self, job: JobId) -> Result<bool, StoreError>;

    /// Puts a job whose claim of this token is over (given back or not, or withdrawn) into the queue once more, because it
    /// is to be taken up again. One that waits already is due at the earlier of the two times. Once it was claimed anew
    /// its token is another, so that a repeated call changes nothing.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn reopen(&self, job: &NewJob, token: u64) -> Result<(), StoreError>;

    /// When the first job that waits is or was due; `None` when none waits.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn next_due(&self) -> Result<Option<Timestamp>, StoreError>;

    /// The leases that this runner holds, by job; those too that have expired and were claimed by nobody else.
    ///
    /// # Errors
    /// Only failures of the store itself.
    fn held(&self, runner: &RunnerId) -> Result<Vec<Lease>, StoreError>;
}
