//! Every kind of place that work can begin in, and every kind of workspace that can come of it.

use std::fs;

use serde_json::Value;

use crate::project::Project;
use crate::sealed::Sealed;

/// What is added to each start of the worker.
const WORKER: &[&str] = &["--agent", "worker", "--headless"];

#[track_caller]
fn worked(project: &Project<'_>, words: &[&str]) -> Value {
    let made = project.data(&[words, WORKER].concat());
    let name = made["name"].as_str().unwrap();
    project.data(&["wait", name]);
    project.data(&["show", name])
}

#[test]
fn in_place_works_on_a_branch_of_the_checkout() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let shown = worked(&app, &["branch", "Mend the typos", "--branch", "fix/typos"]);
    assert_eq!(shown["kind"], "branch");
    assert_eq!(shown["path"], app.root.to_str().unwrap());
    assert_eq!(app.git(&["branch", "--show-current"]), "fix/typos");
    assert_eq!(app.read("made.txt"), "made\n");
    assert_eq!(app.git(&["worktree", "list"]).lines().count(), 1);
    app.refused(&[&["branch", "More", "--branch", "more"], WORKER].concat(), 3, "in_place_busy");
    app.refused(&["delete", "typos", "--yes"], 3, "unsaved_work");
    app.data(&["delete", "typos", "--force", "--yes"]);
    assert_eq!(app.git(&["branch", "--show-current"]), "main", "back on the branch it came from");
    assert_eq!(app.read("debug.log"), "ignored\n");
    assert!(!app.root.join("made.txt").exists());
    app.data(&["restore", "typos"]);
}

#[test]
fn in_place_takes_the_uncommitted_work_along_and_loses_none_of_it() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.write("README.md", "# Changed\n");
    app.write("new.txt", "untracked\n");
    worked(&app, &["new", "Mend it", "--branch", "topic", "--in-place"]);
    assert_eq!(app.read("README.md"), "# Changed\n");
    assert_eq!(app.read("new.txt"), "untracked\n");
}

#[test]
fn a_plain_folder() {
    let sealed = Sealed::with_worker();
    let folder = sealed.work().join("plain");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("theirs.txt"), "theirs\n").unwrap();
    let plain = sealed.at(folder);
    let made = plain.data(&[&["new", "Look at it", "--no-git"], WORKER].concat());
    assert_eq!((&made["kind"], &made["branch"]), (&Value::from("folder"), &Value::Null));
    let name = made["name"].as_str().unwrap();
    // There is no repository to commit to: the agent fails, and the command says so.
    let waited = plain.owt(&["wait", name, "--json"]);
    assert!([0, 1].contains(&waited.code), "{waited:?}");
    assert_eq!(fs::read_to_string(plain.root.join("made.txt")).unwrap(), "made\n");
    let listed = plain.data(&["list", "--all-repos"]);
    assert_eq!(listed[0]["id"], made["id"]);
    plain.data(&["delete", name, "--force", "--yes"]);
    assert_eq!(fs::read_to_string(plain.root.join("theirs.txt")).unwrap(), "theirs\n");
}

#[test]
fn with_changes_carries_the_uncommitted_work() {
    let sealed = Sealed::with_worker().with_tool("looker", "git status --porcelain > \"$RECORD/seen\"\n");
    let app = sealed.repository("app");
    app.write("src/gone.txt", "goes\n");
    app.git(&["add", "src/gone.txt"]);
    app.git(&["commit", "-qm", "Add one that goes"]);
    app.write("README.md", "# Staged\n");
    app.git(&["add", "README.md"]);
    app.write("README.md", "# Both\n");
    app.write("src/main.txt", "one\ntwo\nchanged\n");
    app.write("new.txt", "untracked\n");
    fs::remove_file(app.root.join("src/gone.txt")).unwrap();
    let before = app.git(&["status", "--porcelain"]);
    let witness = app.witness();
    app.data(&["new", "Go on", "--branch", "topic", "--with-changes", "--agent", "looker", "--headless"]);
    app.data(&["wait", "topic"]);
    witness.assert_untouched(&["refs/heads/topic"]);
    let (made, there) = (app.data(&["show", "topic"]), app.workspace("topic"));
    let seen = fs::read_to_string(sealed.record("seen")).unwrap();
    assert_eq!(seen.trim_end(), before, "staged is staged, untracked untracked");
    assert_eq!(there.git(&["diff", "--cached"]), app.git(&["diff", "--cached"]));
    assert_eq!(there.read("README.md"), "# Both\n");
    assert_eq!(there.read("src/main.txt"), "one\ntwo\nchanged\n");
    assert_eq!(there.read("new.txt"), "untracked\n");
    assert!(!there.root.join("debug.log").exists(), "ignored files stay");
    // It is work that is left, on the real base.
    assert_eq!(there.git(&["rev-parse", "HEAD"]), app.git(&["rev-parse", "main"]));
    assert_eq!(
        (&made["base_sha"], &made["commits_ahead"]),
        (&app.git(&["rev-parse", "main"]).into(), &0.into())
    );
    app.refused(&["delete", "topic", "--yes"], 3, "unsaved_work");
    app.git(&["branch", "dev"]);
    app.data(&["ship", "topic", "--yes", "-m", "Carried", "--into", "dev"]);
    assert_eq!(app.git(&["log", "--no-merges", "--format=%s", "dev"]), "Carried\nAdd one that goes\nStart");
    worked(&app, &["new", "Start anew", "--branch", "fresh"]);
    assert_eq!(app.workspace("fresh").read("README.md"), "# Sample\n");
}

