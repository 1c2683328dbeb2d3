//! The schema, by numbered steps that are never edited once released. It must not know what the tables mean.

use owt_ports::StoreError;
use rusqlite::Connection;
use rusqlite::TransactionBehavior;

use crate::failure::Place;
use crate::failure::Trouble;
use crate::sqlite::copy_to;

/// Step N leads from schema N-1 to schema N; the first makes an empty database ours.
pub(crate) const MIGRATIONS: &[&str] = &[include_str!("../migrations/0001_journal.sql")];

/// The newest schema that this program knows.
pub const SCHEMA_VERSION: u32 = number(MIGRATIONS.len());

/// Written into the header of every file of ours: "owt1".
const APPLICATION_ID: u32 = 0x6f77_7431;

#[expect(clippy::cast_possible_truncation, reason = "a list in this file, far below u32")]
const fn number(count: usize) -> u32 {
    count as u32
}

/// Whose file this is.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Empty,
    Ours(u32),
    Foreign,
}

/// Refuses what is not ours or is too new, before anything is changed in it.
pub(crate) fn check(connection: &Connection, migrations: &[&str], place: &Place) -> Result<(), StoreError> {
    let known = number(migrations.len());
    match examine(connection).map_err(|error| place.explain(error))? {
        Found::Foreign => Err(place.corrupt("it is a database of another program")),
        Found::Ours(found) if found > known => Err(StoreError::TooNew { found, known }),
        Found::Ours(_) | Found::Empty => Ok(()),
    }
}

/// Whether nothing was ever written into it.
pub(crate) fn is_blank(connection: &Connection) -> rusqlite::Result<bool> {
    examine(connection).map(|found| found == Found::Empty)
}

/// Refuses what cannot be read as it is, for whoever may not change it.
pub(crate) fn check_to_look(connection: &Connection, place: &Place) -> Result<(), StoreError> {
    check(connection, MIGRATIONS, place)?;
    match examine(connection).map_err(|error| place.explain(error))? {
        Found::Ours(SCHEMA_VERSION) => Ok(()),
        _ => Err(StoreError::Failed(format!(
            "{}: a server has to bring it to this version first (owt server start)",
            place.path
        ))),
    }
}

/// Brings a database to the newest schema. What was there is copied to the folder `backups` beside it first; a step
/// that fails leaves the schema it started from.
pub(crate) fn migrate(
    connection: &mut Connection,
    migrations: &[&str],
    place: &Place,
) -> Result<(), StoreError> {
    check(connection, migrations, place)?;
    let known = number(migrations.len());
    if let Found::Ours(found) = examine(connection).map_err(|error| place.explain(error))?
        && found < known
    {
        tracing::info!(from = found, to = known, "migrating the database");
        let backup = place.folder.join("backups").join(&format!("schema-{found}.db"));
        copy_to(connection, place, &backup)?;
    }
    climb(connection, migrations).map_err(|trouble| place.explain(trouble))
}

fn examine(connection: &Connection) -> rusqlite::Result<Found> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
    let objects: u64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (pragma("application_id")?, pragma("user_version")?, objects) {
        (APPLICATION_ID, version, _) if version > 0 => Ok(Found::Ours(version)),
        (0, 0, 0) => Ok(Found::Empty),
        _ => Ok(Found::Foreign),
    }
}

/// Each step in a transaction of its own, which asks again where it stands: another process may have been quicker.
fn climb(connection: &mut Connection, migrations: &[&str]) -> Result<(), Trouble> {
    let start: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for (step, sql) in (1u32..).zip(migrations).skip_while(|(step, _)| *step <= start) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let at: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if at < step {
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "user_version", step)?;
            transaction.commit()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
