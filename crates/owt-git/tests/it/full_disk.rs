//! A disk that is full, for real: a small file system, mounted in a namespace of its own where the system allows
//! one. The test runs this binary again in it.

use std::fs;
use std::fs::File;
use std::io::Write;

use owt_core::AbsPath;
use owt_ports::Git;
use owt_ports::GitError;
use owt_process::Cmd;
use owt_process::Input;
use owt_testkit::git_conformance::World;

use crate::sandbox::Sandbox;
use crate::sandbox::label;

const NAMESPACE: [&str; 3] = ["--user", "--map-root-user", "--mount"];

#[test]
fn a_full_disk_is_said_and_nothing_is_left() {
    let allowed = Cmd::new("unshare").args(NAMESPACE).arg("true").run();
    if !allowed.is_ok_and(|output| output.success()) {
        println!("not tried: the system has no namespaces for us");
        return;
    }
    let output = Cmd::new("unshare")
        .args(NAMESPACE)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "full_disk::on_a_small_disk", "--ignored", "--nocapture"])
        .stdin(Input::Bytes(b"go\n".to_vec()))
        .run()
        .unwrap();
    let said = output.stdout_utf8_lossy();
    let tried = output.success() && said.contains("1 passed") && said.contains("the small disk was tried");
    assert!(tried, "{said}\n{}", output.stderr_utf8_lossy());
}

/// The child, in a namespace of its own.
#[test]
#[ignore = "the process of a_full_disk_is_said_and_nothing_is_left, which may mount"]
fn on_a_small_disk() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    if line.is_empty() {
        return;
    }
    a_worktree_that_does_not_fit();
    an_object_store_that_is_full();
    println!("the small disk was tried");
}

fn mount_small(folder: &AbsPath) {
    fs::create_dir_all(folder).unwrap();
    let mount = Cmd::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "small", folder.as_str()]);
    mount.run_checked().unwrap();
}

/// Takes what is left, to the last byte.
fn fill(folder: &AbsPath) {
    let mut filler = File::create(folder.join("filler")).unwrap();
    for size in [1 << 16, 1 << 12, 1] {
        while filler.write_all(&vec![0; size]).is_ok() {}
    }
}

fn a_worktree_that_does_not_fit() {
    let sandbox = Sandbox::new();
    sandbox.write(&sandbox.root().join("large.txt"), &"0123456789abcdef\n".repeat(100_000));
    sandbox.commit(&sandbox.root());
    mount_small(&sandbox.outside());
    let request = sandbox.request("feat/x");
    let refused = sandbox.git.add_worktree(&request);
    assert!(matches!(refused, Err(GitError::NoSpace(_))), "{refused:?}");
    assert_eq!(sandbox.run(&sandbox.root(), &["for-each-ref", "refs/heads/feat"]), "");
    assert_eq!(fs::read_dir(sandbox.outside()).unwrap().count(), 0);
    assert_eq!(sandbox.run(&sandbox.root(), &["worktree", "list"]).lines().count(), 1);
}

fn an_object_store_that_is_full() {
    let sandbox = Sandbox::new();
    let objects = sandbox.home().join("small");
    mount_small(&objects);
    let root = sandbox.root();
    let (store, small) = (root.join(".git/objects"), objects.join("objects"));
    Cmd::new("cp").args(["-r", store.as_str(), small.as_str()]).run_checked().unwrap();
    fs::remove_dir_all(&store).unwrap();
    sandbox.link(small.as_str(), &store);
    fill(&objects);
    sandbox.write(&root.join("a.txt"), "changed\n");
    let refused = sandbox.git.snapshot(&root, &label(1));
    assert!(matches!(refused, Err(GitError::NoSpace(_))), "{refused:?}");
    fs::remove_file(objects.join("filler")).unwrap();
    assert!(sandbox.git.snapshot(&root, &label(1)).unwrap().is_some(), "when there is room again");
}
