//! Looking after the file: is it sound, how large is it, a copy of it, its holes closed.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use owt_core::AbsPath;
use owt_ports::Health;
use owt_ports::Integrity;
use owt_ports::StoreError;
use rusqlite::Connection;

use super::SqliteStore;
use crate::failure::Place;
use crate::open::wal_path;
use crate::private_folder;

/// At most so many complaints about one file are reported.
const MOST_COMPLAINTS: u32 = 20;

impl SqliteStore {
    /// Examines the whole file; takes about a second for each few hundred megabytes.
    ///
    /// # Errors
    /// Only failures to look; damage that is found is in [`Health::integrity`].
    pub fn health(&self) -> Result<Health, StoreError> {
        self.readers
            .ask(|connection| Ok(examine_with(connection, &self.place)))
            .map_err(|error| self.place.explain(error))?
    }

    /// Where it is.
    pub(crate) const fn path(&self) -> &AbsPath {
        &self.place.path
    }

    /// Writes a consistent copy of the whole database to `path` (mode 0600, folders made as needed, an older file
    /// replaced in one step), while others go on reading and writing.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`], [`StoreError::ReadOnly`], ...; an older file stays then.
    pub fn backup_to(&self, path: &AbsPath) -> Result<(), StoreError> {
        self.readers
            .ask(|connection| Ok(copy_to(connection, &self.place, path)))
            .map_err(|error| self.place.explain(error))?
    }

    /// Rewrites the file without its holes and folds the write-ahead log into it. Needs as much free space again as
    /// the database is large; writers wait meanwhile.
    ///
    /// # Errors
    /// [`StoreError::NoSpace`], [`StoreError::Busy`], ...; the file stays as it was then.
    pub fn vacuum(&self) -> Result<(), StoreError> {
        let writer = self.writer();
        let vacuumed = writer.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
        vacuumed.map_err(|error| self.place.explain(error))
    }
}

/// Larger files are not examined by the way: reading this much takes some hundredths of a second. Each copy of them is.
const EXAMINED_AT_START: u64 = 8 << 20;

/// Refuses a file whose pages are damaged, before anything is written into it.
pub(super) fn refuse_damage(connection: &Connection, place: &Place) -> Result<(), StoreError> {
    if size(place.path.as_path()) + size(&wal_path(&place.path)) > EXAMINED_AT_START {
        return Ok(());
    }
    let complaint: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| place.explain(error))?;
    match complaint.as_str() {
        "ok" => Ok(()),
        complaint => Err(place.corrupt(complaint)),
    }
}

/// What a connection can say of the file that it is to.
pub(crate) fn examine_with(connection: &Connection, place: &Place) -> Result<Health, StoreError> {
    let count = |sql| connection.query_row(sql, [], |row| row.get(0)).unwrap_or(0);
    let schema = connection.pragma_query_value(None, "user_version", |row| row.get(0));
    let schema_version = match schema.map_err(|error| place.explain(error)) {
        // The check of the whole file says what is wrong with it.
        Err(StoreError::Corrupt { .. }) => 0,
        schema => schema?,
    };
    Ok(Health {
        schema_version,
        size_bytes: size(place.path.as_path()),
        wal_bytes: size(&wal_path(&place.path)),
        integrity: integrity(connection, place)?,
        streams: count("SELECT count(*) FROM events WHERE version = 1"),
        events: count("SELECT count(*) FROM events"),
    })
}

fn integrity(connection: &Connection, place: &Place) -> Result<Integrity, StoreError> {
    let complaints = || {
        connection
            .prepare(&format!("PRAGMA integrity_check({MOST_COMPLAINTS})"))?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<String>>>()
    };
    match complaints().map_err(|error| place.explain(error)) {
        Ok(complaints) if complaints == ["ok"] => Ok(Integrity::Sound),
        Ok(complaints) => Ok(Integrity::Damaged(complaints)),
        // Damage can be such that the check itself gives up.
        Err(StoreError::Corrupt { message, .. }) => Ok(Integrity::Damaged(vec![message])),
        Err(error) => Err(error),
    }
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

/// A consistent copy of what `connection` sees.
pub(crate) fn copy_to(connection: &Connection, place: &Place, target: &AbsPath) -> Result<(), StoreError> {
    let folder = target.parent().ok_or_else(|| StoreError::Failed(format!("{target} is no file")))?;
    let there = Place { path: target.clone(), folder };
    let partial =
        AbsPath::new(format!("{target}.partial")).map_err(|error| StoreError::Failed(error.to_string()))?;
    make_empty(&there, &partial).map_err(|error| there.explain_io(&error))?;
    let copied = connection.execute("VACUUM INTO ?1", [partial.as_str()]);
    let kept = match copied {
        Ok(_) => keep(&there, &partial).map_err(|error| there.explain_io(&error)),
        Err(error) => Err(place.explain(error)),
    };
    if kept.is_err() {
        let _ = fs::remove_file(&partial);
    }
    kept
}

/// SQLite writes a copy into an empty file too, and so into one that only this user may read.
fn make_empty(there: &Place, partial: &AbsPath) -> io::Result<()> {
    private_folder::make(there.folder.as_path())?;
    match fs::remove_file(partial) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(partial).map(drop)
}

/// SQLite does not flush a copy (its documentation of VACUUM INTO, 3.54), so that is done before it gets its name.
fn keep(there: &Place, partial: &AbsPath) -> io::Result<()> {
    File::open(partial)?.sync_all()?;
    fs::rename(partial, &there.path)?;
    private_folder::sync(there.folder.as_path())
}
