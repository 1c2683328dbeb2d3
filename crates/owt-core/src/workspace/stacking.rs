//! A workspace that was made from the branch of another: once that branch has landed and goes, it follows what that has landed
//! in, and follows the branch again when that comes back.

use serde::Deserialize;
use serde::Serialize;

use super::Base;
use super::Ground;
use super::Phase;
use super::Workspace;
use super::WorkspaceEvent;
use super::Worktree;
use crate::WorkspaceId;
use crate::machine::Step;
use crate::vcs::BranchName;
use crate::vcs::ObjectId;

/// What is followed instead of a branch that has landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Successor {
    /// The workspace whose branch it was.
    pub of: WorkspaceId,
    /// That branch.
    pub branch: BranchName,
    /// What it has landed in.
    pub target: BranchName,
    /// The newest commit of that branch that is known to be in the one that followed it: what came later is its own work.
    pub fork: ObjectId,
    /// Where the target was then, when it has the work in other commits than the branch had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remade: Option<ObjectId>,
}

/// What a workspace followed before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoodOn {
    /// The workspace whose branch it was.
    pub workspace: WorkspaceId,
    /// The branch, and from where.
    pub base: Base,
    /// Where the target had that branch's work, when in other commits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remade: Option<ObjectId>,
}

/// Work that stands in a branch and in its target, in different commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twice<'a> {
    /// Up to here in the branch.
    pub fork: &'a ObjectId,
    /// From here on in the target.
    pub remade: &'a ObjectId,
}

impl Workspace {
    /// What of its branch the target has in other commits, as far as that is known.
    pub fn twice(&self) -> Option<Twice<'_>> {
        self.left_apart().or_else(|| self.stood_on_anew())
    }

    fn stood_on_anew(&self) -> Option<Twice<'_>> {
        let remade = self.stood_on.last()?.remade.as_ref()?;
        self.spec.line().map(|line| Twice { fork: &line.base.sha, remade })
    }

    /// What it follows has landed, and goes. Nothing follows itself.
    pub(super) fn follow_on(&self, successor: &Successor) -> Step<WorkspaceEvent> {
        let follows = |line: &Worktree| {
            line.base.branch.as_ref() == Some(&successor.branch)
                && ![&line.branch, &successor.branch].contains(&&successor.target)
        };
        match (&self.phase, self.spec.line()) {
            (Phase::Discarding { .. } | Phase::Discarded { .. }, _) => Step::nothing(),
            (_, Some(line)) if follows(line) => {
                Step::event(WorkspaceEvent::FollowedOn { successor: successor.clone() })
            }
            _ => Step::nothing(),
        }
    }

    /// The branch of this workspace is there again.
    pub(super) fn follow_again(&self, of: WorkspaceId) -> Step<WorkspaceEvent> {
        let stood_on = self.stood_on.last().filter(|_| !matches!(self.phase, Phase::Discarded { .. }));
        match stood_on {
            Some(last) if last.workspace == of => Step::event(WorkspaceEvent::FollowsAgain { of }),
            _ => Step::nothing(),
        }
    }

    pub(super) fn followed_on(mut self, successor: &Successor) -> Self {
        let Some(line) = self.line_mut() else { return self };
        let target = successor.target.clone();
        let base = Base { label: target.to_string(), branch: Some(target), sha: successor.fork.clone() };
        let base = std::mem::replace(&mut line.base, base);
        self.stood_on.push(StoodOn { workspace: successor.of, base, remade: successor.remade.clone() });
        self
    }

    pub(super) fn follows_again(mut self, of: WorkspaceId) -> Self {
        let last = self.stood_on.pop_if(|last| last.workspace == of);
        if let (Some(last), Some(line)) = (last, self.line_mut()) {
            line.base = last.base;
        }
        self
    }

    const fn line_mut(&mut self) -> Option<&mut Worktree> {
        match &mut self.spec.ground {
            Ground::Worktree(line) | Ground::InPlace { line, .. } => Some(line),
            Ground::Folder => None,
        }
    }
}
