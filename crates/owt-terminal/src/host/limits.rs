//! The clocks of one session: wall clock and idle. Pure over the moments it is told.

use std::time::Duration;
use std::time::Instant;

use owt_core::session::EndReason;
use owt_core::session::SessionLimits;

#[derive(Debug)]
pub(super) struct LimitClock {
    started: Instant,
    last_output: Instant,
    limits: SessionLimits,
}

impl LimitClock {
    pub(super) const fn start(limits: SessionLimits, now: Instant) -> Self {
        Self { started: now, last_output: now, limits }
    }

    pub(super) const fn printed(&mut self, now: Instant) {
        self.last_output = now;
    }

    pub(super) const fn last_output(&self) -> Instant {
        self.last_output
    }

    /// The next moment at which a limit may be reached. One too far away to be a moment is never reached.
    pub(super) fn next(&self) -> Option<Instant> {
        [self.wall(), self.idle()].into_iter().flatten().min()
    }

    /// The limit that is reached.
    pub(super) fn reached(&self, now: Instant) -> Option<EndReason> {
        let passed = |limit: Option<Instant>| limit.is_some_and(|limit| limit <= now);
        if passed(self.wall()) {
            return Some(EndReason::WallLimit);
        }
        passed(self.idle()).then_some(EndReason::IdleLimit)
    }

    fn wall(&self) -> Option<Instant> {
        self.limits.wall.and_then(|limit: Duration| self.started.checked_add(limit))
    }

    fn idle(&self) -> Option<Instant> {
        self.limits.idle.and_then(|limit: Duration| self.last_output.checked_add(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn output_moves_the_idle_limit_and_not_the_wall() {
        let start = Instant::now();
        let limits = SessionLimits { wall: Some(10 * SECOND), idle: Some(4 * SECOND) };
        let mut clock = LimitClock::start(limits, start);
        assert_eq!(clock.next(), Some(start + 4 * SECOND));
        clock.printed(start + 3 * SECOND);
        assert_eq!(clock.reached(start + 6 * SECOND), None);
        assert_eq!(clock.reached(start + 7 * SECOND), Some(EndReason::IdleLimit));
        clock.printed(start + 9 * SECOND);
        assert_eq!(clock.reached(start + 10 * SECOND), Some(EndReason::WallLimit));
    }

    #[test]
    fn no_limit_and_an_endless_one_are_never_reached() {
        let start = Instant::now();
        for wall in [None, Some(Duration::MAX)] {
            let clock = LimitClock::start(SessionLimits { wall, idle: None }, start);
            assert_eq!((clock.next(), clock.reached(start + 1000 * SECOND)), (None, None));
        }
    }
}
