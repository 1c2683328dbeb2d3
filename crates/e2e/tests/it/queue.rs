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
    workspace.git(&["commit", "-q", "--allow-empty", "-m", "More"]);
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
