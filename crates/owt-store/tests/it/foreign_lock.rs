//! Another process that holds the database's lock.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::time::Duration;
use std::time::Instant;

use owt_ports::EventStore;
use owt_ports::StoreError;
use owt_store::Holder;
use owt_store::Settings;
use owt_store::SqliteStore;
use owt_store::lock_holder;
use rusqlite::Connection;

use super::bench::Bench;
use super::bench::append_to;
use super::bench::fill;
use super::bench::stream;
use super::bench::written;
use super::rerun;

#[test]
fn a_lock_that_stays_is_named_and_reading_goes_on() {
    let bench = Bench::new();
    let path = bench.database();
    let settings = Settings { lock_patience: Duration::from_millis(50), ..Settings::default() };
    let store = SqliteStore::open(&path, &settings).unwrap();
    written(&store, &append_to("one", 0, "1"));
    let foreign = Connection::open(&path).unwrap();
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = store.append(&append_to("one", 1, "2"));
    assert_eq!(refused, Err(StoreError::Busy { path: path.clone() }));
    assert!(refused.unwrap_err().to_string().contains(path.as_str()));
    assert_eq!(store.load(&stream("one")).unwrap().unwrap().version, 1);
    foreign.execute_batch("ROLLBACK").unwrap();
    assert_eq!(written(&store, &append_to("one", 1, "2")), 2);
}

#[test]
fn a_lock_that_goes_is_waited_for() {
    let bench = Bench::new();
    let store = bench.store();
    let foreign = Connection::open(bench.database()).unwrap();
    foreign.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let started = Instant::now();
        let waiting = scope.spawn(|| written(&store, &append_to("one", 0, "1")));
        foreign.execute_batch("SELECT count(*) FROM events; COMMIT").unwrap();
        assert_eq!(waiting.join().unwrap(), 1);
        assert!(started.elapsed() < Duration::from_secs(5));
    });
}

#[test]
fn two_stores_on_one_file_lose_nothing() {
    let bench = Bench::new();
    let stores = [bench.store(), bench.store()];
    std::thread::scope(|scope| {
        for (store, name) in stores.iter().zip(["one", "two"]) {
            scope.spawn(move || fill(store, name, 0..200));
        }
    });
    let seen = stores.each_ref().map(|store| store.journal(0, 1000).unwrap());
    assert_eq!(seen[0].len(), 400);
    assert_eq!(seen[0], seen[1]);
}

/// The child: takes the lock of a writer and keeps it until it is killed.
#[test]
#[ignore = "the process that who_holds_the_lock_is_found_without_touching_anything looks for"]
fn holds_the_lock() {
    let Some(path) = rerun::path_from_parent() else { return };
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
    writeln!(std::io::stdout(), "\nheld").unwrap();
    loop {
        std::thread::park();
    }
}

#[test]
fn who_holds_the_lock_is_found_without_touching_anything() {
    let bench = Bench::new();
    let path = bench.database();
    drop(bench.store());
    let holder = || lock_holder(&path, Duration::from_millis(50)).unwrap();
    assert_eq!(holder(), None);
    let mut child = rerun::start("foreign_lock::holds_the_lock", &path);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "held"));
    let before = std::fs::read(&path).unwrap();
    assert_eq!(holder(), Some(Holder { pid: Some(child.id()) }));
    assert!(std::fs::read(&path).unwrap() == before);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(holder(), None);
    drop(bench.store());
}
