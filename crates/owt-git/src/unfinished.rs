//! Whether a merge, rebase or the like is under way in a checkout. git has no porcelain for it; the files are
//! those that `git status` itself looks at (wt-status.c, `wt_status_get_state`, git 2.47).

use std::path::Path;

use owt_core::AbsPath;
use owt_ports::GitError;

use crate::location::Location;

/// File or folder in the worktree's git folder, and what it means.
const SIGNS: &[(&str, &str)] = &[
    ("MERGE_HEAD", "a merge is under way"),
    ("rebase-merge", "a rebase is under way"),
    ("rebase-apply", "a rebase or `git am` is under way"),
    ("CHERRY_PICK_HEAD", "a cherry-pick is under way"),
    ("REVERT_HEAD", "a revert is under way"),
    ("sequencer", "a sequence of cherry-picks or reverts is under way"),
    ("BISECT_START", "a bisect is under way"),
];

/// What is under way in the worktree with this git folder.
fn operation(git_dir: &Path) -> Option<&'static str> {
    SIGNS.iter().find(|(name, _)| git_dir.join(name).symlink_metadata().is_ok()).map(|(_, meaning)| *meaning)
}

/// Refuses a checkout in which something is under way.
pub(crate) fn refuse(location: &Location, dir: &AbsPath) -> Result<(), GitError> {
    match operation(location.git_dir.as_path()) {
        None => Ok(()),
        Some(what) => Err(GitError::Unfinished { dir: dir.clone(), what: what.to_owned() }),
    }
}
