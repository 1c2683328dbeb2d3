//! Linked worktrees: made, looked at, taken back.

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_core::vcs::Repository;
use owt_ports::BranchOrigin;
use owt_ports::GitError;
use owt_ports::IndexLock;
use owt_ports::LinkedWorktree;
use owt_ports::LockHolder;
use owt_ports::WorktreePresence;
use owt_ports::WorktreeRequest;

use super::Machine;
use super::checkout::CheckoutState;
use super::checkout::is_ignored;
use super::repository::Repo;
use crate::crash::CrashPlan;

impl Repo {
    pub(crate) fn linked_worktrees(&self) -> Vec<LinkedWorktree> {
        let linked = self.checkouts.iter().filter(|(_, checkout)| !checkout.main);
        linked
            .map(|(path, checkout)| LinkedWorktree {
                path: path.clone(),
                branch: checkout.branch.clone(),
                made_at: None,
            })
            .collect()
    }

    pub(crate) fn is_made_here(&self, worktree: &LinkedWorktree) -> bool {
        let branch = worktree.branch.as_ref().and_then(|branch| self.branches.get(branch));
        branch.is_some_and(|branch| branch.made_for.as_ref() == Some(&worktree.path))
    }
}

impl Machine {
    pub(crate) fn leave_index_lock(&mut self, worktree: &AbsPath) {
        self.checkout_mut(worktree).index_lock = Some(IndexLock {
            path: worktree.join("index.lock"),
            written_at: Timestamp::from_millis(0),
            holder: LockHolder::Nobody,
        });
    }

    pub(crate) fn index_lock(&self, worktree: &AbsPath) -> Option<IndexLock> {
        self.checkout(worktree).ok()?.1.index_lock.clone()
    }

    pub(crate) fn set_index_lock_aside(
        &mut self,
        worktree: &AbsPath,
        lock: &IndexLock,
    ) -> Result<(), GitError> {
        match self.index_lock(worktree) {
            None => Ok(()),
            Some(found) if found == *lock => {
                self.checkout_mut(worktree).index_lock = None;
                Ok(())
            }
            Some(_) => Err(GitError::Busy { dir: worktree.clone(), what: "git works".to_owned() }),
        }
    }

    /// Whether anything is at this path.
    pub(crate) fn is_there(&self, path: &AbsPath) -> bool {
        self.files.contains_key(path) || self.is_folder(path)
    }

    pub(crate) fn presence(
        &self,
        repository: &Repository,
        path: &AbsPath,
    ) -> Result<WorktreePresence, GitError> {
        let repo = self.repo(repository)?;
        Ok(match repo.checkouts.get(path) {
            _ if !self.is_there(path) => WorktreePresence::Absent,
            None => WorktreePresence::Foreign,
            Some(state) => {
                WorktreePresence::Present { branch: state.branch.clone(), head: repo.head_of(state) }
            }
        })
    }

    pub(crate) fn add_worktree(
        &mut self,
        request: &WorktreeRequest,
        plan: &CrashPlan,
    ) -> Result<(), GitError> {
        let (path, branch) = (&request.path, &request.branch);
        match self.presence(&request.repository, path)? {
            WorktreePresence::Absent => {}
            WorktreePresence::Present { branch: Some(found), .. } if found == *branch => return Ok(()),
            _ => return Err(GitError::PathTaken(path.clone())),
        }
        let repo = self.repo_mut(&request.repository)?;
        if request.branch_origin == BranchOrigin::New {
            match repo.create_branch(branch, &request.start, Some(path)) {
                Err(GitError::BranchTaken(_)) if repo.is_untouched(branch, path, &request.start) => {}
                other => other?,
            }
        }
        // The real one is two git processes.
        plan.point_before("git.add_worktree, between branch and checkout")?;
        let tip = repo.branches.get(branch).map(|branch| branch.tip.clone());
        let tip = tip.ok_or_else(|| GitError::UnknownRevision { name: branch.to_string() })?;
        repo.require_not_elsewhere(branch, path)?;
        let tree = repo.commit(&tip)?.tree.clone();
        repo.checkouts.insert(path.clone(), CheckoutState::linked(branch.clone(), tree.clone()));
        self.fill(path, &tree);
        Ok(())
    }

    pub(crate) fn undo_worktree(&mut self, request: &WorktreeRequest) -> Result<(), GitError> {
        let path = &request.path;
        match self.presence(&request.repository, path)? {
            WorktreePresence::Absent => {}
            WorktreePresence::Present { branch: Some(found), .. } if found == request.branch => {
                let has_ignored = self.working_tree(path).keys().any(|file| is_ignored(file));
                if has_ignored || !self.changed(path)?.is_empty() {
                    return Ok(());
                }
                if self.checkout(path)?.1.locked {
                    return Err(GitError::Busy { dir: path.clone(), what: "it is locked".to_owned() });
                }
                self.repo_mut(&request.repository)?.checkouts.remove(path);
                self.files.retain(|file, _| !file.starts_with(path));
            }
            _ => return Ok(()),
        }
        let repo = self.repo_mut(&request.repository)?;
        let ours = request.branch_origin == BranchOrigin::New
            && repo.is_untouched(&request.branch, path, &request.start)
            && repo.holder_of(&request.branch).is_none();
        if ours {
            repo.branches.remove(&request.branch);
        }
        Ok(())
    }
}
