//! The queue: leases, fencing, order, clocks that jump.

use std::time::Duration;

use owt_ports::Lease;
use owt_ports::NewJob;
use owt_ports::Settlement;
use owt_ports::StoreError;

use super::Store;
use super::fixture::TTL;
use super::fixture::at;
use super::fixture::attempt;
use super::fixture::job_id;
use super::fixture::new_job;
use super::fixture::runner;

fn claim(store: &dyn Store, who: &str, seconds: i64) -> Option<Lease> {
    store.claim(&runner(who), attempt(1), at(seconds), TTL).unwrap()
}

fn claimed(store: &dyn Store, who: &str, seconds: i64) -> Lease {
    claim(store, who, seconds).expect("a job is due")
}

fn enqueue(store: &dyn Store, numbers: &[u128]) {
    for &number in numbers {
        store.enqueue(&new_job(number)).unwrap();
    }
}

fn lost(number: u128) -> StoreError {
    StoreError::LeaseLost(job_id(number))
}

pub(super) fn an_empty_queue_gives_nothing(store: &dyn Store) {
    assert_eq!(claim(store, "a", 0), None);
    assert_eq!(store.held(&runner("a")), Ok(vec![]));
}

pub(super) fn a_job_is_claimed_with_a_lease(store: &dyn Store) {
    enqueue(store, &[1]);
    let lease = store.claim(&runner("a"), attempt(5), at(3), TTL).unwrap();
    assert_eq!(lease, Some(Lease { job: job_id(1), token: 1, attempt: attempt(5), until: at(13) }));
}

pub(super) fn a_known_job_is_not_queued_twice(store: &dyn Store) {
    enqueue(store, &[1, 2]);
    store.enqueue(&NewJob { priority: -9, not_before: at(1000), ..new_job(1) }).unwrap();
    assert_eq!(claimed(store, "a", 0).job, job_id(1), "the first word on it holds");
    enqueue(store, &[1]);
    assert_eq!(claimed(store, "a", 0).job, job_id(2));
    assert_eq!(claim(store, "a", 0), None);
}

pub(super) fn a_live_lease_is_exclusive(store: &dyn Store) {
    enqueue(store, &[1]);
    claimed(store, "a", 0);
    assert_eq!((claim(store, "b", 9), claim(store, "a", 9)), (None, None));
}

pub(super) fn a_renewed_lease_outlives_its_first_end(store: &dyn Store) {
    enqueue(store, &[1]);
    let lease = claimed(store, "a", 0);
    assert_eq!(store.renew(&lease, at(8), TTL), Ok(Lease { until: at(18), ..lease }));
    assert_eq!(claim(store, "b", 17), None);
    assert_eq!(claimed(store, "b", 18).token, 2);
}

pub(super) fn an_expired_lease_is_taken_over(store: &dyn Store) {
    enqueue(store, &[1]);
    let first = claimed(store, "a", 0);
    let second = store.claim(&runner("b"), attempt(2), at(10), TTL).unwrap().unwrap();
    assert_eq!((second.job, second.token, second.attempt), (first.job, 2, attempt(2)));
    assert_eq!(claim(store, "c", 19), None);
}

pub(super) fn a_zombie_changes_nothing(store: &dyn Store) {
    enqueue(store, &[1]);
    let zombie = claimed(store, "a", 0);
    let second = claimed(store, "b", 10);
    assert_eq!(store.renew(&zombie, at(11), TTL), Err(lost(1)));
    assert_eq!(store.settle(&zombie, Settlement::Finished), Err(lost(1)));
    assert_eq!(store.settle(&zombie, Settlement::Retry(at(0))), Err(lost(1)));
    assert_eq!(store.held(&runner("b")), Ok(vec![second.clone()]));
    assert_eq!(store.settle(&second, Settlement::Finished), Ok(()));
    assert_eq!(store.settle(&zombie, Settlement::Finished), Err(lost(1)));
    let unknown = Lease { job: job_id(7), ..second };
    assert_eq!(store.renew(&unknown, at(11), TTL), Err(lost(7)));
    assert_eq!(store.settle(&unknown, Settlement::Finished), Err(lost(7)));
}

pub(super) fn an_expired_lease_nobody_took_is_good(store: &dyn Store) {
    enqueue(store, &[1, 2]);
    let (one, two) = (claimed(store, "a", 0), claimed(store, "a", 0));
    assert_eq!(store.renew(&one, at(500), TTL), Ok(Lease { until: at(510), ..one }));
    assert_eq!(store.settle(&two, Settlement::Finished), Ok(()));
    assert_eq!(claim(store, "b", 509), None);
}

