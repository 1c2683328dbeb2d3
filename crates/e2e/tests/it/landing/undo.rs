//! `owt undo`: what landed goes back, what was deleted comes back, and what others stand on stays.

use std::fs;

use serde_json::Value;
use serde_json::json;

use super::finish;
use super::finished;
use super::tip;
use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::sealed::Sealed;

/// It is refused with this code, naming this, and nothing is touched.
#[track_caller]
fn assert_refused(app: &Project<'_>, code: &str, named: &str) {
    let witness = app.witness();
    let refused = app.refused(&["undo", "--yes"], 3, code);
    assert!(refused["message"].as_str().unwrap().contains(named), "{refused:#}");
    witness.assert_untouched_beside_git(&[]);
}

/// The same, and whoever only looks is told so.
#[track_caller]
fn assert_stays(app: &Project<'_>, code: &str, named: &str) {
    assert_refused(app, code, named);
    app.refused(&["undo", "--dry-run"], 3, code);
    let listed = app.data(&["undo", "--list"]);
    assert_eq!(listed[0]["obstacle"]["code"], code, "{listed:#}");
}

#[test]
fn what_landed_is_taken_back_and_everything_is_as_before() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let (before, lands) = (tip(&app, "main"), tip(&app, "topic"));
    app.data(&["merge", "topic"]);
    let after = tip(&app, "main");
    app.write("draft.txt", "draft\n");
    app.write("staged.txt", "staged\n");
    app.git(&["add", "staged.txt"]);
    app.write("README.md", "# Mine\n");

    let witness = app.witness();
    let would = app.data(&["undo", "--dry-run"]);
    assert_eq!((&would["kind"], &would["target"]), (&json!("landing"), &json!("main")), "{would:#}");
    assert_eq!((&would["before_sha"], &would["after_sha"]), (&json!(before), &json!(after)));
    assert_eq!(would["restored"][0]["name"], "topic");
    let unsure = app.owt(&["undo", "--json"]);
    unsure.refused(3, "needs_confirmation");
    assert_eq!(unsure.json()["data"]["workspace"], "topic");
    witness.assert_untouched(&[]);

    let undone = app.data(&["undo", "--yes"]);
    assert_eq!((&undone["before_sha"], &undone["dry_run"]), (&json!(before), &json!(false)), "{undone:#}");
    assert_eq!(undone["checkout"].as_str(), app.root.to_str());
    assert_eq!((tip(&app, "main"), tip(&app, "topic")), (before, lands));
    let mut status: Vec<String> = app.git(&["status", "--porcelain"]).lines().map(str::to_owned).collect();
    status.sort();
    assert_eq!(status, [" M README.md", "?? draft.txt", "A  staged.txt"]);
    assert_eq!((app.read("draft.txt").as_str(), app.read("debug.log").as_str()), ("draft\n", "ignored\n"));
    let topic = app.workspace("topic");
    assert_eq!(
        (topic.read("made.txt").as_str(), topic.git(&["status", "--porcelain"])),
        ("made\n", String::new())
    );
    assert_eq!(app.data(&["show", "topic"])["landed"], Value::Null);
    // It lands again as if it never had.
    app.data(&["merge", "topic", "--keep"]);
    assert_eq!(app.read("made.txt"), "made\n");
}

#[test]
fn what_was_shipped_is_taken_back_and_what_it_committed_stays_on_the_branch() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let topic = app.workspace("topic");
    topic.write("left.txt", "left\n");
    topic.write("junk.log", "junk\n");
    topic.write(".env", "KEY=1\n");
    let before = tip(&app, "main");
    let shipped = app.data(&["ship", "topic", "--yes"]);
    assert_eq!(app.data(&["list"]), json!([]));
    let undone = app.owt(&["undo", "--yes"]).done();
    assert!(undone.contains("'topic' is back in"), "{undone}");
    assert_eq!((tip(&app, "main"), json!(tip(&app, "topic"))), (before, shipped["head_sha"].clone()));
    for (path, text) in [("left.txt", "left\n"), ("junk.log", "junk\n"), (".env", "KEY=1\n")] {
        assert_eq!(topic.read(path), text, "{path}");
    }
    assert!(!app.root.join("left.txt").exists());
}

#[test]
fn a_landing_in_a_branch_that_is_not_checked_out_goes_back_alone() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    app.git(&["branch", "release"]);
    let release = tip(&app, "release");
    let witness = app.witness();
    app.data(&["merge", "topic", "--squash", "--into", "release", "--keep"]);
    let undone = app.data(&["undo", "--yes"]);
    assert_eq!((&undone["checkout"], &undone["restored"]), (&Value::Null, &json!([])), "{undone:#}");
    assert_eq!(tip(&app, "release"), release);
    witness.assert_untouched(&[]);
}

#[test]
fn a_branch_that_came_together_with_what_has_landed_of_it_goes_back_too_unless_it_went_on() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let (before, own) = (tip(&app, "main"), tip(&app, "topic"));
    app.data(&["merge", "topic", "--squash", "--keep"]);
    assert_ne!(tip(&app, "topic"), own, "it has what has landed");
    app.data(&["undo", "--yes"]);
    assert_eq!((tip(&app, "main"), tip(&app, "topic")), (before, own));
    app.data(&["merge", "topic", "--squash", "--keep"]);
    let topic = app.workspace("topic");
    topic.git(&["commit", "-q", "--allow-empty", "-m", "Go on"]);
    assert_stays(&app, "built_upon", "the branch topic");
}

