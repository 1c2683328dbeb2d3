//! Copies of the database: how many are kept, and the way back from one when the file is cut, flipped or gone.

use std::fs;
use std::os::unix::fs::FileExt;
use std::os::unix::fs::PermissionsExt;

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_ports::EventStore;
use owt_ports::Integrity;
use owt_ports::StoreError;
use owt_ports::Upkeep;
use owt_store::KEPT_BACKUPS;
use owt_store::Settings;
use owt_store::SqliteStore;
use owt_store::backups;
use owt_store::examine;
use owt_store::newest_sound_backup;
use owt_store::restore;

use super::bench::Bench;
use super::bench::append_to;
use super::bench::fill;
use super::bench::open;
use super::bench::stream;
use super::bench::written;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn mode(path: &AbsPath) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// A database with a copy of its first hundred events and ten more after that, closed.
fn with_a_copy(bench: &Bench) -> AbsPath {
    let store = bench.store();
    fill(&store, "one", 0..100);
    let copy = store.back_up(at(7)).unwrap().path;
    fill(&store, "one", 100..110);
    copy
}

fn overwrite(path: &AbsPath, offset: u64, bytes: &[u8]) {
    fs::File::options().write(true).open(path).unwrap().write_all_at(bytes, offset).unwrap();
}

#[test]
fn the_newest_are_kept_and_one_from_before_a_migration_is_none_of_them() {
    let bench = Bench::new();
    let store = bench.store();
    written(&store, &append_to("one", 0, "1"));
    store.back_up(at(1)).unwrap();
    let schema = bench.folder().join("data/backups/schema-1.db");
    fs::copy(bench.folder().join("data/backups/owt-1.db"), &schema).unwrap();
    for millis in 2..=9 {
        store.back_up(at(millis)).unwrap();
    }
    let kept = store.backups().unwrap();
    let timed: Vec<i64> = kept.iter().map(|backup| backup.at.as_millis()).filter(|at| *at < 100).collect();
    assert_eq!((timed.len(), timed), (KEPT_BACKUPS, vec![9, 8, 7, 6, 5]));
    assert!(kept.iter().any(|backup| backup.path == schema));
    assert!(kept.iter().all(|backup| backup.size_bytes > 0));
    assert_eq!(mode(&kept[1].path), 0o600);
}

#[test]
fn a_damaged_file_is_examined_replaced_by_its_copy_and_kept() {
    for (name, damage) in [
        (
            "cut",
            (|path| fs::File::options().write(true).open(path).unwrap().set_len(5000).unwrap())
                as fn(&AbsPath),
        ),
        ("flipped", |path| overwrite(path, 4096, &[0xa5; 4096])),
        ("headless", |path| overwrite(path, 0, &[0; 100])),
    ] {
        let bench = Bench::new();
        let copy = with_a_copy(&bench);
        let path = bench.database();
        damage(&path);
        let broken = fs::read(&path).unwrap();
        assert!(matches!(examine(&path, &[]).unwrap().integrity, Integrity::Damaged(_)), "{name}");
        assert_eq!(newest_sound_backup(&path).unwrap().unwrap().path, copy, "{name}");
        let restored = restore(&path, &copy, at(50)).unwrap();
        let aside = restored.kept_aside.unwrap();
        assert!(fs::read(aside.join("owt.db")).unwrap() == broken, "{name}: the broken file was not kept");
        assert_eq!((mode(&aside), mode(&path)), (0o700, 0o600));
        let store = open(&path);
        assert_eq!(store.head().unwrap(), 100, "{name}");
        assert_eq!(written(&store, &append_to("one", 100, "1")), 101, "{name}");
    }
}

/// Writes something more and leaves it in the log, as a crash does; what is in the log.
fn leave_a_log(bench: &Bench) -> Vec<u8> {
    let log = bench.folder().join("data/owt.db-wal");
    let store = open(&bench.database());
    fill(&store, "one", 110..120);
    let left = fs::read(&log).unwrap();
    drop(store);
    fs::write(&log, &left).unwrap();
    left
}

#[test]
fn a_log_of_the_old_file_is_not_taken_for_the_copys() {
    let bench = Bench::new();
    let copy = with_a_copy(&bench);
    let path = bench.database();
    let left = leave_a_log(&bench);
    let aside = restore(&path, &copy, at(50)).unwrap().kept_aside.unwrap();
    assert!(fs::read(aside.join("owt.db-wal")).unwrap() == left);
    let store = open(&path);
    assert_eq!(store.head().unwrap(), 100);
    assert_eq!(store.health().unwrap().integrity, Integrity::Sound);
    assert_eq!(store.load(&stream("one")).unwrap().unwrap().version, 100);
}

