//! `owt undo` after `owt queue --ship`: what landed at once goes back at once, with all whose work it was.

use super::*;

fn listed(app: &Project<'_>) -> Vec<(Value, Value)> {
    let all = app.data(&["undo", "--list"]);
    all.as_array().unwrap().iter().map(|it| (it["kind"].clone(), it["workspaces"].clone())).collect()
}

fn landing(names: &[&str]) -> (Value, Value) {
    (json!("landing"), json!(names))
}

fn restored(undone: &Value) -> Vec<&str> {
    undone["restored"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect()
}

#[test]
fn what_the_queue_has_landed_goes_back_at_once_and_lands_again_as_if_it_never_had() {
    let sealed = house();
    let app = checked(&sealed, CHECK);
    for name in ["one", "two", "left"] {
        finish(&app, name);
    }
    let before = tip(&app, "main");
    let shipped = app.data(&["queue", "--ship", "--yes"]);
    let landed = names(&shipped["landed"]);
    let after = tip(&app, "main");
    assert_eq!(listed(&app), [landing(&landed)], "three workspaces went, and nobody deleted them");
    app.write("draft.txt", "draft\n");
    let would = app.data(&["undo", "--dry-run"]);
    assert_eq!((&would["before_sha"], &would["after_sha"]), (&json!(before), &json!(after)), "{would:#}");
    assert_eq!(restored(&would), landed);
    assert_eq!(app.data(&["list"]), json!([]), "it was only said");

    let told = app.owt(&["undo", "--yes"]).done();
    assert!(told.contains("'one'") && told.contains("'left' is back in"), "{told}");
    assert_eq!((tip(&app, "main"), app.git(&["status", "--porcelain"])), (before, "?? draft.txt".to_owned()));
    for name in ["one", "two", "left"] {
        let workspace = app.workspace(name);
        assert_eq!(
            (workspace.read(&format!("{name}.txt")), workspace.git(&["status", "--porcelain"])),
            (format!("{name}\n"), String::new())
        );
    }
    assert_eq!(
        app.workspace("left").read("left.txt"),
        "left\n",
        "what was committed for it stays on its branch"
    );
    assert_eq!(app.data(&["show", "one"])["landed"], Value::Null);
    app.refused(&["undo", "--yes"], 5, "nothing_to_undo");
    let again = app.data(&["queue", "--ship", "--yes"]);
    assert_eq!((names(&again["landed"]).len(), runs(&sealed)), (3, 1), "that tree was checked: {again:#}");
    assert_tidy(&app);
}

#[test]
fn with_one_bad_among_them_each_part_goes_back_by_itself_the_last_first() {
    let sealed = house();
    sealed.configure("[landing]\nconcurrency = \"1\"\n");
    let app = checked(&sealed, CHECK);
    for name in ["one", "bad", "clash-a"] {
        finish(&app, name);
    }
    let before = tip(&app, "main");
    let shipped = incomplete(&app);
    assert_eq!((names(&shipped["landed"]), names(&shipped["out"])), (vec!["one", "clash-a"], vec!["bad"]));
    assert_eq!(listed(&app), [landing(&["clash-a"]), landing(&["one"])]);
    assert_eq!(restored(&app.data(&["undo", "--yes"])), ["clash-a"]);
    assert_eq!(app.read("one.txt"), "one\n");
    assert!(!app.root.join("shared.txt").exists());
    assert_eq!(listed(&app), [landing(&["one"])]);
    assert_eq!(restored(&app.data(&["undo", "--yes"])), ["one"]);
    assert_eq!((tip(&app, "main"), app.data(&["list"]).as_array().unwrap().len()), (before, 3));
}

#[test]
fn what_was_pushed_or_built_upon_or_would_be_overwritten_stays() {
    let sealed = house();
    let app = checked(&sealed, CHECK);
    for name in ["one", "two"] {
        finish(&app, name);
    }
    app.data(&["queue", "--ship", "--yes"]);
    app.git(&["tag", "v1"]);
    let refused = app.refused(&["undo", "--yes"], 3, "built_upon");
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("'one', 'two'") && message.contains("the tag v1"), "{message}");
    app.git(&["tag", "-d", "v1"]);
    let remote = app.root.with_file_name("remote.git");
    app.git(&["init", "-q", "--bare", remote.to_str().unwrap()]);
    app.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    app.git(&["push", "-q", "origin", "main"]);
    app.refused(&["undo", "--yes"], 3, "already_pushed");
    app.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    app.git(&["commit", "-q", "--allow-empty", "-m", "Further"]);
    app.refused(&["undo", "--yes"], 3, "target_moved");
    app.git(&["reset", "-q", "--keep", "HEAD~"]);
    app.write("one.txt", "mine\n");
    app.refused(&["undo", "--yes"], 3, "target_dirty");
    assert_eq!((app.read("one.txt").as_str(), app.data(&["list"])), ("mine\n", json!([])));
    app.git(&["checkout", "-q", "one.txt"]);
    assert_eq!(restored(&app.data(&["undo", "--yes"])).len(), 2);
}
