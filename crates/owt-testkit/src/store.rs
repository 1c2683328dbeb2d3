//! The store in memory: the same contract as the database, held by the same conformance suite, with a disk that can
//! be full and a process that can die at any call. It must not be cleverer than the real one.

mod queue;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use owt_core::AttemptId;
use owt_core::EffectId;
use owt_core::JobId;
use owt_core::Timestamp;
use owt_ports::Append;
use owt_ports::Appended;
use owt_ports::EventStore;
use owt_ports::JobQueue;
use owt_ports::Lease;
use owt_ports::Live;
use owt_ports::MAX_PAYLOAD_BYTES;
use owt_ports::NewJob;
use owt_ports::Outbox;
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

use crate::crash::CrashPlan;

use queue::Queue;

/// [`EventStore`] and [`JobQueue`] in memory; clones are the same store, and outlive a simulated crash.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    crash: CrashPlan,
    world: Arc<World>,
}

#[derive(Debug, Default)]
struct World {
    tables: Mutex<Tables>,
    grown: Condvar,
}

#[derive(Debug, Default)]
struct Tables {
    journal: BTreeMap<Sequence, Entry>,
    /// The newest number that was given, to an event that was purged perhaps.
    given: Sequence,
    /// Where in the journal each stream's events are, in order.
    streams: BTreeMap<StreamId, Vec<Sequence>>,
    rows: BTreeMap<StreamId, StoredRow>,
    outbox: BTreeMap<EffectId, Sequence>,
    queue: Queue,
    disk: Disk,
}

#[derive(Debug)]
struct Entry {
    recorded: Recorded,
    outbox: Outbox,
    cause: Option<EffectId>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Disk {
    #[default]
    Roomy,
    Full,
}

impl MemoryStore {
    /// An empty store whose calls die as `crash` says.
    pub fn new(crash: CrashPlan) -> Self {
        Self { crash, world: Arc::default() }
    }

    /// The same store through calls that die as `crash` says: what the next server opens, or somebody who only looks.
    pub fn reopened(&self, crash: CrashPlan) -> Self {
        Self { crash, world: Arc::clone(&self.world) }
    }

    /// From now on every write finds the disk full.
    pub fn fill_disk(&self) {
        self.tables().disk = Disk::Full;
    }

    /// Writes find room again.
    pub fn free_disk(&self) {
        self.tables().disk = Disk::Roomy;
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.world.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, name: &'static str, ask: impl FnOnce(&Tables) -> T) -> Result<T, StoreError> {
        self.crash.around(name, || Ok(ask(&self.tables())))
    }

    fn write<T>(
        &self,
        name: &'static str,
        change: impl FnOnce(&mut Tables) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.crash.around(name, || {
            let mut tables = self.tables();
            match tables.disk {
                Disk::Full => Err(StoreError::NoSpace),
                Disk::Roomy => change(&mut tables),
            }
        })
    }
}

impl Tables {
    fn head(&self) -> Sequence {
        self.given
    }

    fn events(&self, stream: &StreamId) -> impl DoubleEndedIterator<Item = &Entry> {
        self.streams.get(stream).into_iter().flatten().map(|at| &self.journal[at])
    }

    fn version(&self, stream: &StreamId) -> u64 {
        self.streams.get(stream).map_or(0, Vec::len) as u64
    }

    fn expect(&self, stream: &StreamId, expected: u64) -> Result<(), StoreError> {
        match self.version(stream) {
            found if found == expected => Ok(()),
            found => Err(StoreError::Conflict { stream: name_of(stream), expected, found }),
        }
    }

    fn append(&mut self, append: &Append) -> Result<Appended, StoreError> {
        check_size(append)?;
        if append.cause.is_some() && self.events(&append.stream).any(|entry| entry.cause == append.cause) {
            return Ok(Appended::Already);
        }
        self.expect(&append.stream, append.expect)?;
        for (index, event) in append.events.iter().enumerate() {
            self.given += 1;
            let sequence = self.given;
            self.fold_outbox(&event.outbox, sequence);
            let recorded = Recorded {
                sequence,
                stream: append.stream.clone(),
                version: append.expect + 1 + index as u64,
                at: append.at,
                name: event.name.clone(),
                payload: event.payload.clone(),
                correlation: append.correlation,
            };
            self.streams.entry(append.stream.clone()).or_default().push(sequence);
            let entry = Entry { recorded, outbox: event.outbox.clone(), cause: append.cause };
            self.journal.insert(sequence, entry);
        }
        self.put_row(&append.stream, &append.row);
        Ok(Appended::At(self.head()))
    }

