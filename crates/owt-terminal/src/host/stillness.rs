//! When a picture that changes is worth showing: once it has been still for a moment, or at the latest after a
//! while of change. Pure over the moments it is told.

use std::time::Duration;
use std::time::Instant;

const STILL: Duration = Duration::from_millis(120);
const AT_THE_LATEST: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
pub(super) struct Stillness {
    changing: Option<Changing>,
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

    /// When the picture is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.changing.map(|changing| (changing.last + STILL).min(changing.since + AT_THE_LATEST))
    }

    /// Whether the picture is due; then it counts as shown.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let due = self.next().is_some_and(|due| due <= now);
        if due {
            self.changing = None;
        }
        due
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
        assert!(!still.is_due(ms(119)));
        assert!(still.is_due(ms(120)));
        assert_eq!(still.next(), None);
        for at in (1000..1500).step_by(50) {
            still.changed(ms(at));
            assert!(!still.is_due(ms(at + 1)));
        }
        assert_eq!(still.next(), Some(ms(1500)));
        assert!(still.is_due(ms(1500)));
    }
}
