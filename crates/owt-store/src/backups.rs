//! Copies of the database in the folder `backups` beside it, and the way back from one. Whatever is replaced by a
//! copy is kept aside: nothing is overwritten.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;
use std::time::UNIX_EPOCH;

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_ports::Backup;
use owt_ports::Health;
use owt_ports::Integrity;
use owt_ports::StoreError;
use owt_ports::Upkeep;

use crate::earlier::standing;
use crate::failure::Place;
use crate::migrations::MIGRATIONS;
use crate::migrations::check;
use crate::open::Role;
use crate::open::connect;
use crate::open::wal_path;
use crate::private_folder;
use crate::sqlite::SqliteStore;
use crate::sqlite::examine_with;
use crate::users_lock;

/// So many of the copies that were made by time are kept. Those from before a migration are none of them.
pub const KEPT_BACKUPS: usize = 5;

/// How long a lock on a file is waited for that is only looked at.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a server that is ending may have the database open still.
const CLOSING: Duration = Duration::from_secs(10);

/// What restoring a backup did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The backup that the database was made from.
    pub from: Backup,
    /// The folder in which what was there before is kept; `None` when nothing was there.
    pub kept_aside: Option<AbsPath>,
}

impl Upkeep for SqliteStore {
    fn health(&self) -> Result<Health, StoreError> {
        Self::health(self)
    }

    fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        backups(self.path())
    }

    fn back_up(&self, at: Timestamp) -> Result<Backup, StoreError> {
        let place = Place::of(self.path())?;
        let path = folder(&place).join(&format!("owt-{}.db", at.as_millis()));
        self.backup_to(&path)?;
        // A copy of a damaged database may be damaged too, and must not push out a sound one.
        if let Err(error) = sound(&path).map(drop) {
            fs::remove_file(&path).map_err(|error| place.explain_io(&error))?;
            return Err(error);
        }
        for old in surplus(backups(self.path())?, &path) {
            fs::remove_file(&old.path).map_err(|error| place.explain_io(&error))?;
        }
        described(&path).map_err(|error| place.explain_io(&error))
    }

    fn vacuum(&self) -> Result<(), StoreError> {
        Self::vacuum(self)
    }
}

/// The copies by time that are too many. One that is damaged or holds nothing goes before one that is sound, however new
/// it is; the one that was just made stays in any case.
fn surplus(all: Vec<Backup>, made: &AbsPath) -> Vec<Backup> {
    let timed: Vec<Backup> = all.into_iter().filter(|backup| by_time(&backup.path).is_some()).collect();
    if timed.len() <= KEPT_BACKUPS {
        return Vec::new();
    }
    let (mut full, rest): (Vec<Backup>, Vec<Backup>) =
        timed.into_iter().partition(|backup| holds_something(&backup.path));
    let mut surplus = full.split_off(full.len().min(KEPT_BACKUPS));
    let room = KEPT_BACKUPS - full.len();
    surplus.extend(rest.into_iter().filter(|backup| backup.path != *made).skip(room));
    surplus
}

/// Whether a copy is sound, and something is recorded in it.
fn holds_something(path: &AbsPath) -> bool {
    sound(path).is_ok_and(|health| health.events > 0)
}

/// Whether a copy may have something that is nowhere else: only of a sound one it is known that it has nothing.
pub(crate) fn may_hold_something(path: &AbsPath) -> bool {
    let is_empty = path.as_path().metadata().is_ok_and(|file| file.len() == 0);
    !is_empty && sound(path).map_or(true, |health| health.events > 0)
}

/// The copies of the database at `path`, newest first.
///
/// # Errors
/// [`StoreError::Failed`], [`StoreError::ReadOnly`] when their folder cannot be read.
pub fn backups(path: &AbsPath) -> Result<Vec<Backup>, StoreError> {
    let place = Place::of(path)?;
    let mut found = listed(&folder(&place)).map_err(|error| place.explain_io(&error))?;
    found.sort_by(|one, other| (other.at, other.path.as_str()).cmp(&(one.at, one.path.as_str())));
    Ok(found)
}

