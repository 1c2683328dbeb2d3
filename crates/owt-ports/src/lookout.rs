//! What the engine needs in order to keep what git said about a workspace until it is no longer so.

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_core::vcs::WorktreeFacts;

use crate::GitError;

/// A worktree, and what its facts are measured against.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Outlook {
    /// The worktree's root.
    pub worktree: AbsPath,
    /// The commit that the work began at.
    pub base: ObjectId,
    /// The branch that it began at, and that it is compared with while it exists.
    pub base_branch: Option<BranchName>,
}

/// A moment between two changes. Two marks of one outlook are equal only if nothing that its facts depend on has
/// changed in between. Marks mean nothing to another process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Of what lies in the worktree, its index, HEAD, and the settings that git reads.
    pub own: u64,
    /// Of the base branch.
    pub base: u64,
}

/// The answer to one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// What git says.
    pub facts: WorktreeFacts,
    /// The moment at which it is so; `None` when changes cannot be noticed there: git is asked the next time.
    pub mark: Option<Mark>,
}

/// What is found where a workspace's folder should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The folder, as a checkout of its repository where it has one. Also where it cannot be looked at.
    Folder,
    /// Nothing, or a file.
    Nothing,
    /// A folder that is no checkout of the repository.
    Another,
    /// Whatever it is, the repository is gone.
    NoRepository,
}

/// git's facts, kept for as long as they are true.
///
/// An implementation notices changes before it asks git, never after, and never by the clock: a sighting with a
/// mark is true until [`Lookout::unchanged`] says otherwise, and what was done before that question was put, by
/// whomever on this machine, is seen by it. Where it cannot be sure of that, it gives no mark.
pub trait Lookout: Send + Sync {
    /// Asks git, and keeps watch from then on. `last` is the latest sighting of the same outlook, if there is
    /// one: parts of it that still hold are not asked for again.
    ///
    /// # Errors
    /// Those of [`Git::facts`](crate::Git::facts).
    fn look(&self, outlook: &Outlook, last: Option<&Sighting>) -> Result<Sighting, GitError>;

    /// Which of these are as they were at their marks, in the order of the question. Starts no process.
    fn unchanged(&self, seen: &[(&Outlook, Mark)]) -> Vec<bool>;

    /// What lies at a workspace's place, told by files alone: starts no process. Without a repository any folder
    /// is the one.
    fn find(&self, repository: Option<&Repository>, folder: &AbsPath) -> Found;

    /// Ends the watch; unknown outlooks are left alone.
    fn leave(&self, outlook: &Outlook);
}
