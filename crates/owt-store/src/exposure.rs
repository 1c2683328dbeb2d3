//! Files and folders of ours that others may read or that belong to others; and leftovers of writers that died. A
//! symbolic link is never followed. It must not know what the files mean.

use std::fs;
use std::fs::Metadata;
use std::fs::Permissions;
use std::io;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;
use std::time::UNIX_EPOCH;

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_ports::Clock as _;

use crate::disk_files::PARTIAL;
use crate::system::SystemClock;

/// Deeper than anything of ours lies.
const DEEPEST: usize = 8;

/// Nobody writes one file for longer.
const WRITING: Duration = Duration::from_secs(10 * 60);

/// What is wrong with a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exposure {
    /// Others may read, write or enter it, or its owner may not. Its mode.
    Mode(u32),
    /// It belongs to another user, by number.
    Owner(u32),
    /// It was never finished, and its writer is gone.
    Leftover,
}

/// Everything in a folder, itself included, that is not as we leave things. Of the folders in it only those of these
/// names are looked into, and at: what lies in others has modes of its own.
///
/// # Errors
/// When a folder cannot be read whose mode would let it.
pub fn exposures(
    folder: &AbsPath,
    looked_into: &dyn Fn(&str) -> bool,
) -> io::Result<Vec<(AbsPath, Exposure)>> {
    let mut found = Vec::new();
    look(folder, looked_into, DEEPEST, &mut found)?;
    Ok(found)
}

fn look(
    path: &AbsPath,
    looked_into: &dyn Fn(&str) -> bool,
    depth: usize,
    found: &mut Vec<(AbsPath, Exposure)>,
) -> io::Result<()> {
    let metadata = match path.as_path().symlink_metadata() {
        // It has gone meanwhile, or was never there.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    let is_passed_over = depth + 1 == DEEPEST && metadata.is_dir() && !looked_into(path.file_name());
    if is_passed_over {
        return Ok(());
    }
    let exposure = exposure(path, &metadata);
    let can_enter = !matches!(exposure, Some(Exposure::Owner(_))) && metadata.mode() & 0o500 == 0o500;
    found.extend(exposure.map(|exposure| (path.clone(), exposure)));
    if !metadata.is_dir() || !can_enter || depth == 0 {
        return Ok(());
    }
    let entries = match fs::read_dir(path.as_path()) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        // A name that is not UTF-8 is none of ours.
        let Ok(name) = entry?.file_name().into_string() else { continue };
        look(&path.join(&name), looked_into, depth - 1, found)?;
    }
    Ok(())
}

fn exposure(path: &AbsPath, metadata: &Metadata) -> Option<Exposure> {
    let kind = metadata.file_type();
    let needed = if kind.is_dir() { 0o700 } else { 0o600 };
    // Nobody gets past the folder of a socket or a pipe; links have no mode of their own.
    let counts = kind.is_dir() || kind.is_file();
    let mode = metadata.mode() & 0o7777;
    match metadata.uid() {
        uid if uid != rustix::process::geteuid().as_raw() => Some(Exposure::Owner(uid)),
        _ if counts && (mode & 0o077 != 0 || mode & needed != needed) => Some(Exposure::Mode(mode)),
        _ if kind.is_file() && is_leftover(path.file_name(), metadata) => Some(Exposure::Leftover),
        _ => None,
    }
}

/// What a writer calls a file until it is whole.
fn is_leftover(name: &str, metadata: &Metadata) -> bool {
    let unfinished = name.starts_with(PARTIAL) || name.ends_with(".db.partial") || name == "owt.db.restoring";
    let written = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let written = written.and_then(|since| i64::try_from(since.as_millis()).ok()).map(Timestamp::from_millis);
    unfinished && written.is_some_and(|at| SystemClock.now().since(at) >= WRITING)
}

/// Closes a file or folder of ours to others, and opens it to its owner.
///
/// # Errors
/// When it is a link by now, belongs to somebody else, or cannot be changed.
pub fn close_to_others(path: &AbsPath) -> io::Result<()> {
    let metadata = ours(path.as_path())?;
    let needed = if metadata.is_dir() { 0o700 } else { 0o600 };
    let mode = metadata.mode() & 0o700 | needed;
    // By a descriptor where it can be had, so that no link can come between.
    match fs::File::open(path.as_path()) {
        Ok(file) => file.set_permissions(Permissions::from_mode(mode)),
        Err(_) => fs::set_permissions(path.as_path(), Permissions::from_mode(mode)),
    }
}

