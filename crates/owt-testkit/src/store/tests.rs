//! The fake keeps the contract, and what dies around it loses nothing that was written.

use std::time::Duration;

use owt_core::AttemptId;
use owt_core::EffectId;
use owt_core::JobId;
use owt_core::RequestId;
use owt_ports::NewEvent;

use super::*;
use crate::clock::START;
use crate::store_conformance::assert_conforms;

#[test]
fn it_conforms() {
    assert_conforms(|| MemoryStore::new(CrashPlan::never()));
}

fn job() -> JobId {
    JobId::from_bits(1)
}

fn step(expect: u64, name: &str, outbox: Outbox, cause: Option<EffectId>) -> Append {
    Append {
        stream: StreamId { kind: StreamKind::Job, id: job().to_string() },
        expect,
        events: vec![NewEvent { name: name.to_owned(), payload: "{}".to_owned(), outbox }],
        row: Row { state: name.to_owned(), parent: String::new(), live: Live::Yes },
        at: START,
        correlation: RequestId::from_bits(1),
        cause,
    }
}

/// A small process: it asks for an effect, does it (enqueue, claim, settle), and records that it is done.
fn live(store: &MemoryStore) -> Result<(), StoreError> {
    let effect = EffectId::from_bits(1);
    let runner = RunnerId("r".to_owned());
    match store.append(&step(0, "requested", Outbox::Requested(effect), None)) {
        Ok(_) | Err(StoreError::Conflict { .. }) => {}
        Err(error) => return Err(error),
    }
    for pending in store.pending_effects(10)? {
        store.enqueue(&NewJob { job: job(), priority: 0, not_before: START })?;
        let claimed = store.claim(&runner, AttemptId::from_bits(1), START, Duration::from_secs(9))?;
        for lease in claimed.into_iter().chain(store.held(&runner)?) {
            store.settle(&lease, Settlement::Finished)?;
        }
        store.append(&step(1, "done", Outbox::Done(pending.id), Some(pending.id)))?;
    }
    Ok(())
}

fn outcome(store: &MemoryStore) -> (Vec<Recorded>, Vec<PendingEffect>, Vec<StoredRow>) {
    let query = RowQuery { kind: StreamKind::Job, parent: None, live_only: false, after: None, limit: 10 };
    let journal = store.journal(0, 10).unwrap();
    (journal, store.pending_effects(10).unwrap(), store.rows(&query).unwrap())
}

#[test]
fn a_process_that_dies_at_any_point_ends_up_where_an_undisturbed_one_does() {
    let calm = MemoryStore::new(CrashPlan::never());
    live(&calm).unwrap();
    let points = calm.crash.reached();
    let expected = outcome(&calm);
    assert!(points >= 12, "{points} points are too few for this life");
    for point in 1..=points {
        let plan = CrashPlan::at(point);
        let store = MemoryStore::new(plan.clone());
        assert_eq!(live(&store), Err(StoreError::Crashed), "point {point} was not reached");
        plan.revive();
        live(&store).unwrap_or_else(|error| panic!("after point {point}: {error}"));
        assert_eq!(outcome(&store), expected, "died at {:?}", plan.last());
    }
}

#[test]
fn a_full_disk_takes_no_write_and_loses_no_row() {
    let store = MemoryStore::new(CrashPlan::never());
    store.append(&step(0, "first", Outbox::Nothing, None)).unwrap();
    let before = outcome(&store);
    store.fill_disk();
    let full = store.append(&step(1, "second", Outbox::Requested(EffectId::from_bits(2)), None));
    assert_eq!(full, Err(StoreError::NoSpace));
    assert_eq!(outcome(&store), before);
    store.free_disk();
    assert_eq!(store.append(&step(1, "second", Outbox::Nothing, None)), Ok(Appended::At(2)));
}
