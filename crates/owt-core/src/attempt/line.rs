//! The line to the agent: who has it, and when the next message can.

use std::time::Duration;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;

use super::Attempt;
use super::AttemptPhase;
use crate::DeliveryId;
use crate::Timestamp;
use crate::delivery::Meaning;
use crate::effect::Effect;
use crate::evidence::Activity;
use crate::evidence::Evidence;
use crate::session::SessionKind;

/// How long a program may take from the message to its hook that tells of it. Droid 0.215.0 shows an empty box until its hooks
/// have run, with three of them on two busy cores for nine seconds.
const READING: Duration = Duration::from_secs(30);

/// The same where none of its hooks has ever told anything: they may be skipped without a word.
const FIRST_READING: Duration = Duration::from_secs(10);

/// The line to the agent: at most one message is on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "line")]
pub enum Line {
    /// Nothing is under way.
    Free,
    /// Refused a moment ago (a person has the prompt box): offered again when the screen is still.
    Refused,
    /// This message is being put before the agent.
    Given {
        /// Which.
        delivery: DeliveryId,
        /// When the agent has read it: its hook can be faster than whoever puts it there.
        #[serde(default, deserialize_with = "reading")]
        read: Option<Timestamp>,
        /// How it is meant.
        #[serde(default)]
        meaning: Meaning,
    },
    /// This message was put before the agent; its turn is not over.
    Taken {
        /// Which.
        delivery: DeliveryId,
        /// When.
        at: Timestamp,
        /// When the agent is known to have read it.
        #[serde(default, deserialize_with = "reading")]
        read: Option<Timestamp>,
        /// Whether work has been seen since.
        worked: bool,
    },
}

/// When a message was read. Earlier versions kept no more than that it was: long ago, then.
fn reading<'de, D: Deserializer<'de>>(kept: D) -> Result<Option<Timestamp>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Kept {
        At(Timestamp),
        Whether(bool),
    }
    Ok(match Option::<Kept>::deserialize(kept)? {
        Some(Kept::At(at)) => Some(at),
        Some(Kept::Whether(true)) => Some(Timestamp::EPOCH),
        Some(Kept::Whether(false)) | None => None,
    })
}

/// What a message that was not put before the agent leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// A person has the prompt box: the message waits, and is offered again when the screen is still.
    Refused,
    /// The message is settled: the next one can have the line.
    Settled,
    /// Nobody knows whether it was put there: it is not tried again, and the next one can have the line.
    Uncertain,
}

impl Line {
    /// Whether this message is being put before the agent.
    pub(super) fn is_given_to(&self, message: DeliveryId) -> bool {
        matches!(self, Self::Given { delivery, .. } if *delivery == message)
    }

    /// The message on the line was read then. It may be told more than once.
    pub(super) fn note_read(&mut self, at: Timestamp) {
        match self {
            Self::Given { read, .. } | Self::Taken { read, .. } => *read = read.or(Some(at)),
            Self::Free | Self::Refused => {}
        }
    }

    /// Work has been seen, which is on the message that is before the agent.
    pub(super) fn note_work(&mut self) {
        if let Self::Taken { worked, .. } = self {
            *worked = true;
        }
    }
}

impl Attempt {
    /// For how much longer a screen at rest says nothing of an agent whose hooks tell that a message is read: none has
    /// told of the one on the line. `None` when it does say something.
    pub fn awaits_reading(&self, now: Timestamp) -> Option<Duration> {
        let Line::Taken { at, read: None, worked: false, .. } = self.line else { return None };
        // A clock that went back tells nothing of how long that is.
        if at > now {
            return None;
        }
        let limit = if self.hears_hooks() { READING } else { FIRST_READING };
        limit.checked_sub(now.since(at)).filter(|left| !left.is_zero())
    }

    /// For how long a screen has said something since the message on the line.
    pub(super) fn held_since_message(&self, evidence: &Evidence) -> Duration {
        let held = Duration::from_millis(evidence.held_ms);
        match self.line {
            Line::Taken { at, .. } => held.min(evidence.at.since(at)),
            Line::Free | Line::Refused | Line::Given { .. } => held,
        }
    }

    /// Whether a message can be given to the agent now.
    pub fn takes_messages(&self) -> bool {
        matches!(self.phase, AttemptPhase::Running { .. })
            && self.stopping.is_none()
            && self.handover.is_none()
            && self.spec.session != SessionKind::Headless
            && self.doing.activity == Activity::Idle
            && matches!(self.line, Line::Free | Line::Refused)
    }

    pub(super) fn offer(&self) -> Effect {
        Effect::OfferLine { workspace: self.spec.workspace, attempt: Some(self.id) }
    }

    pub(super) fn release_messages(&self) -> Effect {
        Effect::ReleaseMessages { workspace: self.spec.workspace, attempt: Some(self.id) }
    }
}
