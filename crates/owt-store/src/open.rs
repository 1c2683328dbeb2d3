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
use rusqlite::config::DbConfig;
use rustix::fs::Access;

use crate::earlier::standing;
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
    /// Folders in which something lies only after a database was used: none is begun anew beside them.
    pub filled_by_use: Vec<AbsPath>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { lock_patience: Duration::from_secs(5), filled_by_use: Vec::new() }
    }
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Writer,
    Reader,
    /// Reads what nobody may have open, and makes, folds and removes nothing.
    Onlooker,
}

/// Prepares folder and file.
pub(crate) fn prepare(path: &AbsPath, filled_by_use: &[AbsPath]) -> Result<Place, StoreError> {
    let place = Place::of(path)?;
    private_folder::make(place.folder.as_path()).map_err(|error| place.explain_io(&error))?;
    // The log and its index are made beside the database, so the folder itself must be writable.
    rustix::fs::access(place.folder.as_path(), Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|error| place.explain_io(&error.into()))?;
    standing(path, filled_by_use)?;
    make_private_file(&place).map_err(|error| place.explain_io(&error))?;
    Ok(place)
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

/// One connection, set up for its role. One that writes does not fold the log into the file when it closes, until
/// [`fold_on_close`]: a file that is found to be damaged stays as it is.
pub(crate) fn connect(path: &AbsPath, role: Role, patience: Duration) -> rusqlite::Result<Connection> {
    let connection = opened(path, role)?;
    connection.busy_timeout(patience)?;
    if role == Role::Writer {
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    }
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

/// No mutex: a connection is never used by two threads at once here.
fn opened(path: &AbsPath, role: Role) -> rusqlite::Result<Connection> {
    let mutex = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let look = OpenFlags::SQLITE_OPEN_READ_ONLY | mutex;
    match role {
        // No URI: a path is a path.
        Role::Writer => Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | mutex),
        // Whoever has it open has made its log, and one that only reads removes none. Of another SQLite is told that nobody
        // changes it, so that it makes nothing beside it, as a log and its index.
        Role::Onlooker if !has_log(path) => {
            let uri = format!("{}?immutable=1", file_uri(path));
            Connection::open_with_flags(uri, look | OpenFlags::SQLITE_OPEN_URI)
        }
        Role::Reader | Role::Onlooker => Connection::open_with_flags(path, look),
    }
}

/// An empty one without its index belongs to nobody.
fn has_log(path: &AbsPath) -> bool {
    let index = PathBuf::from(format!("{path}-shm"));
    wal_path(path).metadata().is_ok_and(|log| log.len() > 0 || index.exists())
}

/// A path as SQLite reads it where options follow.
pub(crate) fn file_uri(path: &AbsPath) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_str().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(byte)),
            other => uri.push_str(&format!("%{other:02x}")),
        }
    }
    uri
}

/// From here on the log is folded into the file when the connection closes as the last one.
pub(crate) fn fold_on_close(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map(drop)
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
