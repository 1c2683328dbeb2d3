//! What the person has had the time to see: a key is about what stood there when it was pressed, and a yes to what was read.
//! It must not know what a key does.

use jiff::SignedDuration;
use jiff::Timestamp;

/// A question must have been on the screen for so long before one key answers it.
pub(super) const TO_READ: SignedDuration = SignedDuration::from_millis(300);

/// A row that was put under the keys by something else than the person gets none for so long.
const TO_SEE: SignedDuration = SignedDuration::from_millis(700);

/// Since when what is on the screen has been there.
#[derive(Debug, Default)]
pub(super) struct Since {
    /// What the selected row asks, and since when it is to be read here.
    asked: Option<(String, Timestamp)>,
    /// When something else than the person has put another row under the keys.
    put_there: Option<Timestamp>,
}

impl Since {
    /// Another row is under the keys; `None`: the person has gone there.
    pub(super) const fn row(&mut self, put_there: Option<Timestamp>) {
        self.put_there = put_there;
    }

    /// What is asked on the screen now, to the last letter.
    pub(super) fn asked(&mut self, request: Option<&str>, now: Timestamp) {
        self.asked = match (request, self.asked.take()) {
            (Some(asked), Some((read, since))) if *asked == read => Some((read, since)),
            (Some(asked), _) => Some((asked.to_owned(), now)),
            (None, _) => None,
        };
    }

    /// Whether a key may be for the row before.
    pub(super) fn is_surprised(&self, now: Timestamp) -> bool {
        self.put_there.is_some_and(|since| now.duration_since(since) < TO_SEE)
    }

    /// Whether this request was there for long enough to be read.
    pub(super) fn has_read(&self, request: &str, now: Timestamp) -> bool {
        self.asked
            .as_ref()
            .is_some_and(|(asked, since)| asked == request && now.duration_since(*since) >= TO_READ)
    }
}