#[test]
fn a_copy_that_is_no_good_is_passed_over_and_refused_before_anything_is_done() {
    let bench = Bench::new();
    let good = with_a_copy(&bench);
    let path = bench.database();
    let before = fs::read(&path).unwrap();
    let folder = bench.folder().join("data/backups");
    let bad = folder.join("owt-99.db");
    fs::copy(&good, &bad).unwrap();
    overwrite(&bad, 4096, &[0xa5; 4096]);
    fs::write(folder.join("owt-98.db"), "").unwrap();
    assert_eq!(backups(&path).unwrap().len(), 3);
    assert_eq!(newest_sound_backup(&path).unwrap().unwrap().path, good);
    for bad in [bad, folder.join("owt-98.db")] {
        assert!(matches!(restore(&path, &bad, at(50)), Err(StoreError::Corrupt { .. })), "{bad}");
    }
    assert!(fs::read(&path).unwrap() == before, "the file was changed");
    assert!(!bench.folder().join("data/replaced-50").as_path().exists());
}

#[test]
fn a_database_that_is_open_is_not_replaced() {
    let bench = Bench::new();
    let copy = with_a_copy(&bench);
    let path = bench.database();
    let store = open(&path);
    std::thread::scope(|scope| {
        let restoring = scope.spawn(|| restore(&path, &copy, at(50)));
        written(&store, &append_to("one", 110, "1"));
        assert_eq!(store.head().unwrap(), 111);
        assert!(
            !bench.folder().join("data/replaced-50").as_path().exists(),
            "it was taken from under a store"
        );
        drop(store);
        restoring.join().unwrap().unwrap();
    });
    assert_eq!(open(&path).head().unwrap(), 100);
}

#[test]
fn a_lost_file_comes_back_from_its_copy() {
    let bench = Bench::new();
    let copy = with_a_copy(&bench);
    let path = bench.database();
    fs::remove_file(&path).unwrap();
    assert_eq!(restore(&path, &copy, at(50)).unwrap().kept_aside, None);
    assert_eq!(open(&path).head().unwrap(), 100);
}

#[test]
fn no_copy_of_a_damaged_database_pushes_out_a_sound_one() {
    let bench = Bench::new();
    let good = with_a_copy(&bench);
    let path = bench.database();
    overwrite(&path, 4096, &[0xa5; 4096]);
    if let Ok(store) = SqliteStore::open(&path, &Settings::default()) {
        for millis in 20..30 {
            store.back_up(at(millis)).expect_err("damage was copied as if it were sound");
        }
    }
    assert_eq!(newest_sound_backup(&path).unwrap().unwrap().path, good);
    assert_eq!(backups(&path).unwrap().len(), 1);
}

#[test]
fn copies_of_an_empty_database_never_push_out_those_that_hold_something() {
    let bench = Bench::new();
    let good = with_a_copy(&bench);
    let path = bench.database();
    // As an earlier version left it: begun anew beside its backups.
    let blank = Bench::new();
    drop(blank.store());
    fs::copy(blank.database(), &path).unwrap();
    let store = open(&path);
    for millis in 20..30 {
        let made = store.back_up(at(millis)).unwrap();
        assert!(made.path.as_path().exists(), "the one that was made is not there");
    }
    let kept = backups(&path).unwrap();
    assert!(kept.len() <= KEPT_BACKUPS + 1, "{kept:?}");
    assert_eq!(newest_sound_backup(&path).unwrap().unwrap().path, good);
}

#[test]
fn a_look_makes_folds_and_removes_nothing() {
    for has_log in [false, true] {
        let bench = Bench::new();
        with_a_copy(&bench);
        let path = bench.database();
        if has_log {
            leave_a_log(&bench);
        }
        let files = || {
            let names = fs::read_dir(bench.folder().join("data")).unwrap().map(|entry| entry.unwrap().path());
            let mut files: Vec<_> = names
                .filter(|path| path.is_file() && !path.to_str().unwrap().ends_with("-shm"))
                .map(|path| (fs::read(&path).unwrap(), path))
                .collect();
            files.sort();
            files
        };
        let before = files();
        let store = SqliteStore::open_to_look(&path, &Settings::default()).unwrap();
        assert_eq!(store.head().unwrap(), if has_log { 120 } else { 110 });
        assert!(store.append(&append_to("two", 0, "1")).is_err(), "a look has written");
        drop(store);
        assert_eq!(examine(&path, &[]).unwrap().integrity, Integrity::Sound);
        assert!(files() == before, "a file was changed, made or removed");
    }
}

#[test]
fn a_file_without_its_head_keeps_its_log() {
    let bench = Bench::new();
    with_a_copy(&bench);
    let path = bench.database();
    let left = leave_a_log(&bench);
    let log = bench.folder().join("data/owt.db-wal");
    fs::write(&path, vec![0xa5; 40_960]).unwrap();
    // Of another file: nothing in it fits.
    fs::write(&log, &left[..left.len() / 2]).unwrap();
    let before = [fs::read(&path).unwrap(), fs::read(&log).unwrap()];
    assert_ne!(examine(&path, &[]).unwrap().integrity, Integrity::Sound);
    assert!(SqliteStore::open(&path, &Settings::default()).is_err());
    assert!([fs::read(&path).unwrap(), fs::read(&log).unwrap()] == before, "a damaged file was changed");
}
