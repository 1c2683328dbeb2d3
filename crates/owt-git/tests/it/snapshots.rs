//! Snapshots of every state that a checkout can be in, and that taking one leaves no trace.

use std::ffi::OsStr;
use std::fs;
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use std::time::UNIX_EPOCH;

use owt_core::AbsPath;
use owt_ports::Git;
use owt_ports::GitError;
use owt_ports::Snapshot;
use owt_testkit::checkout_witness::CheckoutWitness;
use owt_testkit::git_conformance::World;

use crate::sandbox::Sandbox;
use crate::sandbox::id;
use crate::sandbox::label;

fn take(sandbox: &Sandbox, dir: &AbsPath) -> Snapshot {
    sandbox.git.snapshot(dir, &label(1)).unwrap().unwrap()
}

/// `MODE PATH` of every entry of a commit.
fn listing(sandbox: &Sandbox, commit: &str) -> Vec<String> {
    let text = sandbox.run(&sandbox.root(), &["ls-tree", "-r", "--format=%(objectmode) %(path)", commit]);
    text.lines().map(str::to_owned).collect()
}

fn content(sandbox: &Sandbox, commit: &str, path: &str) -> String {
    sandbox.run(&sandbox.root(), &["show", &format!("{commit}:{path}")])
}

/// Staged, changed, new, gone, linked, executable, intended, ignored; and a stash beside.
fn busy_checkout() -> Sandbox {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    sandbox.write(&root.join("a.txt"), "stashed\n");
    sandbox.run(&root, &["stash", "-q"]);
    sandbox.write(&root.join("a.txt"), "staged\n");
    sandbox.stage(&root, "a.txt");
    sandbox.write(&root.join("a.txt"), "staged and changed\n");
    sandbox.remove(&root.join("b.txt"));
    sandbox.write(&root.join("new folder/line\nbreak \"quote\".txt"), "new\n");
    sandbox.script("app/run.sh", "#!/bin/sh\n");
    sandbox.link("../nowhere", &root.join("link"));
    sandbox.write(&root.join("intended.txt"), "intended\n");
    sandbox.run(&root, &["add", "-N", "intended.txt"]);
    sandbox.write(&root.join("ignored/cache"), "cache\n");
    sandbox
}

#[test]
fn everything_is_in_it_and_the_checkout_is_untouched() {
    let sandbox = busy_checkout();
    let root = sandbox.root();
    // A person's status writes the index: before the witness looks.
    let status = sandbox.status(&root);
    let witness = CheckoutWitness::of(&root);
    let snapshot = take(&sandbox, &root);
    witness.assert_untouched(&[]);
    let commit = snapshot.commit.as_str();
    let files = listing(&sandbox, commit);
    let expected = [
        "100644 .gitignore",
        "100644 a.txt",
        "100644 intended.txt",
        "120000 link",
        "100644 \"new folder/line\\nbreak \\\"quote\\\".txt\"",
        "100755 run.sh",
    ];
    assert_eq!(files, expected);
    assert_eq!(content(&sandbox, commit, "a.txt"), "staged and changed");
    assert_eq!(
        content(&sandbox, &format!("{commit}^2"), "a.txt"),
        "staged",
        "the index is the second parent"
    );
    assert_eq!(sandbox.tip("main").as_str(), sandbox.run(&root, &["rev-parse", &format!("{commit}^1")]));
    let other = sandbox.worktree("feat/x");
    let record = sandbox.git.snapshots(&sandbox.repository(), 1).unwrap().remove(0);
    sandbox.git.apply_snapshot(&other, &record).unwrap();
    // An entry of `add -N` has no content to keep in the index: the file comes back untracked.
    let intended = status.replace(" A intended.txt\n", "");
    let mut expected: Vec<&str> = intended.lines().chain(["?? intended.txt"]).collect();
    let restored = sandbox.status(&other);
    let mut restored: Vec<&str> = restored.lines().collect();
    expected.sort_unstable();
    restored.sort_unstable();
    assert_eq!(restored, expected);
    assert_eq!(fs::read_link(other.join("link")).unwrap().to_str(), Some("../nowhere"));
    assert!(fs::metadata(other.join("run.sh")).unwrap().permissions().mode() & 0o100 != 0);
}

