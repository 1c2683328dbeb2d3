//! Bringing into a workspace's branch what has come to another: looked ahead, made into a commit in a private worktree, and
//! taken by git's own fast-forward in the workspace's, which overwrites nothing.
//!
//! `git merge` there would do the same in one step, but for one thing: it outlives a server that is killed, and beside a second
//! one it takes back what the first has written (`restore_state`, seen in git 2.47.3). A fast-forward takes nothing back.

pub(crate) mod settled;

use std::time::Duration;

use owt_core::effect::Message;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::landing::CandidateId;
use owt_core::landing::CandidateOf;
use owt_core::landing::Method;
use owt_core::landing::WhenConflicting;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Phase;
use owt_core::workspace::Sync;
use owt_core::workspace::SyncEnd;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_core::workspace::Worktree;
use owt_ports::Candidate;
use owt_ports::CandidateRequest;
use owt_ports::GitError;
use owt_ports::Landing;
use owt_ports::Prediction;
use owt_ports::StoreError;
use owt_ports::TargetMove;
use owt_ports::TargetMoved;
use owt_ports::WorktreePresence;
use tracing::warn;

use self::settled::Taking;
use super::Outcome;
use super::landing::broken_off;
use super::workspace::Refusable;
use super::workspace::WorkspaceEffects;
use super::workspace::refusable;
use crate::board::Task;

/// How long git may take to make the commit: no hook runs with it.
const MAX_COMMIT: Duration = Duration::from_secs(30 * 60);

