//! What private files must do, in memory as on disk. What only a real disk has (modes, symbolic links) is not here.
#![expect(
    clippy::unwrap_used,
    reason = "a check's way of failing is to panic; the port's error is the message"
)]

use owt_core::AbsPath;
use owt_ports::FileError;
use owt_ports::FilePart;
use owt_ports::FilePlace;
use owt_ports::PrivateFiles;
use owt_ports::ReadFrom;

/// Runs every check below `root`, which exists or not, and is empty.
///
/// # Panics
/// At the first check that fails.
pub fn assert_conforms(files: &dyn PrivateFiles, root: &AbsPath) {
    what_was_written_is_read(files, &root.join("read"));
    what_is_not_there_is_nothing(files, &root.join("nothing"));
    a_list_is_sorted_and_of_one_folder(files, &root.join("list"));
    removing_takes_all_below_and_nothing_beside(files, &root.join("remove"));
    files_and_folders_do_not_mix(files, &root.join("mix"));
    what_others_write_is_read_on(files, &root.join("on"));
    the_real_place_of_a_file_is_told(files, &root.join("real"));
    assert!(files.free_bytes(&root.join("not/yet/there")).unwrap() > 0);
}

fn what_was_written_is_read(files: &dyn PrivateFiles, root: &AbsPath) {
    let path = root.join("deep/er/naïve name");
    for bytes in [&b"one"[..], b"", b"\0\xff binary", &vec![7; 300_000]] {
        files.write(&path, bytes).unwrap();
        assert_eq!(files.read(&path), Ok(Some(bytes.to_vec())));
    }
    assert_eq!(files.list(&root.join("deep/er")), Ok(vec!["naïve name".to_owned()]), "nothing is left over");
}

fn the_real_place_of_a_file_is_told(files: &dyn PrivateFiles, root: &AbsPath) {
    files.write(&root.join("a/b"), b"x").unwrap();
    let real = |name: &str| files.real(&root.join(name)).unwrap();
    assert_eq!(files.read(&real("a/b").unwrap()), Ok(Some(b"x".to_vec())));
    assert!(real("a/b").unwrap().starts_with(&real("a").unwrap()));
    assert_eq!((real("a/c"), real("a/b/c")), (None, None));
}

fn what_is_not_there_is_nothing(files: &dyn PrivateFiles, root: &AbsPath) {
    let path = root.join("a/b");
    assert_eq!((files.read(&path), files.list(&path), files.remove(&path)), (Ok(None), Ok(vec![]), Ok(())));
}

fn a_list_is_sorted_and_of_one_folder(files: &dyn PrivateFiles, root: &AbsPath) {
    for name in ["b", "a", "c/below", ".hidden"] {
        files.write(&root.join(name), b"x").unwrap();
    }
    assert_eq!(files.list(root), Ok([".hidden", "a", "b", "c"].map(str::to_owned).to_vec()));
}

fn removing_takes_all_below_and_nothing_beside(files: &dyn PrivateFiles, root: &AbsPath) {
    for name in ["job/prompt", "job/deep/report", "job2", "jo"] {
        files.write(&root.join(name), b"x").unwrap();
    }
    for _ in 0..2 {
        assert_eq!(files.remove(&root.join("job")), Ok(()));
        assert_eq!(files.remove(&root.join("jo")), Ok(()));
    }
    assert_eq!(files.list(root), Ok(vec!["job2".to_owned()]));
    assert_eq!(files.read(&root.join("job/prompt")), Ok(None));
}

fn files_and_folders_do_not_mix(files: &dyn PrivateFiles, root: &AbsPath) {
    files.write(&root.join("file"), b"kept").unwrap();
    files.write(&root.join("folder/file"), b"kept").unwrap();
    let refused =
        |answer: Result<(), FileError>| assert!(matches!(answer, Err(FileError::Io { .. })), "{answer:?}");
    refused(files.write(&root.join("folder"), b"x"));
    refused(files.write(&root.join("file/below"), b"x"));
    refused(files.read(&root.join("folder")).map(drop));
    refused(files.read(&root.join("file/below")).map(drop));
    refused(files.list(&root.join("file")).map(drop));
    assert_eq!(files.read(&root.join("file")), Ok(Some(b"kept".to_vec())));
    assert_eq!(files.list(root), Ok(vec!["file".to_owned(), "folder".to_owned()]));
}

/// Growing is the program's own doing, outside this port: what cannot be done through it is tested with each disk.
fn what_others_write_is_read_on(files: &dyn PrivateFiles, root: &AbsPath) {
    let path = root.join("record");
    let read = |from: ReadFrom, limit: usize| files.read_on(&path, from, limit).unwrap();
    assert_eq!(read(ReadFrom::NearEnd, 9), None);
    files.write(&path, b"one two three").unwrap();
    let text = |part: &FilePart| String::from_utf8(part.bytes.clone()).unwrap();
    let first = read(ReadFrom::Beginning, 4).unwrap();
    assert_eq!((text(&first).as_str(), first.offset, first.end.offset), ("one ", 0, 4));
    let second = read(ReadFrom::Place(first.end), 100).unwrap();
    assert_eq!((text(&second).as_str(), second.offset, second.end.offset), ("two three", 4, 13));
    let nothing = read(ReadFrom::Place(second.end), 100).unwrap();
    assert_eq!((text(&nothing).as_str(), nothing.end), ("", second.end));
    let last = read(ReadFrom::NearEnd, 5).unwrap();
    assert_eq!((text(&last).as_str(), last.offset, last.end), ("three", 8, second.end));
    // Another file in its place, and a place that its file does not reach.
    files.write(&path, b"a longer text than the one before").unwrap();
    assert_eq!(text(&read(ReadFrom::Place(second.end), 6).unwrap()), "before");
    let beyond = FilePlace { offset: 1000, ..read(ReadFrom::NearEnd, 1).unwrap().end };
    assert_eq!(text(&read(ReadFrom::Place(beyond), 6).unwrap()), "before");
    assert!(matches!(files.read_on(root, ReadFrom::Beginning, 1), Err(FileError::Io { .. })), "a folder");
}
