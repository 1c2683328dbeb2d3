//! Reading the journal and its projections. Every list is asked with a limit and walks an index in its order.

use owt_ports::PendingEffect;
use owt_ports::Recorded;
use owt_ports::RowQuery;
use owt_ports::Sequence;
use owt_ports::StoredRow;
use owt_ports::StreamId;
use owt_ports::StreamKind;
use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::params;

use super::columns;
use super::columns::at_most;

pub(super) fn head(connection: &Connection) -> rusqlite::Result<Sequence> {
    // The newest event may have been purged; this is the number that is not given again.
    let newest: Option<Sequence> = connection
        .prepare_cached("SELECT max(seq) FROM sqlite_sequence WHERE name = 'events'")?
        .query_row([], |row| row.get(0))?;
    Ok(newest.unwrap_or(0))
}

pub(super) fn load(connection: &Connection, stream: &StreamId) -> rusqlite::Result<Option<StoredRow>> {
    let sql = format!("SELECT {} FROM rows WHERE kind = ?1 AND stream = ?2", columns::ROW);
    connection
        .prepare_cached(&sql)?
        .query_row(params![stream.kind.as_str(), stream.id], columns::row)
        .optional()
}

/// In one transaction: its beginning and end cost more than a row.
pub(super) fn load_all(connection: &Connection, streams: &[StreamId]) -> rusqlite::Result<Vec<StoredRow>> {
    let transaction = connection.unchecked_transaction()?;
    let found = streams.iter().filter_map(|stream| load(&transaction, stream).transpose()).collect();
    transaction.finish()?;
    found
}

pub(super) fn rows(connection: &Connection, query: &RowQuery) -> rusqlite::Result<Vec<StoredRow>> {
    // A statement for each shape of question, so that each walks its own index.
    let sql = format!(
        "SELECT {} FROM rows WHERE kind = ?1 AND stream > ?2 AND {} {} ORDER BY stream LIMIT ?4",
        columns::ROW,
        if query.parent.is_some() { "parent = ?3" } else { "?3 IS NULL" },
        if query.live_only { "AND live = 1" } else { "" },
    );
    let after = query.after.as_deref().unwrap_or("");
    connection
        .prepare_cached(&sql)?
        .query_map(params![query.kind.as_str(), after, query.parent, at_most(query.limit)], columns::row)?
        .collect()
}

pub(super) fn stream(
    connection: &Connection,
    stream: &StreamId,
    after: u64,
    limit: usize,
) -> rusqlite::Result<Vec<Recorded>> {
    let sql = format!(
        "SELECT {} FROM events WHERE kind = ?1 AND stream = ?2 AND version > ?3 ORDER BY version LIMIT ?4",
        columns::EVENT
    );
    connection
        .prepare_cached(&sql)?
        .query_map(params![stream.kind.as_str(), stream.id, after, at_most(limit)], columns::event)?
        .collect()
}

/// One writer commits in the order of the sequence, so that whoever reads on from what he has seen misses nothing.
pub(super) fn journal(
    connection: &Connection,
    after: Sequence,
    limit: usize,
) -> rusqlite::Result<Vec<Recorded>> {
    let sql = format!("SELECT {} FROM events WHERE sequence > ?1 ORDER BY sequence LIMIT ?2", columns::EVENT);
    connection.prepare_cached(&sql)?.query_map(params![after, at_most(limit)], columns::event)?.collect()
}

pub(super) fn pending_effects(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<PendingEffect>> {
    connection
        .prepare_cached(
            "SELECT outbox.effect, kind, stream, payload, correlation
             FROM outbox JOIN events USING (sequence) ORDER BY outbox.sequence LIMIT ?1",
        )?
        .query_map([at_most(limit)], |row| {
            Ok(PendingEffect {
                id: columns::id(row, 0)?,
                stream: columns::stream_id(row, 1)?,
                payload: row.get(3)?,
                correlation: columns::id(row, 4)?,
            })
        })?
        .collect()
}

pub(super) fn streams(
    connection: &Connection,
    kind: StreamKind,
    after: Option<&str>,
    limit: usize,
) -> rusqlite::Result<Vec<StreamId>> {
    connection
        .prepare_cached(
            "SELECT kind, stream FROM events WHERE kind = ?1 AND stream > ?2 AND version = 1
             ORDER BY stream LIMIT ?3",
        )?
        .query_map(params![kind.as_str(), after.unwrap_or(""), at_most(limit)], |row| {
            columns::stream_id(row, 0)
        })?
        .collect()
}
