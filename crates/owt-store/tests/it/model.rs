//! The database against the store in memory: whatever is asked of both, both answer the same.

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::EffectId;
use owt_core::JobId;
use owt_core::RequestId;
use owt_core::Timestamp;
use owt_ports::Append;
use owt_ports::EventStore;
use owt_ports::Lease;
use owt_ports::Live;
use owt_ports::NewEvent;
use owt_ports::NewJob;
use owt_ports::Outbox;
use owt_ports::Row;
use owt_ports::RowQuery;
use owt_ports::RunnerId;
use owt_ports::Settlement;
use owt_ports::StreamId;
use owt_ports::StreamKind;
use owt_testkit::crash::CrashPlan;
use owt_testkit::store::MemoryStore;
use owt_testkit::store_conformance::Store;
use proptest::prelude::*;

use super::bench::Bench;
use super::bench::open;

/// One call, with everything that it needs.
#[derive(Debug, Clone)]
enum Call {
    Append(Append),
    ReplaceRow(StreamId, u64, Row),
    Purge(StreamId, u64),
    Rows(RowQuery),
    Journal(u64, usize),
    Enqueue(NewJob),
    Claim { runner: RunnerId, attempt: AttemptId, now: Timestamp, ttl: Duration },
    Renew(Lease, Timestamp),
    Settle(Lease, Settlement),
    Withdraw(JobId),
    Restart,
}

fn stream() -> impl Strategy<Value = StreamId> {
    (0..2usize, 0..4u8)
        .prop_map(|(kind, number)| StreamId { kind: StreamKind::ALL[kind], id: format!("s{number}") })
}

fn row() -> impl Strategy<Value = Row> {
    ("[a-c]{0,3}", 0..3u8, any::<bool>()).prop_map(|(state, parent, live)| Row {
        state,
        parent: format!("p{parent}"),
        live: if live { Live::Yes } else { Live::No },
    })
}

fn event() -> impl Strategy<Value = NewEvent> {
    let effect = (0..5u128).prop_map(EffectId::from_bits);
    let outbox = prop_oneof![
        Just(Outbox::Nothing),
        effect.clone().prop_map(Outbox::Requested),
        effect.prop_map(Outbox::Done)
    ];
    ("[a-z]{1,4}", "\\PC{0,8}", outbox).prop_map(|(name, payload, outbox)| NewEvent { name, payload, outbox })
}

fn append() -> impl Strategy<Value = Append> {
    let events = proptest::collection::vec(event(), 0..4);
    let cause = proptest::option::weighted(0.3, (0..4u128).prop_map(EffectId::from_bits));
    (stream(), 0..6u64, events, row(), 0..50i64, cause).prop_map(
        |(stream, expect, events, row, at, cause)| {
            let at = Timestamp::from_millis(at);
            Append { stream, expect, events, row, at, correlation: RequestId::from_bits(7), cause }
        },
    )
}

fn query() -> impl Strategy<Value = RowQuery> {
    let parent = proptest::option::of((0..3u8).prop_map(|number| format!("p{number}")));
    let after = proptest::option::of((0..4u8).prop_map(|number| format!("s{number}")));
    (0..2usize, parent, any::<bool>(), after, 0..5usize).prop_map(
        |(kind, parent, live_only, after, limit)| RowQuery {
            kind: StreamKind::ALL[kind],
            parent,
            live_only,
            after,
            limit,
        },
    )
}

fn job() -> impl Strategy<Value = JobId> {
    (0..4u128).prop_map(JobId::from_bits)
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0..40i64).prop_map(Timestamp::from_millis)
}

fn lease() -> impl Strategy<Value = Lease> {
    (job(), 1..4u64, 0..3u128, time()).prop_map(|(job, token, attempt, until)| Lease {
        job,
        token,
        attempt: AttemptId::from_bits(attempt),
        until,
    })
}

