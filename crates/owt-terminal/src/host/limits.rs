//! The clocks of one session: wall clock and idle. Pure over the moments it is told.

use std::time::Duration;
use std::time::Instant;

use owt_core::session::EndReason;
use owt_core::session::SessionLimits;

#[derive(Debug)]
pub(super) struct LimitClock {
    started: Instant,
    last_output: Instant,
    /// The last moment at which it was at work; `None` while it waits for somebody.
    at_work: Option<Instant>,
    limits: SessionLimits,
}

impl LimitClock {
    pub(super) const fn start(limits: SessionLimits, now: Instant) -> Self {
        Self { started: now, last_output: now, at_work: Some(now), limits }
    }

    pub(super) const fn printed(&mut self, now: Instant) {
        self.last_output = now;
        if self.at_work.is_some() {
            self.at_work = Some(now);
        }
    }

    /// Stops the idle clock, or lets it begin anew.
    pub(super) const fn set_paused(&mut self, paused: bool, now: Instant) {
        self.at_work = if paused { None } else { Some(now) };
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
        self.at_work?.checked_add(self.limits.idle?)
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
    fn silence_does_not_count_while_somebody_is_waited_for() {
        let start = Instant::now();
        let mut clock = LimitClock::start(SessionLimits { wall: None, idle: Some(4 * SECOND) }, start);
        clock.set_paused(true, start + SECOND);
        clock.printed(start + 2 * SECOND);
        assert_eq!((clock.next(), clock.reached(start + 1000 * SECOND)), (None, None));
        clock.set_paused(false, start + 1000 * SECOND);
        assert_eq!(clock.next(), Some(start + 1004 * SECOND));
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
