//! What a workspace changed against its base, uncommitted and new files included.

use owt_core::AbsPath;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Ground;
use owt_core::workspace::Phase;
use owt_core::workspace::Worktree;
use owt_ports::BranchState;
use owt_ports::ChangedFile;
use owt_ports::DiffForm;
use owt_ports::DiffPart;
use owt_ports::DiffQuestion;
use owt_ports::DiffSide;
use owt_ports::Found;
use owt_ports::GitError;

use super::SelectError;
use crate::activity::looked_at;
use crate::engine::Engine;
use crate::facts::add_facts;
use crate::use_cases::select::find;
use crate::view::WorkspaceView;

/// Which diff.
#[derive(Debug, Clone)]
pub struct DiffRequest {
    /// Seen from here.
    pub folder: AbsPath,
    /// The workspace.
    pub name: String,
    /// How it is wanted.
    pub form: DiffForm,
}

/// A part of a diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffOutput {
    /// The first part, and there always.
    Against(DiffAgainst),
    /// The next file.
    File(ChangedFile),
    /// The next bytes of the patch.
    Patch(Vec<u8>),
}

/// What is compared with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffAgainst {
    /// The workspace's name.
    pub name: String,
    /// Its branch.
    pub branch: String,
    /// The base as it was named.
    pub base: String,
    /// The commit that is compared with.
    pub commit: ObjectId,
    /// What a person should know.
    pub notices: Vec<String>,
}

/// Why there is no diff.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiffError {
    /// Which workspace?
    #[error(transparent)]
    Select(#[from] SelectError),
    /// It has no base.
    #[error("'{name}' is a plain folder without git: there is nothing to compare it with")]
    NoGit {
        /// The workspace's name.
        name: String,
    },
    /// It is being made or taken away.
    #[error("'{name}' is {doing}: there is nothing to compare yet")]
    NotThere {
        /// The workspace's name.
        name: String,
        /// What is under way.
        doing: &'static str,
    },
    /// Neither folder nor branch is left.
    #[error("the folder of '{name}' is gone, and so is its branch {branch}: nothing is left to compare")]
    NothingLeft {
        /// The workspace's name.
        name: String,
        /// Its branch.
        branch: String,
    },
    /// git.
    #[error(transparent)]
    Git(GitError),
}

/// Tells what a workspace changed, part by part, until `sink` wants no more.
///
/// # Errors
/// [`DiffError`]; after the first part only what breaks in the middle.
pub fn diff(
    engine: &Engine,
    asker: &Principal,
    request: &DiffRequest,
    sink: &mut dyn FnMut(DiffOutput) -> bool,
) -> Result<(), DiffError> {
    let mut view = find(engine, asker, &request.folder, &request.name, Action::Read)?;
    let name = view.name().to_owned();
    require_there(&view)?;
    looked_at(engine, asker, &view);
    add_facts(engine, std::slice::from_mut(&mut view));
    let Some(line) = view.workspace.spec.line() else { return Err(DiffError::NoGit { name }) };
    let (side, notice) = side(engine, &view, line)?;
    let question = DiffQuestion {
        repository: line.repository.clone(),
        side,
        base: line.base.sha.clone(),
        base_branch: line.base.branch.clone(),
        base_upstream: upstream_of_base(engine, line),
    };
    let against = |commit, left_out: Vec<String>| {
        let nested = left_out.iter().map(|folder| {
            format!(
                "{folder} is a git repository of its own, which git does not track: it is not in the diff"
            )
        });
        DiffOutput::Against(DiffAgainst {
            name: name.clone(),
            branch: line.branch.to_string(),
            base: line.base.label.clone(),
            commit,
            notices: notice.iter().cloned().chain(nested).collect(),
        })
    };
    let mut take = |part| {
        sink(match part {
            DiffPart::Against { commit, left_out } => against(commit, left_out),
            DiffPart::File(file) => DiffOutput::File(file),
            DiffPart::Patch(bytes) => DiffOutput::Patch(bytes),
        })
    };
    engine.ports().git.diff(&question, request.form, &mut take).map_err(DiffError::Git)
}

/// What `owt sync` brings in where the person's own branch is behind it. Where git cannot tell, the branch alone counts.
fn upstream_of_base(engine: &Engine, line: &Worktree) -> Option<ObjectId> {
    let base = line.base.branch.as_ref()?;
    let upstream = engine.ports().git.upstream(&line.repository, base).ok()??;
    Some(upstream.tip)
}

fn require_there(view: &WorkspaceView) -> Result<(), DiffError> {
    let doing = match view.workspace.phase {
        Phase::Ready => return Ok(()),
        Phase::Preparing => "being made",
        Phase::Restoring { .. } => "being brought back",
        Phase::Removing { .. } | Phase::Removed { .. } => "being deleted",
        Phase::Discarding { .. } | Phase::Discarded { .. } => "being taken back",
    };
    Err(DiffError::NotThere { name: view.name().to_owned(), doing })
}

/// What is looked at, and what the person must know of that.
fn side(
    engine: &Engine,
    view: &WorkspaceView,
    line: &Worktree,
) -> Result<(DiffSide, Option<String>), DiffError> {
    let path = &view.workspace.spec.path;
    let now = view.facts.as_ref().and_then(|facts| facts.branch.as_ref());
    // A checkout of the person's that is on another branch holds other work.
    let is_left = matches!(view.workspace.spec.ground, Ground::InPlace { .. })
        && view.facts.is_some()
        && now != Some(&line.branch);
    let notice = match view.found {
        Found::Folder if !is_left => return Ok((DiffSide::Worktree(path.clone()), None)),
        Found::Folder => {
            let now = now.map_or_else(|| "no branch".to_owned(), ToString::to_string);
            format!("{now} is checked out at {path}: this is what is committed on {}", line.branch)
        }
        Found::NoRepository => {
            let dir = line.repository.root.clone();
            return Err(DiffError::Git(GitError::NotARepository { dir }));
        }
        Found::Nothing | Found::Another => {
            format!("its folder {path} is gone: this is what is committed on {}", line.branch)
        }
    };
    match engine.ports().git.branch_state(&line.repository, &line.branch).map_err(DiffError::Git)? {
        BranchState::Taken(tip) => Ok((DiffSide::Commit(tip), Some(notice))),
        BranchState::Free | BranchState::Conflicts(_) => {
            Err(DiffError::NothingLeft { name: view.name().to_owned(), branch: line.branch.to_string() })
        }
    }
}
