//! Removing a workspace: session, folder and, where its work is safe elsewhere, branch. Whatever would be lost is
//! refused first, and written down as a snapshot even when the person insists.

use crate::use_cases::select::find;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::RequestId;
use owt_core::SnapshotId;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::counting::counted;
use owt_core::effect::Message;
use owt_core::failure::Failure;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::workspace::BranchFate;
use owt_core::workspace::Ground;
use owt_core::workspace::Phase;
use owt_core::workspace::Removal;
use owt_core::workspace::RemovalReport;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_core::workspace::Worktree;
use owt_ports::BranchState;
use owt_ports::Found;
use owt_ports::GitError;
use owt_ports::StoreError;
use owt_ports::WorktreePresence;

use super::CommonError;
use super::Resolve;
use super::SelectError;
use super::merge::LandingBy;
use super::merge::landing_by;
use crate::engine::Engine;
use crate::entity::Entity as _;
use crate::view::WorkspaceView;

/// How long a removal may take: sessions to end, a large folder to be snapshotted.
const MAX_REMOVAL: Duration = Duration::from_secs(15 * 60);

/// Whether unsaved work may go (into a snapshot).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// It is refused.
    No,
    /// It is written down as a snapshot, then removed.
    Yes,
}

/// What to remove.
#[derive(Debug, Clone)]
pub struct DeleteRequest {
    /// Seen from here.
    pub folder: AbsPath,
    /// The workspace.
    pub name: String,
    /// Whether unsaved work may go.
    pub force: Force,
    /// Whether it is done.
    pub resolve: Resolve,
}

/// What a removal takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletePlan {
    /// Files that differ from HEAD.
    pub dirty_files: u32,
    /// Commits that the base branch does not have.
    pub unmerged_commits: u32,
    /// The branch's tip.
    pub head: Option<ObjectId>,
    /// What becomes of the branch.
    pub branch: BranchFate,
    /// What lies at its place.
    pub found: Found,
    /// The branch that is checked out there, where it is not the workspace's own: it stays.
    pub switched_to: Option<BranchName>,
}

/// Why a workspace was not removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeleteError {
    /// Which workspace?
    #[error(transparent)]
    Select(#[from] SelectError),
    /// Something would be lost.
    #[error("'{name}' holds work that is nowhere else: {what}")]
    UnsavedWork {
        /// The workspace's name.
        name: String,
        /// What, in words.
        what: String,
    },
    /// It has a repository of its own inside that no snapshot can hold.
    #[error(
        "'{name}' has a repository of its own at {inside} with work that is nowhere else, and no snapshot can hold that"
    )]
    Nested {
        /// The workspace's name.
        name: String,
        /// Where, below its folder.
        inside: String,
    },
    /// What it holds cannot be told, so it is not touched.
    #[error("git cannot tell what '{name}' holds, so it stays: {error}")]
    CannotTell {
        /// The workspace's name.
        name: String,
        /// git's answer.
        error: GitError,
    },
    /// There is no repository that could tell what it holds.
    #[error("the repository {repository} of '{name}' is gone, so nobody can tell what the workspace holds")]
    NoRepository {
        /// The workspace's name.
        name: String,
        /// Its folder.
        path: AbsPath,
        /// Where the repository was.
        repository: AbsPath,
    },
    /// It is not in a state to be removed.
    #[error("'{name}' is being made or removed just now")]
    InBetween {
        /// The workspace's name.
        name: String,
    },
    /// Its work is on its way into its target.
    #[error("'{name}' is landing just now, and would land all the same")]
    Landing {
        /// The workspace's name.
        name: String,
        /// By what.
        by: LandingBy,
    },
    /// It was tried, and failed; the workspace stays.
    #[error("'{name}' could not be removed and stays: {failure}")]
    Failed {
        /// The workspace's name.
        name: String,
        /// Why.
        failure: Failure,
    },
    /// It takes too long.
    #[error("the removal has not ended within {} minutes; it goes on", MAX_REMOVAL.as_secs() / 60)]
    TooSlow,
}

impl From<StoreError> for DeleteError {
    fn from(error: StoreError) -> Self {
        Self::Select(SelectError::Common(CommonError::Store(error)))
    }
}

