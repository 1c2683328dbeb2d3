//! The store: one connection that writes, a few that read, and a bell for those who wait for the journal.
//!
//! Every change is one `BEGIN IMMEDIATE` transaction: a deferred one that reads first fails under contention whatever
//! its timeout. Nothing is gained by collecting several into one: with a write-ahead log and `synchronous=NORMAL`
//! a commit is a write to the log without a flush. It survives the death of the process; a loss of power may take the
//! newest commits, never a part of one.

mod append;
mod columns;
mod journal;
mod maintenance;
mod purge;
mod queue;

use std::fs::File;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::JobId;
use owt_core::Timestamp;
use owt_ports::Append;
use owt_ports::Appended;
use owt_ports::Clock as _;
use owt_ports::EventStore;
use owt_ports::JobQueue;
use owt_ports::Lease;
use owt_ports::NewJob;
use owt_ports::PendingEffect;
use owt_ports::Recorded;
use owt_ports::Row;
use owt_ports::RowQuery;
use owt_ports::RunnerId;
use owt_ports::Sequence;
use owt_ports::Settlement;
use owt_ports::StoreError;
use owt_ports::StoredRow;
use owt_ports::StreamId;
use owt_ports::StreamKind;
use rusqlite::Connection;
use rusqlite::Transaction;
use rusqlite::TransactionBehavior;

use crate::backups::finish_restore;
use crate::backups::refuse_a_pending_restore;
use crate::earlier::Standing;
use crate::earlier::sign;
use crate::earlier::standing;
use crate::failure::Place;
use crate::failure::Trouble;
use crate::migrations::MIGRATIONS;
use crate::migrations::check;
use crate::migrations::check_to_look;
use crate::migrations::is_blank;
use crate::migrations::migrate;
use crate::open::Role;
use crate::open::Settings;
use crate::open::connect;
use crate::open::fold_on_close;
use crate::open::prepare;
use crate::open::use_write_ahead_log;
use crate::readers::Readers;
use crate::system::SystemClock;
use crate::users_lock;

pub(crate) use maintenance::copy_to;
pub(crate) use maintenance::examine_with;

/// [`EventStore`] and [`JobQueue`] in one SQLite file. One process at a time is its server; another one that writes
/// beside it does no harm, but does not wake those who [`EventStore::wait`].
#[derive(Debug)]
pub struct SqliteStore {
    place: Place,
    // Before the writer, so that the writer closes last: only it may fold the log into the file.
    readers: Readers,
    writer: Mutex<Connection>,
    head: Mutex<Sequence>,
    grown: Condvar,
    // After the connections, so that whoever waits for it finds the file closed.
    _open: Option<File>,
}

impl SqliteStore {
    /// Opens the database at `path`, making file and folders when they are missing and migrating an older schema.
    ///
    /// # Errors
    /// [`StoreError::TooNew`], [`StoreError::ReadOnly`], [`StoreError::Corrupt`] (nothing is ever made anew over what
    /// is there), [`StoreError::Busy`], [`StoreError::NoSpace`], [`StoreError::Failed`].
    pub fn open(path: &AbsPath, settings: &Settings) -> Result<Self, StoreError> {
        finish_restore(path, SystemClock.now())?;
        let place = prepare(path, &settings.filled_by_use)?;
        let open = users_lock::share(path).map_err(|error| place.explain_io(&error))?;
        let patience = settings.lock_patience;
        let mut writer = connect(path, Role::Writer, patience).map_err(|error| place.explain(error))?;
        check(&writer, MIGRATIONS, &place)?;
        refuse_a_blank_over_an_earlier_one(&writer, &place, &settings.filled_by_use)?;
        maintenance::refuse_damage(&writer, &place)?;
        fold_on_close(&writer).map_err(|error| place.explain(error))?;
        use_write_ahead_log(&writer, &place)?;
        migrate(&mut writer, MIGRATIONS, &place)?;
        Self::with(place, writer, Readers::new(path.clone(), Role::Reader, patience), Some(open))
    }

    /// Opens what lies at `path` only to look: nothing is made, migrated, folded into the file or removed, and every
    /// change is refused. For whoever keeps a server from starting meanwhile.
    ///
    /// # Errors
    /// As [`SqliteStore::open`]; [`StoreError::Failed`] where none was begun, or a server has to look after it first.
    pub fn open_to_look(path: &AbsPath, settings: &Settings) -> Result<Self, StoreError> {
        let place = Place::of(path)?;
        refuse_a_pending_restore(path)?;
        if standing(path, &settings.filled_by_use)? == Standing::NeverBegun {
            return Err(StoreError::Failed(format!("there is no database {path}")));
        }
        let open = users_lock::share_if_there(path).map_err(|error| place.explain_io(&error))?;
        let patience = settings.lock_patience;
        let onlooker = connect(path, Role::Onlooker, patience).map_err(|error| place.explain(error))?;
        check_to_look(&onlooker, &place)?;
        Self::with(place, onlooker, Readers::new(path.clone(), Role::Onlooker, patience), open)
    }

