//! The socket file: where it may be, and how it is made.

use std::fs::DirBuilder;
use std::fs::Permissions;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::path::PathBuf;

use crate::Instance;

/// The longest path of a socket, in bytes (`sun_path` without its end: `unix(7)`, and `unix(4)` on macOS).
pub const SOCKET_PATH_LIMIT: usize = if cfg!(target_os = "macos") { 103 } else { 107 };

/// Why the server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The path does not fit.
    #[error("the socket path {} has {length} bytes, and the system allows {SOCKET_PATH_LIMIT}", path.display())]
    TooLong {
        /// The path.
        path: PathBuf,
        /// Its length in bytes.
        length: usize,
    },
    /// The folder is not ours alone, and cannot be made so.
    #[error("the folder {} {reason}", path.display())]
    UnsafeFolder {
        /// The folder.
        path: PathBuf,
        /// In what way.
        reason: &'static str,
    },
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Listens on `path`. What a dead server left there is removed; `_instance` proves that it is dead.
///
/// # Errors
/// [`SocketError`].
pub fn bind(path: &Path, _instance: &Instance) -> Result<UnixListener, SocketError> {
    let length = path.as_os_str().as_bytes().len();
    if length > SOCKET_PATH_LIMIT {
        return Err(SocketError::TooLong { path: path.to_owned(), length });
    }
    if let Some(folder) = path.parent() {
        private_folder(folder)?;
    }
    let failed = |source| SocketError::Io { path: path.to_owned(), source };
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let listener = UnixListener::bind(path).map_err(failed)?;
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(listener)
}

/// Makes the folder with mode 0700, or makes sure that the one that is there is ours alone.
fn private_folder(folder: &Path) -> Result<(), SocketError> {
    let failed = |source| SocketError::Io { path: folder.to_owned(), source };
    let unsafe_because = |reason| Err(SocketError::UnsafeFolder { path: folder.to_owned(), reason });
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed)?;
    let found = std::fs::symlink_metadata(folder).map_err(failed)?;
    match found {
        _ if !found.is_dir() => unsafe_because("is not a folder"),
        _ if found.uid() != rustix::process::geteuid().as_raw() => unsafe_because("belongs to another user"),
        _ if found.mode() & 0o077 != 0 => {
            std::fs::set_permissions(folder, Permissions::from_mode(0o700)).map_err(failed)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Patience;

    fn instance(folder: &Path) -> Instance {
        Instance::claim(&folder.join("lock"), Patience::None).unwrap()
    }

    #[test]
    fn folder_and_socket_are_ours_alone_and_a_stale_socket_goes() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("run");
        std::fs::create_dir(&folder).unwrap();
        std::fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
        let path = folder.join("s");
        drop(UnixListener::bind(&path).unwrap());
        let _listener = bind(&path, &instance(home.path())).unwrap();
        assert_eq!(std::fs::metadata(&folder).unwrap().mode() & 0o777, 0o700);
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_long_path_is_refused_before_anything_is_made() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("x".repeat(SOCKET_PATH_LIMIT));
        let refused = bind(&folder.join("s"), &instance(home.path()));
        assert!(matches!(refused, Err(SocketError::TooLong { .. })));
        assert!(!folder.exists());
    }

    #[test]
    fn a_link_instead_of_a_folder_is_refused() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("real")).unwrap();
        std::os::unix::fs::symlink(home.path().join("real"), home.path().join("run")).unwrap();
        let refused = bind(&home.path().join("run/s"), &instance(home.path()));
        assert!(matches!(refused, Err(SocketError::UnsafeFolder { .. })), "{refused:?}");
    }
}
