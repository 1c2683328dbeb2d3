//! A question that is asked often and answered seldom: whether somebody still waits for what takes minutes.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

/// The answer holds so long.
const HOLDS: Duration = Duration::from_millis(200);

/// Whether something has come to be; once it has, it stays so.
pub(super) struct Sparingly<F> {
    ask: F,
    known: Mutex<(bool, Instant)>,
}

impl<F: Fn() -> bool> Sparingly<F> {
    pub(super) fn new(ask: F) -> Self {
        Self { ask, known: Mutex::new((false, Instant::now())) }
    }

    pub(super) fn look(&self) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.0 && known.1.elapsed() >= HOLDS {
            *known = ((self.ask)(), Instant::now());
        }
        known.0
    }
}
