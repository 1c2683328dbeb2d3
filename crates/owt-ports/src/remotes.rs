//! The remotes of a repository, and bringing a branch there: the only thing of ours that leaves the machine by git.

use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;

use crate::CallerEnvironment;
use crate::GitError;

/// A remote, its addresses as git uses them (`url.*.insteadOf` applied).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Its name.
    pub name: String,
    /// Where it is read from.
    pub url: String,
    /// Where it is written to.
    pub push_url: String,
    /// What `gh` was told of it: `base`, or the repository (`owner/name`) that pull requests come into.
    pub resolved: Option<String>,
}

/// The remotes, and which of them a branch goes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoteList {
    /// All of them.
    pub all: Vec<Remote>,
    /// The name of the one that `git push` would take: of the branch, of the repository, the only one, or `origin`.
    pub push: Option<String>,
}

impl RemoteList {
    /// The remote of this name.
    pub fn named(&self, name: &str) -> Option<&Remote> {
        self.all.iter().find(|remote| remote.name == name)
    }
}

/// What is to be pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The remote.
    pub remote: String,
    /// The branch, of the same name there.
    pub branch: BranchName,
    /// The commit that was looked at: exactly this one goes.
    pub tip: ObjectId,
}

/// Remotes by git.
pub trait Remotes: Send + Sync {
    /// The remotes, as the configuration has them. None is asked.
    ///
    /// # Errors
    /// Only failures of git itself.
    fn remotes(&self, repository: &Repository, branch: &BranchName) -> Result<RemoteList, GitError>;

    /// Brings a commit into a branch of a remote, never over what is there. There already: success. Credentials are git's own,
    /// found as the caller's environment has it; nobody is asked for one.
    ///
    /// # Errors
    /// [`GitError::Failed`] with git's words when it cannot be reached, does not let us in, or has what we have not.
    fn push(&self, repository: &Repository, push: &Push, caller: &CallerEnvironment) -> Result<(), GitError>;

    /// The first lines of the messages of the commits that `tip` has and `base` has not, oldest first, at most `most`.
    ///
    /// # Errors
    /// Only failures of git itself.
    fn subjects(
        &self,
        repository: &Repository,
        base: &ObjectId,
        tip: &ObjectId,
        most: usize,
    ) -> Result<Vec<String>, GitError>;
}
