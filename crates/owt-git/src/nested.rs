//! Repositories inside of a worktree, and what they have that no snapshot of ours can hold.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use owt_core::AbsPath;
use owt_ports::GitError;

use crate::GitCli;
use crate::call::Call;
use crate::failure;
use crate::index::Selection;
use crate::location;
use crate::status;
use crate::status::Listing;

/// Where git keeps the repositories of submodules, below the git folder of the worktree that they are checked out in
/// (gitsubmodules(7)).
const MODULES: &str = "modules";

/// How many folders deep a submodule's name may go.
const DEEPEST: usize = 16;

/// The first that cannot be kept; see [`owt_ports::Git::unkeepable`].
pub(crate) fn unkeepable(client: &GitCli, worktree: &AbsPath) -> Result<Option<String>, GitError> {
    let location = location::locate(client, worktree)?;
    let top = location.require_worktree(worktree)?;
    let status = status::status(client, top, Listing::Everything)?;
    if let Some(nested) = Selection::of_the_disk(top, &status.entries).nested.first() {
        return Ok(Some(nested.path.to_string_lossy().trim_end_matches('/').to_owned()));
    }
    match location.is_linked() {
        true => lonely(client, location.git_dir.as_path()),
        // A main worktree is never removed.
        false => Ok(None),
    }
}

/// Refuses a worktree whose submodules have commits that only its own git folder holds.
pub(crate) fn refuse_lonely(client: &GitCli, git_dir: &Path) -> Result<(), GitError> {
    match lonely(client, git_dir)? {
        Some(path) => Err(GitError::NestedRepository { path }),
        None => Ok(()),
    }
}

/// The name of the first submodule with commits that are on no branch of its remotes, as far as it knows them.
fn lonely(client: &GitCli, git_dir: &Path) -> Result<Option<String>, GitError> {
    let modules = git_dir.join(MODULES);
    for found in repositories(&modules, DEEPEST)? {
        let folder = AbsPath::new(&found).map_err(|_| unnamed(&found))?;
        let commits = Call::in_repository(client, &folder, "rev-list")
            .args(["rev-list", "--max-count=1", "--all", "--not", "--remotes"])
            .succeed()?;
        if !commits.text().is_empty() {
            let name = found.strip_prefix(&modules).unwrap_or(&found);
            return Ok(Some(name.display().to_string()));
        }
    }
    Ok(None)
}

fn unnamed(path: &Path) -> GitError {
    GitError::Failed {
        operation: "rev-list".to_owned(),
        message: format!("{} is no name that can be told", path.display()),
    }
}

/// The git folders at or below a folder. A submodule's name may have slashes, and a submodule has submodules.
fn repositories(folder: &Path, depth: usize) -> Result<Vec<PathBuf>, GitError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failure::of_file(&error, "submodules", folder)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| failure::of_file(&error, "submodules", folder))?;
        let (path, is_folder) = (entry.path(), entry.file_type().is_ok_and(|kind| kind.is_dir()));
        if !is_folder || depth == 0 {
            continue;
        }
        if path.join("HEAD").is_file() && path.join("objects").is_dir() {
            found.extend(repositories(&path.join(MODULES), depth - 1)?);
            found.push(path);
        } else {
            found.extend(repositories(&path, depth - 1)?);
        }
    }
    Ok(found)
}
