//! A disk that is full, or takes no writes, for real: mounted in a namespace of its own where the system allows one.
//! The test runs this binary again in it.

use std::fs;
use std::fs::File;
use std::io::Write;

use owt_core::AbsPath;
use owt_core::landing::Method;
use owt_ports::Git;
use owt_ports::GitError;
use owt_ports::Landing as _;
use owt_ports::Prediction;
use owt_ports::TargetMoved;
use owt_process::Cmd;
use owt_process::Input;
use owt_testkit::checkout_witness::CheckoutWitness;
use owt_testkit::git_conformance::World;

use crate::landing::Stage;
use crate::sandbox::Sandbox;
use crate::sandbox::label;

const NAMESPACE: [&str; 3] = ["--user", "--map-root-user", "--mount"];

#[test]
fn a_failing_disk_is_said_and_nothing_is_left() {
    let allowed = Cmd::new("unshare").args(NAMESPACE).arg("true").run();
    if !allowed.is_ok_and(|output| output.success()) {
        println!("not tried: the system has no namespaces for us");
        return;
    }
    let output = Cmd::new("unshare")
        .args(NAMESPACE)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "failing_disk::on_disks_that_fail", "--ignored", "--nocapture"])
        .stdin(Input::Bytes(b"go\n".to_vec()))
        .run()
        .unwrap();
    let said = output.stdout_utf8_lossy();
    let tried =
        output.success() && said.contains("1 passed") && said.contains("the failing disks were tried");
    assert!(tried, "{said}\n{}", output.stderr_utf8_lossy());
}

/// The child, in a namespace of its own.
#[test]
#[ignore = "the process of a_failing_disk_is_said_and_nothing_is_left, which may mount"]
fn on_disks_that_fail() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    if line.is_empty() {
        return;
    }
    a_worktree_that_does_not_fit();
    an_object_store_that_is_full();
    a_landing_that_does_not_fit_into_the_objects();
    a_landing_that_does_not_fit_into_the_checkout();
    a_landing_in_objects_that_take_no_writes();
    println!("the failing disks were tried");
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

/// Gives so many bytes back.
fn leave_room(folder: &AbsPath, bytes: u64) {
    let filler = File::options().write(true).open(folder.join("filler")).unwrap();
    filler.set_len(filler.metadata().unwrap().len() - bytes).unwrap();
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

/// Puts the objects of a sandbox on a disk without room; answers its folder.
fn fill_objects(sandbox: &Sandbox) -> AbsPath {
    let objects = sandbox.home().join("small");
    mount_small(&objects);
    let (store, small) = (sandbox.root().join(".git/objects"), objects.join("objects"));
    Cmd::new("cp").args(["-r", store.as_str(), small.as_str()]).run_checked().unwrap();
    fs::remove_dir_all(&store).unwrap();
    sandbox.link(small.as_str(), &store);
    fill(&objects);
    objects
}

fn an_object_store_that_is_full() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    let objects = fill_objects(&sandbox);
    sandbox.write(&root.join("a.txt"), "changed\n");
    let refused = sandbox.git.snapshot(&root, &label(1));
    assert!(matches!(refused, Err(GitError::NoSpace(_))), "{refused:?}");
    fs::remove_file(objects.join("filler")).unwrap();
    assert!(sandbox.git.snapshot(&root, &label(1)).unwrap().is_some(), "when there is room again");
}

fn a_landing_that_does_not_fit_into_the_objects() {
    let stage = Stage::new();
    stage.commit("b.txt", "feat\n");
    stage.commit_on_main(|path| stage.sandbox.write(&path.join("c.txt"), "main\n"));
    let objects = fill_objects(&stage.sandbox);
    let witness = stage.witness();
    let request = stage.request(Method::Merge);
    let predicted = stage.sandbox.git.predict(&request.repository, &request.onto, &request.tip);
    assert!(matches!(predicted, Ok(Prediction::Clean { .. })), "{predicted:?}");
    let refused = stage.sandbox.git.make_candidate(&request);
    assert!(matches!(refused, Err(GitError::NoSpace(_))), "{refused:?}");
    stage.assert_nothing_left();
    witness.assert_untouched(&[]);
    fs::remove_file(objects.join("filler")).unwrap();
    stage.assert_landed(&stage.made());
}

/// git would write half of the files, and leave them.
fn a_landing_that_does_not_fit_into_the_checkout() {
    let stage = Stage::new();
    let sandbox = &stage.sandbox;
    let disk = sandbox.home().join("small");
    mount_small(&disk);
    let target = disk.join("target");
    sandbox.run(&sandbox.root(), &["worktree", "add", "-q", "-b", "target", target.as_str(), "main"]);
    stage.commit("b.txt", "small\n");
    stage.commit("large.txt", &"0123456789abcdef\n".repeat(30_000));
    let to = sandbox.tip("feat");
    fill(&disk);
    leave_room(&disk, 400 * 1024);
    let witness = CheckoutWitness::of(&target);
    let refused = sandbox.git.move_target(&stage.move_to("target", &to));
    assert!(matches!(refused, Err(GitError::NoSpace(_))), "{refused:?}");
    witness.assert_untouched(&[]);
    fs::remove_file(disk.join("filler")).unwrap();
    let moved = sandbox.git.move_target(&stage.move_to("target", &to));
    assert_eq!(moved, Ok(TargetMoved::Moved { checkout: Some(target.clone()) }));
    assert_eq!(sandbox.status(&target), "");
}

fn a_landing_in_objects_that_take_no_writes() {
    let stage = Stage::new();
    stage.commit("b.txt", "feat\n");
    stage.commit_on_main(|path| stage.sandbox.write(&path.join("c.txt"), "main\n"));
    let store = stage.sandbox.root().join(".git/objects");
    Cmd::new("mount").args(["--bind", store.as_str(), store.as_str()]).run_checked().unwrap();
    Cmd::new("mount").args(["-o", "remount,bind,ro", store.as_str()]).run_checked().unwrap();
    let witness = stage.witness();
    let request = stage.request(Method::Merge);
    let predicted = stage.sandbox.git.predict(&request.repository, &request.onto, &request.tip);
    assert!(matches!(predicted, Ok(Prediction::Clean { .. })), "{predicted:?}");
    let refused = stage.sandbox.git.make_candidate(&request);
    let words = |message: &str| message.contains("Read-only file system") || message.contains("unable to");
    assert!(matches!(&refused, Err(GitError::Failed { message, .. }) if words(message)), "{refused:?}");
    stage.assert_nothing_left();
    witness.assert_untouched(&[]);
}
