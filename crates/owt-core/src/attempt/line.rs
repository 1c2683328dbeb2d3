//! The line to the agent: who has it, and when the next message can.

use serde::Deserialize;
use serde::Serialize;

use super::Attempt;
use super::AttemptPhase;
use crate::DeliveryId;
use crate::Timestamp;
use crate::effect::Effect;
use crate::evidence::Activity;
use crate::session::SessionKind;

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
    },
    /// This message was put before the agent; its turn is not over.
    Taken {
        /// Which.
        delivery: DeliveryId,
        /// When.
        at: Timestamp,
        /// Whether work has been seen since.
        worked: bool,
    },
}

/// What a message that was not put before the agent leaves behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// A person has the prompt box: the message waits, and is offered again when the screen is still.
    Refused,
    /// The message is settled: the next one can have the line.
    Settled,
}

impl Line {
    /// Work has been seen, which is on the message that is before the agent.
    pub(super) fn note_work(&mut self) {
        if let Self::Taken { worked, .. } = self {
            *worked = true;
        }
    }
}

impl Attempt {
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
