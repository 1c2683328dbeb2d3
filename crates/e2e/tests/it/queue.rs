//! `owt queue`: in which order work should land, and why.

use serde_json::Value;
use serde_json::json;

use crate::project::Project;
use crate::sealed::Sealed;

fn add(app: &Project<'_>, name: &str, files: &[(&str, &str)]) {
    app.data(&["new", "Make it", "--branch", name, "--agent", "worker", "--headless"]);
    app.data(&["wait", name]);
    let workspace = app.workspace(name);
    for (path, text) in files {
        workspace.write(path, text);
    }
    workspace.git(&["add", "-A"]);
    // Under a message of its own: what two agents commit within one second may be the very same commit.
    workspace.git(&["commit", "-q", "--amend", "--allow-empty", "-m", name]);
}

fn places(found: &Value) -> Vec<(String, String, String)> {
    let text = |it: &Value| it.as_str().unwrap().to_owned();
    let all = found.as_array().unwrap().iter();
    all.map(|it| (text(&it["workspace"]), text(&it["state"]), text(&it["because"]))).collect()
}

#[test]
fn each_place_says_what_decided_it() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    assert_eq!(app.data(&["queue"]), json!([]));
    add(&app, "clash", &[("shared.txt", "clash\n")]);
    add(&app, "other", &[("shared.txt", "other\n")]);
    add(&app, "large", &[("l1", "1\n"), ("l2", "2\n"), ("l3", "3\n")]);
    add(&app, "small", &[("s1", "1\n")]);
    add(&app, "draft", &[]);
    app.workspace("draft").write("draft.txt", "draft\n");
    let witness = app.witness();
    let found = app.data(&["queue"]);
    let expected = [
        ("small", "ready", "size"),
        ("large", "ready", "conflicts"),
        ("clash", "ready", "age"),
        ("other", "ready", "state"),
        ("draft", "uncommitted", "last"),
    ];
    let expected = expected.map(|(name, state, why)| (name.to_owned(), state.to_owned(), why.to_owned()));
    assert_eq!(places(&found), expected, "{found:#}");
    assert_eq!((&found[1]["files"], &found[0]["files"]), (&json!(4), &json!(2)), "made.txt is the agent's");
    assert_eq!((&found[2]["conflicts_with"], &found[0]["target"]), (&json!(["other"]), &json!("main")));
    assert_eq!(found[4]["place"], json!(5));
    let text = app.owt(&["queue"]).done();
    assert!(text.contains("in nobody's way") && text.contains("not committed"), "{text}");
    witness.assert_untouched(&[]);

    // The first lands; what it made stands in nobody's way, and what parted before goes on.
    app.data(&["merge", "small"]);
    let found = app.data(&["queue"]);
    let names: Vec<String> = places(&found).into_iter().map(|it| it.0).collect();
    assert_eq!(names, ["large", "clash", "other", "draft"], "{found:#}");
}

/// Made from the branch of another workspace.
fn stacked(app: &Project<'_>, parent: &str, child: &str) {
    add(app, parent, &[("shared.txt", "ground\n")]);
    let new = ["new", "Go on", "--branch", child, "--base", parent, "--agent", "worker", "--headless"];
    app.data(&new);
    app.data(&["wait", child]);
    let workspace = app.workspace(child);
    workspace.write("shared.txt", "ground and walls\n");
    workspace.git(&["add", "-A"]);
    workspace.git(&["commit", "-q", "-m", "More"]);
}

fn state(app: &Project<'_>, name: &str) -> (Value, Value) {
    let found = app.data(&["queue"]);
    let place = found.as_array().unwrap().iter().find(|place| place["workspace"] == name).unwrap();
    (place["state"].clone(), place["target"].clone())
}

#[test]
fn what_stood_on_a_branch_that_has_landed_lands_in_its_target_and_goes_back_to_the_branch() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    stacked(&app, "parent", "child");
    assert_eq!(state(&app, "child"), (json!("ready"), json!("parent")));
    app.data(&["ship", "parent", "--yes"]);
    assert_eq!(state(&app, "child"), (json!("ready"), json!("main")));
    app.data(&["undo", "--yes"]);
    assert_eq!(state(&app, "child"), (json!("ready"), json!("parent")));
    app.data(&["ship", "parent", "--yes"]);
    app.data(&["ship", "child", "--yes"]);
    assert_eq!(app.read("shared.txt"), "ground and walls\n");
}

/// In one commit, which the child has not: git alone would find that both have changed the same.
#[test]
fn what_stood_on_a_branch_that_has_landed_in_other_commits_is_its_own_and_no_conflict_once_synced() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    stacked(&app, "parent", "child");
    app.data(&["merge", "parent", "--squash"]);
    let own = app.owt(&["diff", "child", "--name-only"]).done();
    assert_eq!(own.trim(), "shared.txt", "what the parent made is not its own");
    assert_eq!(state(&app, "child"), (json!("conflicts"), json!("main")));
    app.data(&["sync", "child"]);
    let child = app.workspace("child");
    assert_eq!(child.read("shared.txt"), "ground and walls\n");
    // git itself merges as it should from here on.
    app.write("other.txt", "other\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "Other"]);
    child.git(&["merge", "-q", "--no-edit", "main"]);
    app.data(&["ship", "child", "--yes"]);
    assert_eq!(
        (app.read("shared.txt"), app.read("other.txt")),
        ("ground and walls\n".to_owned(), "other\n".to_owned())
    );
}

#[test]
fn what_stood_on_a_branch_that_went_without_landing_is_called_stranded_and_lands_elsewhere() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    stacked(&app, "parent", "child");
    app.data(&["delete", "parent", "--force", "--yes"]);
    assert_eq!(state(&app, "child"), (json!("target_gone"), json!("parent")));
    let said = app.owt(&["conflicts"]).done();
    assert!(said.contains("owt merge child --into BRANCH"), "{said}");
    assert_eq!(app.data(&["show", "child"])["stranded"], json!("target_gone"));
    for words in [&["list"][..], &["show", "child"]] {
        let said = app.owt(words).done();
        assert!(said.contains("stranded"), "{said}");
    }
    // It is nothing that could ride, and keeps nobody from saying where the rest goes.
    add(&app, "other", &[("other.txt", "other\n")]);
    app.data(&["queue", "--ship", "--yes"]);
    assert_eq!(app.read("other.txt"), "other\n");
    app.data(&["merge", "child", "--into", "main"]);
    assert_eq!(app.read("shared.txt"), "ground and walls\n");
}

#[test]
fn what_has_nothing_in_common_with_its_target_is_not_called_ready() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    add(&app, "topic", &[("topic.txt", "topic\n")]);
    let topic = app.workspace("topic");
    let alone = topic.git(&["commit-tree", "-m", "Alone", "HEAD^{tree}"]);
    topic.git(&["reset", "-q", "--hard", &alone]);
    let found = app.data(&["queue"]);
    assert_eq!(found[0]["state"], "unrelated", "{found:#}");
}
