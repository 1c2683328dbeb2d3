//! Taking a landing back: the target returns to where it was, as long as nobody stands on what landed.

use serde::Deserialize;
use serde::Serialize;

use super::Afterwards;
use super::Landing;
use super::LandingEvent;
use super::LandingPhase;
use super::Method;
use crate::AbsPath;
use crate::Timestamp;
use crate::WorkspaceId;
use crate::failure::Failure;
use crate::vcs::BranchName;
use crate::vcs::ObjectId;
use crate::vcs::Repository;

/// One move of a target, and whose work it brought there: all that is needed to take it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The repository.
    pub repository: Repository,
    /// The branch that moved.
    pub target: BranchName,
    /// Where it was.
    pub before: ObjectId,
    /// Where it went.
    pub after: ObjectId,
    /// Branches that were there first: they do not stand on the target, the target stands on them.
    pub sources: Vec<BranchName>,
    /// The workspaces that went with it, and come back with it.
    pub removed: Vec<WorkspaceId>,
    /// The workspace that stayed, where it landed in other commits than its own.
    pub made_anew: Option<WorkspaceId>,
}

/// Why something that has landed stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stays")]
pub enum Irrevocable {
    /// The target is elsewhere by now.
    TargetMoved {
        /// Where.
        found: ObjectId,
        /// How many commits stand on what landed; `None`: the target does not have it any more.
        commits: Option<u32>,
    },
    /// There is no such branch any more.
    TargetGone,
    /// Others have it.
    Pushed {
        /// The branches of remotes that have it, as a person writes them.
        to: Vec<String>,
    },
    /// Something stands on it.
    BuiltUpon {
        /// What, in words: branches, tags, detached checkouts.
        by: Vec<String>,
    },
    /// The target is checked out with something in the way.
    InTheWay {
        /// There.
        at: AbsPath,
        /// What, in git's words.
        why: String,
    },
    /// git has failed.
    Failed {
        /// How.
        failure: Failure,
    },
}

impl Landing {
    /// The state after an event of being taken back.
    pub(super) fn going_back(self, event: &LandingEvent, at: Timestamp) -> Self {
        let (phase, stays) = match (&self.phase, event) {
            (LandingPhase::Landed { before, after, checkout }, LandingEvent::TakeBackRequested) => {
                let (before, after, checkout) = (before.clone(), after.clone(), checkout.clone());
                (LandingPhase::TakingBack { before, after, checkout }, None)
            }
            (LandingPhase::TakingBack { before, after, .. }, LandingEvent::TakenBack { checkout }) => {
                let (before, after, checkout) = (before.clone(), after.clone(), checkout.clone());
                (LandingPhase::TakenBack { before, after, checkout }, None)
            }
            (LandingPhase::TakingBack { before, after, checkout }, LandingEvent::TakeBackRefused { why }) => {
                let (before, after, checkout) = (before.clone(), after.clone(), checkout.clone());
                (LandingPhase::Landed { before, after, checkout }, Some(why.clone()))
            }
            _ => return self,
        };
        // One that stays has landed when it did.
        let since = if matches!(phase, LandingPhase::TakenBack { .. }) { at } else { self.since };
        Self { phase, stays, since, ..self }
    }

    /// The move of its target that can be taken back, or was, where something has landed.
    pub fn arrival(&self) -> Option<Arrival> {
        let (LandingPhase::Landed { before, after, .. }
        | LandingPhase::TakingBack { before, after, .. }
        | LandingPhase::TakenBack { before, after, .. }) = &self.phase
        else {
            return None;
        };
        // A branch that stood on the target already landed as it was.
        let sources = if self.tip() == after { vec![self.spec.branch.clone()] } else { Vec::new() };
        let removed = match self.spec.afterwards {
            Afterwards::Keep => Vec::new(),
            Afterwards::Remove { .. } => vec![self.spec.workspace],
        };
        let anew = self.spec.method != Method::Merge && self.spec.afterwards == Afterwards::Keep;
        Some(Arrival {
            repository: self.spec.repository.clone(),
            target: self.spec.target.clone(),
            before: before.clone(),
            after: after.clone(),
            sources,
            removed,
            made_anew: anew.then_some(self.spec.workspace),
        })
    }
}
