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
    /// Its own program holds it up just now.
    #[error("{path} is held up by its program just now")]
    Busy {
        /// The file.
        path: AbsPath,
    },
    /// The process died at this point (only the simulator says this).
    #[error("crashed")]
    Crashed,
}

/// A place in a file that others write to: where reading it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilePlace {
    /// Which file that was: another one of the same name is none that was read.
    pub file: u64,
    /// How much of it lies before.
    pub offset: u64,
}

/// Where a file that others write to is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadFrom {
    /// Its beginning.
    Beginning,
    /// So much before its end that the rest is read at once.
    NearEnd,
    /// Where reading ended; where it is another file by now, or shorter, as [`ReadFrom::NearEnd`].
    Place(FilePlace),
}

/// A part of a file that others write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePart {
    /// What stands there.
    pub bytes: Vec<u8>,
    /// Where it begins.
    pub offset: u64,
    /// Where it ends.
    pub end: FilePlace,
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

    /// Reads at most `limit` bytes of a file that others write to (an agent's own record); `None` when it does not exist.
    /// Nothing is read twice as long as the file only grows. A file that was cut and has grown beyond the place since
    /// cannot be told from one that only grew.
    ///
    /// # Errors
    /// [`FileError::Io`], also for what is no regular file of this user's.
    fn read_on(&self, path: &AbsPath, from: ReadFrom, limit: usize) -> Result<Option<FilePart>, FileError>;

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

    /// Where a path leads when its symbolic links are followed; `None` when nothing is there.
    ///
    /// # Errors
    /// [`FileError::Io`].
    fn real(&self, path: &AbsPath) -> Result<Option<AbsPath>, FileError>;

    /// Bytes free for this user on the filesystem that holds `path` (or its nearest existing parent).
    ///
    /// # Errors
    /// [`FileError::Io`].
    fn free_bytes(&self, path: &AbsPath) -> Result<u64, FileError>;
}
