//! A landing: the way of finished work into its target branch, as decision 15 has it.
//!
//! Looked ahead, so that conflicts are found before anything is touched; then a candidate is made, the commit that may
//! become the target's tip; then the target moves by compare-and-swap. A target that somebody moved meanwhile is looked
//! at anew. Whatever dies wherever: the target points where it did, or at the candidate.

mod conflict;
mod refusal;
mod request;
mod way;

use serde::Deserialize;
use serde::Serialize;

use crate::AbsPath;
use crate::Timestamp;
use crate::effect::Effect;
use crate::machine::Machine;
use crate::machine::Step;
use crate::vcs::ObjectId;
use crate::workspace::WorkspaceInput;

pub use conflict::Conflict;
pub use conflict::ConflictKind;
pub use conflict::Sides;
pub use refusal::Refusal;
pub use request::Afterwards;
pub use request::LandingSpec;
pub use request::WhenConflicting;
pub use way::CandidateId;
pub use way::Favour;
pub use way::Method;

/// How often a candidate is made for a target that others move meanwhile.
pub const MAX_ROUNDS: u32 = 5;

/// A landing's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landing {
    /// What was asked for.
    pub spec: LandingSpec,
    /// Which candidate it is at, from 1.
    pub round: u32,
    /// Where it is.
    pub phase: LandingPhase,
    /// Since when.
    pub since: Timestamp,
}

/// Where a landing is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum LandingPhase {
    /// It is looked ahead.
    Predicting,
    /// The candidate is made.
    Building {
        /// On this tip of the target.
        onto: ObjectId,
    },
    /// The target is moved.
    Moving {
        /// From here.
        onto: ObjectId,
        /// To the candidate.
        commit: ObjectId,
    },
    /// What conflicts is left in the workspace.
    Leaving {
        /// The target's tip that comes in there.
        onto: ObjectId,
        /// What was found before.
        conflicts: Vec<Conflict>,
    },
    /// It has landed.
    Landed {
        /// Where the target was.
        before: ObjectId,
        /// Where it is.
        after: ObjectId,
        /// The checkout that went along.
        checkout: Option<AbsPath>,
    },
    /// It has not landed, and the target is where it was.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

/// What may happen to a landing. The outcomes of effects name their round: late ones change nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "input")]
pub enum LandingInput {
    /// It is asked for.
    Request {
        /// What is asked for.
        spec: Box<LandingSpec>,
    },
    /// It was looked ahead.
    Predicted {
        /// In this round.
        round: u32,
        /// The target's tip with which the branch agrees, or why it cannot land.
        result: Result<ObjectId, Refusal>,
    },
    /// The candidate is there, or not.
    Built {
        /// In this round.
        round: u32,
        /// The candidate, or why there is none.
        result: Result<ObjectId, Refusal>,
    },
    /// The target moved, or not.
    Moved {
        /// In this round.
        round: u32,
        /// What came of it.
        result: Result<TargetNow, Refusal>,
    },
    /// What conflicts was left in the workspace, or not.
    Left {
        /// What conflicts there, or why nothing was left.
        result: Result<Vec<Conflict>, Refusal>,
    },
}

/// Where a target is after it was to be moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "target")]
pub enum TargetNow {
    /// At the candidate, or beyond.
    There {
        /// The checkout that went along.
        checkout: Option<AbsPath>,
    },
    /// Where somebody else has moved it.
    Elsewhere,
}

/// What has happened to a landing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum LandingEvent {
    /// It was asked for.
    Requested {
        /// What was asked for.
        spec: Box<LandingSpec>,
    },
    /// The branch agrees with the target.
    Agreed {
        /// The target's tip.
        onto: ObjectId,
    },
    /// The candidate is there.
    Built {
        /// The commit.
        commit: ObjectId,
    },
    /// Somebody moved the target; the next round begins.
    TargetMoved,
    /// What conflicts is to be left in the workspace.
    ConflictsFound {
        /// The target's tip that comes in there.
        onto: ObjectId,
        /// What was found.
        conflicts: Vec<Conflict>,
    },
    /// It has landed.
    Landed {
        /// Where the target was.
        before: ObjectId,
        /// Where it is.
        after: ObjectId,
        /// The checkout that went along.
        checkout: Option<AbsPath>,
    },
    /// It has not landed.
    Refused {
        /// Why.
        refusal: Refusal,
    },
}

impl Machine for Landing {
    type Input = LandingInput;
    type Event = LandingEvent;

    fn step(current: Option<&Self>, input: &LandingInput, _now: Timestamp) -> Step<LandingEvent> {
        match (current, input) {
            (None, LandingInput::Request { spec }) => {
                Step::event(LandingEvent::Requested { spec: spec.clone() }).effect(Effect::PredictLanding)
            }
            (Some(landing), input) => landing.react(input),
            (None, _) => Step::nothing(),
        }
    }

    fn apply(current: Option<Self>, event: &LandingEvent, at: Timestamp) -> Option<Self> {
        match (current, event) {
            (None, LandingEvent::Requested { spec }) => {
                Some(Self { spec: (**spec).clone(), round: 1, phase: LandingPhase::Predicting, since: at })
            }
            (Some(landing), event) => Some(landing.after(event, at)),
            (None, _) => None,
        }
    }

