//! When a copy is made, on a clock that stands still until it is told to go on.

use std::sync::Mutex;

use owt_core::AbsPath;
use owt_core::RequestId;
use owt_ports::Append;
use owt_ports::Backup;
use owt_ports::Health;
use owt_ports::Live;
use owt_ports::NewEvent;
use owt_ports::Outbox;
use owt_ports::Row;
use owt_ports::StreamId;
use owt_ports::StreamKind;
use owt_testkit::clock::VirtualClock;
use owt_testkit::crash::CrashPlan;
use owt_testkit::store::MemoryStore;

use super::*;

/// Remembers when it was asked for a copy.
#[derive(Default)]
struct Copies {
    made: Mutex<Vec<Backup>>,
    full: Mutex<bool>,
}

impl Upkeep for Copies {
    fn health(&self) -> Result<Health, StoreError> {
        unreachable!("nobody asks")
    }

    fn backups(&self) -> Result<Vec<Backup>, StoreError> {
        Ok(self.made.lock().unwrap().clone())
    }

    fn back_up(&self, at: Timestamp) -> Result<Backup, StoreError> {
        if *self.full.lock().unwrap() {
            return Err(StoreError::NoSpace);
        }
        let backup = Backup { path: AbsPath::new("/data/backups/one.db").unwrap(), at, size_bytes: 1 };
        self.made.lock().unwrap().push(backup.clone());
        Ok(backup)
    }

    fn vacuum(&self) -> Result<(), StoreError> {
        unreachable!("nobody asks")
    }
}

struct Bench {
    store: Arc<MemoryStore>,
    copies: Arc<Copies>,
    clock: VirtualClock,
    keeper: Keeper,
}

fn bench() -> Bench {
    let store = Arc::new(MemoryStore::new(CrashPlan::never()));
    let copies = Arc::new(Copies::default());
    let clock = VirtualClock::at(Timestamp::from_millis(1_000_000_000));
    let keeper =
        Keeper { store: store.clone(), upkeep: copies.clone(), clock: Arc::new(clock.clone()), copied: None };
    Bench { store, copies, clock, keeper }
}

impl Bench {
    fn work(&self, stream: &str) {
        let append = Append {
            stream: StreamId { kind: StreamKind::Job, id: stream.to_owned() },
            expect: 0,
            events: vec![NewEvent {
                name: "happened".to_owned(),
                payload: "1".to_owned(),
                outbox: Outbox::Nothing,
            }],
            row: Row { state: "1".to_owned(), parent: "p".to_owned(), live: Live::Yes },
            at: self.clock.now(),
            correlation: RequestId::from_bits(1),
            cause: None,
        };
        self.store.append(&append).unwrap();
    }

    fn copies(&self) -> usize {
        self.copies.made.lock().unwrap().len()
    }
}

#[test]
fn an_empty_database_is_not_copied() {
    let mut bench = bench();
    assert_eq!((bench.keeper.round(), bench.copies()), (Ok(EVERY), 0));
}

#[test]
fn each_half_hour_with_work_in_it_is_copied_once_and_a_quiet_one_is_not() {
    let mut bench = bench();
    bench.work("one");
    assert_eq!((bench.keeper.round(), bench.copies()), (Ok(EVERY), 1));
    bench.work("two");
    bench.clock.advance(Duration::from_secs(600));
    assert_eq!((bench.keeper.round(), bench.copies()), (Ok(EVERY - Duration::from_secs(600)), 1));
    bench.clock.advance(Duration::from_secs(1200));
    assert_eq!((bench.keeper.round(), bench.copies()), (Ok(EVERY), 2));
    bench.clock.advance(EVERY);
    assert_eq!((bench.keeper.round(), bench.copies()), (Ok(EVERY), 2), "nothing happened since");
}

#[test]
fn what_a_former_server_did_is_copied_once_its_newest_copy_is_old() {
    let mut bench = bench();
    bench.work("one");
    bench.copies.back_up(bench.clock.now()).unwrap();
    bench.clock.advance(EVERY);
    assert_eq!((bench.keeper.round(), bench.copies()), (Ok(EVERY), 2));
}

#[test]
fn a_copy_that_failed_is_made_the_next_time() {
    let mut bench = bench();
    bench.work("one");
    *bench.copies.full.lock().unwrap() = true;
    assert_eq!(bench.keeper.round(), Err(StoreError::NoSpace));
    *bench.copies.full.lock().unwrap() = false;
    assert_eq!((bench.keeper.round(), bench.copies()), (Ok(EVERY), 1));
}
