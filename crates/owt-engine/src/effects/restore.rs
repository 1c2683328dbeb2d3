//! Bringing a removed workspace back: out of the trash, or made anew from its snapshot.

use owt_core::effect::Message;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Ground;
use owt_core::workspace::Phase;
use owt_core::workspace::RemovalReport;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_core::workspace::Worktree;
use owt_ports::BranchState;
use owt_ports::GitError;
use owt_ports::SnapshotRecord;
use owt_ports::StoreError;
use owt_ports::Untrashed;
use owt_ports::WorktreePresence;
use tracing::warn;

use super::Outcome;
use super::git_failure;
use super::workspace::Refusable;
use super::workspace::WorkspaceEffects;
use super::workspace::refusable;
use super::workspace::request;
use crate::board::Task;

/// A branch that is needed to bring a workspace back.
enum Branch {
    /// It was there.
    WasThere,
    /// We made it, here.
    Made(ObjectId),
}

/// The branch that its worktree was on.
fn checked_out<'w>(line: &'w Worktree, report: &'w RemovalReport) -> &'w BranchName {
    report.switched_to.as_ref().unwrap_or(&line.branch)
}

/// Where the branch was.
fn begun_at(line: &Worktree, report: &RemovalReport) -> ObjectId {
    report.head.clone().unwrap_or_else(|| line.base.sha.clone())
}

/// Where a branch that is gone begins anew: where it was when the snapshot was taken. One that had no commit yet begins with
/// the snapshot, which holds every file.
fn beginning(record: &SnapshotRecord) -> ObjectId {
    record.head.as_ref().unwrap_or(&record.commit).clone()
}

/// Whether a snapshot can be put back there: it is a difference to one commit, and on another it would undo what lies between.
fn fits(record: &SnapshotRecord, tip: &ObjectId) -> bool {
    *tip == beginning(record) || *tip == record.commit
}

fn moved_on(branch: &BranchName, tip: &str, fits: &str, stays: &str) -> Failure {
    let message = format!(
        "{branch} is at {tip} by now, and what was kept of the workspace fits {fits} alone: it stays {stays}"
    );
    Failure::new(FailureKind::BranchTaken, message)
}

/// Whether a person has to clear something away first; anything else may pass by itself.
const fn is_up_to_a_person(failure: &Failure) -> bool {
    use FailureKind::{BranchCheckedOut, BranchTaken, Busy, Lost, PathTaken, RefConflict};
    matches!(failure.kind, BranchTaken | BranchCheckedOut | RefConflict | PathTaken | Busy | Lost)
}

impl WorkspaceEffects {
    pub(super) fn restore_workspace(&self, task: &Task) -> Result<Outcome, StoreError> {
        let (id, workspace) = self.workspace(task)?;
        let Phase::Restoring { report, .. } = &workspace.phase else {
            return Ok(Outcome::Settled);
        };
        let failure = match &workspace.spec.ground {
            Ground::Folder => None,
            Ground::Worktree(line) => self.restore_worktree(&workspace, line, report)?.err(),
            Ground::InPlace { line, .. } => self.restore_branch(line, report)?.map(drop).err(),
        };
        if let Some(failure) = &failure
            && !is_up_to_a_person(failure)
            && self.is_half_restored(&workspace, report)?
        {
            return Ok(Outcome::Later(failure.to_string()));
        }
        if let (None, Some(line)) = (&failure, workspace.spec.line()) {
            self.take_over_again(id, line, task.correlation)?;
        }
        Ok(Outcome::told(Message::Workspace { id, input: WorkspaceInput::Restored { failure } }))
    }

    /// The branch as it was, if we deleted it; one that was kept may have moved on since.
    fn restore_branch(&self, line: &Worktree, report: &RemovalReport) -> Refusable<Branch> {
        let git = &self.ports.git;
        let Some(tip) = &report.head else { return Ok(Ok(Branch::WasThere)) };
        match refusable(git.branch_state(&line.repository, &line.branch))? {
            Ok(BranchState::Taken(found)) if found == *tip || !report.branch_deleted => {
                return Ok(Ok(Branch::WasThere));
            }
            Ok(_) => {}
            Err(failure) => return Ok(Err(failure)),
        }
        let made = refusable(git.make_branch(&line.repository, &line.branch, tip))?;
        Ok(made.map(|()| Branch::Made(tip.clone())))
    }

