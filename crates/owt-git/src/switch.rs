//! Switching the caller's own checkout for an in-place job, and back. The one place that changes a checkout of a
//! person: by git's own `switch`, which carries uncommitted changes along unchanged or refuses.

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_ports::BranchOrigin;
use owt_ports::GitError;

use crate::GitCli;
use crate::administration;
use crate::call::Call;
use crate::location;
use crate::location::Location;
use crate::marker;
use crate::marker::Marker;
use crate::refs;
use crate::unfinished;

/// Switches to the branch of an in-place job; see [`owt_ports::Git::switch_in_place`].
pub(crate) fn switch_in_place(
    client: &GitCli,
    worktree: &AbsPath,
    branch: &BranchName,
    start: &ObjectId,
    origin: BranchOrigin,
) -> Result<(), GitError> {
    let location = location::locate(client, worktree)?;
    let top = location.require_worktree(worktree)?;
    let marker = Marker::for_worktree(client, top);
    if location.branch() == Some(branch) {
        return already_there(client, &location, branch, origin, &marker);
    }
    unfinished::refuse(&location, top)?;
    if origin == BranchOrigin::Existing {
        return switch(client, &location, top, branch);
    }
    match refs::create(client, &location.common_dir, branch, start, marker.message()) {
        Ok(()) => {}
        // Made by an earlier try of the same switch.
        Err(GitError::BranchTaken(_)) if is_ours(client, &location, branch, start, &marker)? => {}
        Err(other) => return Err(other),
    }
    switch(client, &location, top, branch).map_err(|failure| {
        // The branch did not exist before; what cannot be taken back points at a commit that has others.
        match refs::delete_branch(client, &location.common_dir, branch, start) {
            Ok(()) | Err(GitError::RefMoved { .. } | GitError::CheckedOutElsewhere { .. }) => failure,
            Err(second) => GitError::Failed {
                operation: "switch".to_owned(),
                message: format!("{failure}; and taking back the branch failed: {second}"),
            },
        }
    })
}

/// HEAD is on the branch: done already, unless it is a branch of the person's that bears the new name.
fn already_there(
    client: &GitCli,
    location: &Location,
    branch: &BranchName,
    origin: BranchOrigin,
    marker: &Marker,
) -> Result<(), GitError> {
    let done =
        origin == BranchOrigin::Existing || marker::is_first(client, &location.common_dir, branch, marker)?;
    if done { Ok(()) } else { Err(GitError::BranchTaken(branch.clone())) }
}

fn is_ours(
    client: &GitCli,
    location: &Location,
    branch: &BranchName,
    start: &ObjectId,
    marker: &Marker,
) -> Result<bool, GitError> {
    let at_start =
        refs::branch(client, &location.common_dir, branch)?.is_some_and(|found| found.tip == *start);
    Ok(at_start && marker::is_untouched(client, &location.common_dir, branch, marker)?)
}

/// Switches back when an in-place job ends; see [`owt_ports::Git::switch_back`].
pub(crate) fn switch_back(client: &GitCli, worktree: &AbsPath, branch: &BranchName) -> Result<(), GitError> {
    let location = location::locate(client, worktree)?;
    let top = location.require_worktree(worktree)?;
    if location.branch() == Some(branch) {
        return Ok(());
    }
    unfinished::refuse(&location, top)?;
    switch(client, &location, top, branch)
}

fn switch(client: &GitCli, location: &Location, top: &AbsPath, branch: &BranchName) -> Result<(), GitError> {
    match refs::branch(client, &location.common_dir, branch)? {
        None => return Err(GitError::UnknownRevision { name: branch.to_string() }),
        Some(refs::Branch { checked_out_at: Some(at), .. })
            if administration::real(at.as_path()) != administration::real(top.as_path()) =>
        {
            return Err(GitError::CheckedOutElsewhere { branch: branch.clone(), at });
        }
        Some(_) => {}
    }
    let answer = Call::in_checkout(client, top, "switch")
        // git would silently overwrite ignored files.
        .args(["switch", "--quiet", "--no-guess", "--no-overwrite-ignore", branch.as_str()])
        .tree_work()
        .answer()?;
    match answer.code() {
        Some(0) => Ok(()),
        // Exit code 1: files are in the way (builtin/checkout.c, `merge_working_tree`); git's words list them.
        Some(1) => Err(GitError::Busy { dir: top.clone(), what: in_the_way(branch, answer.failure()) }),
        _ => Err(answer.failure()),
    }
}

/// One sentence of git's list, in which the files stand indented.
fn in_the_way(branch: &BranchName, failure: GitError) -> String {
    let words = match failure {
        GitError::Failed { message, .. } => message,
        other => return other.to_string(),
    };
    let files: Vec<&str> = words.lines().filter_map(|line| line.strip_prefix('\t')).collect();
    if files.is_empty() {
        return words;
    }
    format!("switching to '{branch}' would overwrite uncommitted work in {}", files.join(", "))
}
