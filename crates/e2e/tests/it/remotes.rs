//! What remotes have, as it was last fetched: branches that are only there, and a base that is behind. Nothing is asked.

use std::fs;

use crate::project::Project;
use crate::sealed::Sealed;

/// It is there, and does nothing: a branch needs no task.
const KEEPER: &[&str] = &["--agent", "keeper", "--pty"];

fn sealed() -> Sealed {
    Sealed::new().with_tool("keeper", "exec cat > /dev/null\n")
}

/// A clone of `there`, in which a branch `topic` and one more commit on `main` were fetched.
fn cloned<'a>(sealed: &'a Sealed, there: &Project<'a>) -> Project<'a> {
    there.git(&["clone", "-q", ".", "../app"]);
    let app = sealed.at(sealed.work().join("app"));
    there.git(&["switch", "-q", "-c", "topic"]);
    there.write("topic.txt", "theirs\n");
    there.git(&["add", "."]);
    there.git(&["commit", "-qm", "Begin the topic"]);
    there.git(&["switch", "-q", "main"]);
    there.git(&["commit", "-q", "--allow-empty", "-m", "Go on"]);
    app.git(&["fetch", "-q"]);
    // Whoever asks it from here on fails.
    fs::rename(&there.root, sealed.work().join("away")).unwrap();
    app
}

#[test]
fn a_branch_that_only_a_remote_has_is_made_from_it_and_follows_it() {
    let sealed = sealed();
    let there = sealed.repository("there");
    let app = cloned(&sealed, &there);
    let rehearsed = app.data(&[&["create", "topic", "--dry-run"], KEEPER].concat());
    assert!(rehearsed["notices"].to_string().contains("begins at origin/topic"), "{rehearsed:#}");
    assert_eq!(app.git(&["branch", "--list", "topic"]), "");
    let made = app.data(&[&["create", "topic"], KEEPER].concat());
    assert!(made["notices"].to_string().contains("begins at origin/topic"), "{made:#}");
    let topic = app.workspace("topic");
    assert_eq!(topic.read("topic.txt"), "theirs\n");
    assert_eq!(app.git(&["rev-parse", "--abbrev-ref", "topic@{upstream}"]), "origin/topic");
    // It is a branch like one that was there before.
    app.data(&["delete", "topic", "--force", "--yes"]);
    assert_eq!(app.git(&["rev-parse", "--abbrev-ref", "topic@{upstream}"]), "origin/topic");
}

#[test]
fn a_templates_base_does_not_win_over_a_remotes_branch() {
    let sealed = sealed();
    let there = sealed.repository("there");
    let app = cloned(&sealed, &there);
    let made = app.data(&[&["create", "topic", "--template", "bugfix"], KEEPER].concat());
    assert!(made["notices"].to_string().contains("begins at origin/topic"), "{made:#}");
    assert_eq!(app.workspace("topic").read("topic.txt"), "theirs\n");
    assert_eq!(made["base"], "main", "what it is compared with, and lands in, is the template's");
}

#[test]
fn a_base_that_is_named_wins_over_a_remotes_branch_of_the_same_name() {
    let sealed = sealed();
    let there = sealed.repository("there");
    let app = cloned(&sealed, &there);
    app.data(&[&["create", "topic", "--base", "main"], KEEPER].concat());
    assert!(!app.workspace("topic").root.join("topic.txt").exists());
    assert_eq!(app.git(&["config", "--get-regexp", "branch\\..*\\.remote"]), "branch.main.remote origin");
}

#[test]
fn a_branch_of_two_remotes_is_refused_with_both_and_one_of_them_leads_on() {
    let sealed = sealed();
    let there = sealed.repository("there");
    let app = cloned(&sealed, &there);
    app.git(&["remote", "add", "fork", "/nowhere"]);
    app.git(&["update-ref", "refs/remotes/fork/topic", "main"]);
    let before = app.traces();
    let refused = app.refused(&[&["create", "topic"], KEEPER].concat(), 2, "ambiguous_base");
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("fork/topic, origin/topic"), "{refused:#}");
    assert_eq!(app.traces(), before);
    let hint = refused["hint"].as_str().unwrap();
    assert!(hint.contains("--base fork/topic"), "{refused:#}");
    app.git(&["config", "checkout.defaultRemote", "origin"]);
    app.data(&[&["create", "topic"], KEEPER].concat());
    assert_eq!(app.workspace("topic").read("topic.txt"), "theirs\n");
}

#[test]
fn a_start_that_fails_leaves_no_branch_of_a_remotes_behind() {
    let sealed = sealed();
    let there = sealed.repository("there");
    let app = cloned(&sealed, &there);
    // git makes no worktree where this file is.
    let lock = app.root.join(".git/worktrees");
    fs::write(&lock, "").unwrap();
    let failed = app.owt(&[&["--json", "create", "topic"], KEEPER].concat());
    assert_ne!(failed.code, 0);
    assert_eq!(app.git(&["branch", "--list", "topic"]), "");
    assert_eq!(app.git(&["config", "--get-regexp", "branch\\..*\\.remote"]), "branch.main.remote origin");
}

#[test]
fn a_base_that_is_behind_what_was_fetched_is_told() {
    let sealed = sealed();
    let there = sealed.repository("there");
    let app = cloned(&sealed, &there);
    let told = "main is 1 behind origin/main (as last fetched)";
    let made = app.data(&[&["new", "Mend it", "--branch", "one"], KEEPER].concat());
    assert!(made["notices"].to_string().contains(told), "{made:#}");
    let made = app.owt(&[&["new", "Mend it", "--branch", "two", "--dry-run"], KEEPER].concat());
    assert!(made.stderr.contains(told), "{made:?}");
    let made =
        app.data(&[&["new", "Mend it", "--branch", "three", "--base", "origin/main"], KEEPER].concat());
    assert!(!made["notices"].to_string().contains("behind"), "{made:#}");
    app.git(&["merge", "-q", "--ff-only", "origin/main"]);
    let made = app.data(&[&["new", "Mend it", "--branch", "four"], KEEPER].concat());
    assert!(!made["notices"].to_string().contains("behind"), "{made:#}");
}