    fn restore_worktree(
        &self,
        workspace: &Workspace,
        line: &Worktree,
        report: &RemovalReport,
    ) -> Refusable<()> {
        let branch = match self.restore_branch(line, report)? {
            Ok(branch) => branch,
            Err(failure) => return Ok(Err(failure)),
        };
        let restored = self.restore_folder(workspace, line, report)?;
        if let (Err(_), Branch::Made(tip)) = (&restored, &branch)
            && let Err(failure) =
                refusable(self.ports.git.delete_branch(&line.repository, &line.branch, tip))?
        {
            warn!(%failure, branch = %line.branch, "the branch stays although its workspace does not come back");
        }
        Ok(restored)
    }

    fn restore_folder(
        &self,
        workspace: &Workspace,
        line: &Worktree,
        report: &RemovalReport,
    ) -> Refusable<()> {
        let git = &self.ports.git;
        let path = &workspace.spec.path;
        let branch = checked_out(line, report);
        if let Some(trash) = &report.trash {
            let untrash = || git.untrash_worktree(&line.repository, trash, path, branch);
            // The trash alone has what git ignores: a refusal that passes is no reason to do without.
            let tried = match untrash() {
                Err(GitError::Failed { .. }) => untrash(),
                tried => tried,
            };
            match tried {
                Ok(Untrashed::Moved) => return Ok(Ok(())),
                // A try that was broken off may have made it anew, and may not have come to the snapshot.
                Ok(Untrashed::WasThere) => {}
                // On what has come since, its index and files would take that back.
                Err(GitError::RefMoved { expected, found, .. }) => {
                    return Ok(Err(moved_on(branch, &found, &expected, "in the trash")));
                }
                // Expired, or not as it was. Whatever else is in the way would be in the snapshot's way too, and
                // what only the trash holds would be left behind.
                Err(error @ GitError::Failed { .. }) if report.head.is_some() => {
                    warn!(%error, "not in the trash any more: restored from the snapshot");
                }
                // A try that was broken off may have brought it back, or made it anew.
                Err(error) => {
                    if !self.is_checked_out(workspace, line, branch)?.unwrap_or(false) {
                        return Ok(Err(git_failure(&error)?));
                    }
                }
            }
        }
        self.rebuild_worktree(workspace, line, branch, report)
    }

    /// Whether a try that was broken off has brought the folder back already: then the way back is to go on. A workspace whose
    /// folder is there must not be called removed, nor one of which nobody can tell.
    fn is_half_restored(&self, workspace: &Workspace, report: &RemovalReport) -> Result<bool, StoreError> {
        let Ground::Worktree(line) = &workspace.spec.ground else { return Ok(false) };
        Ok(self.is_checked_out(workspace, line, checked_out(line, report))?.unwrap_or(true))
    }

    fn is_checked_out(&self, workspace: &Workspace, line: &Worktree, wanted: &BranchName) -> Refusable<bool> {
        match self.ports.git.worktree_presence(&line.repository, &workspace.spec.path) {
            Ok(WorktreePresence::Present { branch, .. }) => Ok(Ok(branch.as_ref() == Some(wanted))),
            Ok(_) | Err(GitError::NotARepository { .. }) => Ok(Ok(false)),
            Err(error) => Ok(Err(git_failure(&error)?)),
        }
    }

    fn rebuild_worktree(
        &self,
        workspace: &Workspace,
        line: &Worktree,
        branch: &BranchName,
        report: &RemovalReport,
    ) -> Refusable<()> {
        let git = &self.ports.git;
        let record = match self.snapshot_record(line, report.snapshot)? {
            Ok(record) => record,
            Err(failure) => return Ok(Err(failure)),
        };
        let (adopted, start) = match refusable(git.branch_state(&line.repository, branch))? {
            Ok(BranchState::Taken(tip)) => {
                if let Some(record) = record.as_ref().filter(|record| !fits(record, &tip)) {
                    let (fits, stays) = (beginning(record), format!("in the commit {}", record.commit));
                    return Ok(Err(moved_on(branch, tip.as_str(), fits.as_str(), &stays)));
                }
                (true, begun_at(line, report))
            }
            Ok(_) => (false, record.as_ref().map_or_else(|| begun_at(line, report), beginning)),
            Err(failure) => return Ok(Err(failure)),
        };
        let line = Worktree { adopted, branch: branch.clone(), ..line.clone() };
        let made = request(&workspace.spec.path, &line, start);
        if let Err(failure) = refusable(git.add_worktree(&made))? {
            return Ok(Err(failure));
        }
        let Some(record) = record else { return Ok(Ok(())) };
        let applied = refusable(git.apply_snapshot(&workspace.spec.path, &record))?;
        if applied.is_err()
            && let Err(failure) = refusable(git.undo_worktree(&made))?
        {
            warn!(%failure, workspace = %workspace.spec.name, "its folder stays although it does not come back");
        }
        Ok(applied)
    }
}
