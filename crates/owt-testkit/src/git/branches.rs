//! Branches of a repository: free, taken, in each other's way; made and deleted by compare-and-swap.

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_ports::BranchState;
use owt_ports::GitError;

use super::repository::Branch;
use super::repository::Repo;

impl Repo {
    pub(crate) fn branch_state(&self, name: &BranchName) -> BranchState {
        if let Some(branch) = self.branches.get(name) {
            return BranchState::Taken(branch.tip.clone());
        }
        let is_below = |inner: &BranchName, outer: &BranchName| {
            inner.as_str().strip_prefix(outer.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        let conflict = self.branches.keys().find(|other| is_below(other, name) || is_below(name, other));
        conflict.map_or(BranchState::Free, |other| BranchState::Conflicts(other.full_ref()))
    }

    /// Makes a branch that is not there yet.
    pub(crate) fn create_branch(
        &mut self,
        name: &BranchName,
        tip: &ObjectId,
        made_for: Option<&AbsPath>,
    ) -> Result<(), GitError> {
        match self.branch_state(name) {
            BranchState::Taken(_) => Err(GitError::BranchTaken(name.clone())),
            BranchState::Conflicts(existing) => Err(GitError::RefConflict { wanted: name.clone(), existing }),
            BranchState::Free => {
                self.commit(tip)?;
                let branch = Branch { tip: tip.clone(), made_for: made_for.cloned(), moved: false };
                self.branches.insert(name.clone(), branch);
                Ok(())
            }
        }
    }

    /// Whether a branch was made for this worktree and nobody has moved it.
    pub(crate) fn is_untouched(&self, name: &BranchName, worktree: &AbsPath, start: &ObjectId) -> bool {
        let branch = self.branches.get(name);
        branch.is_some_and(|branch| {
            branch.made_for.as_ref() == Some(worktree) && !branch.moved && branch.tip == *start
        })
    }

    pub(crate) fn make_branch(&mut self, name: &BranchName, tip: &ObjectId) -> Result<(), GitError> {
        match self.branches.get(name) {
            Some(branch) if branch.tip == *tip => Ok(()),
            _ => self.create_branch(name, tip, None),
        }
    }

    pub(crate) fn delete_branch(&mut self, name: &BranchName, expected: &ObjectId) -> Result<(), GitError> {
        let Some(branch) = self.branches.get(name) else { return Ok(()) };
        if let Some(at) = self.holder_of(name) {
            return Err(GitError::CheckedOutElsewhere { branch: name.clone(), at });
        }
        if branch.tip != *expected {
            return Err(GitError::RefMoved {
                name: name.full_ref(),
                expected: expected.to_string(),
                found: branch.tip.to_string(),
            });
        }
        self.branches.remove(name);
        Ok(())
    }

    /// The checkout that is on this branch.
    pub(crate) fn holder_of(&self, name: &BranchName) -> Option<AbsPath> {
        let holds = |branch: Option<&BranchName>| branch == Some(name);
        self.checkouts.iter().find(|(_, checkout)| holds(checkout.branch.as_ref())).map(|(at, _)| at.clone())
    }

    /// Refuses a branch that another checkout than `here` is on.
    pub(crate) fn require_not_elsewhere(&self, name: &BranchName, here: &AbsPath) -> Result<(), GitError> {
        match self.holder_of(name) {
            Some(at) if at != *here => Err(GitError::CheckedOutElsewhere { branch: name.clone(), at }),
            _ => Ok(()),
        }
    }
}
