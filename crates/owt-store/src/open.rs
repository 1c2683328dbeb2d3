//! Opening the database file: made private when it is new, never made anew when it was lost, and each connection
//! set up alike.

use std::fs::OpenOptions;
use std::fs::Permissions;
use std::io;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use owt_core::AbsPath;
use owt_ports::StoreError;
use rusqlite::Connection;
use rusqlite::OpenFlags;
use rustix::fs::Access;

use crate::failure::Place;
use crate::private_folder;

/// Page cache of one connection, in KiB. Small on purpose: the operating system caches the file too.
const CACHE_KIB: i64 = 1024;

/// The write-ahead log is cut back to this size after a checkpoint, in bytes.
const WAL_LIMIT_BYTES: i64 = 8 * 1024 * 1024;

/// How the store behaves where taste differs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a write waits for a lock that another process holds before it is [`StoreError::Busy`].
    pub lock_patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { lock_patience: Duration::from_secs(5) }
    }
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Writer,
    Reader,
}

/// Prepares folder and file.
pub(crate) fn prepare(path: &AbsPath) -> Result<Place, StoreError> {
    let folder = path.parent().ok_or_else(|| StoreError::Failed(format!("{path} is no file")))?;
    let place = Place { path: path.clone(), folder };
    private_folder::make(place.folder.as_path()).map_err(|error| place.explain_io(&error))?;
    // The log and its index are made beside the database, so the folder itself must be writable.
    rustix::fs::access(place.folder.as_path(), Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|error| place.explain_io(&error.into()))?;
    refuse_a_log_without_its_database(&place)?;
    make_private_file(&place).map_err(|error| place.explain_io(&error))?;
    Ok(place)
}

/// SQLite drops a write-ahead log whose database is gone or empty, and with it whatever was still only there.
fn refuse_a_log_without_its_database(place: &Place) -> Result<(), StoreError> {
    let size = |path: &std::path::Path| path.metadata().map_or(0, |metadata| metadata.len());
    if size(place.path.as_path()) == 0 && size(&wal_path(&place.path)) > 0 {
        return Err(place.corrupt("the file is gone or empty, but its write-ahead log (-wal) is there"));
    }
    Ok(())
}

/// The write-ahead log beside a database.
pub(crate) fn wal_path(path: &AbsPath) -> PathBuf {
    PathBuf::from(format!("{path}-wal"))
}

fn make_private_file(place: &Place) -> io::Result<()> {
    let path = place.path.as_path();
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => private_folder::sync(place.folder.as_path()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => close_to_others(path),
        Err(error) => Err(error),
    }
}

/// By name, never by a descriptor of our own: closing that would drop the locks (POSIX ones belong to the process)
/// of every connection that this process already has to the file.
fn close_to_others(path: &std::path::Path) -> io::Result<()> {
    let metadata = path.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
    }
    // SQLite would open a file that it may not write for reading, and say so only at the first write.
    Ok(rustix::fs::access(path, Access::READ_OK | Access::WRITE_OK)?)
}

/// One connection, set up for its role.
pub(crate) fn connect(path: &AbsPath, role: Role, patience: Duration) -> rusqlite::Result<Connection> {
    let access = match role {
        Role::Writer => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Role::Reader => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    // No mutex: a connection is never used by two threads at once here. No URI: a path is a path.
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(patience)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    if role == Role::Writer {
        // The write-ahead log lives longer than its connections' settings: only its mode is kept in the file.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        connection.pragma_update(None, "journal_size_limit", WAL_LIMIT_BYTES)?;
        connection.pragma_update(None, "foreign_keys", true)?;
    }
    Ok(connection)
}

/// Switches the file to a write-ahead log, once and for good.
pub(crate) fn use_write_ahead_log(connection: &Connection, place: &Place) -> Result<(), StoreError> {
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(|error| place.explain(error))?;
    match mode.as_str() {
        "wal" => Ok(()),
        other => Err(StoreError::Failed(format!(
            "{}: this file system cannot hold a write-ahead log (journal mode stays {other})",
            place.path
        ))),
    }
}
