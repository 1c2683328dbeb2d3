//! How a workspace stands against its base: two git processes, three when the base branch is gone.

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::WorktreeFacts;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::Answer;
use crate::call::Call;
use crate::status;
use crate::status::Kind;
use crate::status::Listing;
use crate::status::Status;

/// Head, distance and dirty files. `ahead` counts commits that neither `base` nor the base branch has (so what
/// was landed no longer counts); `behind` those of the base branch that HEAD does not have.
pub(crate) fn facts(
    client: &GitCli,
    worktree: &AbsPath,
    base: &ObjectId,
    base_branch: Option<&BranchName>,
) -> Result<WorktreeFacts, GitError> {
    let status = status::status(client, worktree, Listing::AsConfigured)?;
    let dirty_files = dirty(&status);
    let (ahead, behind) = distance(client, worktree, status.head.as_ref(), base, base_branch)?;
    Ok(WorktreeFacts { head: status.head, branch: status.branch, ahead, behind, dirty_files })
}

/// Files that differ from HEAD; ignored ones do not count, if they were asked for.
pub(crate) fn dirty(status: &Status) -> u32 {
    let differing = status.entries.iter().filter(|entry| entry.kind != Kind::Ignored);
    u32::try_from(differing.count()).unwrap_or(u32::MAX)
}

/// Commits ahead and behind; an unborn HEAD is neither.
pub(crate) fn distance(
    client: &GitCli,
    worktree: &AbsPath,
    head: Option<&ObjectId>,
    base: &ObjectId,
    base_branch: Option<&BranchName>,
) -> Result<(u32, u32), GitError> {
    let Some(head) = head else { return Ok((0, 0)) };
    if let Some(branch) = base_branch {
        let answer = count(client, worktree, &format!("{}...{head}", branch.full_ref()), base)?;
        if answer.success() {
            return read(&answer);
        }
    }
    // The base branch is gone: what is left is the commit that the work began at.
    let answer = count(client, worktree, head.as_str(), base)?;
    if answer.success() {
        return Ok((read(&answer)?.0, 0));
    }
    let common_dir = crate::location::locate(client, worktree)?.common_dir;
    crate::refs::resolve(client, &common_dir, base.as_str())?;
    Err(answer.failure())
}

/// `^base` changes the left count only where HEAD was moved to before its own base.
fn count(client: &GitCli, worktree: &AbsPath, range: &str, base: &ObjectId) -> Result<Answer, GitError> {
    Call::in_checkout(client, worktree, "rev-list")
        .args(["rev-list", "--left-right", "--count", range, &format!("^{base}"), "--"])
        .answer()
}

/// `LEFT<tab>RIGHT`: left is the base branch's side, right is HEAD's; without a `...` range all is on the right.
fn read(answer: &Answer) -> Result<(u32, u32), GitError> {
    let text = answer.text();
    let numbers: Vec<u32> = text.split('\t').filter_map(|number| number.parse().ok()).collect();
    match numbers.as_slice() {
        [left, right] => Ok((*right, *left)),
        _ => Err(answer.strange()),
    }
}
