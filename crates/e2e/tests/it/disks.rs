//! A disk that is full, a home that cannot be written: one clear error, and everything half made taken back.

use std::fs;

use crate::mounts::Mount;
use crate::project::Project;
use crate::ran::Ran;
use crate::sealed::Sealed;

const START: &[&str] = &["new", "Make it", "--branch", "topic", "--agent", "worker", "--headless"];

/// A home with these mounts; none, and the reason printed, where the machine has no such thing.
fn with_mounts(sealed: Sealed, mounts: &[Mount<'_>]) -> Option<Sealed> {
    match sealed.with_mounts(mounts) {
        Ok(sealed) => Some(sealed),
        Err(why) => {
            println!("skipped: this machine cannot make mounts for a test: {why}");
            None
        }
    }
}

#[track_caller]
fn nothing_was_made(app: &Project<'_>) {
    assert_eq!(app.git(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
    assert_eq!(app.git(&["worktree", "list"]).lines().count(), 1);
    assert_eq!(app.data(&["list", "--all-repos"]), serde_json::json!([]));
}

fn shell(sealed: &Sealed, line: &str) -> Ran {
    Ran::of(&sealed.command("sh", &sealed.work()).args(["-c", line]))
}

#[test]
fn the_disk_of_the_home_is_full() {
    let sealed = Sealed::with_worker();
    let config = fs::read_to_string(sealed.owt_home().join("config.toml")).unwrap();
    let home = sealed.owt_home();
    let Some(sealed) = with_mounts(sealed, &[Mount::Small("6m", &home)]) else { return };
    let sealed = sealed.with("CONFIG", config);
    shell(&sealed, "printf %s \"$CONFIG\" > \"$OWT_HOME/config.toml\"").done();
    let app = sealed.repository("app");
    app.data(&["list"]);
    let fill = shell(&sealed, "dd if=/dev/zero of=\"$OWT_HOME/fill\" bs=4k");
    assert!(fill.stderr.contains("No space left"), "{fill:?}");
    let witness = app.witness();
    app.refused(START, 1, "no_space");
    witness.assert_untouched(&[]);
    shell(&sealed, "rm \"$OWT_HOME/fill\"").done();
    nothing_was_made(&app);
    app.data(START);
    app.data(&["wait", "topic"]);
    assert_eq!(sealed.runs("topic"), 1);
}

#[test]
fn the_disk_of_the_worktrees_is_full() {
    let sealed = Sealed::with_worker();
    let small = sealed.root().join("small");
    fs::create_dir(&small).unwrap();
    sealed.configure(&format!("[worktree]\nbase_directory = \"{}\"\n", small.display()));
    let Some(sealed) = with_mounts(sealed, &[Mount::Small("1m", &small)]) else { return };
    let app = sealed.repository("app");
    app.write("large.bin", &"incompressible? it need not be\n".repeat(100_000));
    app.git(&["add", "."]);
    app.git(&["commit", "-q", "-m", "Grow"]);
    let witness = app.witness();
    app.refused(START, 1, "no_space");
    nothing_was_made(&app);
    witness.assert_untouched(&[]);
    assert_eq!(shell(&sealed, &format!("ls -A {}", small.display())).done(), "");
    assert_eq!(sealed.runs("topic"), 0);
}

#[test]
fn a_home_of_ours_that_cannot_be_written() {
    let sealed = Sealed::with_worker();
    let home = sealed.owt_home();
    let Some(sealed) = with_mounts(sealed, &[Mount::ReadOnly(&home)]) else { return };
    let app = sealed.repository("app");
    let witness = app.witness();
    app.refused(START, 1, "home_not_writable");
    app.refused(&["list"], 1, "home_not_writable");
    witness.assert_untouched(&[]);
    assert_eq!(app.git(&["worktree", "list"]).lines().count(), 1);
}

#[test]
fn a_home_of_the_person_that_cannot_be_written() {
    let sealed = Sealed::with_worker();
    let home = sealed.root().join("home");
    let Some(sealed) = with_mounts(sealed, &[Mount::ReadOnly(&home)]) else { return };
    let app = sealed.repository("app");
    let without = ["--json"].iter().chain(START).copied();
    Ran::of(&sealed.owt(&app.root, without).env_remove("OWT_HOME")).refused(1, "home_not_writable");
    assert_eq!(app.git(&["worktree", "list"]).lines().count(), 1);
    // With a home of ours elsewhere nothing needs the person's.
    app.data(START);
    app.data(&["wait", "topic"]);
    assert_eq!(app.workspace("topic").read("made.txt"), "made\n");
}
