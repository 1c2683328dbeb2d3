//! The folders of a worktree whose changes git would see: all but ignored ones.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;

use super::lock;
use super::place;
use super::post::Post;
use super::post::Refused;
use super::queue::WatchId;
use super::table::Watcher;
use crate::status::Entry;
use crate::status::Kind;

/// The most folders of one worktree that are watched.
const MOST: usize = 4096;

/// The most that is kept of the names of ignored folders, in bytes.
const MOST_NAMES: usize = 64 * 1024;

/// The folders that git ignores as a whole, as its status names them: nothing that is tracked lies in one.
/// One block of bytes, because there is one for each workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IgnoredFolders(Box<[u8]>);

impl IgnoredFolders {
    /// Those of a status with [`crate::status::Listing::WithIgnoredFolders`]; `None` when there are too many.
    pub(super) fn of(entries: &[Entry]) -> Option<Self> {
        let ignored = entries.iter().filter(|entry| entry.kind == Kind::Ignored);
        let mut names: Vec<&[u8]> =
            ignored.filter_map(|entry| entry.path.as_bytes().strip_suffix(b"/")).collect();
        names.sort_unstable();
        let all = names.join(&0);
        (all.len() <= MOST_NAMES).then(|| Self(all.into_boxed_slice()))
    }

    fn set(&self) -> HashSet<&OsStr> {
        self.0.split(|&byte| byte == 0).map(OsStr::from_bytes).collect()
    }
}

/// Watches the root and every folder below it that is not ignored, each before its entries are read.
pub(super) fn watch(
    post: &Mutex<Post>,
    watcher: Watcher,
    root: &Path,
    ignored: &IgnoredFolders,
) -> Result<Vec<WatchId>, Refused> {
    let ignored = ignored.set();
    let device = place::device(root)?;
    let mut watches = Vec::new();
    let mut waiting = vec![PathBuf::new()];
    while let Some(folder) = waiting.pop() {
        let path = root.join(&folder);
        watches.push(lock(post).watch_once(watcher, &path)?);
        if watches.len() > MOST {
            return Err(Refused::TooMany);
        }
        // Another filesystem is another question of who tells of its changes.
        if place::device(&path)? != device {
            return Err(Refused::Unfit);
        }
        let inner = folders_in(&path, !folder.as_os_str().is_empty())?;
        waiting.extend(
            inner
                .into_iter()
                .map(|name| folder.join(name))
                .filter(|path| !ignored.contains(path.as_os_str())),
        );
    }
    Ok(watches)
}

/// The names of the folders in a folder. Below the root, a repository of its own is refused: its state is part of
/// the answer, and lies in places of its own.
fn folders_in(path: &Path, below_root: bool) -> Result<Vec<std::ffi::OsString>, Refused> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == ".git" {
            if below_root {
                return Err(Refused::Unfit);
            }
        } else if entry.file_type()?.is_dir() {
            found.push(name);
        }
    }
    Ok(found)
}
