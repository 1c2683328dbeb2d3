//! The private worktree in which a candidate is made: of its moment, on no branch, below the folder of our own.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use owt_core::AbsPath;
use owt_core::landing::CandidateId;
use owt_core::vcs::ObjectId;
use owt_ports::GitError;
use owt_ports::HookFile;
use owt_ports::HookFileKind;
use owt_ports::HookPlace;

use crate::GitCli;
use crate::administration;
use crate::call::Call;
use crate::failure;
use crate::private_file;

/// The folder in which git looks for hooks, in one with what they lead to.
const HOOKS: &str = "owt-hooks";

/// The name of what fails here.
const OPERATION: &str = "worktree add";

/// A private worktree. Dropped, it is gone.
pub(super) struct Place {
    common_dir: AbsPath,
    folder: AbsPath,
}

impl Place {
    /// Checks a commit out. Each has a folder of its own: what a killed server has begun may still be at work in
    /// another.
    pub(super) fn make(
        client: &GitCli,
        common_dir: &AbsPath,
        id: CandidateId,
        commit: &ObjectId,
    ) -> Result<Self, GitError> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let folder = root(client).join(&format!(
            "{id}.{}.{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        ));
        private_file::make_folder(folder.as_path())
            .map_err(|error| failure::of_file(&error, OPERATION, folder.as_path()))?;
        let place = Self { common_dir: common_dir.clone(), folder };
        Call::in_repository(client, common_dir, OPERATION)
            .args(["worktree", "add", "--quiet", "--detach", "--no-guess-remote"])
            .args([place.tree().as_str(), commit.as_str()])
            .tree_work()
            .succeed()?;
        Ok(place)
    }

    /// The worktree's root.
    pub(super) fn tree(&self) -> AbsPath {
        self.folder.join("tree")
    }

    /// Leaves it there until it is swept; answers the worktree's root.
    pub(super) fn leave(self) -> AbsPath {
        let tree = self.tree();
        std::mem::forget(self);
        tree
    }

    /// Puts these hooks beside the worktree, exactly as they were looked at; answers the folder for `core.hooksPath`.
    pub(super) fn put_hooks(&self, hooks: &[HookFile]) -> Result<AbsPath, GitError> {
        lay_hooks(&self.folder.join("hooks"), hooks)
    }
}

/// Writes hooks into a folder, exactly as they were looked at; answers the one in it for `core.hooksPath`.
pub(crate) fn lay_hooks(around: &AbsPath, hooks: &[HookFile]) -> Result<AbsPath, GitError> {
    let folder = around.join(HOOKS);
    for hook in hooks {
        let file = match hook.place {
            HookPlace::Inside => hook.path.within(&folder),
            HookPlace::Around => hook.path.within(around),
        };
        let mode = match hook.kind {
            HookFileKind::Program => 0o700,
            HookFileKind::Plain => 0o600,
        };
        let written = private_file::make_folder(file.parent().unwrap_or(&file))
            // git executes it in a moment, and does not try again where it is busy.
            .and_then(|()| owt_process::while_none_starts(|| private_file::write(&file, &hook.content)))
            .and_then(|()| fs::set_permissions(&file, fs::Permissions::from_mode(mode)));
        written.map_err(|error| failure::of_file(&error, "hooks", &file))?;
    }
    Ok(folder)
}

impl Drop for Place {
    fn drop(&mut self) {
        // What cannot be removed now is swept with its candidate.
        let _ = remove(&self.common_dir, &self.folder);
    }
}

/// Removes what earlier attempts at a candidate have left.
pub(super) fn sweep(client: &GitCli, common_dir: &AbsPath, id: CandidateId) -> Result<(), GitError> {
    let (root, prefix) = (root(client), format!("{id}."));
    let failed = |error: &io::Error, path: &PathBuf| failure::of_file(error, "sweep", path);
    let names = match fs::read_dir(root.as_path()) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(&error, &root.as_path().to_owned())),
    };
    for name in names.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
        if name.starts_with(&prefix) {
            let folder = root.join(&name);
            remove(common_dir, &folder).map_err(|error| failed(&error, &folder.as_path().to_owned()))?;
        }
    }
    Ok(())
}

fn root(client: &GitCli) -> AbsPath {
    client.settings().scratch.join("landing")
}

/// Nobody has worked there: it was never handed out. First git's entry, which leads to the folder.
fn remove(common_dir: &AbsPath, folder: &AbsPath) -> io::Result<()> {
    if let Some(entry) = administration::entry_of(common_dir, &folder.join("tree")) {
        gone(fs::remove_dir_all(entry.dir))?;
        // git takes the folder of all entries away with the last one.
        let _ = fs::remove_dir(common_dir.as_path().join("worktrees"));
    }
    gone(fs::remove_dir_all(folder))
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
