//! Private files on a real disk: the contract, and what only a real disk has.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;

use owt_core::AbsPath;
use owt_ports::FileError;
use owt_ports::PrivateFiles;
use owt_store::DiskFiles;
use owt_testkit::files_conformance::assert_conforms;
use rustix::fs::CWD;
use rustix::fs::FileType;
use rustix::fs::Mode;

use super::bench::Bench;

fn mode(path: &AbsPath) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

fn refused<T: std::fmt::Debug>(answer: &Result<T, FileError>, why: &str) {
    assert!(matches!(answer, Err(FileError::Io { message, .. }) if message.contains(why)), "{answer:?}");
}

#[test]
fn it_conforms() {
    assert_conforms(&DiskFiles::new(), &Bench::new().folder().join("home"));
}

#[test]
fn files_and_new_folders_are_private() {
    let (bench, files) = (Bench::new(), DiskFiles::new());
    let path = bench.folder().join("jobs/one/prompt");
    files.write(&path, b"x").unwrap();
    assert_eq!(
        [&path, &path.parent().unwrap(), &bench.folder().join("jobs")].map(mode),
        [0o600, 0o700, 0o700]
    );
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    files.write(&path, b"y").unwrap();
    assert_eq!(mode(&path), 0o600, "a file that was open to others is closed by the next write");
}

#[test]
fn a_folder_that_was_there_keeps_its_mode() {
    let (bench, files) = (Bench::new(), DiskFiles::new());
    let shared = bench.folder().join("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o755)).unwrap();
    files.write(&shared.join("file"), b"x").unwrap();
    assert_eq!(mode(&shared), 0o755);
}

#[test]
fn a_link_in_a_files_place_is_never_followed() {
    let (bench, files) = (Bench::new(), DiskFiles::new());
    let (target, link) = (bench.folder().join("target"), bench.folder().join("link"));
    fs::write(&target, "theirs").unwrap();
    symlink(&target, &link).unwrap();
    refused(&files.read(&link), "symbolic link");
    files.write(&link, b"ours").unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "theirs");
    assert_eq!(files.read(&link), Ok(Some(b"ours".to_vec())));
}

#[test]
fn removing_a_link_leaves_what_it_points_to() {
    let (bench, files) = (Bench::new(), DiskFiles::new());
    let theirs = bench.folder().join("theirs");
    fs::create_dir(&theirs).unwrap();
    fs::write(theirs.join("kept"), "x").unwrap();
    symlink(&theirs, bench.folder().join("link")).unwrap();
    fs::create_dir(bench.folder().join("ours")).unwrap();
    symlink(&theirs, bench.folder().join("ours/link")).unwrap();
    files.remove(&bench.folder().join("link")).unwrap();
    files.remove(&bench.folder().join("ours")).unwrap();
    assert_eq!(files.list(&bench.folder()), Ok(vec!["theirs".to_owned()]));
    assert_eq!(files.list(&theirs), Ok(vec!["kept".to_owned()]));
}

#[test]
fn a_pipe_in_a_files_place_holds_nobody_up() {
    let (bench, files) = (Bench::new(), DiskFiles::new());
    let pipe = bench.folder().join("pipe");
    rustix::fs::mknodat(CWD, pipe.as_path(), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    refused(&files.read(&pipe), "not a regular file");
}

#[test]
fn a_file_of_another_user_is_refused() {
    let (bench, files) = (Bench::new(), DiskFiles::new());
    let path = bench.folder().join("file");
    files.write(&path, b"x").unwrap();
    match std::os::unix::fs::chown(&path, Some(12345), None) {
        Ok(()) => refused(&files.read(&path), "another user"),
        Err(error) => println!("not tried: only root gives files away ({error})"),
    }
}

#[test]
fn what_a_dead_process_left_half_written_is_not_listed() {
    let (bench, files) = (Bench::new(), DiskFiles::new());
    fs::write(bench.folder().join(".owt-partial-1-0"), "half").unwrap();
    files.write(&bench.folder().join("whole"), b"x").unwrap();
    assert_eq!(files.list(&bench.folder()), Ok(vec!["whole".to_owned()]));
}

#[test]
fn a_reader_sees_the_old_or_the_new_and_nothing_between() {
    let (bench, files) = (Bench::new(), DiskFiles::new());
    let path = bench.folder().join("settings");
    let contents = [vec![b'a'; 100_000], vec![b'b'; 70_000]];
    files.write(&path, &contents[0]).unwrap();
    std::thread::scope(|scope| {
        let writing = [0, 1].map(|first| {
            let (files, path, contents) = (&files, &path, &contents);
            scope.spawn(move || (0..20).for_each(|n| files.write(path, &contents[(first + n) % 2]).unwrap()))
        });
        while !writing.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            let seen = files.read(&path).unwrap().unwrap();
            assert!(contents.contains(&seen), "{} bytes", seen.len());
        }
    });
    assert_eq!(files.list(&bench.folder()), Ok(vec!["settings".to_owned()]));
}

#[test]
fn free_space_is_that_of_the_disk() {
    let (bench, files) = (Bench::new(), DiskFiles::new());
    let free = files.free_bytes(&bench.folder().join("not/there")).unwrap();
    let total =
        rustix::fs::statvfs(bench.folder().as_path()).map(|space| space.f_blocks * space.f_frsize).unwrap();
    assert!(free > 0 && free <= total, "{free} of {total}");
}
