//! Whole streams go for good, all that were named or none, and never one that somebody waits for.

use owt_ports::Outbox;
use owt_ports::PendingEffect;
use owt_ports::Recorded;
use owt_ports::Settlement;
use owt_ports::StoreError;
use owt_ports::StoredRow;
use owt_ports::StreamId;
use owt_ports::StreamKind;

use super::Store;
use super::fixture::TTL;
use super::fixture::all;
use super::fixture::append_of;
use super::fixture::at;
use super::fixture::attempt;
use super::fixture::effect;
use super::fixture::event_with;
use super::fixture::job_id;
use super::fixture::new_job;
use super::fixture::runner;
use super::fixture::stream;
use super::fixture::written;

/// Everything that can be seen of a store.
fn everything(store: &dyn Store) -> (Vec<Recorded>, Vec<StoredRow>, Vec<PendingEffect>) {
    let rows = StreamKind::ALL.iter().flat_map(|&kind| store.rows(&all(kind)).unwrap()).collect();
    (store.journal(0, 1000).unwrap(), rows, store.pending_effects(1000).unwrap())
}

fn with_outbox(store: &dyn Store, target: StreamId, expect: u64, outbox: Outbox) {
    let append = append_of(target, expect, &["1"]);
    written(store, &owt_ports::Append { events: vec![event_with("1", outbox)], ..append });
}

pub(super) fn what_is_purged_is_gone_and_the_rest_stays(store: &dyn Store) {
    written(store, &append_of(stream(1), 0, &["1", "2"]));
    written(store, &append_of(stream(2), 0, &["3"]));
    let other = StreamId { kind: StreamKind::Workspace, id: stream(1).id };
    written(store, &append_of(other.clone(), 0, &["4"]));
    with_outbox(store, stream(3), 0, Outbox::Requested(effect(3)));
    with_outbox(store, stream(1), 2, Outbox::Requested(effect(1)));
    with_outbox(store, stream(1), 3, Outbox::Done(effect(1)));
    let (journal, rows, pending) = everything(store);
    assert_eq!(store.purge(&[(stream(1), 4), (stream(9), 0)]), Ok(4));
    let left = (
        journal.into_iter().filter(|event| event.stream != stream(1)).collect(),
        rows.into_iter().filter(|row| row.stream != stream(1)).collect(),
        pending,
    );
    assert_eq!(everything(store), left);
    assert_eq!((store.load(&stream(1)), store.stream(&stream(1), 0, 9)), (Ok(None), Ok(vec![])));
    assert_eq!(store.streams(StreamKind::Job, None, 9), Ok(vec![stream(2), stream(3)]));
    assert_eq!(store.rebuild_outbox(), Ok(1));
    assert_eq!(everything(store), left);
}

pub(super) fn a_purge_goes_whole_or_not_at_all(store: &dyn Store) {
    written(store, &append_of(stream(1), 0, &["1"]));
    written(store, &append_of(stream(2), 0, &["1", "2"]));
    let before = everything(store);
    match store.purge(&[(stream(1), 1), (stream(2), 1)]) {
        Err(StoreError::Conflict { expected: 1, found: 2, .. }) => {}
        other => panic!("not refused: {other:?}"),
    }
    assert_eq!(everything(store), before);
}

pub(super) fn what_has_something_left_to_do_is_not_purged(store: &dyn Store) {
    with_outbox(store, stream(1), 0, Outbox::Requested(effect(1)));
    // Its end is told by another stream: without that the effect would be done again.
    with_outbox(store, stream(2), 0, Outbox::Requested(effect(2)));
    with_outbox(store, stream(3), 0, Outbox::Done(effect(2)));
    for number in [4, 5, 6, 7] {
        written(store, &append_of(stream(number), 0, &["1"]));
        store.enqueue(&new_job(number)).unwrap();
    }
    store.claim(&runner("a"), attempt(1), at(1), TTL).unwrap().unwrap();
    let finished = store.claim(&runner("b"), attempt(2), at(1), TTL).unwrap().unwrap();
    store.settle(&finished, Settlement::Finished).unwrap();
    assert_eq!(store.withdraw(job_id(6)), Ok(true));
    let before = everything(store);
    for number in [1, 2, 3, 4, 7] {
        match store.purge(&[(stream(5), 1), (stream(6), 1), (stream(number), 1)]) {
            Err(StoreError::StillNeeded(_)) => {}
            other => panic!("{number} was not refused: {other:?}"),
        }
    }
    assert_eq!(everything(store), before);
    assert_eq!(store.purge(&[(stream(5), 1), (stream(6), 1)]), Ok(2));
    assert_eq!(store.held(&runner("a")).unwrap().len(), 1);
    assert_eq!(store.claim(&runner("c"), attempt(3), at(1), TTL).unwrap().unwrap().job, job_id(7));
    // A job of that name is a new one.
    store.enqueue(&new_job(5)).unwrap();
    let anew = store.claim(&runner("c"), attempt(4), at(1), TTL).unwrap().unwrap();
    assert_eq!((anew.job, anew.token), (job_id(5), 1));
}

pub(super) fn a_number_is_not_given_again_after_a_purge(store: &dyn Store) {
    written(store, &append_of(stream(1), 0, &["1"]));
    let newest = written(store, &append_of(stream(2), 0, &["1", "2"]));
    assert_eq!(store.purge(&[(stream(2), 2)]), Ok(2));
    assert_eq!(store.head(), Ok(newest));
    assert_eq!(written(store, &append_of(stream(2), 0, &["1"])), newest + 1);
    assert_eq!(store.journal(newest, 9).unwrap().len(), 1);
}
