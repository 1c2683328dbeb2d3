//! Taking back a worktree that was just made, as far as nobody has touched it.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;
use std::time::Instant;

use owt_core::AbsPath;
use owt_ports::BranchOrigin;
use owt_ports::GitError;
use owt_ports::WorktreePresence;
use owt_ports::WorktreeRequest;

use crate::GitCli;
use crate::administration;
use crate::administration::Lock;
use crate::call::Call;
use crate::failure;
use crate::marker;
use crate::marker::Marker;
use crate::refs;
use crate::status;
use crate::status::Listing;
use crate::worktree;

/// How long a checkout of another process is waited for, and how often it is looked at.
const LONGEST_CHECKOUT: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Takes back what `add` made; see [`owt_ports::Git::undo_worktree`].
pub(crate) fn undo(client: &GitCli, request: &WorktreeRequest) -> Result<(), GitError> {
    let entry = administration::entry_of(&request.repository.common_dir, &request.path);
    if entry.is_some_and(|entry| entry.lock == Lock::BeingMade) {
        return take_back_half_made(client, request);
    }
    match worktree::presence(client, &request.repository, &request.path)? {
        WorktreePresence::Present { branch: Some(branch), .. } if branch == request.branch => {
            if is_touched(client, &request.path)? {
                return Ok(());
            }
            remove(client, request)?;
        }
        WorktreePresence::Present { .. } | WorktreePresence::Foreign => return Ok(()),
        WorktreePresence::Absent => {}
    }
    delete_own_branch(client, request)
}

/// Ignored files count: an agent may have made them.
fn is_touched(client: &GitCli, path: &AbsPath) -> Result<bool, GitError> {
    Ok(!status::status(client, path, Listing::WithIgnored)?.entries.is_empty())
}

/// git itself refuses here what has become dirty or locked in the meantime.
fn remove(client: &GitCli, request: &WorktreeRequest) -> Result<(), GitError> {
    Call::in_repository(client, &request.repository.common_dir, "worktree remove")
        .args(["worktree", "remove", request.path.as_str()])
        .tree_work()
        .succeed()
        .map(|_| ())
}

/// Takes back a worktree that never became whole: its folder, its entry, its branch. Nobody has worked in it,
/// because it was never handed out. An entry that was there before (a lost worktree at this path) stays.
pub(crate) fn take_back_half_made(client: &GitCli, request: &WorktreeRequest) -> Result<(), GitError> {
    let entry = administration::entry_of(&request.repository.common_dir, &request.path);
    let ours = |entry: &administration::Entry| match entry.lock {
        Lock::BeingMade => true,
        Lock::None => points_to(request.path.as_path(), &entry.dir),
        Lock::Held(_) => false,
    };
    if let Some(entry) = entry.filter(ours) {
        wait_for_checkout(&entry.dir);
        if points_to(request.path.as_path(), &entry.dir) || is_empty(request.path.as_path()) {
            remove_folder(request.path.as_path())?;
        }
        remove_folder(&entry.dir)?;
    }
    delete_own_branch(client, request)
}

/// The git of a try that was broken off may still be at work: it outlives whoever started it, and writes files into
/// the folder until it lets go of the index (builtin/reset.c). A lock that stays is one that it left behind.
#[expect(clippy::disallowed_methods, reason = "the lock of another git process has no event to wait for")]
fn wait_for_checkout(entry: &Path) {
    let lock = entry.join("index.lock");
    let began = Instant::now();
    while lock.exists() && began.elapsed() < LONGEST_CHECKOUT {
        std::thread::sleep(LOOK_AGAIN);
    }
}

/// Whether the folder's `.git` file names this entry.
fn points_to(folder: &Path, entry: &Path) -> bool {
    fs::read_to_string(folder.join(".git")).is_ok_and(|text| {
        text.strip_prefix("gitdir: ").is_some_and(|link| {
            administration::real(&folder.join(link.trim_end())) == administration::real(entry)
        })
    })
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut names| names.next().is_none())
}

fn remove_folder(folder: &Path) -> Result<(), GitError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failure::of_file(&error, "worktree remove", folder))
        }
        _ => Ok(()),
    }
}

/// Deletes the branch if we made it for this worktree, it has not moved, and nobody else has it now.
fn delete_own_branch(client: &GitCli, request: &WorktreeRequest) -> Result<(), GitError> {
    if request.branch_origin == BranchOrigin::Existing {
        return Ok(());
    }
    let common_dir = &request.repository.common_dir;
    let marker = Marker::for_worktree(client, &request.path);
    if !marker::is_untouched(client, common_dir, &request.branch, &marker)? {
        return Ok(());
    }
    match refs::delete_branch(client, common_dir, &request.branch, &request.start) {
        Err(GitError::RefMoved { .. } | GitError::CheckedOutElsewhere { .. }) => Ok(()),
        other => other,
    }
}
