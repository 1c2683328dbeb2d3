//! Which linked worktrees a repository has, and which of them this home made.

use owt_core::AbsPath;
use owt_core::vcs::Repository;
use owt_ports::GitError;
use owt_ports::LinkedWorktree;

use crate::GitCli;
use crate::administration;
use crate::marker;
use crate::marker::Marker;

/// All of them; see [`owt_ports::Git::linked_worktrees`].
pub(crate) fn linked_worktrees(repository: &Repository) -> Result<Vec<LinkedWorktree>, GitError> {
    if !repository.common_dir.as_path().is_dir() {
        return Err(GitError::NotARepository { dir: repository.common_dir.clone() });
    }
    let linked = administration::entries(&repository.common_dir).into_iter().filter_map(|entry| {
        let path = AbsPath::new(administration::real(&entry.worktree)).ok()?;
        Some(LinkedWorktree { path, branch: administration::branch_of(&entry) })
    });
    Ok(linked.collect())
}

/// See [`owt_ports::Git::is_made_here`].
pub(crate) fn is_made_here(
    client: &GitCli,
    repository: &Repository,
    worktree: &LinkedWorktree,
) -> Result<bool, GitError> {
    let Some(branch) = &worktree.branch else { return Ok(false) };
    let marker = Marker::for_worktree(client, &worktree.path);
    marker::is_of_this_home(client, &repository.common_dir, branch, &marker)
}
