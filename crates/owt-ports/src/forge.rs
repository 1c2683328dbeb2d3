//! Code hosts: pull requests there, in words that hold for any of them. Nothing else needs a host, or a network.

use std::collections::BTreeMap;
use std::fmt;

use owt_core::Timestamp;
use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::PullRequest;
use owt_core::pull_request::PullRequestNumber;
use owt_core::pull_request::Readiness;
use owt_core::vcs::BranchName;

/// The environment that came with a person's request: what reaches outside is done as they would do it, with their logins.
/// It may hold secrets, so no message and no log shows it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CallerEnvironment(BTreeMap<String, String>);

impl CallerEnvironment {
    /// These variables.
    pub const fn new(variables: BTreeMap<String, String>) -> Self {
        Self(variables)
    }

    /// A variable that is set to something.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All of them, for a program that is started with them.
    pub const fn variables(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

impl fmt::Debug for CallerEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallerEnvironment({} variables)", self.0.len())
    }
}

/// Why a host did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForgeError {
    /// There is neither a program that is logged in there nor a token for it.
    #[error("nobody is logged in at {host} here")]
    NoAccess {
        /// The host.
        host: String,
    },
    /// The login is not valid there.
    #[error("{host} does not accept the login (it may have expired)")]
    Unauthorised {
        /// The host.
        host: String,
    },
    /// The login is valid, and does not suffice.
    #[error("{host} does not allow it: {message}")]
    Forbidden {
        /// The host.
        host: String,
        /// What the host says.
        message: String,
    },
    /// There is no such thing, or the login does not see it.
    #[error("{host} has no {what}, or does not show it to this login")]
    NotFound {
        /// The host.
        host: String,
        /// What is not there.
        what: String,
    },
    /// So many requests were made that no more are taken for a while. None is made before that.
    #[error("{host} takes no more requests from this login until {}", .until.clock())]
    Limited {
        /// The host.
        host: String,
        /// Until when.
        until: Timestamp,
    },
    /// What was asked cannot be done.
    #[error("{host} refuses it: {message}")]
    Refused {
        /// The host.
        host: String,
        /// What the host says.
        message: String,
    },
    /// The host cannot be reached.
    #[error("{host} cannot be reached: {why}")]
    Unreachable {
        /// The host.
        host: String,
        /// Why.
        why: String,
    },
    /// It answered what nobody understands.
    #[error("{host} gives no answer that is understood: {message}")]
    Failed {
        /// The host.
        host: String,
        /// What.
        message: String,
    },
}

impl ForgeError {
    /// Whether it may go well in a while without anybody doing anything.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Limited { .. } | Self::Unreachable { .. } | Self::Failed { .. })
    }
}

/// Which pull request is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhichPull {
    /// The one of this number.
    Number(PullRequestNumber),
    /// The newest one of this branch, an open one before others.
    OfBranch {
        /// Whose branch it is.
        owner: String,
        /// The branch.
        branch: BranchName,
    },
}

/// A pull request that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedPull {
    /// The repository that it comes into.
    pub repository: HostedRepository,
    /// Which.
    pub which: WhichPull,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundPull {
    /// It.
    There(Box<PullRequest>),
    /// There is none.
    None,
    /// The repository is not there, or not for this login.
    NoRepository,
    /// Of this one the host says nothing, or nothing that is understood; of the others it may.
    Unsaid(ForgeError),
}

/// A pull request that is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPull {
    /// The repository that it is to come into.
    pub repository: HostedRepository,
    /// What it is called.
    pub title: String,
    /// What it says, in Markdown.
    pub body: String,
    /// Whose branch it is.
    pub owner: String,
    /// The branch.
    pub branch: BranchName,
    /// The branch that it is to come into.
    pub base: BranchName,
    /// Whether it is a draft.
    pub readiness: Readiness,
}

/// What a host gives with an answer, to be asked later whether it still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsMark(pub String);

/// Whether something has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Nothing since the mark.
    Nothing,
    /// Something, or nobody knows; the next question is asked with this mark.
    Something(Option<NewsMark>),
}

/// Code hosts.
pub trait Forge: Send + Sync {
    /// Looks for pull requests at one host, all with one question; the answers come in the same order.
    ///
    /// # Errors
    /// [`ForgeError`]; a repository that is not there is no error here, it is said of each that is looked for in it.
    fn find(
        &self,
        caller: &CallerEnvironment,
        host: &str,
        wanted: &[WantedPull],
    ) -> Result<Vec<FoundPull>, ForgeError>;

    /// Makes a pull request. Whoever asks has looked whether it is there already.
    ///
    /// # Errors
    /// [`ForgeError::Refused`] with the host's words where it cannot be, ...
    fn open(&self, caller: &CallerEnvironment, new: &NewPull) -> Result<PullRequest, ForgeError>;

    /// Whether any pull request of a repository has changed since the mark. What its checks say changes without a mark.
    ///
    /// # Errors
    /// [`ForgeError`].
    fn news(
        &self,
        caller: &CallerEnvironment,
        repository: &HostedRepository,
        since: Option<&NewsMark>,
    ) -> Result<News, ForgeError>;
}