pub(super) fn a_finished_job_never_comes_back(store: &dyn Store) {
    enqueue(store, &[1]);
    let lease = claimed(store, "a", 0);
    store.settle(&lease, Settlement::Finished).unwrap();
    enqueue(store, &[1]);
    assert_eq!(claim(store, "a", 1000), None);
    assert_eq!(store.renew(&lease, at(1), TTL), Err(lost(1)));
    assert_eq!((store.held(&runner("a")), store.withdraw(job_id(1))), (Ok(vec![]), Ok(false)));
}

pub(super) fn a_job_that_is_taken_up_again_is_claimed_once_more(store: &dyn Store) {
    enqueue(store, &[1, 2]);
    let (one, two) = (claimed(store, "a", 0), claimed(store, "a", 0));
    store.settle(&one, Settlement::Finished).unwrap();
    // Of the second nobody has given the lease back yet; that comes too late then, and changes nothing.
    store.reopen(&new_job(2), two.token).unwrap();
    store.reopen(&new_job(1), one.token).unwrap();
    assert_eq!(store.settle(&two, Settlement::Finished), Err(lost(2)));
    let again = claimed(store, "a", 0);
    assert_eq!((again.job, again.token), (job_id(2), two.token + 1), "behind what was queued before");
    assert_eq!(claimed(store, "a", 0).job, job_id(1));
    for token in [one.token, 0, 9] {
        store.reopen(&new_job(1), token).unwrap();
        store.reopen(&new_job(7), token).unwrap();
    }
    assert_eq!(claim(store, "a", 0), None, "neither one that is claimed anew nor an unknown one");
}

pub(super) fn a_job_that_goes_on_later_is_due_then_and_can_be_called_off_and_taken_up(store: &dyn Store) {
    assert_eq!(store.next_due(), Ok(None));
    enqueue(store, &[1, 2]);
    let (one, two) = (claimed(store, "a", 0), claimed(store, "a", 0));
    assert_eq!(store.next_due(), Ok(None), "what is claimed does not wait");
    let later = |job, millis| NewJob { not_before: at(millis), ..new_job(job) };
    store.reopen(&later(1, 500), one.token).unwrap();
    store.reopen(&later(2, 300), two.token).unwrap();
    assert_eq!(store.next_due(), Ok(Some(at(300))));
    assert_eq!(claim(store, "a", 299), None);
    // Called off, and then wanted all the same.
    assert_eq!(store.withdraw(job_id(2)), Ok(true));
    assert_eq!((store.next_due(), claim(store, "a", 400)), (Ok(Some(at(500))), None));
    store.reopen(&later(2, 400), two.token).unwrap();
    let second = claimed(store, "a", 400);
    assert_eq!(second.job, job_id(2));
    store.settle(&second, Settlement::Finished).unwrap();
    // Somebody cannot wait; an order of before comes once more and puts nothing off.
    store.reopen(&later(1, 450), one.token).unwrap();
    store.reopen(&later(1, 500), one.token).unwrap();
    assert_eq!(store.next_due(), Ok(Some(at(450))));
    let again = claimed(store, "a", 450);
    assert_eq!((again.job, again.token), (job_id(1), one.token + 1));
}

pub(super) fn a_repeated_settlement_changes_nothing(store: &dyn Store) {
    enqueue(store, &[1, 2]);
    let (one, two) = (claimed(store, "a", 0), claimed(store, "a", 0));
    for _ in 0..2 {
        assert_eq!(store.settle(&one, Settlement::Finished), Ok(()));
        assert_eq!(store.settle(&two, Settlement::Retry(at(50))), Ok(()));
    }
    assert_eq!(store.settle(&one, Settlement::Retry(at(0))), Err(lost(1)));
    assert_eq!(store.settle(&two, Settlement::Finished), Err(lost(2)));
    assert_eq!(claimed(store, "b", 50).job, job_id(2));
    assert_eq!(store.settle(&two, Settlement::Retry(at(50))), Err(lost(2)), "somebody else has it now");
}

pub(super) fn a_retry_waits_for_its_time(store: &dyn Store) {
    store.enqueue(&NewJob { not_before: at(5), ..new_job(1) }).unwrap();
    assert_eq!(claim(store, "a", 4), None);
    let lease = claimed(store, "a", 5);
    store.settle(&lease, Settlement::Retry(at(30))).unwrap();
    assert_eq!((claim(store, "a", 29), store.held(&runner("a"))), (None, Ok(vec![])));
    let again = claimed(store, "a", 30);
    assert_eq!((again.job, again.token), (job_id(1), 2));
    assert_eq!(store.renew(&lease, at(31), TTL), Err(lost(1)), "the same runner's older lease is no better");
}

