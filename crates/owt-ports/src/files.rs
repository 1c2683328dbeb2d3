//! Private files below `OWT_HOME`: prompts, launch files, hook settings, spools.

use owt_core::AbsPath;

/// A private file could not be written, read or removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The disk (or quota) is full.
    #[error("no space left while writing {path}")]
    NoSpace {
        /// The file.
        path: AbsPath,
    },
    /// Any other failure of the system.
    #[error("{path}: {message}")]
    Io {
        /// The file.
        path: AbsPath,
        /// What the system said.
        message: String,
    },
    /// The process died at this point (only the simulator says this).
    #[error("crashed")]
    Crashed,
}

/// Files that only this user may read. Folders are made with mode 0700, files with 0600; a write replaces the
/// whole file atomically (temporary file, fsync, rename), so a reader never sees half of it.
pub trait PrivateFiles: Send + Sync {
    /// Writes a file, making its folders as needed.
    ///
    /// # Errors
    /// [`FileError`]; the old content stays.
    fn write(&self, path: &AbsPath, bytes: &[u8]) -> Result<(), FileError>;

    /// Reads a file; `None` when it does not exist.
    ///
    /// # Errors
    /// [`FileError::Io`].
    fn read(&self, path: &AbsPath) -> Result<Option<Vec<u8>>, FileError>;

    /// Removes a file or a folder with all below it; it not being there is success.
    ///
    /// # Errors
    /// [`FileError::Io`].
    fn remove(&self, path: &AbsPath) -> Result<(), FileError>;

    /// The names in a folder, sorted; empty when it does not exist.
    ///
    /// # Errors
    /// [`FileError::Io`].
    fn list(&self, folder: &AbsPath) -> Result<Vec<String>, FileError>;

    /// Bytes free for this user on the filesystem that holds `path` (or its nearest existing parent).
    ///
    /// # Errors
    /// [`FileError::Io`].
    fn free_bytes(&self, path: &AbsPath) -> Result<u64, FileError>;
}
