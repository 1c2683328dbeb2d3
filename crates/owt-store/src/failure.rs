//! What SQLite says, in the words of the port. The one place that knows its result codes.

use owt_core::AbsPath;
use owt_ports::StoreError;
use rusqlite::ErrorCode;
use rusqlite::ffi;

/// Why a change was given up: the port's own word, or the database's.
#[derive(Debug)]
pub(crate) enum Trouble {
    Refused(StoreError),
    Sqlite(rusqlite::Error),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// The database file and its folder, which every message names.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) path: AbsPath,
    pub(crate) folder: AbsPath,
}

impl Place {
    /// A database by its path.
    pub(crate) fn of(path: &AbsPath) -> Result<Self, StoreError> {
        let folder = path.parent().ok_or_else(|| StoreError::Failed(format!("{path} is no file")))?;
        Ok(Self { path: path.clone(), folder })
    }

    pub(crate) fn explain(&self, trouble: impl Into<Trouble>) -> StoreError {
        match trouble.into() {
            Trouble::Refused(error) => error,
            Trouble::Sqlite(rusqlite::Error::SqliteFailure(code, message)) => {
                self.explain_code(code, message.unwrap_or_else(|| code.to_string()))
            }
            Trouble::Sqlite(error @ rusqlite::Error::FromSqlConversionFailure(..)) => {
                self.corrupt(error.to_string())
            }
            Trouble::Sqlite(error) => StoreError::Failed(format!("{}: {error}", self.path)),
        }
    }

    fn explain_code(&self, code: ffi::Error, message: String) -> StoreError {
        match code.code {
            ErrorCode::DiskFull => StoreError::NoSpace,
            // Growing the shared-memory file beside the database fails for want of space only.
            _ if code.extended_code == ffi::SQLITE_IOERR_SHMSIZE => StoreError::NoSpace,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
                StoreError::Busy { path: self.path.clone() }
            }
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => self.read_only(message),
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => self.corrupt(message),
            _ => StoreError::Failed(format!("{}: {message}", self.path)),
        }
    }

    pub(crate) fn read_only(&self, message: impl Into<String>) -> StoreError {
        StoreError::ReadOnly { folder: self.folder.clone(), message: message.into() }
    }

    pub(crate) fn corrupt(&self, message: impl Into<String>) -> StoreError {
        StoreError::Corrupt { path: self.path.clone(), message: message.into() }
    }

    /// A failure of the file system around the database.
    pub(crate) fn explain_io(&self, error: &std::io::Error) -> StoreError {
        use std::io::ErrorKind;
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::NoSpace,
            ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => self.read_only(error.to_string()),
            _ => StoreError::Failed(format!("{}: {error}", self.path)),
        }
    }
}