/// Removes what a writer that died never finished.
///
/// # Errors
/// When it is something else by now, or cannot be removed. Gone already is success.
pub fn remove_leftover(path: &AbsPath) -> io::Result<()> {
    let metadata = match ours(path.as_path()) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    match metadata.is_file() && is_leftover(path.file_name(), &metadata) {
        true => fs::remove_file(path.as_path()),
        false => Err(io::Error::other("somebody writes it by now")),
    }
}

fn ours(path: &Path) -> io::Result<Metadata> {
    let metadata = path.symlink_metadata()?;
    match metadata {
        _ if metadata.is_symlink() => Err(io::Error::other("a symbolic link is in its place")),
        _ if metadata.uid() != rustix::process::geteuid().as_raw() => {
            Err(io::Error::other("belongs to another user"))
        }
        _ => Ok(metadata),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_mode(path: &AbsPath, mode: u32) {
        fs::set_permissions(path.as_path(), Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_is_open_is_found_and_closed_and_what_lies_elsewhere_or_behind_a_link_is_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let root = AbsPath::new(folder.path()).unwrap();
        set_mode(&root, 0o700);
        let other = AbsPath::new(elsewhere.path()).unwrap().join("theirs");
        fs::write(other.as_path(), "x").unwrap();
        set_mode(&other, 0o644);
        for name in ["withheld/deep", "a/b"] {
            fs::create_dir_all(root.join(name).as_path()).unwrap();
        }
        for name in ["withheld/deep/script", "a/b/open", "a/b/closed", "a/mute"] {
            fs::write(root.join(name).as_path(), "x").unwrap();
        }
        std::os::unix::fs::symlink(other.as_path(), root.join("a/link").as_path()).unwrap();
        for (name, mode) in [
            ("withheld/deep/script", 0o755),
            ("withheld/deep", 0o755),
            ("withheld", 0o755),
            ("a/b/open", 0o640),
            ("a/b/closed", 0o600),
            ("a/mute", 0o200),
            ("a/b", 0o755),
            ("a", 0o700),
        ] {
            set_mode(&root.join(name), mode);
        }
        let mut found = exposures(&root, &|name| name == "a").unwrap();
        found.sort_by(|one, other| one.0.cmp(&other.0));
        let expected = [("a/b", 0o755), ("a/b/open", 0o640), ("a/mute", 0o200)];
        assert_eq!(found, expected.map(|(name, mode)| (root.join(name), Exposure::Mode(mode))));
        for (path, _) in found {
            close_to_others(&path).unwrap();
        }
        assert_eq!(exposures(&root, &|name| name == "a").unwrap(), []);
        assert!(close_to_others(&root.join("a/link")).is_err());
        assert_eq!(other.as_path().metadata().unwrap().mode() & 0o777, 0o644);
    }

    #[test]
    fn only_old_unfinished_files_are_left_over() {
        let folder = tempfile::tempdir().unwrap();
        let root = AbsPath::new(folder.path()).unwrap();
        set_mode(&root, 0o700);
        let write = |name: &str, ago: Duration| {
            let path = root.join(name);
            fs::write(path.as_path(), "x").unwrap();
            set_mode(&path, 0o600);
            let file = fs::File::options().write(true).open(path.as_path()).unwrap();
            file.set_modified(file.metadata().unwrap().modified().unwrap() - ago).unwrap();
            path
        };
        let leftover = write(&format!("{PARTIAL}1-0"), 2 * WRITING);
        let fresh = write(&format!("{PARTIAL}2-0"), Duration::ZERO);
        let whole = write("kept.json", 2 * WRITING);
        assert_eq!(exposures(&root, &|_| true).unwrap(), [(leftover.clone(), Exposure::Leftover)]);
        for _ in 0..2 {
            remove_leftover(&leftover).unwrap();
        }
        assert!(remove_leftover(&fresh).is_err() && remove_leftover(&whole).is_err());
        assert!(fresh.as_path().exists() && whole.as_path().exists());
    }
}
