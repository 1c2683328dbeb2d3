//! Why nothing was made.

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::authority::Denied;
use owt_core::branch_naming::NamingError;
use owt_core::failure::Failure;
use owt_core::vcs::BranchName;
use owt_ports::FileError;
use owt_ports::GitError;
use owt_ports::SessionError;
use owt_ports::StoreError;

use crate::agent_choice::AgentError;
use crate::room::NoRoom;
use crate::settings::BrokenSettings;
use crate::settings::TemplateError;
use crate::use_cases::CommonError;
use crate::use_cases::SelectError;

/// How long a start may take: a checkout of a large repository, a session.
pub(super) const MAX_START: Duration = Duration::from_secs(15 * 60);

/// Why nothing was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NewError {
    /// No task and no branch.
    #[error("no task was given")]
    EmptyTask,
    /// No name can be made of the task.
    #[error(transparent)]
    Naming(#[from] NamingError),
    /// The repository has no commit.
    #[error("the repository {0} has no commits yet")]
    NoCommits(AbsPath),
    /// HEAD is on no branch.
    #[error("HEAD is detached, so the base is not clear")]
    DetachedHead,
    /// The base names nothing.
    #[error("the base '{0}' names no commit of this repository")]
    UnknownBase(String),
    /// Uncommitted changes go along to the commit that they were made on.
    #[error("your uncommitted changes were made on another commit than '{start}' is, and do not fit there")]
    DraftElsewhere {
        /// Where the work would start: a base, or a branch that exists.
        start: String,
    },
    /// Whose branch?
    #[error("the branch '{branch}' is not here, and several remotes have it: {}", candidates.join(", "))]
    SeveralRemotes {
        /// The branch.
        branch: BranchName,
        /// Each remote's.
        candidates: Vec<String>,
    },
    /// Only a checkout can be worked in.
    #[error("{0} is a bare repository: there is no checkout to work in")]
    BareInPlace(AbsPath),
    /// The branch is where the caller stands: it exists, and no other checkout can have it.
    #[error("the branch '{0}' exists already: your checkout is on it")]
    OwnBranch(BranchName),
    /// One in-place job at a time.
    #[error("the checkout {path} is already used by '{name}'")]
    InPlaceBusy {
        /// The checkout.
        path: AbsPath,
        /// The workspace that uses it.
        name: String,
    },
    /// Rivals need a place each.
    #[error("several agents cannot share one checkout")]
    RivalsInPlace,
    /// Which agent?
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// Which workspace's results?
    #[error(transparent)]
    Parent(#[from] SelectError),
    /// The configuration.
    #[error(transparent)]
    Settings(#[from] BrokenSettings),
    /// The template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// git, before anything was made.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Sessions, before anything was made.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// There is no room for more work.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// Private files.
    #[error(transparent)]
    File(#[from] FileError),
    /// It was begun, failed, and was taken back.
    #[error("{0}")]
    Failed(Failure),
    /// Somebody stopped it before its session began.
    #[error("'{name}' was called off before its session began; the workspace stays")]
    CalledOff {
        /// Its name.
        name: String,
    },
    /// Its session did not begin, after something was installed or set up.
    #[error("{failure}")]
    NeverBegan {
        /// Its name.
        name: String,
        /// Why.
        failure: Failure,
    },
    /// It takes too long.
    #[error("the start has not ended within {} minutes; it goes on", MAX_START.as_secs() / 60)]
    TooSlow,
    /// Not allowed, or the journal.
    #[error(transparent)]
    Common(#[from] CommonError),
}

impl From<StoreError> for NewError {
    fn from(error: StoreError) -> Self {
        Self::Common(error.into())
    }
}

impl From<Denied> for NewError {
    fn from(denied: Denied) -> Self {
        Self::Common(denied.into())
    }
}
