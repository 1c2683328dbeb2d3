//! Caches of builds that nobody needs at the moment: what they cost, and their end.

use std::fs;
use std::io;

use owt_core::AbsPath;
use owt_core::environment::RelPath;
use owt_ports::BuildCache;
use owt_ports::Effort;
use owt_ports::EnvironmentError;
use rustix::fs::FlockOperation;

use crate::cache_kind::Kind;
use crate::cache_kind::hold_cargo_locks;
use crate::cache_kind::kind;
use crate::cache_kind::of_next;
use crate::exclusive;
use crate::fault;

/// The known ones among ignored folders.
pub(crate) fn among(worktree: &AbsPath, folders: &[RelPath]) -> Result<Vec<BuildCache>, EnvironmentError> {
    let mut found = Vec::new();
    for folder in folders.iter().map(of_next) {
        if !is_known(worktree, &folder) {
            continue;
        }
        let path = folder.within(worktree);
        let print = exclusive::footprint(&path, Effort::Whatever)
            .map_err(|error| fault::at(worktree, &path, &error))?;
        found.push(BuildCache { folder, exclusive: print.exclusive });
    }
    Ok(found)
}

/// A cache that the next build fills again. A symbolic link, or one on the way, leads to what is not this worktree's.
fn is_known(worktree: &AbsPath, folder: &RelPath) -> bool {
    let fills_itself = matches!(kind(worktree, folder), Some(Kind::CargoTarget | Kind::ByContent));
    let mut path = worktree.as_path().to_owned();
    fills_itself
        && folder.parts().all(|part| {
            path.push(part);
            path.symlink_metadata().is_ok_and(|meta| meta.is_dir())
        })
}

/// Removes one. No build begins meanwhile: its locks are ours until they are gone.
pub(crate) fn remove(worktree: &AbsPath, folder: &RelPath) -> Result<(), EnvironmentError> {
    let path = folder.within(worktree);
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        _ => {}
    }
    if !is_known(worktree, folder) {
        return Err(fault::at(worktree, &path, &io::Error::other("it is no cache that a build fills again")));
    }
    let busy = |what| EnvironmentError::Busy { path: worktree.clone(), what };
    let _held = match kind(worktree, folder) {
        Some(Kind::CargoTarget) => {
            hold_cargo_locks(&path, FlockOperation::NonBlockingLockExclusive).map_err(busy)?
        }
        _ => Vec::new(),
    };
    match fs::remove_dir_all(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(fault::at(worktree, &path, &error)),
        _ => Ok(()),
    }
}