#[test]
fn names_that_are_no_text_survive() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    let odd = root.as_path().join(OsStr::from_bytes(b"caf\xe9.txt"));
    fs::write(&odd, "latin\n").unwrap();
    let snapshot = take(&sandbox, &root);
    assert_eq!(snapshot.changed_files, 1);
    let other = sandbox.worktree("feat/x");
    let record = sandbox.git.snapshots(&sandbox.repository(), 1).unwrap().remove(0);
    sandbox.git.apply_snapshot(&other, &record).unwrap();
    assert_eq!(
        fs::read_to_string(other.as_path().join(OsStr::from_bytes(b"caf\xe9.txt"))).unwrap(),
        "latin\n"
    );
}

#[test]
fn secrets_never_become_objects_and_lie_in_private_files() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    let secret = "TOKEN=correct-horse-battery-staple\n";
    sandbox.write(&root.join("deep/.env.local"), secret);
    sandbox.write(&root.join("server.pem"), &format!("-----BEGIN PRIVATE KEY-----\n{secret}"));
    sandbox.write(&root.join("ca.pem"), "-----BEGIN CERTIFICATE-----\nx\n");
    sandbox.write(&root.join(".npmrc"), &format!("//registry/:_authToken={secret}"));
    sandbox.link(".env", &root.join("prod.env"));
    let snapshot = take(&sandbox, &root);
    assert_eq!(snapshot.withheld, [".npmrc", "deep/.env.local", "prod.env", "server.pem"]);
    let objects = ["cat-file", "--batch-all-objects", "--batch"];
    assert!(!sandbox.run(&root, &objects).contains("correct-horse"), "a secret is in the object store");
    assert!(listing(&sandbox, snapshot.commit.as_str()).contains(&"100644 ca.pem".to_owned()));
    let folder = snapshot.withheld_in.unwrap();
    let mode = |path: &AbsPath| fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join("deep"))), (0o700, 0o700));
    assert_eq!(mode(&folder.join("deep/.env.local")), 0o600);
    assert_eq!(fs::read_to_string(folder.join("deep/.env.local")).unwrap(), secret);
    assert_eq!(fs::read_link(folder.join("prod.env")).unwrap().to_str(), Some(".env"));
}

#[test]
fn a_secret_that_git_has_already_keeps_the_version_it_has() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    sandbox.write(&root.join(".env"), "KEY=old\n");
    sandbox.commit(&root);
    sandbox.write(&root.join(".env"), "KEY=new\n");
    let snapshot = take(&sandbox, &root);
    assert_eq!(content(&sandbox, snapshot.commit.as_str(), ".env"), "KEY=old");
    let other = sandbox.worktree("feat/x");
    let record = sandbox.git.snapshots(&sandbox.repository(), 1).unwrap().remove(0);
    sandbox.git.apply_snapshot(&other, &record).unwrap();
    assert_eq!(sandbox.read(&other.join(".env")).as_deref(), Some("KEY=new\n"));
}

#[test]
fn a_secret_never_leaves_a_worktree_through_a_link_nor_replaces_another() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    sandbox.write(&root.join("deep/.env"), "KEY=1\n");
    take(&sandbox, &root);
    let record = sandbox.git.snapshots(&sandbox.repository(), 1).unwrap().remove(0);
    let linked = sandbox.worktree("feat/x");
    let outside = sandbox.home().join("outside");
    fs::create_dir(&outside).unwrap();
    sandbox.link(outside.as_str(), &linked.join("deep"));
    let refused = sandbox.git.apply_snapshot(&linked, &record);
    assert_eq!(refused, Err(GitError::PathTaken(linked.join("deep/.env"))));
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    let other = sandbox.worktree("feat/y");
    sandbox.write(&other.join("deep/.env"), "KEY=mine\n");
    let refused = sandbox.git.apply_snapshot(&other, &record);
    assert_eq!(refused, Err(GitError::PathTaken(other.join("deep/.env"))));
    assert_eq!(sandbox.read(&other.join("deep/.env")).as_deref(), Some("KEY=mine\n"));
}

