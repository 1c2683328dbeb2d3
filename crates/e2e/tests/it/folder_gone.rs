//! A folder that was removed behind our back is told of at once, with what is left of the work and what to do.

use std::fs;

use serde_json::Value;

use crate::project::Project;
use crate::sealed::Sealed;

/// One workspace, `gone`, whose agent has ended with one commit, and that a list has shown once.
fn finished(app: &Project<'_>) -> Value {
    app.data(&["new", "Make it", "--branch", "gone", "--agent", "worker", "--headless"]);
    app.data(&["wait", "gone"]);
    let listed = app.only_workspace();
    assert_eq!((&listed["missing"], &listed["commits_ahead"]), (&Value::Null, &Value::from(1)));
    listed
}

#[track_caller]
fn assert_told(app: &Project<'_>, missing: &str, word: &str) {
    for seen in [app.only_workspace(), app.data(&["show", "gone"])] {
        assert_eq!((&seen["status"], &seen["missing"]), (&"blocked".into(), &missing.into()), "{seen:#}");
        assert!(seen["status_detail"].as_str().unwrap().contains(word), "{seen:#}");
        assert_eq!(seen["dirty_files"], Value::Null);
    }
}

/// Its agent has finished, and somebody takes the folder away: by hand, or as git does it.
fn finish_and_take_away(app: &Project<'_>, how: &str) -> Value {
    let listed = finished(app);
    let path = listed["path"].as_str().unwrap();
    match how {
        "rm" => fs::remove_dir_all(path).unwrap(),
        _ => drop(app.git(&["worktree", "remove", "--force", path])),
    }
    listed
}

#[test]
fn it_is_seen_at_the_next_question_and_the_commits_are_told_from_the_branch() {
    let sealed = Sealed::with_worker();
    for how in ["rm", "git"] {
        let app = sealed.repository(how);
        finish_and_take_away(&app, how);
        assert_told(&app, "folder", "is gone");
        assert_eq!(app.only_workspace()["commits_ahead"], 1);
        let page = app.owt(&["show", "gone"]).done();
        assert!(page.contains("1 commit on its branch"), "{page}");
        let table = app.owt(&["list"]).done();
        assert!(table.contains("blocked") && table.contains("is gone") && !table.contains("done"), "{table}");
    }
}

/// What is not removed cannot be brought back: what helps is named, and does.
#[test]
fn a_restore_of_one_that_was_never_removed_leads_to_what_helps() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let listed = finished(&app);
    let refused = app.refused(&["restore", "gone"], 5, "not_found");
    assert!(refused["hint"].as_str().unwrap().contains("owt show gone"), "{refused}");
    fs::remove_dir_all(listed["path"].as_str().unwrap()).unwrap();
    for words in [["restore", "gone"], ["resume", "gone"]] {
        let refused = app.owt(&[&words[..], &["--json"]].concat()).json()["error"].clone();
        assert!(refused["message"].as_str().unwrap().contains("is gone"), "{refused}");
        assert!(refused["hint"].as_str().unwrap().contains("owt doctor --fix"), "{refused}");
    }
    app.data(&["doctor", "--fix", "--yes"]);
    app.data(&["restore", "gone"]);
    assert_eq!(app.workspace("gone").read("made.txt"), "made\n");
}

#[test]
fn something_else_in_its_place_is_not_taken_for_it() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let listed = finished(&app);
    let path = listed["path"].as_str().unwrap();
    fs::remove_dir_all(path).unwrap();
    fs::create_dir(path).unwrap();
    fs::write(format!("{path}/mine.txt"), "mine").unwrap();
    assert_told(&app, "replaced", "something else");
    let deleted = app.data(&["delete", "gone", "--force", "--yes"]);
    assert_eq!((&deleted["missing"], &deleted["trash"]), (&"replaced".into(), &Value::Null));
    assert_eq!(fs::read_to_string(format!("{path}/mine.txt")).unwrap(), "mine");
}

