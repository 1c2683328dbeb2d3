//! Waiting for what another process does.

use std::time::Duration;
use std::time::Instant;

/// No condition of a test takes longer, on a slow machine with others at work too.
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns when the condition holds.
///
/// # Panics
/// When it does not come to hold.
#[track_caller]
pub(crate) fn until(what: &str, holds: impl FnMut() -> bool) {
    assert!(comes_to_hold(holds), "waited {PATIENCE:?} for {what}");
}

/// Waits; `false` when the condition does not come to hold.
pub(crate) fn comes_to_hold(mut holds: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    loop {
        if holds() {
            return true;
        }
        if began.elapsed() >= PATIENCE {
            return false;
        }
        pause();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "files and processes of others do not tell us when they change"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}
