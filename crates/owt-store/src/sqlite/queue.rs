//! The queue of jobs. Only claiming looks at a clock, and it is the caller's; who holds a job is decided by the
//! fencing token alone, so that a clock that jumps takes no work away.

use std::time::Duration;

use owt_core::AttemptId;
use owt_core::JobId;
use owt_core::Timestamp;
use owt_ports::Lease;
use owt_ports::NewJob;
use owt_ports::RunnerId;
use owt_ports::Settlement;
use owt_ports::StoreError;
use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::params;

use super::columns;
use crate::failure::Trouble;

pub(super) fn enqueue(connection: &Connection, job: &NewJob) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO queue (job, state, priority, not_before, position)
             SELECT ?1, 'waiting', ?2, ?3, coalesce(max(position), 0) + 1 FROM queue WHERE true
             ON CONFLICT (job) DO UPDATE SET
                 state = excluded.state, priority = excluded.priority,
                 not_before = excluded.not_before, position = excluded.position
             WHERE state = 'withdrawn'",
        )?
        .execute(params![job.job.to_string(), job.priority, job.not_before.as_millis()])?;
    Ok(())
}

pub(super) fn reopen(connection: &Connection, job: &NewJob, token: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE queue SET
                 state = 'waiting', priority = ?2,
                 not_before = CASE state WHEN 'waiting' THEN min(not_before, ?3) ELSE ?3 END,
                 position = (SELECT max(position) + 1 FROM queue), runner = NULL, attempt = NULL, until = NULL
             WHERE job = ?1 AND token = ?4 AND state IN ('claimed', 'finished', 'waiting', 'withdrawn')",
        )?
        .execute(params![job.job.to_string(), job.priority, job.not_before.as_millis(), token])?;
    Ok(())
}

pub(super) fn claim(
    connection: &Connection,
    runner: &RunnerId,
    attempt: AttemptId,
    now: Timestamp,
    ttl: Duration,
) -> rusqlite::Result<Option<Lease>> {
    let until = now.plus(ttl);
    connection
        .prepare_cached(
            "UPDATE queue SET state = 'claimed', token = token + 1, runner = ?1, attempt = ?2, until = ?3
             WHERE job = (
                 SELECT job FROM queue
                 WHERE state IN ('waiting', 'claimed')
                     AND CASE state WHEN 'waiting' THEN not_before ELSE until END <= ?4
                 ORDER BY priority DESC, position LIMIT 1
             )
             RETURNING job, token",
        )?
        .query_row(params![runner.0, attempt.to_string(), until.as_millis(), now.as_millis()], |row| {
            Ok(Lease { job: columns::id(row, 0)?, token: row.get(1)?, attempt, until })
        })
        .optional()
}

pub(super) fn renew(connection: &Connection, lease: &Lease, until: Timestamp) -> Result<Lease, Trouble> {
    let attempt = connection
        .prepare_cached(
            "UPDATE queue SET until = ?3 WHERE job = ?1 AND token = ?2 AND state = 'claimed' RETURNING attempt",
        )?
        .query_row(params![lease.job.to_string(), lease.token, until.as_millis()], |row| columns::id(row, 0))
        .optional()?;
    match attempt {
        Some(attempt) => Ok(Lease { attempt, until, ..lease.clone() }),
        None => Err(StoreError::LeaseLost(lease.job).into()),
    }
}

pub(super) fn settle(connection: &Connection, lease: &Lease, settlement: Settlement) -> Result<(), Trouble> {
    let state: Option<String> = connection
        .prepare_cached("SELECT state FROM queue WHERE job = ?1 AND token = ?2")?
        .query_row(params![lease.job.to_string(), lease.token], |row| row.get(0))
        .optional()?;
    match (state.as_deref(), settlement) {
        (Some("claimed"), Settlement::Finished) => Ok(give_back(connection, lease.job, "finished", None)?),
        (Some("claimed"), Settlement::Retry(not_before)) => {
            Ok(give_back(connection, lease.job, "waiting", Some(not_before))?)
        }
        (Some("finished"), Settlement::Finished) | (Some("waiting" | "withdrawn"), Settlement::Retry(_)) => {
            Ok(())
        }
        _ => Err(StoreError::LeaseLost(lease.job).into()),
    }
}

fn give_back(
    connection: &Connection,
    job: JobId,
    state: &str,
    not_before: Option<Timestamp>,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE queue SET state = ?2, not_before = coalesce(?3, not_before),
                 runner = NULL, attempt = NULL, until = NULL
             WHERE job = ?1",
        )?
        .execute(params![job.to_string(), state, not_before.map(Timestamp::as_millis)])?;
    Ok(())
}

pub(super) fn withdraw(connection: &Connection, job: JobId) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached("UPDATE queue SET state = 'withdrawn' WHERE job = ?1 AND state = 'waiting'")?
        .execute([job.to_string()])?;
    Ok(changed == 1)
}

pub(super) fn next_due(connection: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    connection
        .prepare_cached("SELECT not_before FROM queue WHERE state = 'waiting' ORDER BY not_before LIMIT 1")?
        .query_row([], |row| columns::timestamp(row, 0))
        .optional()
}

pub(super) fn held(connection: &Connection, runner: &RunnerId) -> rusqlite::Result<Vec<Lease>> {
    connection
        .prepare_cached("SELECT job, token, attempt, until FROM queue WHERE runner = ?1 ORDER BY job")?
        .query_map([&runner.0], |row| {
            Ok(Lease {
                job: columns::id(row, 0)?,
                token: row.get(1)?,
                attempt: columns::id(row, 2)?,
                until: columns::timestamp(row, 3)?,
            })
        })?
        .collect()
}
