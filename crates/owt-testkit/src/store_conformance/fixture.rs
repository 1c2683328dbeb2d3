//! Events, rows and points in time for the checks. Not part of what is demanded.

use std::time::Duration;

use owt_core::AttemptId;
use owt_core::EffectId;
use owt_core::JobId;
use owt_core::RequestId;
use owt_core::Timestamp;
use owt_ports::Append;
use owt_ports::Appended;
use owt_ports::EventStore;
use owt_ports::Live;
use owt_ports::NewEvent;
use owt_ports::NewJob;
use owt_ports::Outbox;
use owt_ports::Row;
use owt_ports::RowQuery;
use owt_ports::RunnerId;
use owt_ports::Sequence;
use owt_ports::StreamId;
use owt_ports::StreamKind;

/// How long a lease lasts in the checks.
pub(super) const TTL: Duration = Duration::from_secs(10);

/// A point in time, in seconds.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

pub(super) fn job_id(number: u128) -> JobId {
    JobId::from_bits(number)
}

pub(super) fn attempt(number: u128) -> AttemptId {
    AttemptId::from_bits(number)
}

pub(super) fn effect(number: u128) -> EffectId {
    EffectId::from_bits(number)
}

pub(super) fn runner(name: &str) -> RunnerId {
    RunnerId(name.to_owned())
}

/// A job of priority 0 that is due at once.
pub(super) fn new_job(number: u128) -> NewJob {
    NewJob { job: job_id(number), priority: 0, not_before: at(0) }
}

/// The stream of a job.
pub(super) fn stream(number: u128) -> StreamId {
    StreamId { kind: StreamKind::Job, id: job_id(number).to_string() }
}

pub(super) fn event(payload: &str) -> NewEvent {
    NewEvent { name: "happened".to_owned(), payload: payload.to_owned(), outbox: Outbox::Nothing }
}

pub(super) fn event_with(payload: &str, outbox: Outbox) -> NewEvent {
    NewEvent { outbox, ..event(payload) }
}

/// The row that the checks fold from a stream's payloads: the state is their list, the last one `end` ends it.
pub(super) fn folded<'a>(payloads: impl IntoIterator<Item = &'a str>) -> Row {
    let payloads: Vec<&str> = payloads.into_iter().collect();
    Row {
        state: format!("[{}]", payloads.join(",")),
        parent: payloads.first().copied().unwrap_or_default().to_owned(),
        live: if payloads.last() == Some(&"\"end\"") { Live::No } else { Live::Yes },
    }
}

/// An append of these payloads to a stream that is at `expect`; its row tells only of them.
pub(super) fn append_of(stream: StreamId, expect: u64, payloads: &[&str]) -> Append {
    Append {
        stream,
        expect,
        events: payloads.iter().map(|payload| event(payload)).collect(),
        row: folded(payloads.iter().copied()),
        at: at(100 + i64::try_from(expect).expect("a small version")),
        correlation: RequestId::from_bits(u128::from(expect) + 7),
        cause: None,
    }
}

/// Appends and returns the sequence of the last event.
pub(super) fn written(store: &(impl EventStore + ?Sized), append: &Append) -> Sequence {
    match store.append(append) {
        Ok(Appended::At(sequence)) => sequence,
        other => panic!("not written: {other:?}"),
    }
}

/// All rows of a kind.
pub(super) fn all(kind: StreamKind) -> RowQuery {
    RowQuery { kind, parent: None, live_only: false, after: None, limit: 1000 }
}
