//! Copies of the database that nobody has to ask for: one for each half hour in which something happened.
//!
//! A thread of its own, so that a large database holds nobody up. Cancel rule: [`BackupKeeper::stop`]; a copy that is
//! under way is finished. Error rule: a copy that fails is logged and tried again after the same time.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use owt_core::Timestamp;
use owt_ports::Clock;
use owt_ports::EventStore;
use owt_ports::Sequence;
use owt_ports::StoreError;
use owt_ports::Upkeep;

use crate::workers::StopFlag;
use crate::workers::named;

/// Work of no more than this is lost with the file.
const EVERY: Duration = Duration::from_secs(30 * 60);

/// The running thread.
pub struct BackupKeeper {
    stop: Arc<StopFlag>,
    thread: JoinHandle<()>,
}

/// What a copy is made from, and when.
struct Keeper {
    store: Arc<dyn EventStore>,
    upkeep: Arc<dyn Upkeep>,
    clock: Arc<dyn Clock>,
    /// The journal's end when the newest copy was made; `None` where that was before this process.
    copied: Option<Sequence>,
}

/// Starts the thread.
///
/// # Errors
/// The system has no thread to give.
pub fn keep_backups(
    store: Arc<dyn EventStore>,
    upkeep: Arc<dyn Upkeep>,
    clock: Arc<dyn Clock>,
) -> Result<BackupKeeper, StoreError> {
    let stop = Arc::new(StopFlag::default());
    let flag = stop.clone();
    let mut keeper = Keeper { store, upkeep, clock, copied: None };
    let thread = named("backups", move || {
        loop {
            let next = keeper.round().unwrap_or_else(|error| {
                tracing::warn!(%error, "the database was not backed up; it is tried again");
                EVERY
            });
            if flag.wait(next) {
                return;
            }
        }
    })?;
    Ok(BackupKeeper { stop, thread })
}

impl BackupKeeper {
    /// Ends the thread.
    pub fn stop(self) {
        self.stop.set();
        if self.thread.join().is_err() {
            tracing::error!("the thread that makes backups had panicked");
        }
    }
}

impl Keeper {
    /// Makes a copy if it is time; how long there is nothing to do.
    fn round(&mut self) -> Result<Duration, StoreError> {
        let now = self.clock.now();
        let newest = self.upkeep.backups()?.into_iter().map(|backup| backup.at).max();
        let left = time_left(newest, now);
        if !left.is_zero() {
            return Ok(left);
        }
        let head = self.store.head()?;
        if head > self.copied.unwrap_or(0) {
            let made = self.upkeep.back_up(now)?;
            tracing::info!(path = %made.path, bytes = made.size_bytes, "the database was backed up");
            self.copied = Some(head);
        }
        Ok(EVERY)
    }
}

/// How long the newest copy is new enough. One from the future (the clock was set back) counts as made just now.
fn time_left(newest: Option<Timestamp>, now: Timestamp) -> Duration {
    newest.map_or(Duration::ZERO, |newest| EVERY.saturating_sub(now.since(newest)))
}

#[cfg(test)]
mod tests;
