//! Writing the journal: events, row and outbox in one transaction that the caller holds.

use owt_core::EffectId;
use owt_ports::Append;
use owt_ports::Appended;
use owt_ports::Live;
use owt_ports::MAX_PAYLOAD_BYTES;
use owt_ports::NewEvent;
use owt_ports::Outbox;
use owt_ports::Row;
use owt_ports::Sequence;
use owt_ports::StoreError;
use owt_ports::StreamId;
use rusqlite::Connection;
use rusqlite::params;

use crate::failure::Trouble;

/// What can be refused without looking at the database.
pub(super) fn check(append: &Append) -> Result<(), StoreError> {
    if append.events.is_empty() {
        return Err(StoreError::Failed("an append without events".to_owned()));
    }
    check_length(append.row.state.len())?;
    append.events.iter().try_for_each(|event| check_length(event.payload.len()))
}

pub(super) fn check_length(size: usize) -> Result<(), StoreError> {
    match size {
        size if size > MAX_PAYLOAD_BYTES => Err(StoreError::TooLarge { size, limit: MAX_PAYLOAD_BYTES }),
        _ => Ok(()),
    }
}

pub(super) fn append(connection: &Connection, append: &Append) -> Result<Appended, Trouble> {
    if let Some(cause) = append.cause
        && has_worked(connection, &append.stream, cause)?
    {
        return Ok(Appended::Already);
    }
    expect(connection, &append.stream, append.expect)?;
    let mut sequence = 0;
    for (index, event) in append.events.iter().enumerate() {
        let cause = append.cause.filter(|_| index == 0);
        sequence = insert(connection, append, append.expect + 1 + index as u64, event, cause)?;
        fold_outbox(connection, &event.outbox, sequence)?;
    }
    put_row(connection, &append.stream, append.expect + append.events.len() as u64, &append.row)?;
    Ok(Appended::At(sequence))
}

pub(super) fn replace_row(
    connection: &Connection,
    stream: &StreamId,
    version: u64,
    row: &Row,
) -> Result<(), Trouble> {
    expect(connection, stream, version)?;
    Ok(put_row(connection, stream, version, row)?)
}

fn has_worked(connection: &Connection, stream: &StreamId, cause: EffectId) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM events WHERE kind = ?1 AND stream = ?2 AND cause = ?3")?
        .exists(params![stream.kind.as_str(), stream.id, cause.to_string()])
}

/// The events say which version a stream has; its row is only a projection.
pub(super) fn expect(connection: &Connection, stream: &StreamId, expected: u64) -> Result<(), Trouble> {
    let found: Option<u64> = connection
        .prepare_cached("SELECT max(version) FROM events WHERE kind = ?1 AND stream = ?2")?
        .query_row(params![stream.kind.as_str(), stream.id], |row| row.get(0))?;
    match found.unwrap_or(0) {
        found if found == expected => Ok(()),
        found => {
            let stream = format!("{}/{}", stream.kind.as_str(), stream.id);
            Err(StoreError::Conflict { stream, expected, found }.into())
        }
    }
}

fn insert(
    connection: &Connection,
    append: &Append,
    version: u64,
    event: &NewEvent,
    cause: Option<EffectId>,
) -> rusqlite::Result<Sequence> {
    let (effect, word) = match &event.outbox {
        Outbox::Nothing => (None, None),
        Outbox::Requested(effect) => (Some(effect.to_string()), Some("requested")),
        Outbox::Done(effect) => (Some(effect.to_string()), Some("done")),
    };
    connection
        .prepare_cached(
            "INSERT INTO events (kind, stream, version, at, name, payload, correlation, cause, effect, effect_word)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING sequence",
        )?
        .query_row(
            params![
                append.stream.kind.as_str(),
                append.stream.id,
                version,
                append.at.as_millis(),
                event.name,
                event.payload,
                append.correlation.to_string(),
                cause.map(|cause| cause.to_string()),
                effect,
                word,
            ],
            |row| row.get(0),
        )
}

fn fold_outbox(connection: &Connection, outbox: &Outbox, sequence: Sequence) -> rusqlite::Result<()> {
    match outbox {
        Outbox::Nothing => {}
        Outbox::Requested(effect) => {
            connection
                .prepare_cached("INSERT OR REPLACE INTO outbox (effect, sequence) VALUES (?1, ?2)")?
                .execute(params![effect.to_string(), sequence])?;
        }
        Outbox::Done(effect) => {
            connection
                .prepare_cached("DELETE FROM outbox WHERE effect = ?1")?
                .execute(params![effect.to_string()])?;
        }
    }
    Ok(())
}

/// Folds the outbox again: an effect is pending when the last event that names it requested it.
pub(super) fn rebuild_outbox(connection: &Connection) -> rusqlite::Result<usize> {
    connection.execute("DELETE FROM outbox", [])?;
    connection.execute(
        "INSERT INTO outbox (effect, sequence)
         SELECT effect, sequence FROM events AS asked
         WHERE effect_word = 'requested' AND NOT EXISTS (
             SELECT 1 FROM events AS later WHERE later.effect = asked.effect AND later.sequence > asked.sequence
         )",
        [],
    )
}

/// The row of a stream at a version; its times are those of the stream's first event and of that version.
fn put_row(connection: &Connection, stream: &StreamId, version: u64, row: &Row) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO rows (kind, stream, version, state, parent, live, created_at, updated_at)
             SELECT last.kind, last.stream, last.version, ?4, ?5, ?6, first.at, last.at
             FROM events AS first JOIN events AS last ON last.kind = first.kind AND last.stream = first.stream
             WHERE first.kind = ?1 AND first.stream = ?2 AND first.version = 1 AND last.version = ?3
             ON CONFLICT (kind, stream) DO UPDATE SET
                 version = excluded.version, state = excluded.state, parent = excluded.parent,
                 live = excluded.live, created_at = excluded.created_at, updated_at = excluded.updated_at",
        )?
        .execute(params![
            stream.kind.as_str(),
            stream.id,
            version,
            row.state,
            row.parent,
            row.live == Live::Yes,
        ])?;
    Ok(())
}
