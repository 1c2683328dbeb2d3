//! Removing whole streams for good, in one transaction that the caller holds.

use owt_ports::StoreError;
use owt_ports::StreamId;
use owt_ports::StreamKind;
use rusqlite::Connection;
use rusqlite::params;

use super::append::expect;
use crate::failure::Trouble;

pub(super) fn purge(connection: &Connection, streams: &[(StreamId, u64)]) -> Result<u64, Trouble> {
    for (stream, version) in streams {
        expect(connection, stream, *version)?;
        if is_needed(connection, stream)? {
            let name = format!("{}/{}", stream.kind.as_str(), stream.id);
            return Err(StoreError::StillNeeded(name).into());
        }
    }
    let mut events = 0;
    for (stream, _) in streams {
        events += remove(connection, stream)? as u64;
    }
    Ok(events)
}

/// Whether something is still to be done for it, or would be done again once its events are gone: the last event that
/// names an effect says whether it is pending.
fn is_needed(connection: &Connection, stream: &StreamId) -> rusqlite::Result<bool> {
    let of_stream = params![stream.kind.as_str(), stream.id];
    let pending = connection
        .prepare_cached(
            "SELECT 1 FROM events JOIN outbox USING (sequence) WHERE events.kind = ?1 AND events.stream = ?2",
        )?
        .exists(of_stream)?;
    let shared = connection
        .prepare_cached(
            "SELECT 1 FROM events AS own JOIN events AS other ON other.effect = own.effect
             WHERE own.kind = ?1 AND own.stream = ?2 AND own.effect IS NOT NULL
               AND (other.kind, other.stream) <> (?1, ?2)",
        )?
        .exists(of_stream)?;
    let queued = stream.kind == StreamKind::Job
        && connection
            .prepare_cached("SELECT 1 FROM queue WHERE job = ?1 AND state IN ('waiting', 'claimed')")?
            .exists([&stream.id])?;
    Ok(pending || shared || queued)
}

fn remove(connection: &Connection, stream: &StreamId) -> rusqlite::Result<usize> {
    let of_stream = params![stream.kind.as_str(), stream.id];
    if stream.kind == StreamKind::Job {
        connection.prepare_cached("DELETE FROM queue WHERE job = ?1")?.execute([&stream.id])?;
    }
    connection.prepare_cached("DELETE FROM rows WHERE kind = ?1 AND stream = ?2")?.execute(of_stream)?;
    connection.prepare_cached("DELETE FROM events WHERE kind = ?1 AND stream = ?2")?.execute(of_stream)
}