fn claim() -> impl Strategy<Value = Call> {
    (0..2u8, 0..3u128, time(), 0..20u64).prop_map(|(runner, attempt, now, ttl)| Call::Claim {
        runner: RunnerId(format!("r{runner}")),
        attempt: AttemptId::from_bits(attempt),
        now,
        ttl: Duration::from_millis(ttl),
    })
}

fn call() -> impl Strategy<Value = Call> {
    let settlement = prop_oneof![Just(Settlement::Finished), time().prop_map(Settlement::Retry)];
    let new_job = (job(), -2..3i32, time()).prop_map(|(job, priority, not_before)| NewJob {
        job,
        priority,
        not_before,
    });
    prop_oneof![
        12 => append().prop_map(Call::Append),
        2 => (stream(), 0..6u64, row()).prop_map(|(stream, version, row)| Call::ReplaceRow(stream, version, row)),
        2 => (stream(), 0..4u64).prop_map(|(stream, version)| Call::Purge(stream, version)),
        3 => query().prop_map(Call::Rows),
        2 => (0..20u64, 0..10usize).prop_map(|(after, limit)| Call::Journal(after, limit)),
        4 => new_job.prop_map(Call::Enqueue),
        6 => claim(),
        4 => (lease(), time()).prop_map(|(lease, now)| Call::Renew(lease, now)),
        4 => (lease(), settlement).prop_map(|(lease, settlement)| Call::Settle(lease, settlement)),
        2 => job().prop_map(Call::Withdraw),
        1 => Just(Call::Restart),
    ]
}

/// The answer to a call, and all that can be seen afterwards.
fn answer(store: &dyn Store, call: &Call) -> String {
    let ttl = Duration::from_millis(10);
    match call {
        Call::Append(append) => format!("{:?}", store.append(append)),
        Call::ReplaceRow(stream, version, row) => format!("{:?}", store.replace_row(stream, *version, row)),
        Call::Purge(stream, version) => format!("{:?}", store.purge(&[(stream.clone(), *version)])),
        Call::Rows(query) => format!("{:?}", store.rows(query)),
        Call::Journal(after, limit) => format!("{:?}", store.journal(*after, *limit)),
        Call::Enqueue(job) => format!("{:?}", store.enqueue(job)),
        Call::Claim { runner, attempt, now, ttl } => {
            format!("{:?}", store.claim(runner, *attempt, *now, *ttl))
        }
        Call::Renew(lease, now) => format!("{:?}", store.renew(lease, *now, ttl)),
        Call::Settle(lease, settlement) => format!("{:?}", store.settle(lease, *settlement)),
        Call::Withdraw(job) => format!("{:?}", store.withdraw(*job)),
        Call::Restart => String::new(),
    }
}

fn view(store: &dyn Store) -> String {
    let every = |kind| RowQuery { kind, parent: None, live_only: false, after: None, limit: 100 };
    let rows = StreamKind::ALL.map(|kind| (store.rows(&every(kind)), store.streams(kind, None, 100)));
    let held = ["r0", "r1"].map(|runner| store.held(&RunnerId(runner.to_owned())));
    format!(
        "{:?} {rows:?} {:?} {held:?} {:?}",
        store.head(),
        store.pending_effects(100),
        store.journal(0, 1000)
    )
}

fn run(calls: &[Call], path: &AbsPath) -> Result<(), TestCaseError> {
    let memory = MemoryStore::new(CrashPlan::never());
    let mut disk = open(path);
    for call in calls {
        prop_assert_eq!(answer(&disk, call), answer(&memory, call), "{:?}", call);
        prop_assert_eq!(view(&disk), view(&memory), "after {:?}", call);
        if matches!(call, Call::Restart) {
            drop(disk);
            disk = open(path);
        }
    }
    let before = view(&disk);
    prop_assert_eq!(disk.rebuild_outbox(), memory.rebuild_outbox());
    prop_assert_eq!((view(&disk), view(&memory)), (before.clone(), before));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_both_answer_the_same(calls in proptest::collection::vec(call(), 1..60)) {
        let bench = Bench::new();
        run(&calls, &bench.database())?;
    }
}
