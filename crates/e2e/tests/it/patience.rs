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

/// Returns when a condition holds that a program lets wait on purpose.
///
/// # Panics
/// When it does not come to hold in twice as long as [`until`] waits.
#[track_caller]
pub(crate) fn until_at_last(what: &str, holds: impl FnMut() -> bool) {
    assert!(holds_within(2 * PATIENCE, holds), "waited {:?} for {what}", 2 * PATIENCE);
}

/// Waits; `false` when the condition does not come to hold.
pub(crate) fn comes_to_hold(holds: impl FnMut() -> bool) -> bool {
    holds_within(PATIENCE, holds)
}

fn holds_within(limit: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    loop {
        if holds() {
            return true;
        }
        if began.elapsed() >= limit {
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