    fn with(
        place: Place,
        writer: Connection,
        readers: Readers,
        open: Option<File>,
    ) -> Result<Self, StoreError> {
        let head = journal::head(&writer).map_err(|error| place.explain(error))?;
        Ok(Self {
            place,
            readers,
            writer: Mutex::new(writer),
            head: Mutex::new(head),
            grown: Condvar::new(),
            _open: open,
        })
    }

    fn read<T>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        self.readers.ask(question).map_err(|error| self.place.explain(error))
    }

    /// One transaction: all of the change, or nothing of it.
    fn write<T>(&self, change: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>) -> Result<T, StoreError> {
        self.transact(change).map_err(|trouble| self.place.explain(trouble))
    }

    fn transact<T>(&self, change: impl FnOnce(&Transaction<'_>) -> Result<T, Trouble>) -> Result<T, Trouble> {
        let mut writer = self.writer();
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let answer = change(&transaction)?;
        transaction.commit()?;
        Ok(answer)
    }

    /// A panic in a change rolls its transaction back, so what it leaves behind is whole.
    fn writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn announce(&self, sequence: Sequence) {
        let mut head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        // Two appenders may ring in the other order than they wrote.
        *head = sequence.max(*head);
        self.grown.notify_all();
    }
}

/// A file that is a database and holds nothing is begun only where there was no earlier one.
fn refuse_a_blank_over_an_earlier_one(
    writer: &Connection,
    place: &Place,
    filled_by_use: &[AbsPath],
) -> Result<(), StoreError> {
    if !is_blank(writer).map_err(|error| place.explain(error))? {
        return Ok(());
    }
    match sign(place, filled_by_use)? {
        Some(sign) => Err(place.corrupt(format!("it holds nothing, but {sign}"))),
        None => Ok(()),
    }
}

impl EventStore for SqliteStore {
    fn append(&self, append: &Append) -> Result<Appended, StoreError> {
        append::check(append)?;
        let appended = self.write(|transaction| append::append(transaction, append))?;
        if let Appended::At(sequence) = appended {
            self.announce(sequence);
        }
        Ok(appended)
    }

    fn load(&self, stream: &StreamId) -> Result<Option<StoredRow>, StoreError> {
        self.read(|connection| journal::load(connection, stream))
    }

    fn load_all(&self, streams: &[StreamId]) -> Result<Vec<StoredRow>, StoreError> {
        self.read(|connection| journal::load_all(connection, streams))
    }

    fn rows(&self, query: &RowQuery) -> Result<Vec<StoredRow>, StoreError> {
        self.read(|connection| journal::rows(connection, query))
    }

    fn stream(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.read(|connection| journal::stream(connection, stream, after, limit))
    }

    fn journal(&self, after: Sequence, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.read(|connection| journal::journal(connection, after, limit))
    }

    fn head(&self) -> Result<Sequence, StoreError> {
        self.read(journal::head)
    }

    fn wait(&self, after: Sequence, timeout: Duration) -> Result<Sequence, StoreError> {
        let head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.grown.wait_timeout_while(head, timeout, |head| *head <= after);
        let (head, _timed_out) = waited.unwrap_or_else(PoisonError::into_inner);
        Ok(*head)
    }

    fn pending_effects(&self, limit: usize) -> Result<Vec<PendingEffect>, StoreError> {
        self.read(|connection| journal::pending_effects(connection, limit))
    }

    fn streams(
        &self,
        kind: StreamKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<StreamId>, StoreError> {
        self.read(|connection| journal::streams(connection, kind, after, limit))
    }

    fn rebuild_outbox(&self) -> Result<usize, StoreError> {
        self.write(|transaction| Ok(append::rebuild_outbox(transaction)?))
    }

    fn replace_row(&self, stream: &StreamId, version: u64, row: &Row) -> Result<(), StoreError> {
        append::check_length(row.state.len())?;
        self.write(|transaction| append::replace_row(transaction, stream, version, row))
    }

    fn purge(&self, streams: &[(StreamId, u64)]) -> Result<u64, StoreError> {
        self.write(|transaction| purge::purge(transaction, streams))
    }
}

impl JobQueue for SqliteStore {
    fn enqueue(&self, job: &NewJob) -> Result<(), StoreError> {
        self.write(|transaction| Ok(queue::enqueue(transaction, job)?))
    }

    fn claim(
        &self,
        runner: &RunnerId,
        attempt: AttemptId,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Option<Lease>, StoreError> {
        self.write(|transaction| Ok(queue::claim(transaction, runner, attempt, now, ttl)?))
    }

    fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<Lease, StoreError> {
        self.write(|transaction| queue::renew(transaction, lease, now.plus(ttl)))
    }

    fn settle(&self, lease: &Lease, settlement: Settlement) -> Result<(), StoreError> {
        self.write(|transaction| queue::settle(transaction, lease, settlement))
    }

    fn withdraw(&self, job: JobId) -> Result<bool, StoreError> {
        self.write(|transaction| Ok(queue::withdraw(transaction, job)?))
    }

    fn reopen(&self, job: &NewJob, token: u64) -> Result<(), StoreError> {
        self.write(|transaction| Ok(queue::reopen(transaction, job, token)?))
    }

    fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(queue::next_due)
    }

    fn held(&self, runner: &RunnerId) -> Result<Vec<Lease>, StoreError> {
        self.read(|connection| queue::held(connection, runner))
    }
}
