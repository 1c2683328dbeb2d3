//! A turn of an agent: when it began, and what the agent has started in it that is still there.

use serde::Deserialize;
use serde::Serialize;

use super::Attempt;
use super::AttemptInput;
use super::AttemptPhase;
use crate::Timestamp;
use crate::evidence::Activity;
use crate::evidence::Helper;
use crate::machine::Machine;
use crate::offspring::Child;

/// The turn that is under way, or was last.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Turn {
    /// When it began; `None` before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_at: Option<Timestamp>,
    /// How many messages were put before the agent so far: a turn after another one answers something else.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub messages: u32,
    /// How many of them asked for nothing.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub information: u32,
    /// The programs that were started in it and were there when they were last looked for: when the agent came to rest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Child>,
    /// The helpers inside its program that work on, as it told last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub helpers: Vec<Helper>,
    /// When the last of them that worked came to its end or to rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_none_yet(count: &u32) -> bool {
    *count == 0
}

impl Turn {
    /// Another turn begins. Where programs of the one before still work, they are not forgotten: it goes on.
    pub(super) fn begin(&mut self, at: Timestamp) {
        if !self.works_on() {
            self.began_at = Some(at);
            self.children.clear();
        }
    }

    /// Takes in what is there now.
    pub(super) fn note(&mut self, there: impl FnOnce(&mut Self), at: Timestamp) {
        let was_held = self.is_held();
        there(self);
        if was_held && !self.is_held() {
            self.held_until = Some(at);
        }
    }

    fn is_held(&self) -> bool {
        self.works_on() || !self.helpers.is_empty()
    }

    /// Since when somebody works who is at rest since then, and whose programs or helpers work on.
    pub(crate) fn worked_since(&self, at_rest: Timestamp) -> Timestamp {
        self.began_at.map_or(at_rest, |began| began.min(at_rest))
    }

    /// Whether a program that the agent has started still works.
    pub fn works_on(&self) -> bool {
        self.children.iter().any(Child::works)
    }
}

impl Attempt {
    /// Whether its agent is at rest while its session runs.
    pub fn is_at_rest(&self) -> bool {
        matches!(self.phase, AttemptPhase::Running { .. }) && self.doing.activity == Activity::Idle
    }

    /// Whether its agent would be at rest after this.
    pub fn rests_after(&self, input: &AttemptInput, now: Timestamp) -> bool {
        let step = Self::step(Some(self), input, now);
        if step.events.is_empty() {
            return self.is_at_rest();
        }
        step.events.iter().fold(self.clone(), |attempt, event| attempt.after(event, now)).is_at_rest()
    }
}
