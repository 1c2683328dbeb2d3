//! The wall clock of the hidden commands. A host outlives every server, so no port can be handed to it.

use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use owt_core::Timestamp;

/// Now, for records only: what has to be measured is measured with `Instant`.
#[expect(
    clippy::disallowed_methods,
    reason = "a host is a process of its own, at the edge: nobody can hand it a clock"
)]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
