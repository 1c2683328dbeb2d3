//! When a picture is worth showing: one that changes once it has been still for a moment, or at the latest after a
//! while of change; and one that does not a few times after something was submitted to the program, because a program
//! that overlooked the keys draws nothing; and once when a person's line is free again on which something waits. Pure over the moments it is told.

use std::time::Duration;
use std::time::Instant;

const STILL: Duration = Duration::from_millis(120);
const AT_THE_LATEST: Duration = Duration::from_millis(500);

/// How long after something was submitted the picture is shown again, and how often.
const AFTER_SUBMIT: Duration = Duration::from_millis(1800);
const LOOKS: u32 = 3;

#[derive(Debug, Default)]
pub(super) struct Stillness {
    changing: Option<Changing>,
    submitted: Option<Submitted>,
    /// When the person's line is free again.
    free: Option<Instant>,
}

/// When to show the picture whether or not it has changed, and how often after that.
#[derive(Debug, Clone, Copy)]
struct Submitted {
    next: Instant,
    left: u32,
}

/// Why a picture is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// It may have changed.
    Changed,
    /// It is to be shown even as it was.
    Anyway,
}

#[derive(Debug, Clone, Copy)]
struct Changing {
    since: Instant,
    last: Instant,
}

impl Stillness {
    pub(super) fn changed(&mut self, now: Instant) {
        let since = self.changing.map_or(now, |changing| changing.since);
        self.changing = Some(Changing { since, last: now });
    }

    /// Something was submitted to the program.
    pub(super) fn submitted(&mut self, now: Instant) {
        self.submitted = Some(Submitted { next: now + AFTER_SUBMIT, left: LOOKS });
    }

    /// Something waits until then for the person's line: whoever waits is shown the picture.
    pub(super) fn waited_for(&mut self, free: Instant) {
        self.free = Some(free);
    }

    /// When the picture is due.
    pub(super) fn next(&self) -> Option<Instant> {
        let still = self.changing.map(|changing| (changing.last + STILL).min(changing.since + AT_THE_LATEST));
        let again = self.submitted.map(|submitted| submitted.next);
        still.into_iter().chain(again).chain(self.free).min()
    }

    /// Whether the picture is due, and why; then it counts as shown.
    pub(super) fn due(&mut self, now: Instant) -> Option<Due> {
        self.next().filter(|due| *due <= now)?;
        if self.free.is_some_and(|free| free <= now) {
            self.free = None;
            self.changing = None;
            return Some(Due::Anyway);
        }
        match self.submitted {
            Some(Submitted { next, left }) if next <= now => {
                let left = left - 1;
                self.submitted = (left > 0).then_some(Submitted { next: now + AFTER_SUBMIT, left });
                self.changing = None;
                Some(Due::Anyway)
            }
            _ => {
                self.changing = None;
                Some(Due::Changed)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_due_when_still_and_at_the_latest_after_half_a_second() {
        let start = Instant::now();
        let ms = |n| start + Duration::from_millis(n);
        let mut still = Stillness::default();
        still.changed(start);
        assert_eq!(still.due(ms(119)), None);
        assert_eq!(still.due(ms(120)), Some(Due::Changed));
        assert_eq!(still.next(), None);
        for at in (1000..1500).step_by(50) {
            still.changed(ms(at));
            assert_eq!(still.due(ms(at + 1)), None);
        }
        assert_eq!(still.next(), Some(ms(1500)));
        assert_eq!(still.due(ms(1500)), Some(Due::Changed));
    }

    #[test]
    fn who_waits_for_a_persons_line_is_shown_the_picture_when_it_is_free() {
        let free = Instant::now();
        let mut still = Stillness::default();
        still.waited_for(free);
        assert_eq!((still.next(), still.due(free - STILL)), (Some(free), None));
        assert_eq!((still.due(free), still.next()), (Some(Due::Anyway), None));
    }

    #[test]
    fn after_a_submit_the_picture_is_due_a_few_times_although_nothing_changes() {
        let start = Instant::now();
        let ms = |n| start + Duration::from_millis(n);
        let mut still = Stillness::default();
        still.submitted(start);
        still.changed(ms(10));
        assert_eq!(still.due(ms(130)), Some(Due::Changed));
        for look in 1..=3 {
            assert_eq!(still.due(ms(1800 * look - 1)), None);
            assert_eq!(still.next(), Some(ms(1800 * look)));
            assert_eq!(still.due(ms(1800 * look)), Some(Due::Anyway));
        }
        assert_eq!(still.next(), None);
    }
}
