//! Files of the person's that owt may write: whole or not at all, never through a link, never over what came meanwhile.

use std::fs;
use std::fs::OpenOptions;
use std::fs::Permissions;
use std::io;
use std::io::ErrorKind;
use std::io::Read as _;
use std::io::Write as _;
use std::path::Path;

/// No file of ours, and no AGENTS.md worth a block, is larger, in bytes.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// What is at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// A file.
    File(Vec<u8>),
    /// A link, a folder, a pipe, a giant.
    Other,
}

/// Looks.
pub(crate) fn look(path: &Path) -> io::Result<Found> {
    let metadata = match path.symlink_metadata() {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound) => return Ok(Found::Nothing),
        other => other?,
    };
    if !metadata.is_file() || metadata.len() > MOST_BYTES {
        return Ok(Found::Other);
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(Found::File(bytes))
}

/// Writes a file in the place of what was found there.
///
/// # Errors
/// Also when something else has come to be there: nothing is changed then.
pub(crate) fn replace(path: &Path, before: &Found, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let partial = folder.join(format!(".owt-partial-{}", std::process::id()));
    let put = fill(&partial, path, bytes).and_then(|()| {
        if look(path)? != *before {
            return Err(ErrorKind::AlreadyExists.into());
        }
        match before {
            // A link is never made over something.
            Found::Nothing => fs::hard_link(&partial, path).and_then(|()| fs::remove_file(&partial)),
            _ => fs::rename(&partial, path),
        }
    });
    if put.is_err() {
        let _ = fs::remove_file(&partial);
    }
    put.and_then(|()| fs::File::open(folder)?.sync_all())
}

/// With the mode of the file that it will replace.
fn fill(partial: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mode: Option<Permissions> = path.symlink_metadata().ok().map(|metadata| metadata.permissions());
    let mut file = OpenOptions::new().write(true).create_new(true).open(partial)?;
    if let Some(mode) = mode {
        file.set_permissions(mode)?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// Removes a file that is as it was found, and the folders below `root` that it leaves empty: writing it made them.
pub(crate) fn remove(path: &Path, before: &Found, root: &Path) -> io::Result<()> {
    if look(path)? != *before {
        return Err(ErrorKind::AlreadyExists.into());
    }
    fs::remove_file(path)?;
    let below = |folder: &&Path| folder.starts_with(root) && *folder != root;
    for folder in path.ancestors().skip(1).take_while(below) {
        // One that holds anything else, or is a link, stays, and so does what it lies in.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_came_meanwhile_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        replace(&path, &Found::Nothing, b"one").unwrap();
        assert!(replace(&path, &Found::Nothing, b"two").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert!(replace(&path, &Found::File(b"other".to_vec()), b"two").is_err());
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        replace(&path, &Found::File(b"one".to_vec()), b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
        assert!(remove(&path, &Found::File(b"one".to_vec()), folder.path()).is_err());
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no partial file is left");
    }

    #[test]
    fn only_folders_that_are_left_empty_go_and_the_root_stays() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        let (deep, beside) = (root.join("a/b/c"), root.join("a/mine"));
        for path in [&deep, &beside] {
            replace(path, &Found::Nothing, b"one").unwrap();
        }
        let found = Found::File(b"one".to_vec());
        remove(&deep, &found, &root).unwrap();
        assert!(beside.exists() && !root.join("a/b").exists());
        remove(&beside, &found, &root).unwrap();
        assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
    }

    #[test]
    fn a_link_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "mine").unwrap();
        symlink(&target, &link).unwrap();
        assert_eq!(look(&link).unwrap(), Found::Other);
        assert!(replace(&link, &Found::Nothing, b"x").is_err());
        assert_eq!(fs::read(&target).unwrap(), b"mine");
    }
}