    fn is_live(&self) -> bool {
        !matches!(self.phase, LandingPhase::Landed { .. } | LandingPhase::Refused { .. })
    }
}

impl Landing {
    fn react(&self, input: &LandingInput) -> Step<LandingEvent> {
        match (&self.phase, input) {
            (LandingPhase::Predicting, LandingInput::Predicted { round, result }) if *round == self.round => {
                match result {
                    Ok(onto) => Step::event(LandingEvent::Agreed { onto: onto.clone() })
                        .effect(Effect::BuildCandidate),
                    Err(refusal) => self.refuse(refusal),
                }
            }
            (LandingPhase::Building { .. }, LandingInput::Built { round, result })
                if *round == self.round =>
            {
                match result {
                    Ok(commit) => {
                        Step::event(LandingEvent::Built { commit: commit.clone() }).effect(Effect::MoveTarget)
                    }
                    Err(refusal) => self.refuse(refusal),
                }
            }
            (LandingPhase::Moving { onto, commit }, LandingInput::Moved { round, result })
                if *round == self.round =>
            {
                match result {
                    Ok(TargetNow::There { checkout }) => self.landed(onto, commit, checkout.as_ref()),
                    Ok(TargetNow::Elsewhere) => self.look_again(),
                    Err(refusal) => self.refuse(refusal),
                }
            }
            (LandingPhase::Leaving { onto, .. }, LandingInput::Left { result }) => match result {
                Ok(conflicts) if conflicts.is_empty() => self.end(Refusal::MergedIn),
                Ok(conflicts) => {
                    self.end(Refusal::ConflictsLeft { onto: onto.clone(), conflicts: conflicts.clone() })
                }
                Err(refusal) => self.end(refusal.clone()),
            },
            _ => Step::nothing(),
        }
    }

    fn landed(&self, before: &ObjectId, after: &ObjectId, checkout: Option<&AbsPath>) -> Step<LandingEvent> {
        let (before, after) = (before.clone(), after.clone());
        let step = Step::event(LandingEvent::Landed { before, after, checkout: checkout.cloned() })
            .effect(Effect::DropCandidate { round: self.round });
        match &self.spec.afterwards {
            Afterwards::Keep => step,
            Afterwards::Remove { removal } => step.effect(Effect::tell_workspace(
                self.spec.workspace,
                WorkspaceInput::Remove { removal: removal.clone() },
            )),
        }
    }

    fn look_again(&self) -> Step<LandingEvent> {
        if self.round >= MAX_ROUNDS {
            return self.end(Refusal::KeepsMoving);
        }
        Step::event(LandingEvent::TargetMoved)
            .effect(Effect::DropCandidate { round: self.round })
            .effect(Effect::PredictLanding)
    }

    fn refuse(&self, refusal: &Refusal) -> Step<LandingEvent> {
        match (refusal, self.spec.conflicts) {
            (Refusal::Conflicts { onto, conflicts }, WhenConflicting::Leave) => {
                Step::event(LandingEvent::ConflictsFound { onto: onto.clone(), conflicts: conflicts.clone() })
                    .effect(Effect::LeaveConflicts)
            }
            // The person may still take it by hand.
            (Refusal::TargetKept { .. }, _) => {
                Step::event(LandingEvent::Refused { refusal: refusal.clone() })
            }
            _ => self.end(refusal.clone()),
        }
    }

    fn end(&self, refusal: Refusal) -> Step<LandingEvent> {
        Step::event(LandingEvent::Refused { refusal }).effect(Effect::DropCandidate { round: self.round })
    }

    fn after(self, event: &LandingEvent, at: Timestamp) -> Self {
        let (round, phase) = match (&self.phase, event) {
            (_, LandingEvent::Requested { .. }) => return self,
            (_, LandingEvent::Agreed { onto }) => (self.round, LandingPhase::Building { onto: onto.clone() }),
            (LandingPhase::Building { onto }, LandingEvent::Built { commit }) => {
                (self.round, LandingPhase::Moving { onto: onto.clone(), commit: commit.clone() })
            }
            (_, LandingEvent::Built { .. }) => return self,
            (_, LandingEvent::TargetMoved) => (self.round + 1, LandingPhase::Predicting),
            (_, LandingEvent::ConflictsFound { onto, conflicts }) => {
                let (onto, conflicts) = (onto.clone(), conflicts.clone());
                (self.round, LandingPhase::Leaving { onto, conflicts })
            }
            (_, LandingEvent::Landed { before, after, checkout }) => {
                let (before, after, checkout) = (before.clone(), after.clone(), checkout.clone());
                (self.round, LandingPhase::Landed { before, after, checkout })
            }
            (_, LandingEvent::Refused { refusal }) => {
                (self.round, LandingPhase::Refused { refusal: refusal.clone() })
            }
        };
        Self { round, phase, since: at, ..self }
    }
}

#[cfg(test)]
mod tests;
