//! Files and folders that only this user may read.
//!
//! This room knows modes, owners and atomic replacement; it must not know what the files mean.

use std::fs::DirBuilder;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use owt_core::AbsPath;
use owt_ports::SessionError;
use rustix::fs::OFlags;
use rustix::io::Errno;

/// Tells apart the writes of threads that replace the same file at once.
static WRITES: AtomicU64 = AtomicU64::new(0);

/// Makes a folder and its parents with mode 0700, and refuses one that others own or may enter.
pub(crate) fn make_folder(path: &AbsPath) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let found = std::fs::symlink_metadata(path)?;
    match () {
        () if !found.is_dir() => Err(refusal(path, "is not a folder")),
        () if found.uid() != rustix::process::geteuid().as_raw() => {
            Err(refusal(path, "belongs to another user"))
        }
        () if found.mode() & 0o077 != 0 => Err(refusal(path, "can be entered by other users")),
        () => Ok(()),
    }
}

/// Replaces a file as a whole: a reader sees the old content or the new, also after a power cut.
pub(crate) fn replace(path: &AbsPath, bytes: &[u8]) -> io::Result<()> {
    let (folder, name) = (folder_of(path)?, path.file_name());
    let (process, turn) = (std::process::id(), WRITES.fetch_add(1, Ordering::Relaxed));
    let fresh = folder.join(&format!(".{name}.{process}.{turn}"));
    let result = write_new(&fresh, bytes).and_then(|()| std::fs::rename(&fresh, path));
    if result.is_err() {
        // The replacement never became the file; failing to remove it changes nothing for the caller.
        let _ = std::fs::remove_file(&fresh);
    }
    result.and_then(|()| sync_folder(&folder))
}

fn write_new(path: &AbsPath, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes renames and new names in a folder durable.
pub(crate) fn sync_folder(folder: &AbsPath) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Reads a file that must be this user's own and closed to others; a symbolic link is refused.
pub(crate) fn read(path: &AbsPath) -> io::Result<Vec<u8>> {
    let flags = i32::try_from(OFlags::NOFOLLOW.bits()).expect("O_NOFOLLOW is a small flag");
    let mut file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let found = file.metadata()?;
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(refusal(path, "belongs to another user"));
    }
    if found.mode() & 0o077 != 0 {
        return Err(refusal(path, "can be read or written by other users"));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens (or makes) a file of our own for appending.
pub(crate) fn append(path: &AbsPath) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

/// Opens (or makes) a lock file.
pub(crate) fn lock_file(path: &AbsPath) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Removes a file; its absence is success.
pub(crate) fn remove(path: &AbsPath) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Whether the system says that nothing more can be stored.
pub(crate) fn is_out_of_space(error: &io::Error) -> bool {
    [Errno::NOSPC, Errno::DQUOT, Errno::FBIG]
        .iter()
        .any(|full| error.raw_os_error() == Some(full.raw_os_error()))
}

/// The port's error for a failed file operation.
pub(crate) fn failure(operation: &str, path: &AbsPath, error: &io::Error) -> SessionError {
    if is_out_of_space(error) {
        return SessionError::NoSpace(path.clone());
    }
    SessionError::Failed { operation: operation.to_owned(), message: format!("{path}: {error}") }
}

fn folder_of(path: &AbsPath) -> io::Result<AbsPath> {
    path.parent().ok_or_else(|| refusal(path, "has no folder"))
}

fn refusal(path: &AbsPath, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, format!("{path} {why}"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn folder() -> (tempfile::TempDir, AbsPath) {
        let folder = tempfile::tempdir().unwrap();
        let path = AbsPath::new(folder.path()).unwrap();
        (folder, path)
    }

    #[test]
    fn what_was_replaced_is_private_and_read_back() {
        let (_guard, folder) = folder();
        let path = folder.join("launch.json");
        replace(&path, b"old").unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(read(&path).unwrap(), b"new");
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn many_may_replace_a_file_at_once() {
        let (_guard, folder) = folder();
        let path = folder.join("tmux.conf");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| replace(&path, &[b'x'; 100_000]).unwrap());
            }
        });
        assert_eq!(read(&path).unwrap().len(), 100_000);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_others_may_read_and_a_link_are_refused() {
        let (_guard, folder) = folder();
        let path = folder.join("launch.json");
        replace(&path, b"{}").unwrap();
        std::os::unix::fs::symlink(&path, folder.join("link")).unwrap();
        assert!(read(&folder.join("link")).is_err());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(read(&path).unwrap_err().kind(), io::ErrorKind::PermissionDenied);
    }

    #[test]
    fn a_folder_that_others_may_enter_is_refused() {
        let (_guard, folder) = folder();
        let open = folder.join("open");
        make_folder(&open).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert!(make_folder(&open).is_err());
    }
}
