//! Merging in the worktree of a workspace; what conflicts is left there for somebody to settle.

use owt_core::AbsPath;
use owt_core::landing::Conflict;
use owt_core::landing::Sides;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;

use super::DETACHED;
use super::STEADY;
use super::STRATEGY;
use super::conflicts;
use super::without_merge_options;
use crate::GitCli;
use crate::call::Call;
use crate::location;
use crate::location::Location;
use crate::unfinished;

/// Does it; see [`owt_ports::Landing::merge_in_worktree`].
pub(super) fn merge(
    client: &GitCli,
    worktree: &AbsPath,
    onto: &ObjectId,
    message: &str,
) -> Result<Vec<Conflict>, GitError> {
    let location = location::locate(client, worktree)?;
    let top = location.require_worktree(worktree)?;
    if is_begun(&location, onto) {
        return unmerged(client, top);
    }
    unfinished::refuse(&location, top)?;
    let branch = location.branch().map_or(DETACHED, BranchName::as_str);
    let answer = without_merge_options(Call::in_checkout(client, top, "merge"), branch)
        .args(STEADY)
        .args(["-c", "user.useConfigOnly=true"])
        .args(["merge", "--quiet", "--no-ff", "--no-squash", "--commit", "--no-edit", "--no-autostash"])
        .args(["--no-overwrite-ignore", STRATEGY, "-m", message, onto.as_str()])
        .tree_work()
        .answer()?;
    if answer.success() {
        return Ok(Vec::new());
    }
    match unmerged(client, top)? {
        conflicts if conflicts.is_empty() => Err(answer.failure()),
        conflicts => Ok(conflicts),
    }
}

fn is_begun(location: &Location, onto: &ObjectId) -> bool {
    let head = std::fs::read_to_string(location.git_dir.as_path().join("MERGE_HEAD"));
    head.is_ok_and(|head| head.trim() == onto.as_str())
}

/// Here the branch is "ours", and the target comes in.
fn unmerged(client: &GitCli, top: &AbsPath) -> Result<Vec<Conflict>, GitError> {
    let turned = |conflict: Conflict| {
        let Sides { base, target, branch } = conflict.sides;
        Conflict { sides: Sides { base, target: branch, branch: target }, ..conflict }
    };
    Ok(conflicts::in_checkout(client, top)?.into_iter().map(turned).collect())
}
