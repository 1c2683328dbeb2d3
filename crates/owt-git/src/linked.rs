//! Which linked worktrees a repository has, and which of them this home made.

use std::time::UNIX_EPOCH;

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_core::vcs::BranchName;
use owt_core::vcs::Repository;
use owt_ports::GitError;
use owt_ports::LinkedWorktree;

use crate::GitCli;
use crate::administration;
use crate::administration::Entry;
use crate::call::Call;
use crate::marker;
use crate::marker::Marker;

/// All of them; see [`owt_ports::Git::linked_worktrees`].
pub(crate) fn linked_worktrees(
    client: &GitCli,
    repository: &Repository,
) -> Result<Vec<LinkedWorktree>, GitError> {
    if !repository.common_dir.as_path().is_dir() {
        return Err(GitError::NotARepository { dir: repository.common_dir.clone() });
    }
    let linked = administration::entries(&repository.common_dir).into_iter().filter_map(|entry| {
        let path = AbsPath::new(administration::real(&entry.worktree)).ok()?;
        let branch = match entry.dir.join("reftable").is_dir() {
            true => head_in_tables(client, &entry),
            false => administration::branch_of(&entry),
        };
        Some(LinkedWorktree { path, branch, made_at: Some(made_at(&entry)) })
    });
    Ok(linked.collect())
}

/// git writes `commondir` once, when it makes the worktree. One whose age cannot be seen counts as old.
fn made_at(entry: &Entry) -> Timestamp {
    let written = entry.dir.join("commondir").metadata().and_then(|file| file.modified()).ok();
    let since = written.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    Timestamp::from_millis(since.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0))
}

/// The branch that an entry's HEAD is on where refs are in tables, which only git reads (2.45 and later).
fn head_in_tables(client: &GitCli, entry: &Entry) -> Option<BranchName> {
    let git_dir = AbsPath::new(entry.dir.clone()).ok()?;
    let call = Call::in_repository(client, &git_dir, "symbolic-ref").args(["symbolic-ref", "-q", "HEAD"]);
    let answer = call.succeed().ok()?;
    BranchName::new(answer.text().trim_end().strip_prefix("refs/heads/")?).ok()
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

/// See [`owt_ports::Git::relink`].
pub(crate) fn relink(client: &GitCli, repository: &Repository, moved: &[AbsPath]) -> Result<(), GitError> {
    // A path without a worktree is an error of git's (2.47).
    let moved = moved.iter().filter(|path| path.as_path().join(".git").exists()).map(AbsPath::as_str);
    Call::in_repository(client, &repository.common_dir, "worktree repair")
        .args(["worktree", "repair"])
        .args(moved)
        .succeed()
        .map(drop)
}
