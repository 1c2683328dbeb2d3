//! The person's checkout stays as it is, whichever command runs, and while they use git themselves.

use std::io::BufRead as _;
use std::io::BufReader;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use owt_process::Streams;

use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;

/// Every command, by what it leaves in the repository beside its branch: nothing.
const COMMANDS: &[&[&str]] = &[
    &["version"],
    &["agents"],
    &["server", "status"],
    &["serve"],
    &["demo", "--dir", "../shown"],
    &["demo", "--clean", "--dir", "../shown"],
    &["list"],
    &["new", "Make it", "--branch", "made", "--agent", "worker", "--headless"],
    &["wait", "made"],
    &["ls"],
    &["list", "--all-repos"],
    &["status"],
    &["status", "made"],
    &["show", "made"],
    &["logs", "made"],
    &["stop", "made"],
    &["delete", "made", "--yes"],
    &["delete", "made", "--force", "--dry-run"],
    &["rm", "made", "--force", "--yes"],
    &["restore"],
    &["restore", "made"],
    &["new", "Go on", "--branch", "carried", "--with-changes", "--agent", "worker", "--headless"],
    &["wait", "carried"],
    &["branch", "Here", "--branch", "here", "--agent", "worker", "--headless", "--dry-run"],
    &["create", "carried", "--agent", "claude", "--structured"],
    &["create", "chat", "--agent", "claude", "--structured"],
    &["send", "chat", "--wait", "--timeout", "50s", "Hello"],
    &["answer", "chat", "allow"],
    &["approvals", "list"],
    &["attach", "chat"],
    &["switch", "chat"],
    &["stop", "chat"],
    &["delete", "chat", "--yes"],
    &["create", "screen", "--agent", "claude", "--tmux"],
    &["send", "screen", "--wait", "--timeout", "50s", "Hello"],
    &["delete", "screen", "--force", "--yes"],
    &["new", "Nothing", "--branch", "main", "--agent", "worker", "--headless"],
    &["server", "restart"],
    &["list"],
    &["server", "stop"],
];

/// The refs that the commands above may make or move.
const THEIRS: &[&str] = &["refs/heads/made", "refs/heads/carried", "refs/heads/chat", "refs/heads/screen"];

/// A checkout in which something of every kind could be lost.
fn busy_checkout(sealed: &Sealed) -> Project<'_> {
    let app = sealed.repository("app");
    app.write("stashed.txt", "stashed\n");
    app.git(&["stash", "push", "-q", "--include-untracked"]);
    app.write("README.md", "# Staged\n");
    app.git(&["add", "README.md"]);
    app.write("README.md", "# Staged, then changed\n");
    app.write("untracked.txt", "untracked\n");
    app.write("build/out.bin", "ignored\n");
    app.write(".git/hooks/post-checkout", "#!/bin/sh\ntouch \"$(git rev-parse --show-toplevel)/hook-ran\"\n");
    std::fs::set_permissions(
        app.root.join(".git/hooks/post-checkout"),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    app
}

/// The server in the foreground, until it is stopped.
fn serve(app: &Project<'_>) {
    let mut server = app.command(&["serve"]).spawn(Streams::piped()).unwrap();
    let mut said = String::new();
    BufReader::new(server.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.starts_with("Serving on "), "{said}");
    app.data(&["list"]);
    app.data(&["server", "stop"]);
    assert!(server.wait().unwrap().success());
}

fn run(app: &Project<'_>, words: &[&str]) {
    let ran = app.owt(&[&["--json"], words].concat());
    assert!((0..=5).contains(&ran.code), "{ran:#?}");
    drop(ran.json());
}

#[test]
fn no_command_changes_it() {
    let sealed = Sealed::with_worker().with_scripted_claude().with("OWT_DEMO_PACE", "0");
    let app = busy_checkout(&sealed);
    let witness = app.witness();
    for words in COMMANDS {
        run(&app, words);
        let differences = witness.differences(THEIRS);
        assert!(differences.is_empty(), "owt {words:?}: {}", differences.join("\n"));
    }
    serve(&app);
    witness.assert_untouched(THEIRS);
    assert_eq!(app.git(&["stash", "list"]).lines().count(), 1);
}