#[test]
fn a_repository_inside_the_checkout_is_refused_by_name() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    sandbox.run(&root, &["init", "-q", "vendor/empty"]);
    let refused = sandbox.git.snapshot(&root, &label(1));
    assert_eq!(refused, Err(GitError::NestedRepository { path: "vendor/empty/".to_owned() }));
    sandbox.remove(&root.join("vendor"));
    sandbox.run(&root, &["clone", "-q", ".", "vendor/full"]);
    let refused = sandbox.git.snapshot(&root, &label(1));
    assert_eq!(refused, Err(GitError::NestedRepository { path: "vendor/full/".to_owned() }));
    sandbox.write(&root.join(".git/info/exclude"), "vendor/\n");
    assert_eq!(sandbox.git.snapshot(&root, &label(1)), Ok(None), "ignored, it is the person's business");
}

#[test]
fn a_submodule_with_work_of_its_own_is_refused_and_a_moved_one_is_recorded() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    sandbox.run(&sandbox.home(), &["clone", "-q", "app", "part"]);
    sandbox.run(&root, &["submodule", "--quiet", "add", "../part", "part"]);
    sandbox.commit(&root);
    let part = root.join("part");
    // Even where the configuration hides it from `git status`.
    sandbox.run(&root, &["config", "submodule.part.ignore", "all"]);
    for file in ["a.txt", "new.txt"] {
        sandbox.write(&part.join(file), "work\n");
        let refused = sandbox.git.snapshot(&root, &label(1));
        assert_eq!(refused, Err(GitError::NestedRepository { path: "part".to_owned() }), "{file}");
        sandbox.run(&part, &["stash", "-q", "-u"]);
    }
    sandbox.write(&part.join("a.txt"), "committed\n");
    let inner = sandbox.commit(&part);
    let snapshot = take(&sandbox, &root);
    let recorded = sandbox.run(&root, &["rev-parse", &format!("{}:part", snapshot.commit)]);
    assert_eq!(recorded, inner.as_str());
}

/// The git folder of the worktree alone has them, and goes with it.
#[test]
fn commits_of_a_submodule_that_are_nowhere_else_keep_their_worktree() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    sandbox.run(&sandbox.home(), &["clone", "-q", "--bare", "app", "part"]);
    sandbox
        .run(&root, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../part", "part"]);
    sandbox.commit(&root);
    let path = sandbox.worktree("feat/x");
    sandbox.run(&path, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init"]);
    assert_eq!(sandbox.git.unkeepable(&path), Ok(None));
    let part = path.join("part");
    sandbox.write(&part.join("a.txt"), "committed\n");
    let inner = sandbox.commit(&part);
    sandbox.commit(&path);
    assert_eq!(sandbox.git.unkeepable(&path), Ok(Some("part".to_owned())));
    let trash = || sandbox.git.trash_worktree(&sandbox.repository(), &path, label(1).id);
    assert_eq!(trash(), Err(GitError::NestedRepository { path: "part".to_owned() }));
    assert_eq!(sandbox.run(&part, &["rev-parse", "HEAD"]), inner.as_str());
    sandbox.run(&part, &["push", "-q", "origin", "HEAD:refs/heads/kept"]);
    assert_eq!(sandbox.git.unkeepable(&path), Ok(None));
    assert!(trash().unwrap().is_some());
}

#[test]
fn an_unfinished_merge_is_kept_with_its_conflict_marks() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    let path = sandbox.worktree("feat/x");
    sandbox.write(&path.join("a.txt"), "theirs\n");
    sandbox.commit(&path);
    sandbox.write(&root.join("a.txt"), "ours\n");
    sandbox.commit(&root);
    assert!(!sandbox.try_run(&root, &["merge", "-q", "feat/x"]).success());
    sandbox.write(&root.join("b.txt"), "also changed\n");
    let witness = CheckoutWitness::of(&root);
    let snapshot = take(&sandbox, &root);
    witness.assert_untouched(&[]);
    assert!(content(&sandbox, snapshot.commit.as_str(), "a.txt").contains("<<<<<<<"));
    assert_eq!(content(&sandbox, snapshot.commit.as_str(), "b.txt"), "also changed");
    let parents = sandbox.run(&root, &["rev-list", "--parents", "-1", snapshot.commit.as_str()]);
    assert_eq!(parents.split(' ').count(), 2, "an index in conflict has no tree");
    assert_eq!(sandbox.status(&root), "UU a.txt\n M b.txt");
}