    fn fold_outbox(&mut self, outbox: &Outbox, sequence: Sequence) {
        match outbox {
            Outbox::Nothing => {}
            Outbox::Requested(effect) => {
                self.outbox.insert(*effect, sequence);
            }
            Outbox::Done(effect) => {
                self.outbox.remove(effect);
            }
        }
    }

    fn put_row(&mut self, stream: &StreamId, row: &Row) {
        let (Some(first), Some(last)) = (self.events(stream).next(), self.events(stream).next_back()) else {
            return;
        };
        let (created_at, updated_at) = (first.recorded.at, last.recorded.at);
        let stored = StoredRow {
            stream: stream.clone(),
            version: self.version(stream),
            row: row.clone(),
            created_at,
            updated_at,
        };
        self.rows.insert(stream.clone(), stored);
    }

    fn rows(&self, query: &RowQuery) -> Vec<StoredRow> {
        self.rows
            .values()
            .filter(|stored| stored.stream.kind == query.kind)
            .filter(|stored| query.parent.as_ref().is_none_or(|parent| *parent == stored.row.parent))
            .filter(|stored| !query.live_only || stored.row.live == Live::Yes)
            .filter(|stored| query.after.as_ref().is_none_or(|after| stored.stream.id > *after))
            .take(query.limit)
            .cloned()
            .collect()
    }

    fn pending(&self, limit: usize) -> Vec<PendingEffect> {
        let mut oldest: Vec<(Sequence, EffectId)> =
            self.outbox.iter().map(|(&effect, &sequence)| (sequence, effect)).collect();
        oldest.sort_unstable();
        oldest.into_iter().take(limit).map(|(sequence, id)| self.pending_at(sequence, id)).collect()
    }

    fn pending_at(&self, sequence: Sequence, id: EffectId) -> PendingEffect {
        let asked = &self.journal[&sequence].recorded;
        PendingEffect {
            id,
            stream: asked.stream.clone(),
            payload: asked.payload.clone(),
            correlation: asked.correlation,
        }
    }

    fn streams(&self, kind: StreamKind, after: Option<&str>, limit: usize) -> Vec<StreamId> {
        let of_kind = self.streams.keys().filter(|stream| stream.kind == kind);
        of_kind
            .filter(|stream| after.is_none_or(|after| stream.id.as_str() > after))
            .take(limit)
            .cloned()
            .collect()
    }

    fn rebuild_outbox(&mut self) -> usize {
        self.outbox.clear();
        let folded: Vec<(Outbox, Sequence)> =
            self.journal.values().map(|entry| (entry.outbox.clone(), entry.recorded.sequence)).collect();
        for (outbox, sequence) in folded {
            self.fold_outbox(&outbox, sequence);
        }
        self.outbox.len()
    }

    fn purge(&mut self, streams: &[(StreamId, u64)]) -> Result<u64, StoreError> {
        for (stream, version) in streams {
            self.expect(stream, *version)?;
            if self.is_needed(stream) {
                return Err(StoreError::StillNeeded(name_of(stream)));
            }
        }
        let before = self.journal.len();
        for (stream, _) in streams {
            for sequence in self.streams.remove(stream).unwrap_or_default() {
                self.journal.remove(&sequence);
            }
            self.rows.remove(stream);
            if let Some(job) = job_of(stream) {
                self.queue.forget(job);
            }
        }
        Ok((before - self.journal.len()) as u64)
    }

    /// Whether something is still to be done for it, or would be done again once its events are gone.
    fn is_needed(&self, stream: &StreamId) -> bool {
        let own: Vec<EffectId> = self.events(stream).filter_map(|entry| entry.outbox.effect()).collect();
        let pending = self.outbox.values().any(|sequence| self.journal[sequence].recorded.stream == *stream);
        let shared = self.journal.values().any(|entry| {
            entry.recorded.stream != *stream
                && entry.outbox.effect().is_some_and(|effect| own.contains(&effect))
        });
        pending || shared || job_of(stream).is_some_and(|job| self.queue.is_open(job))
    }
}

fn job_of(stream: &StreamId) -> Option<JobId> {
    if stream.kind == StreamKind::Job { stream.id.parse().ok() } else { None }
}

fn name_of(stream: &StreamId) -> String {
    format!("{}/{}", stream.kind.as_str(), stream.id)
}

fn check_size(append: &Append) -> Result<(), StoreError> {
    if append.events.is_empty() {
        return Err(StoreError::Failed("an append without events".to_owned()));
    }
    let largest = append.events.iter().map(|event| event.payload.len()).max().unwrap_or(0);
    check_length(largest.max(append.row.state.len()))
}

fn check_length(size: usize) -> Result<(), StoreError> {
    match size {
        size if size > MAX_PAYLOAD_BYTES => Err(StoreError::TooLarge { size, limit: MAX_PAYLOAD_BYTES }),
        _ => Ok(()),
    }
}

impl EventStore for MemoryStore {
    fn append(&self, append: &Append) -> Result<Appended, StoreError> {
        self.write("store.append", |tables| {
            let appended = tables.append(append);
            self.world.grown.notify_all();
            appended
        })
    }

