//! Several at once: threads on one store, and two runners whose moves interleave.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use owt_ports::Append;
use owt_ports::Appended;
use owt_ports::Settlement;
use owt_ports::StoreError;

use super::Store;
use super::fixture::TTL;
use super::fixture::append_of;
use super::fixture::at;
use super::fixture::attempt;
use super::fixture::effect;
use super::fixture::job_id;
use super::fixture::new_job;
use super::fixture::runner;
use super::fixture::stream;
use super::fixture::written;

const RIVALS: u32 = 4;
const ROUNDS: u64 = 25;

/// What every rival gets from doing the same at the same time.
fn race<T: Send>(act: impl Fn(u32) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(RIVALS as usize);
    thread::scope(|scope| {
        let rivals: Vec<_> = (0..RIVALS)
            .map(|rival| {
                let (start, act) = (&start, &act);
                scope.spawn(move || {
                    start.wait();
                    act(rival)
                })
            })
            .collect();
        rivals.into_iter().map(|rival| rival.join().expect("a rival panicked")).collect()
    })
}

pub(super) fn two_appenders_and_one_wins(store: &dyn Store) {
    for expect in 0..ROUNDS {
        let outcomes = race(|rival| store.append(&append_of(stream(1), expect, &[&rival.to_string()])));
        let won = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Appended::At(_)))).count();
        let refused = outcomes.iter().filter(
            |outcome| matches!(outcome, Err(StoreError::Conflict { found, .. }) if *found == expect + 1),
        );
        assert_eq!((won, refused.count()), (1, RIVALS as usize - 1), "{outcomes:?}");
    }
    assert_eq!(store.stream(&stream(1), 0, 1000).unwrap().len() as u64, ROUNDS);
}

pub(super) fn one_cause_from_two_sides_works_once(store: &dyn Store) {
    for expect in 0..ROUNDS {
        let cause = Some(effect(u128::from(expect)));
        let outcomes = race(|_| store.append(&Append { cause, ..append_of(stream(1), expect, &["1"]) }));
        let already = outcomes.iter().filter(|outcome| **outcome == Ok(Appended::Already)).count();
        assert_eq!(already, RIVALS as usize - 1, "{outcomes:?}");
    }
    assert_eq!(store.stream(&stream(1), 0, 1000).unwrap().len() as u64, ROUNDS);
}

pub(super) fn a_reader_never_sees_a_gap(store: &dyn Store) {
    let total = u64::from(RIVALS) * ROUNDS * 2;
    let abandoned = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = Vec::new();
            while (seen.len() as u64) < total && !abandoned.load(Ordering::SeqCst) {
                let after = seen.last().copied().unwrap_or(0);
                store.wait(after, Duration::from_millis(200)).unwrap();
                seen.extend(store.journal(after, 7).unwrap().into_iter().map(|event| event.sequence));
            }
            seen
        });
        let writers = race(|rival| {
            (0..ROUNDS).try_for_each(|round| {
                store.append(&append_of(stream(rival.into()), round * 2, &["1", "2"])).map(drop)
            })
        });
        abandoned.store(writers.iter().any(Result::is_err), Ordering::SeqCst);
        assert_eq!(writers, vec![Ok(()); RIVALS as usize]);
        assert_eq!(reader.join().unwrap(), (1..=total).collect::<Vec<_>>());
    });
}

pub(super) fn waiting_ends_when_another_appends(store: &dyn Store) {
    thread::scope(|scope| {
        let waiting = scope.spawn(|| store.wait(0, Duration::from_secs(60)));
        written(store, &append_of(stream(1), 0, &["1"]));
        assert_eq!(waiting.join().unwrap(), Ok(1));
    });
}

pub(super) fn every_job_is_claimed_by_one(store: &dyn Store) {
    let jobs = 40;
    (0..jobs).for_each(|number| store.enqueue(&new_job(number)).unwrap());
    let claims = race(|rival| {
        let who = runner(&rival.to_string());
        std::iter::from_fn(|| store.claim(&who, attempt(rival.into()), at(0), TTL).unwrap())
            .map(|lease| {
                store.settle(&lease, Settlement::Finished).unwrap();
                lease.job
            })
            .collect::<Vec<_>>()
    });
    let claims: Vec<_> = claims.into_iter().flatten().collect();
    let different: BTreeSet<_> = claims.iter().copied().collect();
    assert_eq!((claims.len(), different), (jobs as usize, (0..jobs).map(job_id).collect()));
}

/// A claims, sleeps, and wants to write `Claimed` after B has taken over and written its own.
pub(super) fn a_late_claim_is_refused_by_its_stream(store: &dyn Store) {
    written(store, &append_of(stream(1), 0, &["\"created\""]));
    store.enqueue(&new_job(1)).unwrap();
    let slow = store.claim(&runner("a"), attempt(1), at(0), TTL).unwrap().unwrap();
    let seen_by_slow = store.load(&stream(1)).unwrap().unwrap().version;
    let quick = store.claim(&runner("b"), attempt(2), at(10), TTL).unwrap().unwrap();
    written(store, &append_of(stream(1), 1, &["\"claimed by b\""]));
    let late = store.append(&append_of(stream(1), seen_by_slow, &["\"claimed by a\""]));
    assert!(matches!(late, Err(StoreError::Conflict { found: 2, .. })), "{late:?}");
    assert_eq!(store.settle(&slow, Settlement::Retry(at(0))), Err(StoreError::LeaseLost(job_id(1))));
    assert_eq!(store.held(&runner("b")), Ok(vec![quick]));
}

/// A writes `Finished` and dies; whoever claims next reads that and settles without running anything.
pub(super) fn a_crash_between_finish_and_settle_is_made_good(store: &dyn Store) {
    store.enqueue(&new_job(1)).unwrap();
    let dead = store.claim(&runner("a"), attempt(1), at(0), TTL).unwrap().unwrap();
    written(store, &append_of(stream(1), 0, &["\"finished\""]));
    let next = store.claim(&runner("b"), attempt(2), at(10), TTL).unwrap().unwrap();
    let second = store.append(&append_of(stream(1), 0, &["\"finished\""]));
    assert!(matches!(second, Err(StoreError::Conflict { .. })), "one finish is effective: {second:?}");
    assert_eq!(store.settle(&next, Settlement::Finished), Ok(()));
    assert_eq!(store.settle(&dead, Settlement::Finished), Err(StoreError::LeaseLost(job_id(1))));
    assert_eq!(store.claim(&runner("c"), attempt(3), at(1000), TTL), Ok(None));
}
