//! A landing: the way of finished work into its target branch, as decision 15 has it.
//!
//! The critic looks at it; what is not committed is committed, where that was asked for, and looked at as it is then. It is
//! looked ahead, so that conflicts are found before anything is touched; then a candidate is made, the commit that may
//! become the target's tip; then the repository's checks run on it; then the target moves by compare-and-swap. A target
//! that somebody moved meanwhile is looked at anew. Whatever dies wherever: the target points where it did, or at the
//! candidate. What has landed can be taken back, as long as nobody stands on it. What somebody looks at first, and what goes by a
//! pull request, goes the same way until its target would move.

mod conflict;
mod message;
mod moving;
mod progress;
mod refusal;
mod request;
mod taking_back;
mod way;

use serde::Deserialize;
use serde::Serialize;

use crate::AbsPath;
use crate::Timestamp;
use crate::critic::Review;
use crate::effect::Effect;
use crate::machine::Machine;
use crate::machine::Step;
use crate::vcs::ObjectId;
use crate::vcs::Repository;
use crate::workspace::WorkspaceInput;

pub use conflict::Conflict;
pub use conflict::ConflictKind;
pub use conflict::Sides;
pub use message::LeftWork;
pub use message::commit_message;
pub use progress::Committed;
pub use progress::Verification;
pub use progress::Verified;
pub use refusal::Obstacle;
pub use refusal::Refusal;
pub use request::Afterwards;
pub use request::Gate;
pub use request::Goal;
pub use request::LandingSpec;
pub use request::WhenConflicting;
pub use taking_back::Arrival;
pub use taking_back::Irrevocable;
pub use way::CandidateId;
pub use way::CandidateOf;
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
    /// What was committed for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed: Option<Committed>,
    /// What the critic said last, when it let it pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// What the checks said of the candidate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<Verified>,
    /// Why it could not be taken back when that was last asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stays: Option<Irrevocable>,
}