    fn load(&self, stream: &StreamId) -> Result<Option<StoredRow>, StoreError> {
        self.read("store.load", |tables| tables.rows.get(stream).cloned())
    }

    fn load_all(&self, streams: &[StreamId]) -> Result<Vec<StoredRow>, StoreError> {
        self.read("store.load_all", |tables| {
            streams.iter().filter_map(|stream| tables.rows.get(stream).cloned()).collect()
        })
    }

    fn rows(&self, query: &RowQuery) -> Result<Vec<StoredRow>, StoreError> {
        self.read("store.rows", |tables| tables.rows(query))
    }

    fn stream(&self, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.read("store.stream", |tables| {
            let events = tables.events(stream).filter(|entry| entry.recorded.version > after);
            events.take(limit).map(|entry| entry.recorded.clone()).collect()
        })
    }

    fn journal(&self, after: Sequence, limit: usize) -> Result<Vec<Recorded>, StoreError> {
        self.read("store.journal", |tables| {
            let events = tables.journal.range(after.saturating_add(1)..).map(|(_, entry)| entry);
            events.take(limit).map(|entry| entry.recorded.clone()).collect()
        })
    }

    fn head(&self) -> Result<Sequence, StoreError> {
        self.read("store.head", Tables::head)
    }

    fn wait(&self, after: Sequence, timeout: Duration) -> Result<Sequence, StoreError> {
        self.crash.around("store.wait", || {
            let waited =
                self.world.grown.wait_timeout_while(self.tables(), timeout, |tables| tables.head() <= after);
            let (tables, _timed_out) = waited.unwrap_or_else(PoisonError::into_inner);
            Ok(tables.head())
        })
    }

    fn pending_effects(&self, limit: usize) -> Result<Vec<PendingEffect>, StoreError> {
        self.read("store.pending_effects", |tables| tables.pending(limit))
    }

    fn streams(
        &self,
        kind: StreamKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<StreamId>, StoreError> {
        self.read("store.streams", |tables| tables.streams(kind, after, limit))
    }

    fn rebuild_outbox(&self) -> Result<usize, StoreError> {
        self.write("store.rebuild_outbox", |tables| Ok(tables.rebuild_outbox()))
    }

    fn replace_row(&self, stream: &StreamId, version: u64, row: &Row) -> Result<(), StoreError> {
        self.write("store.replace_row", |tables| {
            check_length(row.state.len())?;
            tables.expect(stream, version)?;
            tables.put_row(stream, row);
            Ok(())
        })
    }

    fn purge(&self, streams: &[(StreamId, u64)]) -> Result<u64, StoreError> {
        self.write("store.purge", |tables| tables.purge(streams))
    }
}

impl JobQueue for MemoryStore {
    fn enqueue(&self, job: &NewJob) -> Result<(), StoreError> {
        self.write("queue.enqueue", |tables| {
            tables.queue.enqueue(job);
            Ok(())
        })
    }

    fn claim(
        &self,
        runner: &RunnerId,
        attempt: AttemptId,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Option<Lease>, StoreError> {
        self.write("queue.claim", |tables| Ok(tables.queue.claim(runner, attempt, now, ttl)))
    }

    fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<Lease, StoreError> {
        self.write("queue.renew", |tables| tables.queue.renew(lease, now, ttl))
    }

    fn settle(&self, lease: &Lease, settlement: Settlement) -> Result<(), StoreError> {
        self.write("queue.settle", |tables| tables.queue.settle(lease, settlement))
    }

    fn withdraw(&self, job: JobId) -> Result<bool, StoreError> {
        self.write("queue.withdraw", |tables| Ok(tables.queue.withdraw(job)))
    }

    fn reopen(&self, job: &NewJob, token: u64) -> Result<(), StoreError> {
        self.write("queue.reopen", |tables| {
            tables.queue.reopen(job, token);
            Ok(())
        })
    }

    fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read("queue.next_due", |tables| tables.queue.next_due())
    }

    fn held(&self, runner: &RunnerId) -> Result<Vec<Lease>, StoreError> {
        self.read("queue.held", |tables| tables.queue.held(runner))
    }
}