/// The newest copy that is sound and can be used by this program: of those that hold something where one does.
///
/// # Errors
/// As [`backups`].
pub fn newest_sound_backup(path: &AbsPath) -> Result<Option<Backup>, StoreError> {
    let all = backups(path)?;
    let holding = all.iter().find(|backup| holds_something(&backup.path));
    Ok(holding.or_else(|| all.iter().find(|backup| sound(&backup.path).is_ok())).cloned())
}

/// A file as a copy that [`restore`] takes.
///
/// # Errors
/// Why it takes none: [`StoreError::Corrupt`], [`StoreError::TooNew`], failures to look.
pub fn sound_backup(path: &AbsPath) -> Result<Backup, StoreError> {
    sound(path)?;
    described(path).map_err(|error| StoreError::Failed(format!("{path}: {error}")))
}

/// The state of a database that no server can open. Changes nothing in it, or beside it. One that is lost, as
/// [`standing`] says, is damaged.
///
/// # Errors
/// [`StoreError::Busy`] and failures to look; damage that is found is in [`Health::integrity`].
pub fn examine(path: &AbsPath, filled_by_use: &[AbsPath]) -> Result<Health, StoreError> {
    match standing(path, filled_by_use) {
        Err(StoreError::Corrupt { message, .. }) => Ok(unusable(path, message)),
        standing => standing.and_then(|_| examine_file(path)),
    }
}

fn examine_file(path: &AbsPath) -> Result<Health, StoreError> {
    let place = Place::of(path)?;
    match path.as_path().metadata() {
        Err(_) => return Err(StoreError::Failed(format!("there is no database {path}"))),
        // Not even for reading: SQLite would remove its log.
        Ok(file) if file.len() == 0 => return Ok(unusable(path, "the file is empty".to_owned())),
        Ok(_) => {}
    }
    let examined = connect(path, Role::Onlooker, PATIENCE)
        .map_err(|error| place.explain(error))
        .and_then(|connection| examine_with(&connection, &place));
    match examined {
        // It is such that not even a connection can be made.
        Err(StoreError::Corrupt { message, .. }) => Ok(unusable(path, message)),
        examined => examined,
    }
}

/// Of what nothing can be read.
fn unusable(path: &AbsPath, why: String) -> Health {
    Health {
        schema_version: 0,
        size_bytes: path.as_path().metadata().map_or(0, |metadata| metadata.len()),
        wal_bytes: wal_path(path).metadata().map_or(0, |metadata| metadata.len()),
        streams: 0,
        events: 0,
        integrity: Integrity::Damaged(vec![why]),
    }
}

/// Puts a copy in the place of the database at `path`. For whoever holds the server's lock, so that
/// nobody opens it meanwhile. The file that was there, with its log, goes to a folder of its own beside it.
///
/// # Errors
/// [`StoreError::Corrupt`], [`StoreError::TooNew`] of the copy, [`StoreError::Busy`] while a store is open, before anything is done; failures of the file system.
/// After one of those the same call again finishes the work.
pub fn restore(path: &AbsPath, backup: &AbsPath, at: Timestamp) -> Result<Restored, StoreError> {
    let place = Place::of(path)?;
    sound(backup)?;
    let closed = users_lock::alone(path, CLOSING).map_err(|error| place.explain_io(&error))?;
    let _alone = closed.ok_or_else(|| StoreError::Busy { path: path.clone() })?;
    let failed = |error: io::Error| place.explain_io(&error);
    let from = described(backup).map_err(failed)?;
    let fresh = place.folder.join("owt.db.restoring");
    copy_privately(backup, &fresh).map_err(failed)?;
    // From here on it is done, whoever finishes it: what lies there without its log must never be opened.
    let next = next_to(path).map_err(failed)?;
    fs::rename(&fresh, &next).map_err(failed)?;
    private_folder::sync(place.folder.as_path()).map_err(failed)?;
    let kept_aside = put_in_place(&place, &next, at).map_err(failed)?;
    Ok(Restored { from, kept_aside })
}