#[test]
fn a_bare_repository() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = sealed.at(sealed.work().join("bare.git"));
    let shown = worked(&bare, &["new", "Mend it", "--branch", "topic"]);
    assert_eq!(bare.workspace("topic").read("made.txt"), "made\n");
    assert_eq!(shown["commits_ahead"], 1);
    bare.refused(&[&["branch", "Mend it"], WORKER].concat(), 2, "flag_conflict");
    bare.data(&["delete", "topic", "--force", "--yes"]);
    bare.data(&["restore", "topic"]);
    assert_eq!(bare.workspace("topic").read("made.txt"), "made\n");
}

#[test]
fn a_draft_is_not_carried_onto_another_commit_than_it_was_made_on() {
    let sealed = Sealed::with_worker().with_tool("keeper", "exec cat > /dev/null\n");
    let app = sealed.repository("app");
    app.git(&["branch", "old"]);
    app.git(&["commit", "-q", "--allow-empty", "-m", "Go on"]);
    let adopted = |branch| ["create", branch, "--with-changes", "--agent", "keeper", "--pty"];
    worked(&app, &["new", "Nothing to carry", "--base", "old", "--with-changes"]);
    app.write("README.md", "# Changed\n");
    let before = app.traces();
    app.refused(
        &[&["new", "Mend it", "--base", "old", "--with-changes"], WORKER].concat(),
        2,
        "flag_conflict",
    );
    app.refused(&adopted("old"), 2, "flag_conflict");
    assert_eq!(app.traces(), before);
    app.git(&["branch", "here"]);
    app.data(&adopted("here"));
    assert_eq!(app.workspace("here").read("README.md"), "# Changed\n");
}

/// A bare clone with a worktree for `main`, where the person works.
fn person_in_a_worktree<'a>(app: &Project<'a>, bare: &str, main: &str) -> Project<'a> {
    let work = app.sealed.work();
    app.git(&["clone", "-q", "--bare", ".", work.join(bare).to_str().unwrap()]);
    let main = app.beside(work.join(main));
    let git = app.beside(work.join(bare));
    git.git(&["worktree", "add", "-q", main.root.to_str().unwrap(), "main"]);
    main
}

#[test]
fn a_worktree_of_a_bare_repository_is_where_things_are_brought_from() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.write(".gitignore", "*.log\n.env\nlocal/\n");
    app.write(".worktreeinclude", "local/\n");
    app.write(".worktreerc.toml", "[worktree]\nnaming_pattern = \"{project}.{branch}\"\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-qm", "Say what comes along"]);
    for (bare, main, name) in [("x.git", "main", "x"), ("hub/.bare", "hub/main", "hub")] {
        let main = person_in_a_worktree(&app, bare, main);
        let root = main.root.display().to_string();
        main.write(".env", &format!("DATA={root}/data\n"));
        main.write("local/a.json", "{}\n");
        let shown = worked(&main, &["new", "Mend it", "--branch", "topic"]);
        let there = main.workspace("topic");
        assert!(there.root.ends_with(format!("{name}.topic")), "its configuration is read: {shown:#}");
        assert_eq!(there.read(".env"), format!("DATA={}/data\n", there.root.display()));
        assert_eq!(there.read("local/a.json"), "{}\n");
        // An agent that starts another hands on what the person has, not what it made of it.
        there.write(".env", "changed by the agent\n");
        worked(&there, &["new", "Mend more", "--branch", "more"]);
        assert!(main.workspace("more").read(".env").starts_with("DATA="));
        assert_eq!(main.data(&["list"]).as_array().unwrap().len(), 2);
        assert_eq!(main.owt(&["doctor"]).code, 0);
        for name in ["topic", "more"] {
            main.data(&["delete", name, "--force", "--yes"]);
        }
        assert_eq!(main.data(&["list"]), serde_json::json!([]));
        main.data(&["restore", "topic"]);
        assert_eq!(main.git(&["status", "--porcelain"]), "");
    }
}

#[test]
fn from_the_folder_of_a_bare_repository_nothing_comes_along_and_that_is_said() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let shown = worked(&sealed.at(sealed.work().join("bare.git")), &["new", "Mend it", "--branch", "topic"]);
    let notices = shown["furnishing"]["notices"].to_string();
    assert!(notices.contains("there is no checkout at"), "{notices}");
}

