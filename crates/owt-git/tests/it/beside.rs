//! The first invariant under load: while a person works in the repository, no operation of ours touches their
//! checkout, and none of ours fails because of them.

use std::fs;
use std::fs::File;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::UNIX_EPOCH;

use owt_core::AbsPath;
use owt_ports::Git;
use owt_testkit::checkout_witness::CheckoutWitness;
use owt_testkit::git_conformance::World;

use crate::sandbox::Sandbox;
use crate::sandbox::branch;
use crate::sandbox::id;
use crate::sandbox::label;

/// A checkout with work in it whose index is settled: a `git status` writes the same bytes again.
fn settled() -> Sandbox {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    sandbox.write(&root.join("a.txt"), "stashed\n");
    sandbox.run(&root, &["stash", "-q"]);
    sandbox.write(&root.join("a.txt"), "staged\n");
    sandbox.stage(&root, "a.txt");
    sandbox.write(&root.join("b.txt"), "changed\n");
    sandbox.write(&root.join("new.txt"), "new\n");
    sandbox.write(&root.join("ignored/cache"), "cache\n");
    sandbox.write(&root.join(".env"), "KEY=1\n");
    // What a status finds out about files as young as the index, it writes down: other bytes, later.
    let past = UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    for name in ["a.txt", "b.txt", "new.txt", ".gitignore"] {
        File::options().write(true).open(root.join(name)).unwrap().set_modified(past).unwrap();
    }
    sandbox.run(&root, &["status"]);
    sandbox
}

/// What a person does beside us, until `stop`: status in their checkout, commits in a worktree of their own, gc.
fn person(sandbox: &Sandbox, theirs: &AbsPath, stop: &AtomicBool) -> u32 {
    let mut rounds = 0;
    while !stop.load(Ordering::Relaxed) {
        sandbox.run(&sandbox.root(), &["status"]);
        fs::write(theirs.join("a.txt"), format!("{rounds}\n")).unwrap();
        // They may meet a worktree of ours that is being made, as they would one of their own.
        let _ = sandbox.try_run(theirs, &["commit", "-q", "-a", "-m", "theirs"]);
        let _ = sandbox.try_run(&sandbox.root(), &["gc", "-q", "--no-detach"]);
        rounds += 1;
    }
    rounds
}

/// Everything that we do, over and over.
fn work(sandbox: &Sandbox, number: u128) {
    let git = &sandbox.git;
    let repository = sandbox.repository();
    let snapshot = git.snapshot(&sandbox.root(), &label(number)).unwrap().unwrap();
    assert_eq!(snapshot.withheld, [".env"]);
    let request = sandbox.request(&format!("feat/{number}"));
    git.add_worktree(&request).unwrap();
    let record = git.snapshots(&repository, 100).unwrap();
    let record = record.into_iter().find(|record| record.id == id(number)).unwrap();
    git.apply_snapshot(&request.path, &record).unwrap();
    let facts = git.facts(&request.path, &request.start, Some(&branch("main"))).unwrap();
    assert_eq!((facts.ahead, facts.dirty_files), (0, 4));
    let commit = git.commit_all(&request.path, "work").unwrap().unwrap().commit;
    assert!(!git.is_merged(&repository, &commit, &request.start).unwrap());
    let trashed = git.trash_worktree(&repository, &request.path, id(number)).unwrap().unwrap();
    git.untrash_worktree(&repository, &trashed, &request.path, &request.branch).unwrap();
    let trashed = git.trash_worktree(&repository, &request.path, id(number + 1000)).unwrap().unwrap();
    git.keep(&repository, &label(number + 2000), &request.branch, &commit).unwrap();
    git.delete_branch(&repository, &request.branch, &commit).unwrap();
    git.discard_trash(&repository, &trashed).unwrap();
}

#[test]
fn the_persons_checkout_is_untouched_while_they_work_beside() {
    let sandbox = settled();
    let theirs = sandbox.home().join("theirs");
    sandbox.run(&sandbox.root(), &["worktree", "add", "-q", "-b", "theirs", theirs.as_str()]);
    let witness = CheckoutWitness::of(&sandbox.root());
    let stop = AtomicBool::new(false);
    let rounds = thread::scope(|scope| {
        let beside = scope.spawn(|| person(&sandbox, &theirs, &stop));
        let stopping = StopOnDrop(&stop);
        for number in 1..=12 {
            work(&sandbox, number);
            witness.assert_untouched_beside_git(&["refs/heads/theirs"]);
        }
        drop(stopping);
        beside.join().unwrap()
    });
    assert!(rounds > 1, "the person did something");
    let fsck = sandbox.try_run(&sandbox.root(), &["fsck", "--no-dangling"]);
    assert!(fsck.success(), "{}", fsck.stderr_utf8_lossy());
}

/// Ends the loop beside also when a check fails.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
