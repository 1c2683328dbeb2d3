//! From columns to domain values. What does not parse means a damaged file, and is reported as that.

use std::error::Error;
use std::str::FromStr;

use owt_core::Timestamp;
use owt_ports::Live;
use owt_ports::Recorded;
use owt_ports::Row;
use owt_ports::StoredRow;
use owt_ports::StreamId;
use owt_ports::StreamKind;
use rusqlite::types::Type;

/// The columns of an event, in the order that [`event`] reads them.
pub(super) const EVENT: &str = "sequence, kind, stream, version, at, name, payload, correlation";

/// The columns of a row, in the order that [`row`] reads them.
pub(super) const ROW: &str = "kind, stream, version, state, parent, live, created_at, updated_at";

#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no kind of stream")]
struct UnknownKind(String);

fn damaged(column: usize, error: impl Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

/// A typed id, kept as its text.
pub(super) fn id<T: FromStr>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T::Err: Error + Send + Sync + 'static,
{
    row.get_ref(column)?.as_str()?.parse().map_err(|error| damaged(column, error))
}

pub(super) fn timestamp(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

/// A stream, from the column of its kind and the one after it.
pub(super) fn stream_id(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<StreamId> {
    let word = row.get_ref(column)?.as_str()?;
    let kind = StreamKind::ALL.into_iter().find(|kind| kind.as_str() == word);
    let kind = kind.ok_or_else(|| damaged(column, UnknownKind(word.to_owned())))?;
    Ok(StreamId { kind, id: row.get(column + 1)? })
}

pub(super) fn event(row: &rusqlite::Row<'_>) -> rusqlite::Result<Recorded> {
    Ok(Recorded {
        sequence: row.get(0)?,
        stream: stream_id(row, 1)?,
        version: row.get(3)?,
        at: timestamp(row, 4)?,
        name: row.get(5)?,
        payload: row.get(6)?,
        correlation: id(row, 7)?,
    })
}

pub(super) fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredRow> {
    Ok(StoredRow {
        stream: stream_id(row, 0)?,
        version: row.get(2)?,
        row: Row {
            state: row.get(3)?,
            parent: row.get(4)?,
            live: if row.get(5)? { Live::Yes } else { Live::No },
        },
        created_at: timestamp(row, 6)?,
        updated_at: timestamp(row, 7)?,
    })
}

/// A list's limit as SQLite counts; more than it can count is no limit.
pub(super) fn at_most(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
