//! Files that are not what they should be: said, and left as they are.

use std::fs;
use std::os::unix::fs::FileExt;
use std::os::unix::fs::PermissionsExt;

use owt_core::AbsPath;
use owt_ports::EventStore;
use owt_ports::Integrity;
use owt_ports::StoreError;
use owt_store::Settings;
use owt_store::SqliteStore;
use rusqlite::Connection;

use super::bench::Bench;
use super::bench::append_to;
use super::bench::open;
use super::bench::stream;
use super::bench::written;

fn refusal(path: &AbsPath) -> StoreError {
    SqliteStore::open(path, &Settings::default()).expect_err("it must not open")
}

fn assert_corrupt_and_untouched(path: &AbsPath) {
    let before = fs::read(path).ok();
    let error = refusal(path);
    assert!(matches!(&error, StoreError::Corrupt { path: named, .. } if named == path), "{error:?}");
    assert!(fs::read(path).ok() == before, "the file was changed");
}

/// A database with some hundred events in it, closed.
fn filled(bench: &Bench) -> AbsPath {
    let store = bench.store();
    for at in 0..300 {
        written(&store, &append_to("one", at, &format!("\"{}\"", "x".repeat(200))));
    }
    bench.database()
}

#[test]
fn garbage_is_left_as_it_is() {
    let bench = Bench::new();
    let path = bench.folder().join("owt.db");
    fs::write(&path, "this is no database\n".repeat(100)).unwrap();
    assert_corrupt_and_untouched(&path);
}

#[test]
fn another_programs_database_is_left_as_it_is() {
    let bench = Bench::new();
    let path = bench.folder().join("owt.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE songs (name TEXT)").unwrap();
    assert_corrupt_and_untouched(&path);
}

#[test]
fn a_log_whose_database_is_gone_is_left_as_it_is() {
    let bench = Bench::new();
    let path = bench.folder().join("owt.db");
    let log = bench.folder().join("owt.db-wal");
    fs::write(&log, "the only copy").unwrap();
    assert_corrupt_and_untouched(&path);
    assert!(!path.as_path().exists(), "a new database was made over it");
    fs::write(&path, "").unwrap();
    assert_corrupt_and_untouched(&path);
    assert_eq!(fs::read_to_string(&log).unwrap(), "the only copy");
}

#[test]
fn a_newer_schema_is_refused_and_left_as_it_is() {
    let bench = Bench::new();
    let path = filled(&bench);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(&path).unwrap();
    assert_eq!(refusal(&path), StoreError::TooNew { found: 99, known: owt_store::SCHEMA_VERSION });
    assert!(fs::read(&path).unwrap() == before, "the file was changed");
}

#[test]
fn a_folder_in_the_files_place_is_refused() {
    let bench = Bench::new();
    let path = bench.folder().join("owt.db");
    fs::create_dir(&path).unwrap();
    assert!(refusal(&path).to_string().contains(path.as_str()));
}

#[test]
fn a_file_in_the_folders_place_is_refused() {
    let bench = Bench::new();
    fs::write(bench.folder().join("data"), "").unwrap();
    let error = refusal(&bench.database());
    assert!(error.to_string().contains(bench.database().as_str()), "{error}");
}

#[test]
fn damaged_pages_are_found_and_never_read_as_nothing() {
    let bench = Bench::new();
    let path = filled(&bench);
    let length = fs::metadata(&path).unwrap().len();
    let file = fs::File::options().write(true).open(&path).unwrap();
    for offset in (4096..length).step_by(4096) {
        file.write_all_at(&[0xa5; 4096], offset).unwrap();
    }
    let error = match SqliteStore::open(&path, &Settings::default()) {
        Err(error) => error,
        Ok(store) => {
            assert!(matches!(store.health().unwrap().integrity, Integrity::Damaged(_)));
            store.load(&stream("one")).expect_err("the damage was read as an answer")
        }
    };
    assert!(matches!(&error, StoreError::Corrupt { path: named, .. } if *named == path), "{error:?}");
}

#[test]
fn a_column_that_holds_no_id_is_damage() {
    let bench = Bench::new();
    let path = filled(&bench);
    Connection::open(&path).unwrap().execute("UPDATE events SET correlation = 'req_?'", []).unwrap();
    let read = open(&path).journal(0, 1);
    assert!(
        matches!(&read, Err(StoreError::Corrupt { message, .. }) if message.contains("req_?")),
        "{read:?}"
    );
}

#[test]
fn files_are_private_whatever_they_were() {
    let bench = Bench::new();
    let mode = |path: &AbsPath| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let path = bench.database();
    let store = bench.store();
    written(&store, &append_to("one", 0, "1"));
    assert_eq!(mode(&bench.folder().join("data")), 0o700);
    for name in ["data/owt.db", "data/owt.db-wal", "data/owt.db-shm"] {
        assert_eq!(mode(&bench.folder().join(name)), 0o600, "{name}");
    }
    drop(store);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    drop(open(&path));
    assert_eq!(mode(&path), 0o600);
}