impl WorkspaceEffects {
    pub(super) fn sync_workspace(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, workspace) = self.workspace(task)?;
        let Some(sync) = workspace.syncing() else { return Ok(Outcome::Settled) };
        let end = match (&workspace.phase, workspace.spec.line()) {
            (Phase::Ready, Some(line)) => {
                let candidate = CandidateId { of: CandidateOf::Sync(task.id), round: 1 };
                let end = self.settled_or_brought_in(&workspace, line, (sync, candidate))?;
                if let Err(error) = refusable(self.ports.landing.drop_candidate(&line.repository, candidate))?
                {
                    warn!(%candidate, %error, "a candidate stays");
                }
                end
            }
            _ => Err(Failure::new(FailureKind::Lost, "it was removed meanwhile")),
        };
        let end = match end {
            Ok(Some(end)) => end,
            Ok(None) => return Ok(broken_off()),
            Err(failure) => SyncEnd::Failed { failure },
        };
        Ok(Outcome::told(Message::Workspace { id, input: WorkspaceInput::Synced { end } }))
    }

    /// `None`: the server ends.
    fn settled_or_brought_in(
        &self,
        workspace: &Workspace,
        line: &Worktree,
        (sync, candidate): (&Sync, CandidateId),
    ) -> Refusable<Option<SyncEnd>> {
        let head = match self.head(workspace, line)? {
            Ok(head) => head,
            Err(failure) => return Ok(Err(failure)),
        };
        // It may have come in before we died.
        let is_in = refusable(self.ports.git.is_merged(&line.repository, &sync.source, &head))?;
        match is_in {
            Ok(true) if head == sync.before => return Ok(Ok(Some(SyncEnd::UpToDate))),
            Ok(true) => return Ok(Ok(Some(SyncEnd::Merged { after: head }))),
            Ok(false) => {}
            Err(failure) => return Ok(Err(failure)),
        }
        match &sync.settler {
            None => Ok(self.bring_in(workspace, line, (sync, head, candidate))?.map(Some)),
            Some(settler) => self.take_settled(&Taking { workspace, line, sync, settler, head, candidate }),
        }
    }

    fn bring_in(
        &self,
        workspace: &Workspace,
        line: &Worktree,
        (sync, head, candidate): (&Sync, ObjectId, CandidateId),
    ) -> Refusable<SyncEnd> {
        match refusable(foreseen(self.ports.landing.as_ref(), line, sync, &head))? {
            Ok(Prediction::Contained) => self.fast_forward(workspace, line, (sync, head, &sync.source)),
            Ok(Prediction::Clean { .. }) => self.merge(workspace, line, (sync, head, candidate)),
            Ok(Prediction::Conflicts(conflicts)) => match sync.conflicts {
                WhenConflicting::Stop => Ok(Ok(SyncEnd::Conflicts { conflicts })),
                WhenConflicting::Leave => self.leave(workspace, line, sync),
            },
            Ok(Prediction::Unrelated) => Ok(Err(unrelated(line, sync))),
            Err(failure) => Ok(Err(failure)),
        }
    }

    /// The tip of the branch, which must be checked out in the folder.
    fn head(&self, workspace: &Workspace, line: &Worktree) -> Refusable<ObjectId> {
        let path = &workspace.spec.path;
        let found = refusable(self.ports.git.worktree_presence(&line.repository, path))?;
        Ok(found.and_then(|presence| match presence {
            WorktreePresence::Present { branch: Some(branch), head: Some(head) } if branch == line.branch => {
                Ok(head)
            }
            _ => {
                let message = format!("{} is not checked out in {path} any more", line.branch);
                Err(Failure::new(FailureKind::Lost, message))
            }
        }))
    }

    fn fast_forward(
        &self,
        workspace: &Workspace,
        line: &Worktree,
        (sync, from, to): (&Sync, ObjectId, &ObjectId),
    ) -> Refusable<SyncEnd> {
        let request = TargetMove {
            repository: line.repository.clone(),
            target: line.branch.clone(),
            from,
            to: to.clone(),
            reason: format!("owt: synced {} with {}", workspace.spec.name, sync.name),
        };
        let moved = refusable(self.ports.landing.move_target(&request))?;
        Ok(moved.and_then(|moved| match moved {
            TargetMoved::Moved { .. } => Ok(SyncEnd::Merged { after: to.clone() }),
            TargetMoved::Kept { why, .. } => Ok(SyncEnd::Kept { why }),
            TargetMoved::Elsewhere { .. } => {
                Err(Failure::new(FailureKind::Busy, format!("{} was moved meanwhile", line.branch)))
            }
        }))
    }

    /// The repository's hooks do not run: they are for what lands.
    fn merge(
        &self,
        workspace: &Workspace,
        line: &Worktree,
        (sync, head, id): (&Sync, ObjectId, CandidateId),
    ) -> Refusable<SyncEnd> {
        let request = CandidateRequest {
            id,
            repository: line.repository.clone(),
            onto: head.clone(),
            tip: sync.source.clone(),
            method: Method::Merge,
            favour: None,
            settled: None,
            beyond: sync.fork.clone(),
            message: message(line, sync),
            hooks: Vec::new(),
            limit: MAX_COMMIT,
        };
        match refusable(self.ports.landing.make_candidate(&request))? {
            Ok(Candidate::Made { commit }) => self.fast_forward(workspace, line, (sync, head, &commit)),
            Ok(Candidate::Nothing) => Ok(Ok(SyncEnd::UpToDate)),
            // git itself has the last word, with the merge drivers of the repository.
            Ok(Candidate::Conflicts(conflicts)) => match sync.conflicts {
                WhenConflicting::Stop => Ok(Ok(SyncEnd::Conflicts { conflicts })),
                WhenConflicting::Leave => self.leave(workspace, line, sync),
            },
            Ok(Candidate::Unrelated) => Ok(Err(unrelated(line, sync))),
            Err(failure) => Ok(Err(failure)),
        }
    }

    fn leave(&self, workspace: &Workspace, line: &Worktree, sync: &Sync) -> Refusable<SyncEnd> {
        let path = &workspace.spec.path;
        let left = self.ports.landing.merge_in_worktree(path, &sync.source, &message(line, sync));
        match refusable(left)? {
            Ok(conflicts) if !conflicts.is_empty() => Ok(Ok(SyncEnd::ConflictsLeft { conflicts })),
            Ok(_) => Ok(self.head(workspace, line)?.map(|after| SyncEnd::Merged { after })),
            Err(failure) => Ok(Err(failure)),
        }
    }
}

/// What would come of it.
pub(crate) fn foreseen(
    landing: &dyn Landing,
    line: &Worktree,
    sync: &Sync,
    head: &ObjectId,
) -> Result<Prediction, GitError> {
    match &sync.fork {
        None => landing.predict(&line.repository, &sync.source, head),
        Some(fork) => landing.predict_beyond(&line.repository, fork, &sync.source, head),
    }
}

fn message(line: &Worktree, sync: &Sync) -> String {
    format!("Merge {} into {}", sync.name, line.branch)
}

fn unrelated(line: &Worktree, sync: &Sync) -> Failure {
    Failure::new(FailureKind::Git, format!("{} and {} have no commit in common", line.branch, sync.name))
}
