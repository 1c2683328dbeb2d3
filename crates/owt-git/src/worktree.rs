//! Making a worktree of ours, and looking what is at its place.
//!
//! As many git processes as `git worktree add -b` starts itself: the branch by `update-ref` (which says atomically
//! whether we made it, and writes nothing to `.git/config`), `worktree add` without files, then the files.
//! Everything else is looked up only when something is in the way.

use std::fs;
use std::io;

use owt_core::AbsPath;
use owt_core::vcs::BranchName;
use owt_ports::BranchOrigin;
use owt_ports::GitError;
use owt_ports::WorktreePresence;
use owt_ports::WorktreeRequest;

use crate::GitCli;
use crate::administration;
use crate::administration::Lock;
use crate::call::Call;
use crate::call::WRITE;
use crate::failure;
use crate::location;
use crate::marker;
use crate::marker::Marker;
use crate::refs;
use crate::undo;

/// The place of a worktree before it is made.
enum Place {
    /// Nothing is there, or an empty folder.
    Free,
    /// The worktree that was asked for.
    Done,
    /// What an earlier try left when it died.
    HalfMade,
    /// Something else.
    Taken,
}

/// Makes the worktree; see [`owt_ports::Git::add_worktree`].
pub(crate) fn add(client: &GitCli, request: &WorktreeRequest) -> Result<(), GitError> {
    match place(client, request)? {
        Place::Done => return Ok(()),
        Place::Taken => return Err(GitError::PathTaken(request.path.clone())),
        Place::HalfMade => undo::take_back_half_made(client, request)?,
        Place::Free => {}
    }
    if request.branch_origin == BranchOrigin::New {
        make_own_branch(client, request)?;
    }
    check_out(client, request).map_err(|failure| {
        // What was made comes down first; the first failure is the one to tell.
        let cause = explain(client, request, failure);
        if let Err(second) = undo::take_back_half_made(client, request) {
            return GitError::Failed {
                operation: "worktree add".to_owned(),
                message: format!("{cause}; and taking it back failed: {second}"),
            };
        }
        cause
    })
}

fn place(client: &GitCli, request: &WorktreeRequest) -> Result<Place, GitError> {
    let path = request.path.as_path();
    let is_empty_folder = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Place::Free),
        Err(error) => return Err(failure::of_file(&error, "worktree add", path)),
        Ok(meta) => meta.is_dir() && fs::read_dir(path).is_ok_and(|mut names| names.next().is_none()),
    };
    if is_empty_folder {
        return Ok(Place::Free);
    }
    let entry = administration::entry_of(&request.repository.common_dir, &request.path);
    if entry.is_some_and(|entry| entry.lock == Lock::BeingMade) {
        return Ok(Place::HalfMade);
    }
    match presence(client, &request.repository, &request.path)? {
        WorktreePresence::Present { branch: Some(branch), .. } if branch == request.branch => Ok(Place::Done),
        _ => Ok(Place::Taken),
    }
}

/// The branch of a request that begins one. One that an earlier try of the same request made is taken over.
fn make_own_branch(client: &GitCli, request: &WorktreeRequest) -> Result<(), GitError> {
    let common_dir = &request.repository.common_dir;
    let marker = Marker::for_worktree(client, &request.path);
    match refs::create(client, common_dir, &request.branch, &request.start, marker.message()) {
        Err(GitError::BranchTaken(branch)) => {
            let ours = marker::is_untouched(client, common_dir, &branch, &marker)?
                && refs::branch(client, common_dir, &branch)?.is_some_and(|found| found.tip == request.start);
            if ours { Ok(()) } else { Err(GitError::BranchTaken(branch)) }
        }
        other => other,
    }
}

fn check_out(client: &GitCli, request: &WorktreeRequest) -> Result<(), GitError> {
    match register(client, request) {
        Err(GitError::Failed { .. }) if forget_lost_entry(request)? => register(client, request)?,
        other => other?,
    }
    // What `worktree add` would do itself, and then clean up after a failure so that nobody sees why.
    Call::in_checkout(client, &request.path, "worktree add")
        .args(["reset", "--hard", "--quiet", "--no-recurse-submodules"])
        .tree_work()
        .succeed()?;
    administration::unlock(&request.path)
        .map_err(|error| failure::of_file(&error, "worktree add", request.path.as_path()))
}

