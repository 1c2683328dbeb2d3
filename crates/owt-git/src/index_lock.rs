//! The lock that git leaves on a worktree's index when it is killed. The file names nobody, so its holder can only be
//! ruled out: whoever writes an index works in the checkout or in its git folder.

use std::fs;
use std::io;
use std::time::UNIX_EPOCH;

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_ports::GitError;
use owt_ports::IndexLock;
use owt_ports::LockHolder;
use owt_process::tree;

use crate::administration;
use crate::failure;

/// The lock on the index of the checkout at `worktree`; see [`owt_ports::Git::index_lock`].
pub(crate) fn look(worktree: &AbsPath) -> Result<Option<IndexLock>, GitError> {
    let Ok(git_dir) = administration::git_dir_of(worktree) else { return Ok(None) };
    let path = git_dir.join("index.lock");
    let written = match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found.and_then(|found| found.modified()),
    };
    let written = written.map_err(|error| failure::of_file(&error, "index.lock", &path))?;
    let since = written.duration_since(UNIX_EPOCH).unwrap_or_default();
    let holder = match tree::works_in(&[worktree.as_path(), &git_dir]) {
        Some(false) => LockHolder::Nobody,
        Some(true) | None => LockHolder::Perhaps,
    };
    let path = AbsPath::new(path).map_err(|error| GitError::Failed {
        operation: "index.lock".to_owned(),
        message: error.to_string(),
    })?;
    let written_at = Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    Ok(Some(IndexLock { path, written_at, holder }))
}

/// Renames it; see [`owt_ports::Git::set_index_lock_aside`].
pub(crate) fn set_aside(worktree: &AbsPath, lock: &IndexLock) -> Result<(), GitError> {
    match look(worktree)? {
        None => return Ok(()),
        Some(found) if found.path == lock.path && found.written_at == lock.written_at => {}
        Some(_) => {
            return Err(GitError::Busy { dir: worktree.clone(), what: "git works".to_owned() });
        }
    }
    let aside = format!("{}.stale-{}", lock.path, lock.written_at.as_millis());
    match fs::rename(lock.path.as_path(), &aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failure::of_file(&error, "index.lock", lock.path.as_path()))
        }
        _ => Ok(()),
    }
}