#[test]
fn a_checkout_without_a_commit_has_snapshots_too() {
    for format in ["sha1", "sha256"] {
        let sandbox = Sandbox::empty();
        let object_format = format!("--object-format={format}");
        sandbox.run(&sandbox.home(), &["init", "-q", "-b", "main", &object_format, "app"]);
        let root = sandbox.root();
        sandbox.write(&root.join("a.txt"), "a\n");
        sandbox.write(&root.join(".env"), "KEY=1\n");
        sandbox.write(&root.join("staged.txt"), "b\n");
        sandbox.stage(&root, "staged.txt");
        sandbox.stage(&root, ".env");
        let snapshot = take(&sandbox, &root);
        assert_eq!(listing(&sandbox, snapshot.commit.as_str()), ["100644 a.txt", "100644 staged.txt"]);
        assert_eq!(snapshot.withheld, [".env"]);
        let record = sandbox.git.snapshots(&sandbox.repository(), 1).unwrap().remove(0);
        assert_eq!(record.branch, Some(crate::sandbox::branch("main")));
    }
}

#[test]
fn a_repository_of_sha256_is_like_any_other() {
    let sandbox = Sandbox::with(&["init", "-q", "-b", "main", "--object-format=sha256", "app"]);
    let path = sandbox.worktree("feat/x");
    sandbox.write(&path.join(".env"), "KEY=1\n");
    sandbox.stage(&path, ".env");
    sandbox.write(&path.join("a.txt"), "two\n");
    let snapshot = take(&sandbox, &path);
    assert_eq!((snapshot.commit.as_str().len(), snapshot.withheld.len()), (64, 1));
    let report = sandbox.git.commit_all(&path, "work").unwrap().unwrap();
    assert_eq!((report.files, report.withheld.len()), (1, 1));
}

#[test]
fn neither_identity_nor_signing_is_needed() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    fs::write(sandbox.home().join(".gitconfig"), "[commit]\n\tgpgSign = true\n[gpg]\n\tprogram = false\n")
        .unwrap();
    sandbox.write(&root.join("a.txt"), "changed\n");
    let snapshot = take(&sandbox, &root);
    let author =
        sandbox.run(&root, &["show", "-s", "--format=%an %ad", "--date=unix", snapshot.commit.as_str()]);
    assert_eq!(author, "owt 1767225600");
}

#[test]
fn a_change_of_the_same_moment_and_size_is_seen() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    // Nothing but the content tells the two versions apart: same size, same time as the index itself.
    sandbox.run(&root, &["config", "core.trustctime", "false"]);
    let moment = UNIX_EPOCH + Duration::from_secs(1_600_000_000);
    let set_time = |path: &str| File::options().write(true).open(root.join(path))?.set_modified(moment);
    sandbox.write(&root.join("a.txt"), "aaaa\n");
    set_time("a.txt").unwrap();
    sandbox.stage(&root, "a.txt");
    set_time(".git/index").unwrap();
    sandbox.write(&root.join("a.txt"), "bbbb\n");
    set_time("a.txt").unwrap();
    let snapshot = take(&sandbox, &root);
    assert_eq!(content(&sandbox, snapshot.commit.as_str(), "a.txt"), "bbbb");
}

#[test]
fn line_ends_that_git_warns_of_are_no_obstacle() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    sandbox.run(&root, &["config", "core.autocrlf", "input"]);
    sandbox.run(&root, &["config", "core.safecrlf", "true"]);
    sandbox.write(&root.join("mixed.txt"), "one\r\ntwo\n");
    assert_eq!(take(&sandbox, &root).changed_files, 1);
}

