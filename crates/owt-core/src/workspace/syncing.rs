//! Bringing into a workspace's branch what has come meanwhile to the branch that it follows, or was made from.

use serde::Deserialize;
use serde::Serialize;

use super::Phase;
use super::Settler;
use super::Twice;
use super::Unsettled;
use super::Workspace;
use super::WorkspaceEvent;
use super::WorkspaceInput;
use crate::effect::Effect;
use crate::failure::Failure;
use crate::landing::Conflict;
use crate::landing::WhenConflicting;
use crate::machine::Step;
use crate::vcs::BranchName;
use crate::vcs::ObjectId;

/// What is to come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sync {
    /// The commit.
    pub source: ObjectId,
    /// Whose it is, as a person writes it: `main`, `origin/main`.
    pub name: String,
    /// The tip of the workspace's branch when it was asked for.
    pub before: ObjectId,
    /// What becomes of conflicts.
    pub conflicts: WhenConflicting,
    /// Who has settled what they do not agree on; `None`: nobody was asked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settler: Option<Box<Settler>>,
    /// What the branch has up to this commit has landed in the source, in other commits: neither side has changed it since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<ObjectId>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "end")]
pub enum SyncEnd {
    /// The branch had it already.
    UpToDate,
    /// It is in.
    Merged {
        /// Where the branch is.
        after: ObjectId,
    },
    /// They do not agree, and nothing was touched.
    Conflicts {
        /// On what.
        conflicts: Vec<Conflict>,
    },
    /// They do not agree, and the merge is begun in the workspace.
    ConflictsLeft {
        /// On what.
        conflicts: Vec<Conflict>,
    },
    /// Something that is not committed would be overwritten; the workspace is as it was.
    Kept {
        /// What, in git's words.
        why: String,
    },
    /// What an agent made of the conflicts is not taken; the workspace is as it was.
    Unsettled {
        /// Why.
        why: Unsettled,
    },
    /// It could not be brought in; the workspace is as it was.
    Failed {
        /// Why.
        failure: Failure,
    },
}

impl SyncEnd {
    /// Whether trying once more with what an agent has settled would come to the same.
    const fn is_final(&self) -> bool {
        matches!(self, Self::UpToDate | Self::Merged { .. } | Self::Unsettled { .. })
    }
}

/// The last time that something was to come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSync {
    /// What.
    pub sync: Sync,
    /// What came of it; `None`: it is under way.
    pub end: Option<SyncEnd>,
}

impl Workspace {
    /// What is being brought in.
    pub fn syncing(&self) -> Option<&Sync> {
        self.last_sync.as_ref().filter(|last| last.end.is_none()).map(|last| &last.sync)
    }

    /// One at a time, and only where there is a folder.
    pub(super) fn sync(&self, sync: &Sync) -> Step<WorkspaceEvent> {
        if self.phase != Phase::Ready || self.syncing().is_some() {
            return Step::nothing();
        }
        Step::event(WorkspaceEvent::SyncRequested { sync: sync.clone() }).effect(Effect::SyncWorkspace)
    }

    /// What it has landed in comes in as what it has already: otherwise whatever goes on here would conflict with what has landed of
    /// it. Another branch than the one that it follows is none of its line.
    pub(super) fn rejoin(
        &self,
        target: &BranchName,
        (tip, after): (&ObjectId, &ObjectId),
    ) -> Step<WorkspaceEvent> {
        if self.spec.line().and_then(|line| line.base.branch.as_ref()) != Some(target) {
            return Step::nothing();
        }
        self.sync(&Sync {
            source: after.clone(),
            name: target.to_string(),
            before: tip.clone(),
            conflicts: WhenConflicting::Stop,
            settler: None,
            fork: Some(tip.clone()),
        })
    }

    /// What has landed of it in other commits, and could not be brought together with its own.
    pub(super) fn left_apart(&self) -> Option<Twice<'_>> {
        let last = self.last_sync.as_ref()?;
        let apart = !matches!(last.end, None | Some(SyncEnd::UpToDate | SyncEnd::Merged { .. }));
        let fork = last.sync.fork.as_ref().filter(|_| apart)?;
        Some(Twice { fork, remade: &last.sync.source })
    }

    /// The merge that brought its own commits together with what has landed of them there, and the commit before it.
    pub fn rejoined(&self, landed: &ObjectId) -> Option<(&ObjectId, &ObjectId)> {
        let LastSync { sync, end } = self.last_sync.as_ref()?;
        match end {
            Some(SyncEnd::Merged { after }) if sync.source == *landed && sync.fork.is_some() => {
                Some((after, &sync.before))
            }
            _ => None,
        }
    }

    pub(super) fn synced(&self, end: &SyncEnd) -> Step<WorkspaceEvent> {
        match (&self.phase, self.syncing()) {
            (Phase::Discarded { .. }, _) | (_, None) => Step::nothing(),
            (_, Some(sync)) => {
                let step = Step::event(WorkspaceEvent::Synced { end: end.clone() });
                match sync.settler.as_ref().filter(|_| end.is_final()) {
                    None => step,
                    Some(settler) => step.effect(Effect::tell_workspace(
                        settler.workspace,
                        WorkspaceInput::Remove { removal: settler.removal.clone() },
                    )),
                }
            }
        }
    }
}