/// Removes a workspace, or says what that would take away.
///
/// # Errors
/// [`DeleteError`]; before anything is touched, except `Failed` and `TooSlow`.
pub fn delete(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    delete: &DeleteRequest,
) -> Result<(WorkspaceView, DeletePlan, Option<RemovalReport>), DeleteError> {
    let (view, plan) = begin_delete(engine, asker, request, delete)?;
    if delete.resolve == Resolve::Preview {
        return Ok((view, plan, None));
    }
    let name = view.name().to_owned();
    let stream = Workspace::stream(view.id);
    match engine.await_done(MAX_REMOVAL, &stream, request, || removal_end(engine, &view))? {
        Some(Ok(report)) => Ok((view, plan, Some(report))),
        Some(Err(failure)) => Err(DeleteError::Failed { name, failure }),
        None => Err(DeleteError::TooSlow),
    }
}

/// The half of [`delete`] that does not wait: checks, and unless it is a preview records that it is to be removed.
/// A removal that is under way (one that a full disk had interrupted, for one) is joined.
///
/// # Errors
/// [`DeleteError`]; nothing was touched.
pub fn begin_delete(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    delete: &DeleteRequest,
) -> Result<(WorkspaceView, DeletePlan), DeleteError> {
    let view = find(engine, asker, &delete.folder, &delete.name, Action::Delete)?;
    if delete.force == Force::Yes {
        authorise(asker, Action::DeleteForced).map_err(SelectError::from)?;
    }
    let name = view.name().to_owned();
    if let Phase::Removing { removal, .. } = &view.workspace.phase
        && delete.resolve == Resolve::Do
    {
        engine.take_up_effects()?;
        let plan = removal_plan(engine, &view).unwrap_or_else(|_| DeletePlan::only(&removal.branch));
        return Ok((view, plan));
    }
    if view.workspace.phase != Phase::Ready {
        return Err(DeleteError::InBetween { name });
    }
    if let Some(by) = landing_by(engine, &view)? {
        return Err(DeleteError::Landing { name, by });
    }
    let plan = removal_plan(engine, &view)?;
    if let (Force::No, Found::NoRepository, Some(repository)) =
        (delete.force, plan.found, view.workspace.spec.repository())
    {
        let (path, repository) = (view.workspace.spec.path.clone(), repository.root.clone());
        return Err(DeleteError::NoRepository { name, path, repository });
    }
    if let (Force::No, Some(what)) = (delete.force, plan.unsaved()) {
        return Err(DeleteError::UnsavedWork { name, what });
    }
    if delete.resolve == Resolve::Preview {
        return Ok((view, plan));
    }
    let removal = Removal {
        snapshot: SnapshotId::from_bits(engine.ports().entropy.id_bits()),
        branch: plan.branch.clone(),
        landed: None,
    };
    let input = WorkspaceInput::Remove { removal };
    // Nothing sets out to land it meanwhile.
    let _one_at_a_time = engine.naming();
    if let Some(by) = landing_by(engine, &view)? {
        return Err(DeleteError::Landing { name, by });
    }
    engine.dispatch(Message::Workspace { id: view.id, input }, request)?;
    Ok((view, plan))
}

pub(super) fn removal_end(
    engine: &Engine,
    view: &WorkspaceView,
) -> Result<Option<Result<RemovalReport, Failure>>, StoreError> {
    let workspace = engine.records().load::<Workspace>(view.id)?;
    Ok(workspace.and_then(|workspace| match (workspace.phase, workspace.last_failure) {
        (Phase::Removed { report, .. }, _) => Some(Ok(report)),
        (Phase::Ready, Some(failure)) | (Phase::Discarding { failure } | Phase::Discarded { failure }, _) => {
            Some(Err(failure))
        }
        _ => None,
    }))
}