#[test]
fn a_submodule() {
    let sealed = Sealed::with_worker();
    let library = sealed.repository("library");
    let app = sealed.repository("app");
    let from = library.root.to_str().unwrap();
    app.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", from, "lib"]);
    app.git(&["commit", "-q", "-m", "Use the library"]);
    let inner = app.beside(app.root.join("lib"));
    let (outer_witness, witness) = (app.witness(), inner.git(&["status", "--porcelain", "--branch"]));
    let shown = worked(&inner, &["new", "Mend it", "--branch", "topic"]);
    assert_eq!(inner.workspace("topic").read("made.txt"), "made\n");
    outer_witness.assert_untouched(&[]);
    assert_eq!(inner.git(&["status", "--porcelain", "--branch"]), witness);
    assert_eq!(app.git(&["status", "--porcelain"]), "");
    assert_eq!(
        app.data(&["list"]),
        serde_json::json!([]),
        "it is the library's, not the application's: {shown:#}"
    );
}

#[test]
fn a_detached_head_needs_a_base() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.git(&["checkout", "-q", "--detach"]);
    let (traces, witness) = (app.traces(), app.witness());
    app.refused(&[&["new", "Mend it"], WORKER].concat(), 2, "detached_head");
    assert_eq!(app.traces(), traces);
    let shown = worked(&app, &["new", "Mend it", "--branch", "topic", "--base", "main"]);
    assert_eq!(shown["base"], "main");
    witness.assert_untouched(&["refs/heads/topic"]);
}

#[test]
fn a_linked_worktree_and_a_folder_deep_inside_as_the_callers_place() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.git(&["worktree", "add", "-q", "-b", "side", "../side"]);
    let side = app.beside(sealed.work().join("side"));
    side.write("side.txt", "side\n");
    side.git(&["add", "."]);
    side.git(&["commit", "-q", "-m", "Side"]);
    let (witness, side_witness) = (app.witness(), side.witness());
    let shown = worked(&side.beside(side.root.join("src")), &["new", "Mend it", "--branch", "topic"]);
    assert_eq!(shown["base"], "side");
    assert_eq!(side.workspace("topic").read("side.txt"), "side\n");
    assert_eq!(app.only_workspace()["id"], shown["id"], "one repository, whichever checkout asks");
    witness.assert_untouched(&["refs/heads/topic"]);
    side_witness.assert_untouched(&["refs/heads/topic"]);
}

#[test]
fn create_takes_new_and_existing_branches() {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    app.git(&["branch", "old"]);
    let tip = app.git(&["rev-parse", "old"]);
    for branch in ["old", "brand/new"] {
        let made = app.data(&["create", branch, "--agent", "claude", "--structured"]);
        assert_eq!((&made["branch"], &made["delivery"]), (&Value::from(branch), &Value::Null));
        assert_eq!(app.workspace(branch).git(&["branch", "--show-current"]), branch);
        app.data(&["send", branch, "--wait", "--timeout", "50s", "Hello"]);
    }
    app.refused(&["create", "old", "--agent", "claude", "--structured"], 3, "branch_checked_out");
    app.refused(&["create", "main", "--agent", "claude", "--structured"], 3, "branch_checked_out");
    app.data(&["delete", "old", "--yes"]);
    assert_eq!(app.git(&["rev-parse", "old"]), tip, "a branch that was there before stays");
}

#[test]
fn a_rehearsal_changes_nothing() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    worked(&app, &["new", "Mend it", "--branch", "topic"]);
    let (traces, witness) = (app.traces(), app.witness());
    let would = app.data(&[&["new", "Add a thing", "--dry-run"], WORKER].concat());
    assert!(would["branch"].as_str().unwrap().contains("add"), "{would:#}");
    assert!(!std::path::Path::new(would["path"].as_str().unwrap()).exists());
    app.data(&[&["branch", "Add a thing", "--dry-run"], WORKER].concat());
    app.data(&["create", "thing", "--dry-run", "--agent", "worker", "--tmux"]);
    assert_eq!(app.data(&["delete", "topic", "--force", "--dry-run"])["dry_run"], true);
    app.data(&["stop", "topic", "--dry-run"]);
    assert_eq!(app.traces(), traces);
    witness.assert_untouched(&[]);
    let made = app.data(&[&["new", "Add a thing"], WORKER].concat());
    for key in ["name", "branch", "path", "base_sha"] {
        assert_eq!(made[key], would[key], "what was announced is what is made: {key}");
    }
}

#[test]
fn rivals_get_a_workspace_each() {
    let sealed = Sealed::with_worker().with_tool("second", crate::agents::WORKER);
    let app = sealed.repository("app");
    let made = app.data(&["new", "Add a thing", "--agent", "worker,second", "--headless"]);
    let names: Vec<&str> = made.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 2, "{made:#}");
    assert!(names[0].ends_with("worker") && names[1].ends_with("second"), "{names:?}");
    app.data(&["wait", names[0], names[1]]);
    for name in names {
        assert_eq!(sealed.runs(name), 1);
        assert_eq!(app.workspace(name).read("made.txt"), "made\n");
    }
    app.refused(&["new", "More", "--agent", "worker,second", "--headless", "--in-place"], 2, "flag_conflict");
}
