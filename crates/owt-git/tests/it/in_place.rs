//! The one room where a person's checkout is switched: by git's own rules, with nothing else touched.

use std::fs;

use owt_ports::BranchOrigin;
use owt_ports::Git;
use owt_ports::GitError;
use owt_testkit::checkout_witness::CheckoutWitness;
use owt_testkit::git_conformance::World;

use crate::sandbox::Sandbox;
use crate::sandbox::branch;

#[test]
fn only_head_and_the_new_branch_change() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    sandbox.write(&root.join("a.txt"), "stashed\n");
    sandbox.run(&root, &["stash", "-q"]);
    sandbox.write(&root.join("a.txt"), "changed\n");
    sandbox.write(&root.join("ignored/cache"), "cache\n");
    sandbox.script("app/.git/hooks/post-checkout", "#!/bin/sh\ntouch \"$HOME/hook-ran\"\n");
    let start = sandbox.tip("main");
    let witness = CheckoutWitness::of(&root);
    sandbox.git.switch_in_place(&root, &branch("feat/x"), &start, BranchOrigin::New).unwrap();
    let lines = witness.differences(&["refs/heads/feat/x"]);
    // git writes the index on a switch; what is in it stays.
    let unexpected: Vec<_> =
        lines.iter().filter(|line| !line.starts_with("index") && !line.contains(".git/HEAD:")).collect();
    assert!(unexpected.is_empty() && !lines.is_empty(), "{lines:?}");
    sandbox.git.switch_back(&root, &branch("main")).unwrap();
    let lines = witness.differences(&["refs/heads/feat/x"]);
    assert!(lines.iter().all(|line| line.starts_with("index") || line.contains(".git/HEAD:")), "{lines:?}");
    assert_eq!(fs::read_to_string(root.join(".git/HEAD")).unwrap(), "ref: refs/heads/main\n");
    assert!(!sandbox.home().join("hook-ran").as_path().exists());
}

#[test]
fn ignored_files_are_not_overwritten() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    let path = sandbox.worktree("feat/x");
    sandbox.write(&path.join("x.log"), "committed\n");
    sandbox.stage(&path, "x.log");
    sandbox.run(&path, &["commit", "-q", "-m", "a log"]);
    let tip = sandbox.tip("feat/x");
    sandbox.write(&root.join("x.log"), "precious\n");
    let refused = sandbox.git.switch_in_place(&root, &branch("feat/y"), &tip, BranchOrigin::New);
    assert!(matches!(&refused, Err(GitError::Busy { what, .. }) if what.contains("x.log")), "{refused:?}");
    assert_eq!(sandbox.read(&root.join("x.log")).as_deref(), Some("precious\n"));
    assert_eq!(sandbox.run(&root, &["for-each-ref", "refs/heads/feat/y"]), "");
}

#[test]
fn a_rebase_a_bisect_and_a_held_lock_are_refused() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    let start = sandbox.tip("main");
    let switch = || sandbox.git.switch_in_place(&root, &branch("feat/x"), &start, BranchOrigin::New);
    let unfinished = |word: &str| match switch() {
        Err(GitError::Unfinished { what, .. }) if what.contains(word) => {}
        other => panic!("{word}: {other:?}"),
    };
    sandbox.run(&root, &["bisect", "start"]);
    unfinished("bisect");
    sandbox.run(&root, &["bisect", "reset"]);
    sandbox.run(&root, &["checkout", "-q", "-b", "side"]);
    sandbox.write(&root.join("a.txt"), "side\n");
    sandbox.commit(&root);
    sandbox.run(&root, &["checkout", "-q", "main"]);
    sandbox.write(&root.join("a.txt"), "main\n");
    sandbox.commit(&root);
    assert!(!sandbox.try_run(&root, &["rebase", "-q", "side"]).success());
    unfinished("rebase");
    sandbox.run(&root, &["rebase", "--abort"]);
    assert!(!sandbox.try_run(&root, &["cherry-pick", "side"]).success());
    unfinished("cherry-pick");
    sandbox.run(&root, &["cherry-pick", "--abort"]);
    fs::write(root.join(".git/index.lock"), "").unwrap();
    let locked = switch();
    assert!(matches!(&locked, Err(GitError::Busy { what, .. }) if what.contains("index.lock")), "{locked:?}");
    assert_eq!(sandbox.run(&root, &["for-each-ref", "refs/heads/feat"]), "", "no branch is left");
    sandbox.remove(&root.join(".git/index.lock"));
    assert_eq!(switch(), Ok(()));
}