#[test]
fn what_was_gone_is_not_said_to_lie_in_the_trash_and_comes_back_from_its_commits() {
    let sealed = Sealed::with_worker();
    for how in ["rm", "git"] {
        let app = sealed.repository(how);
        let listed = finish_and_take_away(&app, how);
        app.refused(&["delete", "gone", "--yes"], 3, "unsaved_work");
        let said = app.owt(&["delete", "gone", "--force", "--yes"]).done();
        assert!(said.contains("folder was gone already") && !said.contains("lies in"), "{said}");
        let kept = app.data(&["restore"]);
        assert_eq!((&kept[0]["in_trash"], &kept[0]["holds"]), (&false.into(), &"commits".into()), "{kept:#}");
        assert!(app.owt(&["restore"]).done().contains("what was committed"));
        let rehearsed = app.data(&["restore", "gone", "--dry-run"]);
        assert_eq!(rehearsed["dry_run"], true);
        assert_eq!(app.data(&["restore", "gone"])["dry_run"], false);
        let back = app.only_workspace();
        assert_eq!((&back["missing"], &back["head_sha"]), (&Value::Null, &listed["head_sha"]));
        assert_eq!(app.workspace("gone").read("made.txt"), "made\n");
    }
}

#[test]
fn a_repository_that_is_gone_is_said_so_and_its_workspaces_can_be_forgotten() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let listed = finished(&app);
    let path = listed["path"].as_str().unwrap();
    fs::remove_dir_all(&app.root).unwrap();
    let outside = app.beside(sealed.work());
    let seen = outside.data(&["list", "--all-repos"])[0].clone();
    assert_eq!((&seen["status"], &seen["missing"]), (&"blocked".into(), &"repository".into()), "{seen:#}");
    assert!(seen["status_detail"].as_str().unwrap().contains("repository"), "{seen:#}");
    assert_eq!(seen["commits_ahead"], Value::Null, "nobody can tell");
    let refused = outside.refused(&["delete", "gone", "--yes"], 3, "unsaved_work");
    assert!(refused["hint"].as_str().unwrap().contains(path), "{refused:#}");
    // From another repository, too: the folder says which one is meant.
    let other = sealed.repository("other");
    let deleted = other.data(&["delete", path, "--force", "--yes"]);
    assert_eq!((&deleted["missing"], &deleted["branch_deleted"]), (&"repository".into(), &false.into()));
    assert_eq!(outside.data(&["list", "--all-repos"]), serde_json::json!([]));
    assert!(std::path::Path::new(path).join("made.txt").exists(), "what lies there stays");
}

#[test]
fn uncommitted_work_comes_back_from_its_snapshot_when_the_trash_is_gone() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    finished(&app);
    app.workspace("gone").write("new.txt", "not committed\n");
    let deleted = app.data(&["delete", "gone", "--force", "--yes"]);
    fs::remove_dir_all(deleted["trash"].as_str().unwrap()).unwrap();
    app.data(&["restore", "gone"]);
    let back = app.workspace("gone");
    assert_eq!(back.read("new.txt"), "not committed\n");
    assert_eq!(back.git(&["status", "--porcelain"]), "?? new.txt");
}

#[test]
fn what_wants_the_folder_says_how_it_comes_back() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let listed = finished(&app);
    fs::remove_dir_all(listed["path"].as_str().unwrap()).unwrap();
    for words in [&["merge", "gone"][..], &["ship", "gone", "--yes"], &["merge", "gone", "--dry-run"]] {
        let refused = app.refused(words, 5, "not_found");
        let hint = refused["hint"].as_str().unwrap();
        assert!(hint.contains("owt delete --force gone, then owt restore gone"), "{refused:#}");
    }
    assert!(app.owt(&["show", "gone"]).done().contains("owt delete --force gone, and owt restore gone"));
    app.data(&["delete", "--force", "gone", "--yes"]);
    app.data(&["restore", "gone"]);
    assert_eq!(app.data(&["merge", "gone"])["outcome"], "landed");
}