#[test]
fn a_split_index_and_a_sparse_checkout_stay_as_they_are() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    for number in 0..30 {
        sandbox.write(&root.join(&format!("in/{number}.txt")), "x\n");
        sandbox.write(&root.join(&format!("out/{number}.txt")), "x\n");
    }
    sandbox.commit(&root);
    sandbox.run(&root, &["sparse-checkout", "set", "in"]);
    sandbox.run(&root, &["config", "core.splitIndex", "true"]);
    sandbox.run(&root, &["config", "splitIndex.maxPercentChange", "0"]);
    sandbox.run(&root, &["update-index", "--split-index"]);
    sandbox.write(&root.join("in/3.txt"), "changed\n");
    sandbox.write(&root.join("in/new.txt"), "new\n");
    let names = || {
        let all = fs::read_dir(root.join(".git")).unwrap().map(|entry| entry.unwrap().file_name());
        let mut all: Vec<_> = all.collect();
        all.sort();
        all
    };
    let (witness, before) = (CheckoutWitness::of(&root), names());
    let snapshot = take(&sandbox, &root);
    witness.assert_untouched(&[]);
    assert_eq!(names(), before, "no file appeared in the git folder");
    assert_eq!(snapshot.changed_files, 2);
    assert_eq!(listing(&sandbox, snapshot.commit.as_str()).len(), 64, "what is not checked out is in it");
}

#[test]
fn a_large_file_is_kept_whole() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    sandbox.run(&root, &["config", "core.bigFileThreshold", "1m"]);
    let large: String = (0..1_500_000u32).map(|number| char::from(b'a' + (number % 23) as u8)).collect();
    sandbox.write(&root.join("large.bin"), &large);
    let snapshot = take(&sandbox, &root);
    assert_eq!(content(&sandbox, snapshot.commit.as_str(), "large.bin"), large);
}

#[test]
fn a_snapshot_outlives_the_harshest_gc() {
    let sandbox = busy_checkout();
    let root = sandbox.root();
    take(&sandbox, &root);
    sandbox.run(&root, &["reset", "-q", "--hard"]);
    sandbox.run(&root, &["clean", "-q", "-fd"]);
    sandbox.run(&root, &["reflog", "expire", "--expire=now", "--all"]);
    sandbox.run(&root, &["gc", "-q", "--prune=now"]);
    let other = sandbox.worktree("feat/x");
    let record = sandbox.git.snapshots(&sandbox.repository(), 1).unwrap().remove(0);
    sandbox.git.apply_snapshot(&other, &record).unwrap();
    assert_eq!(sandbox.read(&other.join("a.txt")).as_deref(), Some("staged and changed\n"));
    assert_eq!(sandbox.run(&other, &["show", ":a.txt"]), "staged");
}

#[test]
fn an_application_that_died_half_way_is_finished() {
    let sandbox = busy_checkout();
    take(&sandbox, &sandbox.root());
    let record = sandbox.git.snapshots(&sandbox.repository(), 1).unwrap().remove(0);
    // After its first step: everything is in the worktree and in the index.
    let other = sandbox.worktree("feat/x");
    sandbox.run(&other, &["read-tree", "-m", "-u", "HEAD", record.commit.as_str()]);
    sandbox.git.apply_snapshot(&other, &record).unwrap();
    assert_eq!(sandbox.run(&other, &["show", ":a.txt"]), "staged");
    assert_eq!(sandbox.read(&other.join("a.txt")).as_deref(), Some("staged and changed\n"));
}

#[test]
fn what_an_unfinished_try_withheld_is_begun_anew() {
    let sandbox = Sandbox::new();
    let root = sandbox.root();
    let stale = sandbox.home().join(&format!("private/withheld/{}", id(1)));
    sandbox.write(&stale.join("old.env"), "OLD=1\n");
    sandbox.write(&root.join(".env"), "KEY=1\n");
    assert_eq!(take(&sandbox, &root).withheld, [".env"]);
    let scratch = fs::read_dir(sandbox.home().join("private/scratch")).unwrap().count();
    assert_eq!(scratch, 0, "no index is left");
}