#[test]
fn no_command_changes_it_while_the_person_uses_git() {
    let sealed = Sealed::with_worker().with_scripted_claude().with("OWT_DEMO_PACE", "0");
    let app = busy_checkout(&sealed);
    app.git(&["worktree", "add", "-q", "-b", "theirs", "../theirs"]);
    let beside = app.beside(sealed.work().join("theirs"));
    let refs = [THEIRS, &["refs/heads/theirs"]].concat();
    app.git(&["status"]);
    let witness = app.witness();
    let (over, rounds, steps) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let done = |_: String| steps.fetch_add(1, Ordering::SeqCst);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                done(app.git(&["status", "--porcelain"]));
                let message = format!("Round {rounds:?}");
                done(beside.git(&["commit", "-q", "--allow-empty", "-m", &message]));
                done(app.git(&["gc", "-q"]));
                rounds.fetch_add(1, Ordering::Relaxed);
            }
        });
        let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for words in COMMANDS {
                // The next git command begins when one ends: one was at work all the time, and has ended since.
                let before = steps.load(Ordering::SeqCst);
                run(&app, words);
                until("git to be used beside it", || steps.load(Ordering::SeqCst) > before);
                witness.assert_untouched_beside_git(&refs);
            }
            serve(&app);
            witness.assert_untouched_beside_git(&refs);
        }));
        over.store(true, Ordering::Relaxed);
        checked.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    assert!(rounds.load(Ordering::Relaxed) > 2, "git was used meanwhile");
    assert_eq!(app.git(&["fsck", "--strict"]), "");
    app.git(&["fsck", "--connectivity-only"]);
}

/// What an in-place job is for: another branch is checked out, and what was not committed comes along.
#[test]
fn in_place_takes_branch_and_tree_and_nothing_else() {
    let sealed = Sealed::with_worker();
    let app = busy_checkout(&sealed);
    let witness = app.witness();
    let refs = ["refs/heads/here"];
    let elsewhere = || {
        let may_differ = |line: &String| {
            ["index:", "git file HEAD", "file /made.txt"].iter().any(|kind| line.starts_with(kind))
                || line.contains("/.git/HEAD:")
        };
        witness.differences(&refs).into_iter().filter(|line| !may_differ(line)).collect::<Vec<_>>()
    };
    app.data(&["branch", "Work here", "--branch", "here", "--agent", "worker", "--headless"]);
    app.data(&["wait", "here"]);
    assert_eq!(elsewhere(), [""; 0]);
    // The agent committed what was staged; the way back would overwrite what was changed since: nothing is touched.
    let during = app.witness();
    let error = app.refused(&["delete", "here", "--force", "--yes"], 3, "git_busy");
    assert!(error["message"].as_str().unwrap().contains("uncommitted work in README.md"), "{error:#}");
    during.assert_untouched(&[]);
    assert_eq!(app.only_workspace()["name"], "here");
    app.git(&["commit", "-q", "-a", "-m", "Keep it"]);
    let tip = app.git(&["rev-parse", "HEAD"]);
    let deleted = app.data(&["delete", "here", "--force", "--yes"]);
    assert_eq!(app.git(&["branch", "--show-current"]), "main");
    assert_eq!(
        (app.read("README.md"), app.read("untracked.txt")),
        ("# Sample\n".into(), "untracked\n".into())
    );
    assert_eq!(app.git(&["status", "--porcelain"]), "?? untracked.txt");
    let snapshot = deleted["snapshot"].as_str().unwrap();
    let kept = format!("refs/owt/snapshots/{snapshot}");
    assert_eq!(app.git(&["merge-base", &tip, &kept]), tip, "its commits are kept");
    // What comes back is the branch: whether the checkout goes to it is the person's to say.
    let before = app.witness();
    app.data(&["restore", "here"]);
    assert_eq!(app.git(&["rev-parse", "here"]), tip);
    before.assert_untouched(&refs);
    let left = |line: &String| !line.starts_with("file /README.md");
    assert_eq!(elsewhere().into_iter().filter(left).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn a_workspace_shows_nothing_of_ours() {
    let sealed = Sealed::with_worker().with_scripted_claude();
    let app = sealed.repository("app");
    for (branch, session) in [("a", "--structured"), ("b", "--tmux")] {
        app.data(&["new", "Look around", "--branch", branch, "--agent", "claude", session]);
        app.until_status(branch, "idle");
        let there = app.workspace(branch);
        assert_eq!(there.git(&["status", "--porcelain", "--ignored", "--untracked-files=all"]), "");
        assert_eq!(app.data(&["show", branch])["dirty_files"], 0);
    }
    app.data(&["new", "Make it", "--branch", "c", "--agent", "worker", "--headless"]);
    app.data(&["wait", "c"]);
    assert_eq!(app.workspace("c").git(&["status", "--porcelain", "--ignored"]), "");
    assert_eq!(app.workspace("c").git(&["log", "--format=%an %s", "main.."]), "Test Person Make something");
}
