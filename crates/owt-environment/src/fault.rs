//! The system's errors as the port's.

use std::io;
use std::io::ErrorKind;
use std::path::Path;

use owt_core::AbsPath;
use owt_ports::EnvironmentError;

/// What failed at a path below `root`. A path that is not UTF-8 is named by the folder above it that is.
pub(crate) fn at(root: &AbsPath, path: &Path, error: &io::Error) -> EnvironmentError {
    let path = path.ancestors().find_map(|path| AbsPath::new(path).ok()).unwrap_or_else(|| root.clone());
    match is_full(error) {
        true => EnvironmentError::NoSpace { path },
        false => EnvironmentError::Io { path, message: error.to_string() },
    }
}

/// Whether the disk or the quota is used up.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}
