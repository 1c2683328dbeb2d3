//! What the conflict radar needs from git: what stands where, and how two of that go together.

use owt_core::AbsPath;
use owt_core::radar::Meeting;
use owt_core::radar::Standing;
use owt_core::radar::Verdict;
use owt_core::vcs::Repository;

use crate::GitError;

/// git as the conflict radar sees it. Nothing is written into the repository or a worktree.
pub trait Radar: Send + Sync {
    /// What stands in a worktree, with the work that is not committed: changed, staged and untracked files that are not
    /// ignored, without those that the secret rule keeps. `None` while its branch is unborn. What it says is good until
    /// the next call for the same worktree, or until it is left.
    ///
    /// # Errors
    /// [`GitError::NotARepository`], [`GitError::NoSpace`], ...
    fn stand(&self, repository: &Repository, worktree: &AbsPath) -> Result<Option<Standing>, GitError>;

    /// How these go together, in their order: each as `git merge` would say it with `a` checked out. One that cannot be
    /// found out does not keep the others from being told.
    ///
    /// # Errors
    /// When nothing can be found out at all.
    fn compare(&self, repository: &Repository, meetings: &[Meeting]) -> Result<Vec<Verdict>, GitError>;

    /// How many paths `b` of each meeting changes since it parted from `a`; `None` where that is not one commit.
    ///
    /// # Errors
    /// When nothing can be found out at all.
    fn changed_paths(
        &self,
        repository: &Repository,
        meetings: &[Meeting],
    ) -> Result<Vec<Option<u32>>, GitError>;

    /// Forgets what stood in a worktree. Unknown ones are left alone.
    fn leave(&self, worktree: &AbsPath);
}