/// What would be taken away. A folder that is gone already takes nothing with it but its branch; a branch that is not
/// the one checked out there stays.
pub(super) fn removal_plan(engine: &Engine, view: &WorkspaceView) -> Result<DeletePlan, DeleteError> {
    let Some(line) = view.workspace.spec.line() else {
        return Ok(DeletePlan::only(&BranchFate::Keep));
    };
    let found = engine.ports().lookout.find(Some(&line.repository), &view.workspace.spec.path);
    if found == Found::NoRepository {
        return Ok(DeletePlan { found, ..DeletePlan::only(&BranchFate::Keep) });
    }
    let cannot_tell = |error| DeleteError::CannotTell { name: view.name().to_owned(), error };
    let git = &engine.ports().git;
    let present = git.worktree_presence(&line.repository, &view.workspace.spec.path).map_err(cannot_tell)?;
    let own = Some(line.branch.clone());
    let dirty_files = match &present {
        // What is changed in a checkout that has left the branch is the person's own.
        WorktreePresence::Present { branch, .. } if is_in_place(view) && *branch != own => 0,
        WorktreePresence::Present { .. } => {
            let facts = git
                .facts(&view.workspace.spec.path, &line.base.sha, line.base.branch.as_ref())
                .map_err(cannot_tell)?;
            facts.dirty_files
        }
        _ => 0,
    };
    let tip = match git.branch_state(&line.repository, &line.branch).map_err(cannot_tell)? {
        BranchState::Taken(tip) => Some(tip),
        _ => None,
    };
    if let (WorktreePresence::Present { .. }, false) = (&present, is_in_place(view))
        && let Some(inside) = git.unkeepable(&view.workspace.spec.path).map_err(cannot_tell)?
    {
        return Err(DeleteError::Nested { name: view.name().to_owned(), inside });
    }
    let unmerged_commits = match (&present, &tip) {
        // Both that branch and the workspace's own stay.
        (WorktreePresence::Present { branch: Some(branch), .. }, _) if Some(branch) != own.as_ref() => 0,
        (WorktreePresence::Present { branch: None, head: Some(head) }, tip) if !is_in_place(view) => {
            unnamed(engine, line, head, tip.as_ref()).map_err(cannot_tell)?
        }
        // Merged elsewhere, in whatever form: this very commit is in the pull request.
        (_, Some(tip)) if has_merged_elsewhere(view, tip) => 0,
        (_, Some(tip)) => unmerged(engine, line, tip).map_err(cannot_tell)?,
        (_, None) => 0,
    };
    let (switched, switched_to) = match present {
        WorktreePresence::Present { branch, .. } => {
            let other = branch != own;
            (other, branch.filter(|_| other))
        }
        _ => (false, None),
    };
    let keep = line.adopted || leaves_branch(&view.workspace.spec.ground) || switched;
    let branch = if keep { BranchFate::Keep } else { BranchFate::Delete };
    Ok(DeletePlan { dirty_files, unmerged_commits, head: tip, branch, found, switched_to })
}

/// Whether just this was merged by a pull request.
pub(super) fn has_merged_elsewhere(view: &WorkspaceView, tip: &ObjectId) -> bool {
    let Some(linked) = view.workspace.pull_request.as_ref() else { return false };
    let target = view.workspace.spec.line().and_then(|line| line.base.branch.as_ref());
    // What came into another branch, which may itself be unfinished, is not where this was to go.
    linked.has_merged(tip) && target.is_none_or(|target| target.as_str() == linked.pull.base)
}

/// Commits of a HEAD on no branch that the workspace's own branch does not have, nor its base.
fn unnamed(
    engine: &Engine,
    line: &Worktree,
    head: &ObjectId,
    own: Option<&ObjectId>,
) -> Result<u32, GitError> {
    let git = &engine.ports().git;
    match own {
        Some(own) if git.is_merged(&line.repository, head, own)? => Ok(0),
        _ => unmerged(engine, &Worktree { adopted: false, ..line.clone() }, head),
    }
}

/// Commits of the tip that are neither in the base branch as it is now nor in the base commit.
pub(super) fn unmerged(engine: &Engine, line: &Worktree, tip: &ObjectId) -> Result<u32, GitError> {
    if line.adopted {
        return Ok(0);
    }
    let git = &engine.ports().git;
    if git.is_merged(&line.repository, tip, &line.base.sha)? {
        return Ok(0);
    }
    if let Some(base) = &line.base.branch
        && let BranchState::Taken(target) = git.branch_state(&line.repository, base)?
        && git.is_merged(&line.repository, tip, &target)?
    {
        return Ok(0);
    }
    git.count_commits(&line.repository, &line.base.sha, tip)
}

const fn is_in_place(view: &WorkspaceView) -> bool {
    matches!(view.workspace.spec.ground, Ground::InPlace { .. })
}

/// An in-place branch without a branch to go back to stays checked out.
const fn leaves_branch(ground: &Ground) -> bool {
    matches!(ground, Ground::InPlace { previous: None, .. })
}

impl DeletePlan {
    fn only(branch: &BranchFate) -> Self {
        Self {
            dirty_files: 0,
            unmerged_commits: 0,
            head: None,
            branch: branch.clone(),
            found: Found::Folder,
            switched_to: None,
        }
    }

    /// What is nowhere else, in words.
    pub(super) fn unsaved(&self) -> Option<String> {
        let count = |number: u32, one: &str, many: &str| (number > 0).then(|| counted(number, one, many));
        let parts: Vec<String> = [
            count(self.dirty_files, "uncommitted file", "uncommitted files"),
            count(self.unmerged_commits, "unmerged commit", "unmerged commits"),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!parts.is_empty()).then(|| parts.join(" and "))
    }
}