/// Where a landing is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum LandingPhase {
    /// The critic looks at it.
    Reviewing,
    /// What is not committed is committed.
    Committing,
    /// It is looked ahead.
    Predicting,
    /// The candidate is made.
    Building {
        /// On this tip of the target.
        onto: ObjectId,
    },
    /// The repository's checks run on the candidate.
    Checking {
        /// It stands on this tip of the target.
        onto: ObjectId,
        /// The candidate.
        commit: ObjectId,
    },
    /// The target is moved.
    Moving {
        /// From here.
        onto: ObjectId,
        /// To the candidate.
        commit: ObjectId,
    },
    /// Nothing stands against it, and its target stays where it is.
    Cleared {
        /// The target's tip with which it was tried.
        onto: ObjectId,
        /// The candidate, which is forgotten.
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
    /// It has landed, and the target is moved back.
    TakingBack {
        /// To here.
        before: ObjectId,
        /// From here.
        after: ObjectId,
        /// The checkout that went along when it landed.
        checkout: Option<AbsPath>,
    },
    /// It had landed, and the target is where it was before.
    TakenBack {
        /// Where it is.
        before: ObjectId,
        /// Where it was meanwhile.
        after: ObjectId,
        /// The checkout that went along back.
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
    /// The critic has looked at it, or cannot.
    Reviewed {
        /// In this round.
        round: u32,
        /// The tip that it looked at; `None`: the workspace as it lay there, with what was not committed.
        tip: Option<ObjectId>,
        /// What it says.
        result: Result<Review, Refusal>,
    },
    /// What was not committed is, or cannot be.
    Committed {
        /// What there is now.
        result: Result<Committed, Refusal>,
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
    /// The checks have run on the candidate.
    Checked {
        /// In this round.
        round: u32,
        /// What they said.
        result: Result<Verified, Refusal>,
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
    /// It is to be taken back.
    TakeBack,
    /// Its repository is at another place.
    RepositoryMoved {
        /// The repository as it is there.
        to: Repository,
    },
    /// It was taken back, or stays.
    TookBack {
        /// The checkout that went along, or why it stays.
        result: Result<Option<AbsPath>, Irrevocable>,
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
    /// The critic lets it pass.
    Reviewed {
        /// What it has found.
        review: Review,
    },
    /// What was not committed is.
    Committed {
        /// What there is now.
        committed: Committed,
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
    /// The candidate is as the repository's checks want it.
    Verified {
        /// What they said.
        verified: Verified,
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
    /// It is to be taken back.
    TakeBackRequested,
    /// It was taken back.
    TakenBack {
        /// The checkout that went along.
        checkout: Option<AbsPath>,
    },
    /// It could not be taken back, and stays.
    TakeBackRefused {
        /// Why.
        why: Irrevocable,
    },
    /// It has not landed.
    Refused {
        /// Why.
        refusal: Refusal,
    },
    /// Its repository is at another place.
    RepositoryMoved {
        /// The repository as it is there.
        to: Repository,
    },
}

impl Machine for Landing {
    type Input = LandingInput;
    type Event = LandingEvent;

    fn step(current: Option<&Self>, input: &LandingInput, _now: Timestamp) -> Step<LandingEvent> {
        match (current, input) {
            (None, LandingInput::Request { spec }) => {
                Step::event(LandingEvent::Requested { spec: spec.clone() }).effect(spec.first().1)
            }
            (Some(landing), input) => landing.react(input),
            (None, _) => Step::nothing(),
        }
    }

    fn apply(current: Option<Self>, event: &LandingEvent, at: Timestamp) -> Option<Self> {
        match (current, event) {
            (None, LandingEvent::Requested { spec }) => {
                let (phase, _) = spec.first();
                let spec = (**spec).clone();
                Some(Self {
                    spec,
                    round: 1,
                    phase,
                    since: at,
                    committed: None,
                    review: None,
                    verified: None,
                    stays: None,
                })
            }
            (Some(landing), event) => Some(landing.after(event, at)),
            (None, _) => None,
        }
    }

    fn is_live(&self) -> bool {
        !matches!(
            self.phase,
            LandingPhase::Landed { .. }
                | LandingPhase::Cleared { .. }
                | LandingPhase::TakenBack { .. }
                | LandingPhase::Refused { .. }
        )
    }
}

impl LandingSpec {
    /// Where it begins, and with which effect.
    fn first(&self) -> (LandingPhase, Effect) {
        match (self.review, &self.commit) {
            (Gate::Required, _) => (LandingPhase::Reviewing, Effect::ReviewLanding),
            (_, Some(_)) => (LandingPhase::Committing, Effect::CommitWork),
            (_, None) => (LandingPhase::Predicting, Effect::PredictLanding),
        }
    }
}

impl Landing {
    /// What lands: the branch's tip as it was asked for, or with what was committed since.
    pub fn tip(&self) -> &ObjectId {
        self.committed.as_ref().map_or(&self.spec.tip, |committed| &committed.tip)
    }

    /// Whether it has come as far as its target: looked ahead, made, checked or moved.
    pub const fn is_on_its_way(&self) -> bool {
        matches!(
            self.phase,
            LandingPhase::Predicting
                | LandingPhase::Building { .. }
                | LandingPhase::Checking { .. }
                | LandingPhase::Moving { .. }
        )
    }

    /// Whether something is still to be committed.
    pub const fn is_to_commit(&self) -> bool {
        self.spec.commit.is_some() && self.committed.is_none()
    }

    /// What the critic looks at: this tip, or the workspace as it lies there.
    pub fn reviewed_tip(&self) -> Option<ObjectId> {
        (!self.is_to_commit()).then(|| self.tip().clone())
    }

    /// What comes after the critic.
    const fn behind_review(&self) -> (LandingPhase, Effect) {
        if self.is_to_commit() {
            (LandingPhase::Committing, Effect::CommitWork)
        } else {
            (LandingPhase::Predicting, Effect::PredictLanding)
        }
    }

    /// What comes once the work is committed, and with each new tip of the target: its rules may be others.
    const fn before_prediction(&self) -> (LandingPhase, Effect) {
        match self.spec.review {
            Gate::Required => (LandingPhase::Reviewing, Effect::ReviewLanding),
            Gate::NotAsked | Gate::Waived => (LandingPhase::Predicting, Effect::PredictLanding),
        }
    }

    /// What is done once nothing stands against it.
    const fn behind_checks(&self) -> Effect {
        match self.spec.goal {
            Goal::Target => Effect::MoveTarget,
            Goal::Cleared => Effect::DropCandidate { round: self.round },
        }
    }

    /// Where it is then.
    const fn checked(&self, onto: ObjectId, commit: ObjectId) -> LandingPhase {
        match self.spec.goal {
            Goal::Target => LandingPhase::Moving { onto, commit },
            Goal::Cleared => LandingPhase::Cleared { onto, commit },
        }
    }

    fn react(&self, input: &LandingInput) -> Step<LandingEvent> {
        match (&self.phase, input) {
            (LandingPhase::Reviewing, LandingInput::Reviewed { round, tip, result })
                if *round == self.round && *tip == self.reviewed_tip() =>
            {
                match result {
                    Ok(review) if review.is_denied() => self.end(Refusal::Denied { review: review.clone() }),
                    Ok(review) => Step::event(LandingEvent::Reviewed { review: review.clone() })
                        .effect(self.behind_review().1),
                    Err(refusal) => self.end(refusal.clone()),
                }
            }
            (LandingPhase::Committing, LandingInput::Committed { result }) => match result {
                Ok(committed) => Step::event(LandingEvent::Committed { committed: committed.clone() })
                    .effect(self.before_prediction().1),
                Err(refusal) => self.end(refusal.clone()),
            },
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
                        let effect = match self.spec.checks {
                            Gate::Required => Effect::CheckCandidate,
                            Gate::NotAsked | Gate::Waived => self.behind_checks(),
                        };
                        Step::event(LandingEvent::Built { commit: commit.clone() }).effect(effect)
                    }
                    Err(refusal) => self.refuse(refusal),
                }
            }
            (LandingPhase::Checking { .. }, LandingInput::Checked { round, result })
                if *round == self.round =>
            {
                match result {
                    Ok(verified) => Step::event(LandingEvent::Verified { verified: verified.clone() })
                        .effect(self.behind_checks()),
                    Err(refusal) => self.end(refusal.clone()),
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
            (LandingPhase::Landed { .. }, LandingInput::TakeBack) => {
                Step::event(LandingEvent::TakeBackRequested).effect(Effect::TakeTargetBack)
            }
            (_, LandingInput::RepositoryMoved { to }) => self.repository_moved(to),
            (LandingPhase::TakingBack { .. }, LandingInput::TookBack { result }) => match result {
                Ok(checkout) => self.taken_back(checkout.as_ref()),
                Err(why) => Step::event(LandingEvent::TakeBackRefused { why: why.clone() }),
            },
            _ => Step::nothing(),
        }
    }

    /// What went with it comes back with it.
    fn taken_back(&self, checkout: Option<&AbsPath>) -> Step<LandingEvent> {
        let removed = self.arrival().map(|arrival| arrival.removed).unwrap_or_default();
        let step = Step::event(LandingEvent::TakenBack { checkout: checkout.cloned() });
        removed.into_iter().fold(step, |step, workspace| {
            step.effect(Effect::tell_workspace(workspace, WorkspaceInput::Restore))
        })
    }

    fn landed(&self, before: &ObjectId, after: &ObjectId, checkout: Option<&AbsPath>) -> Step<LandingEvent> {
        let (before, after) = (before.clone(), after.clone());
        let landed = after.clone();
        let step = Step::event(LandingEvent::Landed { before, after, checkout: checkout.cloned() })
            .effect(Effect::DropCandidate { round: self.round });
        match &self.spec.afterwards {
            Afterwards::Keep if self.tip() == &landed || self.spec.method == Method::Merge => step,
            Afterwards::Keep => step.effect(Effect::tell_workspace(
                self.spec.workspace,
                WorkspaceInput::LandedAnew {
                    target: self.spec.target.clone(),
                    tip: self.tip().clone(),
                    after: landed,
                },
            )),
            Afterwards::Remove { removal } => step.effect(Effect::tell_workspace(
                self.spec.workspace,
                WorkspaceInput::Remove { removal: removal.after_landing(self.tip()) },
            )),
        }
    }

    fn look_again(&self) -> Step<LandingEvent> {
        if self.round >= MAX_ROUNDS {
            return self.end(Refusal::KeepsMoving);
        }
        Step::event(LandingEvent::TargetMoved)
            .effect(Effect::DropCandidate { round: self.round })
            .effect(self.before_prediction().1)
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

    fn after(mut self, event: &LandingEvent, at: Timestamp) -> Self {
        let before = self.phase.clone();
        let phase = match (&before, event) {
            (_, LandingEvent::Requested { .. }) => return self,
            (_, LandingEvent::Reviewed { review }) => {
                self.review = Some(review.clone());
                self.behind_review().0
            }
            (_, LandingEvent::Committed { committed }) => {
                self.committed = Some(committed.clone());
                self.before_prediction().0
            }
            (_, LandingEvent::Agreed { onto }) => LandingPhase::Building { onto: onto.clone() },
            (LandingPhase::Building { onto }, LandingEvent::Built { commit }) => {
                let (onto, commit) = (onto.clone(), commit.clone());
                match self.spec.checks {
                    Gate::Required => LandingPhase::Checking { onto, commit },
                    Gate::NotAsked | Gate::Waived => self.checked(onto, commit),
                }
            }
            (LandingPhase::Checking { onto, commit }, LandingEvent::Verified { verified }) => {
                self.verified = Some(verified.clone());
                self.checked(onto.clone(), commit.clone())
            }
            (_, LandingEvent::Built { .. } | LandingEvent::Verified { .. }) => return self,
            (_, LandingEvent::TargetMoved) => {
                self.round += 1;
                self.verified = None;
                self.before_prediction().0
            }
            (_, LandingEvent::ConflictsFound { onto, conflicts }) => {
                LandingPhase::Leaving { onto: onto.clone(), conflicts: conflicts.clone() }
            }
            (_, LandingEvent::Landed { before, after, checkout }) => LandingPhase::Landed {
                before: before.clone(),
                after: after.clone(),
                checkout: checkout.clone(),
            },
            (_, LandingEvent::Refused { refusal }) => LandingPhase::Refused { refusal: refusal.clone() },
            (_, LandingEvent::RepositoryMoved { to }) => return self.in_repository(to),
            (_, event) => return self.going_back(event, at),
        };
        Self { phase, since: at, ..self }
    }
}

#[cfg(test)]
mod tests;
