//! Files that the secret rule keeps out of git: copied 0600 into a private folder of their snapshot, and back.

use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use owt_core::AbsPath;
use owt_core::SnapshotId;
use owt_ports::GitError;

use crate::failure;
use crate::private_file;

/// The private folder of one snapshot.
pub(crate) fn folder(root: &AbsPath, id: SnapshotId) -> AbsPath {
    root.join(&id.to_string())
}

/// Copies these files (relative to the worktree) into the snapshot's folder, which is begun anew. What is not a
/// file or a symlink, or gone by now, is left out.
pub(crate) fn keep<'a>(
    worktree: &AbsPath,
    folder: &AbsPath,
    paths: impl Iterator<Item = &'a OsStr>,
) -> Result<Vec<OsString>, GitError> {
    let mut kept = Vec::new();
    for path in paths {
        let source = worktree.as_path().join(path);
        match source.symlink_metadata() {
            Ok(meta) if meta.is_file() || meta.is_symlink() => {}
            _ => continue,
        }
        let target = folder.as_path().join(path);
        let parent = target.parent().expect("a file in a folder has a parent");
        private_file::make_folder(parent)
            .and_then(|()| private_file::copy(&source, &target))
            .map_err(|error| failure::of_file(&error, "snapshot", &target))?;
        kept.push(path.to_owned());
    }
    Ok(kept)
}

/// Removes what an earlier, unfinished try left in a snapshot's folder.
pub(crate) fn clear(folder: &AbsPath) -> Result<(), GitError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failure::of_file(&error, "snapshot", folder.as_path()))
        }
        _ => Ok(()),
    }
}

/// What lies in a snapshot's folder, as paths relative to it, sorted; `None` when there is no folder.
pub(crate) fn list(folder: &AbsPath) -> Result<Option<Vec<OsString>>, GitError> {
    if !folder.as_path().is_dir() {
        return Ok(None);
    }
    let mut found = Vec::new();
    walk(folder.as_path(), Path::new(""), &mut found)
        .map_err(|error| failure::of_file(&error, "snapshot", folder.as_path()))?;
    found.sort();
    Ok(Some(found))
}

fn walk(root: &Path, below: &Path, found: &mut Vec<OsString>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            walk(root, &path, found)?;
        } else {
            found.push(path.into_os_string());
        }
    }
    Ok(())
}

/// Puts the files of a snapshot's folder back into a worktree. A file there that `may_replace` does not release
/// and that differs stops it before anything is written.
pub(crate) fn give_back(
    folder: &AbsPath,
    worktree: &AbsPath,
    may_replace: impl Fn(&OsStr) -> bool,
) -> Result<(), GitError> {
    let paths = list(folder)?.unwrap_or_default();
    let mut to_write: Vec<(PathBuf, PathBuf)> = Vec::new();
    for path in &paths {
        let (kept, target) = (folder.as_path().join(path), worktree.as_path().join(path));
        let free = target.symlink_metadata().is_err();
        if !free && same_content(&kept, &target) {
            continue;
        }
        if (!free && !may_replace(path)) || leaves_through_a_link(worktree.as_path(), Path::new(path)) {
            let place = AbsPath::new(&target).unwrap_or_else(|_| worktree.clone());
            return Err(GitError::PathTaken(place));
        }
        to_write.push((kept, target));
    }
    for (kept, target) in to_write {
        let parent = target.parent().expect("a file in a worktree has a parent");
        fs::create_dir_all(parent)
            .and_then(|()| private_file::copy(&kept, &target))
            .map_err(|error| failure::of_file(&error, "restore", &target))?;
    }
    Ok(())
}

/// A folder on the way that is a symlink would lead the secret out of the worktree.
fn leaves_through_a_link(worktree: &Path, path: &Path) -> bool {
    let folders = path.ancestors().skip(1).filter(|part| !part.as_os_str().is_empty());
    folders.map(|part| worktree.join(part)).any(|part| part.is_symlink())
}

fn same_content(one: &Path, other: &Path) -> bool {
    let read = |path: &Path| -> io::Result<Vec<u8>> {
        if path.symlink_metadata()?.is_symlink() {
            return Ok(fs::read_link(path)?.into_os_string().into_encoded_bytes());
        }
        let mut bytes = Vec::new();
        fs::File::open(path)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let same_kind = one.is_symlink() == other.is_symlink();
    same_kind && matches!((read(one), read(other)), (Ok(a), Ok(b)) if a == b)
}
