//! What must hold before anything lands.

use owt_core::counting::counted;
use owt_core::landing::Method;
use owt_core::status::Status;
use owt_core::vcs::BranchName;
use owt_core::workspace::Worktree;
use owt_ports::BranchState;
use owt_ports::GitError;
use owt_ports::TargetStand;
use owt_ports::WorktreePresence;

use super::MergeError;
use super::MergePlan;
use super::MergeRequest;
use super::Rehearsed;
use super::Uncommitted;
use super::left_work;
use crate::engine::Engine;
use crate::use_cases::DeleteError;
use crate::use_cases::select::live_workspaces;
use crate::view::WorkspaceView;

/// What is about to land; a workspace that is not ready for it is refused.
pub(super) fn plan(
    engine: &Engine,
    view: WorkspaceView,
    merge: &MergeRequest,
) -> Result<MergePlan, MergeError> {
    let name = view.name().to_owned();
    let Some(line) = view.workspace.spec.line().cloned() else { return Err(MergeError::NoBranch(name)) };
    let target = merge.into.clone().or_else(|| line.base.branch.clone()).ok_or(MergeError::NoTarget(name))?;
    if target == line.branch {
        return Err(MergeError::OwnBranch(target));
    }
    let git = &engine.ports().git;
    let BranchState::Taken(onto) = git.branch_state(&line.repository, &target)? else {
        return Err(MergeError::UnknownTarget(target));
    };
    is_no_other_name(engine, &line, &target)?;
    is_at_rest(&view)?;
    is_nobody_at_work_in(engine, &line, &target)?;
    let tip = is_there(engine, &view, &line)?;
    if merge.only_at.as_ref().is_some_and(|only| *only != tip) {
        return Err(MergeError::Changed(view.name().to_owned()));
    }
    let left = match &merge.uncommitted {
        Uncommitted::Refuse => {
            is_committed(engine, &view, &line, &target)?;
            None
        }
        Uncommitted::Commit { message } => left_work::plan(engine, &view, &line, &onto, message.as_deref())?,
    };
    let is_one_made =
        left.as_ref().is_some_and(|left| !left.plan.files.is_empty()) || merge.only_at.is_some();
    if merge.method == Method::Rebase && merge.message.is_some() && !is_one_made {
        return Err(MergeError::NothingToWord(view.name().to_owned()));
    }
    let commits = git.count_commits(&line.repository, &onto, &tip)?;
    Ok(MergePlan {
        view,
        target,
        onto,
        tip,
        commits,
        method: merge.method,
        left,
        would: Rehearsed::default(),
        settled: None,
        opinion: None,
    })
}

/// Whether a target is a branch itself.
pub(in crate::use_cases) fn is_no_other_name(
    engine: &Engine,
    line: &Worktree,
    target: &BranchName,
) -> Result<(), MergeError> {
    match engine.ports().landing.stand_of(&line.repository, target)? {
        TargetStand::Symbolic { leads_to } => Err(MergeError::OtherName { target: target.clone(), leads_to }),
        TargetStand::Alone | TargetStand::CheckedOut(_) | TargetStand::Kept { .. } => Ok(()),
    }
}

/// What an agent does that may go on while its work lands and its folder goes.
pub(in crate::use_cases) fn at_work(view: &WorkspaceView) -> Option<Status> {
    (!view.is_at_rest()).then_some(view.judgement.status)
}

fn is_at_rest(view: &WorkspaceView) -> Result<(), MergeError> {
    match at_work(view) {
        None => Ok(()),
        Some(doing) => Err(MergeError::AgentWorks { name: view.name().to_owned(), doing }),
    }
}

/// Where the target is another workspace's branch, its files go along, and would move under the agent that works there.
fn is_nobody_at_work_in(engine: &Engine, line: &Worktree, target: &BranchName) -> Result<(), MergeError> {
    let live = live_workspaces(engine, Some(line.repository.id))?;
    let views = WorkspaceView::gather_all(engine.records(), live)?;
    let is_its = |view: &&WorkspaceView| view.workspace.spec.line().is_some_and(|it| it.branch == *target);
    let works = |view: &WorkspaceView| {
        let (name, target) = (view.name().to_owned(), target.clone());
        at_work(view).map(|doing| MergeError::TargetWorks { name, target, doing })
    };
    views.iter().filter(is_its).find_map(works).map_or(Ok(()), Err)
}

/// The tip of the branch, which must be checked out in the folder.
pub(in crate::use_cases) fn is_there(
    engine: &Engine,
    view: &WorkspaceView,
    line: &Worktree,
) -> Result<owt_core::vcs::ObjectId, MergeError> {
    let path = &view.workspace.spec.path;
    match engine.ports().git.worktree_presence(&line.repository, path)? {
        WorktreePresence::Present { branch: Some(branch), head: Some(head) } if branch == line.branch => {
            Ok(head)
        }
        WorktreePresence::Absent | WorktreePresence::Foreign => {
            Err(MergeError::FolderGone { name: view.name().to_owned(), path: path.clone() })
        }
        WorktreePresence::Present { .. } => {
            Err(MergeError::NotThere { branch: line.branch.clone(), path: path.clone() })
        }
    }
}

fn is_committed(
    engine: &Engine,
    view: &WorkspaceView,
    line: &Worktree,
    target: &BranchName,
) -> Result<(), MergeError> {
    let facts = engine.ports().git.facts(&view.workspace.spec.path, &line.base.sha, Some(target))?;
    match facts.dirty_files {
        0 => Ok(()),
        count => Err(MergeError::Uncommitted {
            name: view.name().to_owned(),
            count,
            files: counted(count, "file", "files"),
        }),
    }
}

/// What a removal would take away cannot be told.
pub(in crate::use_cases) fn untellable(error: DeleteError) -> MergeError {
    match error {
        DeleteError::Select(error) => MergeError::Select(error),
        DeleteError::CannotTell { error, .. } => MergeError::Git(error),
        DeleteError::Nested { inside, .. } => MergeError::Git(GitError::NestedRepository { path: inside }),
        other => {
            MergeError::Git(GitError::Failed { operation: "status".to_owned(), message: other.to_string() })
        }
    }
}
