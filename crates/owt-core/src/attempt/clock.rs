//! A clock that went back: what is recorded with a time that is still to come is older than whatever is seen now.

use std::time::Duration;

use super::Attempt;
use super::DRAWING;
use super::Line;
use super::seeing::SCREEN_GRACE;
use crate::Timestamp;

impl Attempt {
    /// It, with nothing in its record that is later than `now`, and what was before something that was seen then.
    /// Otherwise all that is seen would be taken for late until the clock is again where it was. How long ago it was nobody
    /// can tell, so that nothing waits for it: it counts as long enough.
    pub(super) fn put_right(mut self, now: Timestamp, seen: Timestamp) -> Self {
        let first = seen.min(now);
        let before = first.minus(SCREEN_GRACE);
        if self.doing.since > now {
            self.doing.since = before;
        }
        if self.turn.began_at.is_some_and(|began| began > now) {
            // What was started before it is none of its work.
            self.turn.began_at = Some(first.minus(Duration::from_millis(1)));
        }
        if let Line::Taken { at, read, .. } = &mut self.line {
            *at = if *at > now { before } else { *at };
            *read = read.map(|read| if read > now { first.minus(DRAWING) } else { read });
        }
        self
    }
}
