//! The person's checkout stays as it is, whichever command runs, and while they use git themselves.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use crate::project::Project;
use crate::sealed::Sealed;

/// Every command, by what it leaves in the repository beside its branch: nothing.
const COMMANDS: &[&[&str]] = &[
    &["version"],
    &["agents"],
    &["server", "status"],
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
    &["rm", "made", "--force", "--yes"],
    &["restore"],
    &["restore", "made"],
    &["new", "Go on", "--branch", "carried", "--with-changes", "--agent", "worker", "--headless"],
    &["wait", "carried"],
    &["create", "chat", "--agent", "claude", "--structured"],
    &["send", "chat", "--wait", "--timeout", "50s", "Hello"],
    &["attach", "chat"],
    &["switch", "chat"],
    &["stop", "chat"],
    &["delete", "chat", "--yes"],
    &["create", "screen", "--agent", "claude", "--tmux"],
    &["send", "screen", "--wait", "--timeout", "50s", "Hello"],
    &["delete", "screen", "--force", "--yes"],
    &["new", "Nothing", "--branch", "main", "--agent", "worker", "--headless"],
    &["server", "stop"],
    &["list"],
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

fn run(app: &Project<'_>, words: &[&str]) {
    let ran = app.owt(&[&["--json"], words].concat());
    assert!((0..=5).contains(&ran.code), "{ran:#?}");
    drop(ran.json());
}

#[test]
fn no_command_changes_it() {
    let sealed = Sealed::with_worker().with_scripted_claude();
    let app = busy_checkout(&sealed);
    let witness = app.witness();
    for words in COMMANDS {
        run(&app, words);
        let differences = witness.differences(THEIRS);
        assert!(differences.is_empty(), "owt {words:?}: {}", differences.join("\n"));
    }
    assert_eq!(app.git(&["stash", "list"]).lines().count(), 1);
}

#[test]
fn no_command_changes_it_while_the_person_uses_git() {
    let sealed = Sealed::with_worker().with_scripted_claude();
    let app = busy_checkout(&sealed);
    app.git(&["worktree", "add", "-q", "-b", "theirs", "../theirs"]);
    let beside = app.beside(sealed.work().join("theirs"));
    let refs = [THEIRS, &["refs/heads/theirs"]].concat();
    app.git(&["status"]);
    let witness = app.witness();
    let (over, rounds) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                app.git(&["status", "--porcelain"]);
                let message = format!("Round {rounds:?}");
                beside.git(&["commit", "-q", "--allow-empty", "-m", &message]);
                app.git(&["gc", "-q"]);
                rounds.fetch_add(1, Ordering::Relaxed);
            }
        });
        let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for words in COMMANDS {
                run(&app, words);
                witness.assert_untouched_beside_git(&refs);
            }
        }));
        over.store(true, Ordering::Relaxed);
        checked.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    assert!(rounds.load(Ordering::Relaxed) > 0, "git was used meanwhile");
    assert_eq!(app.git(&["fsck", "--strict"]), "");
    app.git(&["fsck", "--connectivity-only"]);
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
