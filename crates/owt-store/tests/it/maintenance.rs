//! Looking after the file: health, backup, vacuum, rebuild of what was lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use owt_ports::EventStore;
use owt_ports::Health;
use owt_ports::Integrity;
use owt_store::SCHEMA_VERSION;
use rusqlite::Connection;

use super::bench::Bench;
use super::bench::append_to;
use super::bench::fill;
use super::bench::open;
use super::bench::stream;
use super::bench::written;

#[test]
fn health_counts_what_is_there() {
    let bench = Bench::new();
    let store = bench.store();
    for name in ["one", "two", "three"] {
        written(&store, &append_to(name, 0, "1"));
        written(&store, &append_to(name, 1, "2"));
    }
    let Health { schema_version, size_bytes, wal_bytes, streams, events, integrity } =
        store.health().unwrap();
    assert_eq!((schema_version, streams, events), (SCHEMA_VERSION, 3, 6));
    assert_eq!(integrity, Integrity::Sound);
    assert!(size_bytes > 0 && wal_bytes > 0, "{size_bytes} {wal_bytes}");
}

#[test]
fn a_backup_is_a_whole_database_while_others_write() {
    let bench = Bench::new();
    let store = bench.store();
    written(&store, &append_to("one", 0, "1"));
    let target = bench.folder().join("backups/copy.db");
    store.backup_to(&target).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| fill(&store, "one", 1..200));
        (0..5).for_each(|_| store.backup_to(&target).unwrap());
    });
    store.backup_to(&target).unwrap();
    assert_eq!(fs::read_dir(bench.folder().join("backups")).unwrap().count(), 1);
    let copy = open(&target);
    assert_eq!(copy.journal(0, 1000), store.journal(0, 1000));
    assert_eq!(copy.load(&stream("one")), store.load(&stream("one")));
    assert_eq!(copy.health().unwrap().integrity, Integrity::Sound);
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn vacuum_gives_space_back_and_loses_nothing() {
    let bench = Bench::new();
    let store = bench.store();
    for at in 0..50 {
        // Rows that shrink leave holes.
        let mut append = append_to("one", at, "1");
        append.row.state = "x".repeat(if at == 49 { 1 } else { 1_000_000 });
        written(&store, &append);
    }
    let before = (store.journal(0, 1000), store.load(&stream("one")));
    let large = store.health().unwrap();
    store.vacuum().unwrap();
    let small = store.health().unwrap();
    assert!(small.size_bytes < 200_000 && small.wal_bytes == 0, "{large:?} {small:?}");
    assert_eq!((store.journal(0, 1000), store.load(&stream("one"))), before);
    assert_eq!(written(&store, &append_to("one", 50, "1")), 51, "numbers go on");
}

#[test]
fn a_number_is_never_given_twice() {
    let bench = Bench::new();
    written(&bench.store(), &append_to("one", 0, "1"));
    let purged = Connection::open(bench.database()).unwrap();
    purged.execute_batch("DELETE FROM outbox; DELETE FROM events; DELETE FROM rows").unwrap();
    assert_eq!(written(&bench.store(), &append_to("two", 0, "1")), 2);
}

#[test]
fn lost_rows_and_outbox_are_put_back_from_the_events() {
    let bench = Bench::new();
    let store = bench.store();
    for at in 0..3 {
        written(&store, &append_to("one", at, &at.to_string()));
    }
    let before = (store.load(&stream("one")), store.pending_effects(10));
    Connection::open(bench.database())
        .unwrap()
        .execute_batch("DELETE FROM rows; DELETE FROM outbox")
        .unwrap();
    assert_eq!((store.load(&stream("one")), store.pending_effects(10)), (Ok(None), Ok(vec![])));
    let row = before.0.as_ref().unwrap().as_ref().unwrap().row.clone();
    for lost in store.streams(stream("one").kind, None, 10).unwrap() {
        store.replace_row(&lost, 3, &row).unwrap();
    }
    assert_eq!(store.rebuild_outbox(), Ok(3));
    assert_eq!((store.load(&stream("one")), store.pending_effects(10)), before);
}
