//! Messages that are read: when the screen begins to say something of the work on them, and what is still told of those that have left
//! the line.

use std::time::Duration;

use super::Attempt;
use super::Line;
use super::Unread;
use crate::DeliveryId;
use crate::Timestamp;
use crate::evidence::Activity;
use crate::evidence::Evidence;
use crate::evidence::Source;

/// How long a program may show nothing of a message that it has read. OpenCode 1.18.33 writes a prompt down and shows an empty
/// box without a word of work until its loop has begun: some seconds, on a busy machine more.
pub const DRAWING: Duration = Duration::from_secs(15);

/// That the message on the line was read at this time and neither the screen nor the record has shown work on it yet, where no hooks
/// come: the screen is what tells of the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undrawn(Timestamp);

impl Undrawn {
    /// Of an attempt; `None` where a screen at rest says something.
    pub const fn of(attempt: &Attempt) -> Option<Self> {
        match attempt.line {
            Line::Taken { read: Some(read), worked: false, .. } if !attempt.hears_hooks() => Some(Self(read)),
            _ => None,
        }
    }

    /// For how much longer a screen at rest says nothing; zero by a clock that went back.
    pub fn left(self, now: Timestamp) -> Duration {
        match self.0 > now {
            true => Duration::ZERO,
            false => DRAWING.saturating_sub(now.since(self.0)),
        }
    }

    /// Whether a picture is too early to show that the work is over.
    pub(super) fn outlasts(self, evidence: &Evidence) -> bool {
        evidence.at < self.0.plus(DRAWING)
    }

    /// Whether this is the first sign of the work, a picture or an answer in the record: it changes nothing of what the agent is
    /// doing, and from then on a picture of rest is its end.
    pub(super) fn ends_with(self, activity: &Activity, evidence: &Evidence) -> bool {
        let shows_work = matches!(evidence.source, Source::Screen | Source::Transcript);
        *activity == Activity::Working && shows_work && self.0 <= evidence.at
    }
}

/// What is known of a message that leaves the line before anything has told that it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parting {
    /// Its turn has ended by the program's own word, or the agent certainly did not get it.
    Settled,
    /// Nobody knows whether it was read.
    Uncertain,
}

impl Parting {
    /// Where the end of its turn was seen like this: a screen shows that its agent rests, and not what it has read.
    pub(super) fn seen_by(evidence: &Evidence) -> Self {
        if evidence.source == Source::Screen { Self::Uncertain } else { Self::Settled }
    }
}

/// Nothing is on the line any more. What it had may have been read all the same.
pub(super) fn free_line(attempt: &mut Attempt, parting: Parting) {
    if let Line::Given { delivery, read: None, .. } | Line::Taken { delivery, read: None, .. } = attempt.line
    {
        let (since, uncertain) = (attempt.turn.began_at, parting == Parting::Uncertain);
        attempt.heard.remember_unread(Unread { delivery, since, uncertain });
    }
    attempt.line = Line::Free;
}

/// A message was read. One that had left the line, because the screen looked at rest, begins its turn now.
pub(super) fn note_reading(attempt: &mut Attempt, message: DeliveryId, evidence: &Evidence) {
    let on_line = match attempt.line {
        Line::Given { delivery, .. } | Line::Taken { delivery, .. } => Some(delivery),
        Line::Free | Line::Refused => None,
    };
    match on_line {
        Some(on_line) if on_line == message => attempt.line.note_read(evidence.at),
        None if is_read_at_rest(attempt, message, evidence) => {
            let (at, read) = (evidence.at, Some(evidence.at));
            attempt.line = Line::Taken { delivery: message, at, read, worked: false };
            attempt.do_now(Activity::Working, evidence);
        }
        Some(_) | None => {}
    }
    attempt.heard.forget_unread(message);
}

/// Whether a message was read while only the screen called its agent at rest: after that picture.
fn is_read_at_rest(attempt: &Attempt, message: DeliveryId, evidence: &Evidence) -> bool {
    attempt.is_at_rest()
        && attempt.doing.source == Source::Screen
        && attempt.doing.since < evidence.at
        && attempt.heard.is_unread(message)
}