pub(super) fn higher_priority_then_first_come(store: &dyn Store) {
    for (number, priority) in [(1, 0), (9, 5), (3, 0), (2, 5), (8, -1), (4, i32::MAX)] {
        store.enqueue(&NewJob { priority, ..new_job(number) }).unwrap();
    }
    let first = claimed(store, "a", 0);
    assert_eq!(first.job, job_id(4));
    store.settle(&first, Settlement::Retry(at(7))).unwrap();
    let order: Vec<u128> = (0..5).map(|_| claimed(store, "a", 5).job.bits()).collect();
    assert_eq!(order, [9, 2, 1, 3, 8]);
    assert_eq!(claimed(store, "a", 7).job, job_id(4));
}

pub(super) fn only_a_waiting_job_is_withdrawn(store: &dyn Store) {
    enqueue(store, &[1, 2]);
    let lease = claimed(store, "a", 0);
    assert_eq!(store.withdraw(job_id(1)), Ok(false), "it is claimed");
    assert_eq!(store.withdraw(job_id(7)), Ok(false), "it is unknown");
    assert_eq!((store.withdraw(job_id(2)), store.withdraw(job_id(2))), (Ok(true), Ok(false)));
    assert_eq!(claim(store, "b", 0), None);
    store.settle(&lease, Settlement::Retry(at(5))).unwrap();
    assert_eq!(store.withdraw(job_id(1)), Ok(true), "it was given back");
    assert_eq!(claim(store, "b", 1000), None);
}

pub(super) fn a_withdrawn_job_may_come_again(store: &dyn Store) {
    enqueue(store, &[1, 2]);
    let lease = claimed(store, "a", 0);
    store.settle(&lease, Settlement::Retry(at(0))).unwrap();
    store.withdraw(job_id(1)).unwrap();
    enqueue(store, &[1]);
    assert_eq!(claimed(store, "a", 0).job, job_id(2), "it stands at the end of the line");
    let again = claimed(store, "a", 0);
    assert_eq!((again.job, again.token), (job_id(1), 2), "the token still grows");
    assert_eq!(store.settle(&lease, Settlement::Finished), Err(lost(1)));
}

pub(super) fn a_runner_finds_what_it_holds(store: &dyn Store) {
    enqueue(store, &[3, 1, 2]);
    let (three, one) = (claimed(store, "a", 0), claimed(store, "a", 0));
    let two = claimed(store, "b", 0);
    assert_eq!(store.held(&runner("a")), Ok(vec![one.clone(), three.clone()]), "by job, expired or not");
    assert_eq!(store.held(&runner("b")), Ok(vec![two]));
    let [found, _] = &store.held(&runner("a")).unwrap()[..] else { panic!("it holds two") };
    assert_eq!(
        store.renew(found, at(60), TTL),
        Ok(Lease { until: at(70), ..one.clone() }),
        "after a restart"
    );
    let taken = claimed(store, "b", 60);
    assert_eq!(taken.job, job_id(3));
    assert_eq!(store.held(&runner("a")), Ok(vec![Lease { until: at(70), ..one }]));
}

pub(super) fn a_clock_that_jumps_ahead_takes_no_work_away(store: &dyn Store) {
    enqueue(store, &[1]);
    let lease = claimed(store, "a", 0);
    let day_later = at(86_400);
    let renewed = store.renew(&lease, day_later, TTL).unwrap();
    assert_eq!(renewed.until, day_later.plus(TTL));
    assert_eq!(store.claim(&runner("b"), attempt(2), day_later, TTL), Ok(None));
}

pub(super) fn a_clock_that_jumps_back_is_put_right_by_a_renewal(store: &dyn Store) {
    store.enqueue(&NewJob { not_before: at(86_400), ..new_job(1) }).unwrap();
    let lease = claimed(store, "a", 86_400);
    assert_eq!(claim(store, "b", 5), None);
    assert_eq!(store.renew(&lease, at(5), TTL).map(|lease| lease.until), Ok(at(15)), "not a day ahead");
    assert_eq!(claim(store, "b", 14), None);
    let next = store.claim(&runner("b"), attempt(2), at(15), Duration::ZERO).unwrap().unwrap();
    assert_eq!((next.token, next.until), (2, at(15)));
}
