//! The remotes of a repository, and bringing a branch there: the only thing of ours that leaves the machine by git.

use std::collections::BTreeMap;

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
    /// Where it is written to: one address, or several that all get it.
    pub push_urls: Vec<String>,
    /// What `gh` was told of it: `base`, or the repository (`owner/name`) that pull requests come into.
    pub resolved: Option<String>,
}

/// The remotes, and which of them a branch goes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemoteList {
    /// All of them.
    pub all: Vec<Remote>,
    /// The one that `git push` would take: of the branch, of the repository, the only one, or `origin`. It may be none of them: an
    /// address that somebody has written instead of a name.
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
    /// Where the branch is there: it goes on from exactly this, or nothing is done. `None`: there is none, and it is made.
    pub from: Option<ObjectId>,
}

/// What the other side has already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// These commits with all before them; one that is not in the repository says nothing.
    pub commits: Vec<ObjectId>,
    /// What was last fetched of these remotes.
    pub fetched: Vec<String>,
    /// But not what was fetched of this branch.
    pub but: Option<BranchName>,
}

/// Remotes by git.
pub trait Remotes: Send + Sync {
    /// The remotes, as the configuration has them. None is asked.
    ///
    /// # Errors
    /// Only failures of git itself.
    fn remotes(&self, repository: &Repository, branch: &BranchName) -> Result<RemoteList, GitError>;

    /// The branches that a remote has where it is written to, with their tips. Credentials are git's own, found as the caller's
    /// environment has it; nobody is asked for one.
    ///
    /// # Errors
    /// [`GitError::Failed`] with git's words when it cannot be reached or does not let us in.
    fn heads(
        &self,
        repository: &Repository,
        remote: &Remote,
        caller: &CallerEnvironment,
    ) -> Result<BTreeMap<BranchName, ObjectId>, GitError>;

    /// Brings a commit into a branch of a remote, never over what is there, and only from where the branch was seen. There already:
    /// success. Credentials as for [`Remotes::heads`].
    ///
    /// # Errors
    /// [`GitError::Failed`] with git's words when it cannot be reached, does not let us in, has what we have not, or is elsewhere.
    fn push(&self, repository: &Repository, push: &Push, caller: &CallerEnvironment) -> Result<(), GitError>;

    /// The commits that `tip` has beyond what is known, newest first, at most `most`.
    ///
    /// # Errors
    /// Only failures of git itself.
    fn beyond(
        &self,
        repository: &Repository,
        tip: &ObjectId,
        known: &Known,
        most: usize,
    ) -> Result<Vec<ObjectId>, GitError>;

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

    /// The whole messages of these commits, in their order, read as UTF-8 from whatever they are written in.
    ///
    /// # Errors
    /// [`GitError::Failed`], also where one of them is not here.
    fn messages(&self, repository: &Repository, commits: &[ObjectId]) -> Result<Vec<String>, GitError>;
}
