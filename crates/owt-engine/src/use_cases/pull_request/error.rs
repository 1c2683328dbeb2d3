//! Why nothing came of it.

use owt_core::authority::Denied;
use owt_core::critic::Review;
use owt_core::landing::Refusal;
use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::PullRequestNumber;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_ports::ForgeError;
use owt_ports::GitError;
use owt_ports::StoreError;

use crate::use_cases::CommonError;
use crate::use_cases::MergeError;
use crate::use_cases::SelectError;

/// Why nothing came of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PullError {
    /// Which workspace?
    #[error(transparent)]
    Select(#[from] SelectError),
    /// The same that keeps its work from landing.
    #[error(transparent)]
    NotReady(#[from] MergeError),
    /// What was not committed could not be: a hook refused it, or waits for the person's answer.
    #[error("what is left in '{name}' could not be committed")]
    NotCommitted {
        /// The workspace's name.
        name: String,
        /// The branch that it would come into.
        base: BranchName,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// A plain folder has no branch.
    #[error("'{0}' is a plain folder: it has no branch that a pull request could be of")]
    NoBranch(String),
    /// What the critic denies is shown to nobody.
    #[error("the critic denies what is in '{name}', so nothing was pushed")]
    Denied {
        /// The workspace's name.
        name: String,
        /// What it says.
        review: Box<Review>,
    },
    /// There is nothing to show.
    #[error("{base} has everything of '{name}' already, so there is nothing for a pull request")]
    Nothing {
        /// The workspace's name.
        name: String,
        /// The branch that it would come into.
        base: BranchName,
    },
    /// How it lands is chosen where the pull request is merged.
    #[error(
        "'{0}' goes by a pull request, and how it lands is chosen where that is merged: --squash and --rebase say nothing here"
    )]
    Shaped(String),
    /// The repository has no remote that a branch would go to.
    #[error("the repository has no remote to push {0} to")]
    NoRemote(BranchName),
    /// The branch would go to an address that somebody has written instead of a remote's name.
    #[error("{0} would be pushed to an address that is no remote of the repository")]
    ByAddress(BranchName),
    /// The remote has several addresses for pushing.
    #[error(
        "'{remote}' has several addresses for pushing, or none, so nobody knows which of them a pull request would be of"
    )]
    SeveralAddresses {
        /// The remote.
        remote: String,
    },
    /// A commit on the way there has what the critic denies, whatever came of it later.
    #[error("commit {} of '{name}' has a secret that '{remote}' does not have yet, so nothing was pushed", .commit.short())]
    SecretInHistory {
        /// The workspace's name.
        name: String,
        /// The commit.
        commit: ObjectId,
        /// The remote.
        remote: String,
        /// What the critic says of it.
        review: Box<Review>,
    },
    /// What the pull request would say has what the critic denies: the task's own words, perhaps.
    #[error("what the pull request of '{name}' would say has a secret in it, so nothing was pushed")]
    SecretInWords {
        /// The workspace's name.
        name: String,
        /// What the critic says of it.
        review: Box<Review>,
    },
    /// More commits would go than anybody looks through.
    #[error(
        "more than {most} commits of '{name}' are not known to be at '{remote}', too many to look for secrets in each"
    )]
    TooManyCommits {
        /// The workspace's name.
        name: String,
        /// The remote.
        remote: String,
        /// The most that are looked through.
        most: usize,
    },
    /// The branch of this name there is somebody else's.
    #[error("'{remote}' has a branch {branch} that was not made here, so nothing was pushed")]
    Strangers {
        /// The branch.
        branch: BranchName,
        /// The remote.
        remote: String,
    },
    /// The remote is on no code host.
    #[error("the remote '{remote}' is no repository of a code host")]
    NotHosted {
        /// The remote.
        remote: String,
    },
    /// The remote did not take the branch.
    #[error("{branch} was not pushed to '{remote}': {error}")]
    NotPushed {
        /// The branch.
        branch: BranchName,
        /// The remote.
        remote: String,
        /// git's answer.
        error: GitError,
    },
    /// The host did not do what it was asked.
    #[error(transparent)]
    Forge(#[from] ForgeError),
    /// The branch is there, the pull request is not.
    #[error("{branch} was pushed to '{remote}', but there is no pull request yet: {error}")]
    OnlyPushed {
        /// The branch.
        branch: BranchName,
        /// The remote.
        remote: String,
        /// Why not.
        error: ForgeError,
    },
    /// There is nothing to unlink.
    #[error("'{0}' goes by no pull request that anybody has said or made here")]
    NotLinked(String),
    /// There is none of that number.
    #[error("{repository} at {} has no pull request {number}", .repository.host)]
    NoSuchPull {
        /// The repository.
        repository: HostedRepository,
        /// The number.
        number: PullRequestNumber,
    },
    /// The repository is not there, or not for this login.
    #[error("{host} has no repository {repository}, or does not show it to this login", host = .0.host, repository = .0)]
    NoRepository(HostedRepository),
}

impl From<Denied> for PullError {
    fn from(denied: Denied) -> Self {
        Self::Select(denied.into())
    }
}

impl From<StoreError> for PullError {
    fn from(error: StoreError) -> Self {
        Self::Select(SelectError::Common(CommonError::Store(error)))
    }
}

impl From<GitError> for PullError {
    fn from(error: GitError) -> Self {
        Self::NotReady(error.into())
    }
}