/// Finishes a restore that was broken off after its copy was whole. For whoever is about to open the database.
///
/// # Errors
/// [`StoreError::Busy`] while somebody restores it or has it open; failures of the file system.
pub(crate) fn finish_restore(path: &AbsPath, at: Timestamp) -> Result<(), StoreError> {
    let place = Place::of(path)?;
    let failed = |error: io::Error| place.explain_io(&error);
    let next = next_to(path).map_err(failed)?;
    if !next.as_path().exists() {
        return Ok(());
    }
    let closed = users_lock::alone(path, CLOSING).map_err(failed)?;
    let _alone = closed.ok_or_else(|| StoreError::Busy { path: path.clone() })?;
    // Whoever had the lock may have done it.
    if next.as_path().exists() {
        tracing::warn!(%path, "a restore that was broken off is finished");
        put_in_place(&place, &next, at).map_err(failed)?;
    }
    Ok(())
}

/// Refuses, for whoever only looks, what the next start finishes.
pub(crate) fn refuse_a_pending_restore(path: &AbsPath) -> Result<(), StoreError> {
    let next = next_to(path).map_err(|error| StoreError::Failed(error.to_string()))?;
    match next.as_path().exists() {
        true => Err(StoreError::Failed(format!(
            "{path}: a restore was broken off; the next server finishes it (owt server start)"
        ))),
        false => Ok(()),
    }
}

/// The copy that takes the place of the database at `path`, once it is whole.
fn next_to(path: &AbsPath) -> io::Result<AbsPath> {
    AbsPath::new(format!("{path}.next")).map_err(io::Error::other)
}

fn put_in_place(place: &Place, next: &AbsPath, at: Timestamp) -> io::Result<Option<AbsPath>> {
    let aside = place.folder.join(&format!("replaced-{}", at.as_millis()));
    let kept_aside = keep_aside(&place.path, &aside)?;
    fs::rename(next, &place.path)?;
    private_folder::sync(place.folder.as_path())?;
    Ok(kept_aside)
}

/// The log goes before the copy comes: SQLite would take it for the copy's own. The file itself keeps its name
/// until the copy takes it, so that no server that is started meanwhile begins an empty one.
fn keep_aside(path: &AbsPath, aside: &AbsPath) -> io::Result<Option<AbsPath>> {
    let names = ["", "-wal", "-shm"].map(|end| format!("{path}{end}"));
    if !names.iter().any(|name| std::path::Path::new(name).exists()) {
        return Ok(None);
    }
    private_folder::make(aside.as_path())?;
    for (name, end) in names.iter().zip(["", "-wal", "-shm"]) {
        let kept = aside.join(&format!("{}{end}", path.file_name()));
        let moved = if end.is_empty() { fs::hard_link(name, &kept) } else { fs::rename(name, &kept) };
        match moved {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    private_folder::sync(aside.as_path())?;
    Ok(Some(aside.clone()))
}

fn copy_privately(from: &AbsPath, to: &AbsPath) -> io::Result<()> {
    let mut source = File::open(from)?;
    let mut target = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(to)?;
    io::copy(&mut source, &mut target)?;
    target.sync_all()
}

/// Refuses a file that is damaged, foreign or too new.
fn sound(path: &AbsPath) -> Result<Health, StoreError> {
    let place = Place::of(path)?;
    let health = examine_file(path)?;
    if let Integrity::Damaged(complaints) = &health.integrity {
        return Err(place.corrupt(complaints.join("; ")));
    }
    if health.schema_version == 0 {
        return Err(place.corrupt("it is no database of owt"));
    }
    let connection = connect(path, Role::Onlooker, PATIENCE).map_err(|error| place.explain(error))?;
    check(&connection, MIGRATIONS, &place)?;
    Ok(health)
}

fn folder(place: &Place) -> AbsPath {
    place.folder.join("backups")
}

fn listed(folder: &AbsPath) -> io::Result<Vec<Backup>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        if let Some(name) = name.to_str().filter(|name| name.ends_with(".db")) {
            found.push(described(&folder.join(name))?);
        }
    }
    Ok(found)
}

fn described(path: &AbsPath) -> io::Result<Backup> {
    let metadata = fs::metadata(path)?;
    let written = || metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let millis = by_time(path).or_else(|| i64::try_from(written()?.as_millis()).ok()).unwrap_or(0);
    Ok(Backup { path: path.clone(), at: Timestamp::from_millis(millis), size_bytes: metadata.len() })
}

/// When a copy was made that has its time in its name.
fn by_time(path: &AbsPath) -> Option<i64> {
    path.file_name().strip_prefix("owt-")?.strip_suffix(".db")?.parse().ok()
}

#[cfg(test)]
mod tests;
