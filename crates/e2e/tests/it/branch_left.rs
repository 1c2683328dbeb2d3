//! A branch that was renamed or left by hand: it is told, and a deletion neither claims nor takes what is not its own.

use serde_json::Value;

use crate::project::Project;
use crate::sealed::Sealed;

fn finished(app: &Project<'_>) -> Value {
    app.data(&["new", "Make it", "--branch", "feat/x", "--agent", "worker", "--headless"]);
    app.data(&["wait", "feat/x"]);
    app.only_workspace()
}

#[test]
fn a_renamed_branch_is_told_and_outlives_its_workspace() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let made = finished(&app);
    assert_eq!(made["switched_to"], Value::Null);
    let name = made["name"].as_str().unwrap();
    app.workspace(name).git(&["branch", "-m", "better"]);
    let seen = app.only_workspace();
    assert_eq!((&seen["branch"], &seen["switched_to"]), (&"feat/x".into(), &"better".into()));
    assert!(seen["status_detail"].as_str().unwrap().contains("better"), "{seen:#}");
    assert!(app.owt(&["list"]).done().contains("feat/x → better"));
    assert!(app.owt(&["show", name]).done().contains("better"));

    let deleted = app.data(&["delete", name, "--yes"]);
    assert_eq!((&deleted["branch_deleted"], &deleted["head_sha"]), (&false.into(), &Value::Null));
    assert_eq!(deleted["switched_to"], "better");
    assert_eq!(app.git(&["rev-parse", "better"]), made["head_sha"].as_str().unwrap());
    app.data(&["restore", name]);
    let back = app.workspace(name);
    assert_eq!(back.git(&["symbolic-ref", "--short", "HEAD"]), "better");
    assert_eq!(back.git(&["status", "--porcelain"]), "");
    let said = app.owt(&["delete", name, "--yes"]).done();
    assert!(said.contains("feat/x is not there any more") && !said.contains("goes too"), "{said}");
    assert!(said.contains("better, which is checked out there, stays"), "{said}");
}

#[test]
fn a_branch_that_was_left_stays_with_its_commits_even_by_force() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let made = finished(&app);
    let tip = made["head_sha"].as_str().unwrap();
    let name = made["name"].as_str().unwrap();
    let folder = app.workspace(name);
    folder.git(&["switch", "-q", "-c", "aside", "main"]);
    folder.write("new.txt", "uncommitted\n");
    app.refused(&["delete", name, "--yes"], 3, "unsaved_work");
    let deleted = app.data(&["delete", name, "--force", "--yes"]);
    assert_eq!((&deleted["branch_deleted"], &deleted["changed_files"]), (&false.into(), &1.into()));
    assert_eq!(app.git(&["rev-parse", "feat/x"]), tip);
    assert!(app.git(&["branch", "--list", "aside"]).contains("aside"));
    app.data(&["restore", name]);
    let back = app.workspace(name);
    assert_eq!(back.git(&["symbolic-ref", "--short", "HEAD"]), "aside");
    assert_eq!(back.git(&["status", "--porcelain"]), "?? new.txt");
}

#[test]
fn commits_on_no_branch_are_not_deleted_unseen() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    let made = finished(&app);
    let name = made["name"].as_str().unwrap();
    let folder = app.workspace(name);
    folder.git(&["switch", "-q", "--detach"]);
    folder.git(&["commit", "-q", "--allow-empty", "-m", "On no branch"]);
    let tip = folder.git(&["rev-parse", "HEAD"]);
    assert_eq!(app.only_workspace()["switched_to"], "HEAD");
    app.refused(&["delete", name, "--yes"], 3, "unsaved_work");
    app.data(&["delete", name, "--force", "--yes"]);
    assert_eq!(app.git(&["rev-parse", "feat/x"]), made["head_sha"].as_str().unwrap());
    app.git(&["gc", "-q", "--prune=now"]);
    app.data(&["restore", name]);
    assert_eq!(app.workspace(name).git(&["rev-parse", "HEAD"]), tip);
}

#[test]
fn whoever_left_an_in_place_branch_has_their_checkout_to_themselves() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    app.data(&["branch", "Make it", "--agent", "worker", "--headless", "--prefix", "feat"]);
    let made = app.only_workspace();
    let (name, branch) = (made["name"].as_str().unwrap(), made["branch"].as_str().unwrap());
    app.data(&["wait", name]);
    let tip = app.git(&["rev-parse", branch]);
    app.git(&["switch", "-q", "-c", "mine", "main"]);
    app.write("new.txt", "mine\n");
    assert_eq!(app.only_workspace()["switched_to"], "mine");
    let witness = app.witness();
    let deleted = app.data(&["delete", name, "--yes"]);
    assert_eq!((&deleted["branch_deleted"], &deleted["snapshot"]), (&false.into(), &Value::Null));
    witness.assert_untouched(&[]);
    assert_eq!(app.git(&["rev-parse", branch]), tip);
}
