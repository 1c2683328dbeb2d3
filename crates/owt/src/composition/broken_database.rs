//! A database that no server can open: what is said of it, and the way back from a backup. Below the server's place in
//! the order of things, so that a face has it without reading a database by itself.

use std::path::Path;

use owt_api::DatabaseBackup;
use owt_api::DatabaseHealth;
use owt_api::DatabaseRestored;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_config::Places;
use owt_core::AbsPath;
use owt_ports::Clock;
use owt_ports::StoreError;
use owt_server::database_backup;
use owt_server::database_health;
use owt_store::Standing;
use owt_store::system::SystemClock;

use super::LOCK_PATIENCE;

/// The database of these places.
pub(super) fn database(places: &Places) -> AbsPath {
    places.data.join("owt.db")
}

/// Folders of these places in which something lies only after a database was used.
pub(super) fn filled_by_use(places: &Places) -> Vec<AbsPath> {
    vec![places.data.join("attempts")]
}

/// How the store is opened here.
pub(super) fn store_settings(places: &Places) -> owt_store::Settings {
    owt_store::Settings { lock_patience: LOCK_PATIENCE, filled_by_use: filled_by_use(places) }
}

/// Whether there is a database to look at.
///
/// # Errors
/// `database_damaged` where there was one and it is gone or empty; `database`.
pub(crate) fn standing(places: &Places) -> Result<Standing, Problem> {
    owt_store::standing(&database(places), &filled_by_use(places)).map_err(|error| explained(&error, places))
}

/// Its state, and its backups.
///
/// # Errors
/// `database_locked`, `database`.
pub(crate) fn health(places: &Places) -> Result<DatabaseHealth, Problem> {
    let path = database(places);
    let explain = |error: StoreError| explained(&error, places);
    let health = owt_store::examine(&path, &filled_by_use(places)).map_err(explain)?;
    Ok(database_health(health, &owt_store::backups(&path).map_err(explain)?))
}

/// Its backups, newest first. Whether they are sound is not looked at.
///
/// # Errors
/// `database`.
pub(crate) fn backups(places: &Places) -> Result<Vec<DatabaseBackup>, Problem> {
    let found = owt_store::backups(&database(places)).map_err(|error| explained(&error, places))?;
    Ok(found.iter().map(database_backup).collect())
}

/// The backup that the person named, else the newest that is sound.
///
/// # Errors
/// `not_found`, `database`.
pub(crate) fn choose(places: &Places, named: Option<&Path>) -> Result<DatabaseBackup, Problem> {
    let path = database(places);
    let explain = |error: StoreError| explained(&error, places);
    let Some(named) = named else {
        let newest = owt_store::newest_sound_backup(&path).map_err(explain)?;
        return newest.as_ref().map(database_backup).ok_or_else(|| {
            Problem::new(ErrorCode::NotFound, format!("no sound backup lies beside {path}"))
                .hint("name a file: owt db restore FILE")
        });
    };
    let named = AbsPath::new(named).map_err(|error| Problem::new(ErrorCode::Usage, error.to_string()))?;
    match owt_store::sound_backup(&named) {
        Ok(backup) => Ok(database_backup(&backup)),
        Err(error) => Err(Problem::new(ErrorCode::DatabaseDamaged, error.to_string())
            .hint("nothing was done; see which backups there are: owt db health")),
    }
}

/// Puts it in the database's place. For whoever holds the server's lock.
///
/// # Errors
/// `database`, `no_space`; the same call again finishes the work.
pub(crate) fn restore(places: &Places, backup: &DatabaseBackup) -> Result<DatabaseRestored, Problem> {
    let from =
        AbsPath::new(&backup.path).map_err(|error| Problem::new(ErrorCode::Usage, error.to_string()))?;
    let restored = owt_store::restore(&database(places), &from, SystemClock.now())
        .map_err(|error| explained(&error, places))?;
    Ok(DatabaseRestored {
        backup: database_backup(&restored.from),
        kept_aside: restored.kept_aside.map(|folder| folder.to_string()),
        dry_run: false,
    })
}

/// Why the database cannot be used, and what to do: for a damaged one the command that puts its newest sound backup
/// in its place.
pub(super) fn explained(error: &StoreError, places: &Places) -> Problem {
    let message = error.to_string();
    match error {
        StoreError::NoSpace => {
            Problem::new(ErrorCode::NoSpace, message).hint("free some space and try again")
        }
        StoreError::ReadOnly { .. } => Problem::new(ErrorCode::HomeNotWritable, message)
            .hint("set OWT_HOME to a folder that you can write to"),
        StoreError::TooNew { .. } => Problem::new(ErrorCode::Database, message).hint("update owt"),
        StoreError::Busy { path } => Problem::new(ErrorCode::DatabaseLocked, message)
            .hint(format!("end the program that holds it and try again; find it with: fuser {path}")),
        StoreError::Corrupt { .. } => {
            Problem::new(ErrorCode::DatabaseDamaged, message).hint(way_back(places))
        }
        _ => Problem::new(ErrorCode::Database, message),
    }
}

/// The command that puts its newest sound backup in its place.
pub(crate) fn way_back(places: &Places) -> String {
    match owt_store::newest_sound_backup(&database(places)) {
        Ok(Some(backup)) => format!(
            "nothing was changed; its newest sound backup is of {}, and puts itself in its place with: \
             owt db restore {}",
            database_backup(&backup).taken_at,
            backup.path
        ),
        Ok(None) => format!(
            "nothing was changed, and it has no sound backup; from a copy of your own: owt db restore FILE; to begin \
             anew, move what is there aside: mv {0} {0}.old",
            places.data
        ),
        Err(error) => format!("nothing was changed; its backups cannot be looked at: {error}"),
    }
}
