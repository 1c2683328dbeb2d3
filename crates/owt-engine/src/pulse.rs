//! Tells waiting requests that something may have changed, so that none of them polls.

use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

/// A counter that can be waited on.
#[derive(Default)]
pub(crate) struct Pulse {
    beats: Mutex<u64>,
    beaten: Condvar,
}

impl Pulse {
    /// The beats so far.
    pub(crate) fn beats(&self) -> u64 {
        *self.beats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One beat: everyone who waits looks again.
    pub(crate) fn beat(&self) {
        *self.beats.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.beaten.notify_all();
    }

    /// Waits for a beat after `seen`, at most `timeout`.
    pub(crate) fn wait(&self, seen: u64, timeout: Duration) {
        let beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = self.beaten.wait_timeout_while(beats, timeout, |beats| *beats == seen);
    }
}
