//! Where nobody can keep watch, git is asked every time; and what the system tells late.

use std::fs;
use std::fs::File;
use std::os::fd::AsFd;

use owt_ports::Lookout;
use owt_ports::Outlook;
use owt_ports::Sighting;
use owt_testkit::git_conformance::World;

use super::Tower;

/// More looks than a refused watch is at rest for.
const MANY: usize = 20;

/// Looks many times; no answer may come with a mark, and each must be true.
fn is_never_kept(tower: &Tower, outlook: &Outlook) {
    let mut last: Option<Sighting> = None;
    for round in 0..MANY {
        let seen = tower.lookout.look(outlook, last.as_ref()).unwrap();
        assert_eq!(seen.mark, None, "look {round}");
        assert_eq!(Some(seen.facts.clone()), tower.truth(outlook));
        last = Some(seen);
    }
}

#[test]
fn a_repository_inside_is_not_watched() {
    let tower = Tower::new();
    let outlook = tower.outlook("feat/x");
    let inner = outlook.worktree.join("inner");
    tower.sandbox.run(&outlook.worktree, &["init", "-q", "inner"]);
    is_never_kept(&tower, &outlook);
    // Once it is gone, there is nothing against keeping watch; when that is tried again is our business.
    tower.sandbox.remove(&inner);
    let kept = (0..MANY).any(|_| tower.lookout.look(&outlook, None).unwrap().mark.is_some());
    assert!(kept);
}

#[test]
fn a_worktree_with_too_many_folders_is_not_watched_unless_they_are_ignored() {
    let tower = Tower::new();
    let outlook = tower.outlook("feat/x");
    let file = |folder: &str, number: usize| outlook.worktree.join(&format!("{folder}/{number}/file"));
    for number in 0..4200 {
        tower.sandbox.write(&file("ignored", number), "");
    }
    tower.settled(&outlook);
    for number in 0..4200 {
        tower.sandbox.write(&file("many", number), "");
    }
    is_never_kept(&tower, &outlook);
}

#[test]
fn a_branch_that_is_another_name_of_one_is_not_watched() {
    let tower = Tower::new();
    let outlook = tower.outlook("feat/x");
    tower.sandbox.run(&tower.sandbox.root(), &["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    is_never_kept(&tower, &Outlook { base_branch: Some(crate::sandbox::branch("alias")), ..outlook });
}

#[test]
fn more_changes_than_the_queue_holds_are_a_change() {
    let tower = Tower::new();
    let outlook = tower.outlook("feat/x");
    let seen = tower.settled(&outlook);
    let heads = tower.sandbox.root().join(".git/refs/heads");
    let length: usize =
        fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap().trim().parse().unwrap();
    // None of these is a branch that it stands on: only that they were too many can be noticed.
    for number in 0..=length / 2 {
        let lock = heads.join(&format!("other{}.lock", number % 2));
        drop(File::create(&lock).unwrap());
        fs::remove_file(&lock).unwrap();
    }
    assert!(!tower.is_at(&outlook, seen.mark));
    assert!(tower.notices(&outlook, || tower.sandbox.write(&outlook.worktree.join("a.txt"), "two\n")));
}

#[test]
fn writing_through_a_mapping_is_seen_when_it_is_closed() {
    let tower = Tower::new();
    let outlook = tower.outlook("feat/x");
    let file = outlook.worktree.join("a.txt");
    assert!(tower.notices(&outlook, || {
        let open = fs::OpenOptions::new().read(true).write(true).open(&file).unwrap();
        write_through_mapping(&open);
    }));
}

/// Changes the first byte of a file without any write call.
#[expect(unsafe_code, reason = "a mapping is what this is about; it lives in here alone")]
fn write_through_mapping(file: &File) {
    use rustix::mm;
    let (access, kind) = (mm::ProtFlags::READ | mm::ProtFlags::WRITE, mm::MapFlags::SHARED);
    // SAFETY: the file is longer than one byte, and nobody else has the mapping.
    unsafe {
        let start = mm::mmap(std::ptr::null_mut(), 1, access, kind, file.as_fd(), 0).unwrap();
        start.cast::<u8>().write(b'T');
        mm::munmap(start, 1).unwrap();
    }
}