/// Makes the worktree without files and locked: until the lock is gone it counts as half made.
fn register(client: &GitCli, request: &WorktreeRequest) -> Result<(), GitError> {
    Call::in_repository(client, &request.repository.common_dir, "worktree add")
        .args(["worktree", "add", "--quiet", "--no-checkout", "--no-guess-remote"])
        .args(["--lock", "--reason", administration::BEING_MADE])
        // The short name: git takes a full ref for a commit and would detach HEAD. It looks for a branch of the
        // name first (builtin/worktree.c, `add`), and ours exists by now.
        .args([request.path.as_str(), request.branch.as_str()])
        .limit(WRITE)
        .succeed()
        .map(|_| ())
}

/// git refuses a path that has an entry whose folder is gone. Such an entry at *this* path is dropped, unless it
/// is locked by somebody or its HEAD is on no branch (then a commit might hang on it alone).
fn forget_lost_entry(request: &WorktreeRequest) -> Result<bool, GitError> {
    let Some(entry) = administration::entry_of(&request.repository.common_dir, &request.path) else {
        return Ok(false);
    };
    let on_a_branch =
        fs::read(entry.dir.join("HEAD")).is_ok_and(|head| head.starts_with(b"ref: refs/heads/"));
    let half_made = entry.lock == Lock::BeingMade;
    let lost = !request.path.as_path().join(".git").exists();
    if !lost || matches!(entry.lock, Lock::Held(_)) || !(on_a_branch || half_made) {
        return Ok(false);
    }
    fs::remove_dir_all(&entry.dir)
        .map(|()| true)
        .map_err(|error| failure::of_file(&error, "worktree add", &entry.dir))
}

/// Why `worktree add` failed, as far as it can be seen.
fn explain(client: &GitCli, request: &WorktreeRequest, failure: GitError) -> GitError {
    if !matches!(failure, GitError::Failed { .. }) {
        return failure;
    }
    let common_dir = &request.repository.common_dir;
    match refs::branch(client, common_dir, &request.branch) {
        Ok(None) => return GitError::UnknownRevision { name: request.branch.to_string() },
        Ok(Some(refs::Branch { checked_out_at: Some(at), .. }))
            if administration::real(at.as_path()) != administration::real(request.path.as_path()) =>
        {
            return GitError::CheckedOutElsewhere { branch: request.branch.clone(), at };
        }
        _ => {}
    }
    let ours = administration::entry_of(common_dir, &request.path).is_some();
    if !ours && request.path.as_path().symlink_metadata().is_ok() {
        return GitError::PathTaken(request.path.clone());
    }
    failure
}

/// What is at `path`; see [`owt_ports::Git::worktree_presence`].
pub(crate) fn presence(
    client: &GitCli,
    repository: &owt_core::vcs::Repository,
    path: &AbsPath,
) -> Result<WorktreePresence, GitError> {
    match path.as_path().symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(WorktreePresence::Absent),
        Err(error) => return Err(failure::of_file(&error, "rev-parse", path.as_path())),
        Ok(meta) if !meta.is_dir() => return Ok(WorktreePresence::Foreign),
        Ok(_) => {}
    }
    let location = match location::locate(client, path) {
        Ok(location) => location,
        Err(GitError::NotARepository { .. }) => return Ok(WorktreePresence::Foreign),
        Err(other) => return Err(other),
    };
    let root = administration::real(path.as_path());
    let is_root = location.worktree.as_ref().is_some_and(|top| administration::real(top.as_path()) == root);
    if !is_root || location.common_dir != repository.common_dir {
        return Ok(WorktreePresence::Foreign);
    }
    Ok(WorktreePresence::Present { branch: branch_with_commit(&location), head: location.commit().cloned() })
}

fn branch_with_commit(location: &location::Location) -> Option<BranchName> {
    location.branch().cloned()
}
