//! A disk that is full, and one that is read-only, for real: a small file system mounted for the test.

use owt_core::AbsPath;
use owt_ports::EventStore;
use owt_ports::FileError;
use owt_ports::Integrity;
use owt_ports::PrivateFiles;
use owt_ports::StoreError;
use owt_store::DiskFiles;
use owt_store::Settings;
use owt_store::SqliteStore;

use super::bench::Bench;
use super::bench::append_to;
use super::bench::open;
use super::bench::stream;
use super::bench::written;
use super::rerun;

#[test]
fn a_full_or_read_only_disk_is_said_and_survived() {
    let bench = Bench::new();
    match rerun::start_with_mounts("full_disk::on_a_small_disk", &bench.folder()) {
        Ok(child) => {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && said.contains("1 passed"), "{said}");
            assert!(said.contains("the small disk was tried"), "{said}");
        }
        Err(reason) => println!("not tried: {reason}"),
    }
}

/// The child, in a namespace of its own.
#[test]
#[ignore = "the process of a_full_or_read_only_disk_is_said_and_survived, which may mount"]
fn on_a_small_disk() {
    let Some(folder) = rerun::path_from_parent() else { return };
    rerun::mount_small(&folder, "512k");
    the_store_on_a_full_disk(&folder);
    files_on_a_full_disk(&folder);
    both_on_a_read_only_disk(&folder);
    println!("the small disk was tried");
}

fn filler(folder: &AbsPath) -> AbsPath {
    folder.join("filler")
}

/// Fills what is left, to the last byte.
fn fill(folder: &AbsPath) {
    let mut bytes = 1 << 20;
    let mut grown = std::fs::File::options().create(true).append(true).open(filler(folder)).unwrap();
    while bytes > 0 {
        match std::io::Write::write(&mut grown, &vec![0; bytes]) {
            Ok(written) if written > 0 => {}
            _ => bytes /= 2,
        }
    }
}

fn make_room(folder: &AbsPath) {
    std::fs::remove_file(filler(folder)).unwrap();
}

fn the_store_on_a_full_disk(folder: &AbsPath) {
    let path = folder.join("owt.db");
    let store = open(&path);
    written(&store, &append_to("one", 0, "\"first\""));
    fill(folder);
    let before = (store.journal(0, 10), store.load(&stream("one")), store.pending_effects(10));
    let large = format!("\"{}\"", "x".repeat(100_000));
    assert_eq!(store.append(&append_to("one", 1, &large)), Err(StoreError::NoSpace));
    assert_eq!((store.journal(0, 10), store.load(&stream("one")), store.pending_effects(10)), before);
    assert_eq!(store.backup_to(&folder.join("backup.db")), Err(StoreError::NoSpace));
    assert_eq!(
        std::fs::read_dir(folder)
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name().to_string_lossy().contains("backup") })
            .count(),
        0,
        "half a backup is left"
    );
    make_room(folder);
    written(&store, &append_to("one", 1, "\"second\""));
    assert_eq!(store.health().unwrap().integrity, Integrity::Sound);
    drop(store);
    fill(folder);
    assert_eq!(open_error(&folder.join("another.db")), StoreError::NoSpace);
    make_room(folder);
    assert_eq!(open(&path).head(), Ok(2));
    assert_eq!(open(&folder.join("another.db")).head(), Ok(0), "a start that failed can be made again");
}

fn files_on_a_full_disk(folder: &AbsPath) {
    let (files, path) = (DiskFiles::new(), folder.join("jobs/prompt"));
    files.write(&path, b"old").unwrap();
    fill(folder);
    assert_eq!(files.write(&path, &[b'x'; 100_000]), Err(FileError::NoSpace { path: path.clone() }));
    assert_eq!(files.read(&path), Ok(Some(b"old".to_vec())));
    assert_eq!(std::fs::read_dir(folder.join("jobs")).unwrap().count(), 1, "half a file is left");
    assert!(files.free_bytes(&path).unwrap() < 4096);
    make_room(folder);
    files.write(&path, b"new").unwrap();
}

fn both_on_a_read_only_disk(folder: &AbsPath) {
    rerun::remount_read_only(folder);
    let error = open_error(&folder.join("owt.db"));
    assert!(matches!(&error, StoreError::ReadOnly { folder: named, .. } if named == folder), "{error:?}");
    assert!(error.to_string().contains(folder.as_str()), "{error}");
    let refused = DiskFiles::new().write(&folder.join("jobs/prompt"), b"x");
    assert!(matches!(refused, Err(FileError::Io { .. })), "{refused:?}");
}

fn open_error(path: &AbsPath) -> StoreError {
    SqliteStore::open(path, &Settings::default()).expect_err("it must not open")
}