#[test]
fn what_would_be_overwritten_keeps_what_has_landed() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    app.data(&["merge", "topic"]);
    app.write("made.txt", "mine\n");
    assert_refused(&app, "target_dirty", "made.txt");
    assert_eq!(app.data(&["list"]), json!([]));
    app.git(&["checkout", "-q", "made.txt"]);
    app.data(&["undo", "--yes"]);
    assert!(!app.root.join("made.txt").exists());
}

#[test]
fn what_was_pushed_or_built_upon_stays_and_who_has_it_is_named() {
    let sealed = Sealed::with_worker();
    let app = finished(&sealed, "topic");
    let remote = app.root.with_file_name("remote.git");
    app.git(&["init", "-q", "--bare", remote.to_str().unwrap()]);
    app.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    app.git(&["push", "-q", "origin", "main"]);
    app.data(&["merge", "topic"]);
    app.git(&["push", "-q", "origin", "main"]);
    assert_stays(&app, "already_pushed", "origin/main");

    finish(&app, "other");
    app.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    assert_stays(&app, "built_upon", "the branch other");
    app.git(&["tag", "v1"]);
    app.git(&["commit", "-q", "--allow-empty", "-m", "Further"]);
    assert_stays(&app, "target_moved", "1 commit stands");
    // What nobody stands on any more goes back after all.
    app.git(&["reset", "-q", "--keep", "HEAD~"]);
    app.git(&["tag", "-d", "v1"]);
    let other = app.data(&["show", "other"])["path"].as_str().unwrap().to_owned();
    app.git(&["-C", &other, "reset", "-q", "--keep", "main~"]);
    app.data(&["undo", "--yes"]);
    assert!(!app.root.join("made.txt").exists());
}

#[test]
fn a_deletion_is_taken_back_and_the_newest_comes_first() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let nothing = app.refused(&["undo"], 5, "nothing_to_undo");
    assert!(nothing["hint"].as_str().is_some(), "{nothing:#}");
    finish(&app, "landed");
    finish(&app, "deleted");
    app.data(&["merge", "landed"]);
    app.data(&["delete", "deleted", "--force", "--yes"]);
    let listed = app.data(&["undo", "--list"]);
    let kinds: Vec<(&Value, &Value)> =
        listed.as_array().unwrap().iter().map(|it| (&it["kind"], &it["workspace"])).collect();
    assert_eq!(kinds, [(&json!("deletion"), &json!("deleted")), (&json!("landing"), &json!("landed"))]);
    assert!(app.owt(&["undo", "--list"]).done().contains("landed in main"));
    let undone = app.data(&["undo", "--yes"]);
    assert_eq!((&undone["kind"], &undone["restored"][0]["name"]), (&json!("deletion"), &json!("deleted")));
    app.workspace("deleted").read("made.txt");
    let next = app.data(&["undo", "--dry-run"]);
    assert_eq!((&next["kind"], &next["workspace"]), (&json!("landing"), &json!("landed")), "{next:#}");
}

#[test]
fn an_agent_takes_nothing_back() {
    const UNDOER: &str = r#"
cat > /dev/null
owt undo --yes --json > "$RECORD/answer" 2>&1
owt undo --list --json > "$RECORD/list" 2>&1
echo "$?" > "$RECORD/code"
"#;
    let sealed = Sealed::with_worker().with_tool("undoer", UNDOER);
    let app = finished(&sealed, "topic");
    app.data(&["merge", "topic"]);
    let after = tip(&app, "main");
    app.data(&["new", "Undo it", "--branch", "other", "--agent", "undoer", "--headless"]);
    app.data(&["wait", "other"]);
    for answer in ["answer", "list"] {
        let answer = fs::read_to_string(sealed.record(answer)).unwrap();
        assert!(answer.contains("person_only"), "{answer}");
    }
    assert_eq!(tip(&app, "main"), after);
}

#[test]
fn the_server_while_it_is_taken_back() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let before = tip(&app, "main");
    for round in 0..4 {
        let branch = format!("b{round}");
        finish(&app, &branch);
        app.data(&["merge", &branch]);
        let after = tip(&app, "main");
        let folder = app.root.with_file_name(format!("app-{branch}"));
        let id = app.data(&["undo", "--dry-run"])["id"].clone();
        let undo = app.command(&["undo", "--yes", "--json"]);
        let pid = sealed.server_pid();
        std::thread::scope(|scope| {
            let undoing = scope.spawn(|| undo.run().unwrap());
            // Another moment of it in each round.
            until("it to come this far", || {
                undoing.is_finished()
                    || match round {
                        0 => true,
                        1 => app.root.join(".git/index.lock").exists(),
                        2 => tip(&app, "main") != after,
                        _ => folder.exists(),
                    }
            });
            processes::kill_and_wait(pid);
            drop(undoing.join().unwrap());
        });
        until("it to be taken back, or never to have been asked for", || {
            let left = app.data(&["undo", "--list"]);
            match left.as_array().unwrap().iter().find(|it| it["id"] == id) {
                // Killed before it was recorded: asked again, it goes.
                Some(it) if it["obstacle"].is_null() => drop(app.data(&["undo", "--yes"])),
                _ => {}
            }
            tip(&app, "main") == before
                && folder.exists()
                && app.data(&["show", &branch])["status"] != "starting"
        });
        assert_eq!(app.git(&["status", "--porcelain"]), "");
        assert!(!app.root.join("made.txt").exists());
        assert_eq!(app.workspace(&branch).read("made.txt"), "made\n");
        app.data(&["delete", &branch, "--force", "--yes"]);
    }
}
