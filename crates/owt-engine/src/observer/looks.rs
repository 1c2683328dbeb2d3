//! How soon something is looked at again that could not be read to its end: at once where it goes on, and ever more seldom where
//! another program holds it up.

use std::time::Duration;

/// After it went on.
const SOON: Duration = Duration::from_millis(50);

/// However long it is held up.
const LATEST: Duration = Duration::from_secs(5);

/// The last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Looks {
    read: u64,
    wait: Duration,
}

impl Looks {
    /// How long to wait for the next one, once so much has been read.
    pub(super) fn next(&mut self, read: u64) -> Duration {
        let goes_on = read != self.read;
        self.read = read;
        self.wait = if goes_on { SOON } else { self.wait.saturating_mul(2).clamp(SOON, LATEST) };
        self.wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_up_is_looked_at_ever_more_seldom_and_what_goes_on_at_once() {
        let mut looks = Looks::default();
        let waits: Vec<u128> = [0, 0, 0, 7, 7, 8].map(|read| looks.next(read).as_millis()).into();
        assert_eq!(waits, [50, 100, 200, 50, 100, 50]);
        assert_eq!((0..20).map(|_| looks.next(8)).last(), Some(LATEST));
    }
}
