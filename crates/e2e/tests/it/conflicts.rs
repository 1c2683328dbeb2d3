//! `owt conflicts`: who would not merge with whom is told before anybody merges, and nothing is touched by looking.

use std::io::BufRead as _;
use std::io::BufReader;

use owt_process::Streams;
use serde_json::Value;
use serde_json::json;

use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;

const LONG: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";

/// A repository with a text, and workspaces whose agents have each made the same file and ended.
fn company<'a>(sealed: &'a Sealed, names: &[&str]) -> Project<'a> {
    let app = sealed.repository("app");
    app.write("long.txt", LONG);
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "A text"]);
    for name in names {
        app.data(&["new", "Make it", "--branch", name, "--agent", "worker", "--headless"]);
        app.data(&["wait", name]);
    }
    app
}

/// The pairs with their files.
fn pairs(found: &Value) -> Vec<String> {
    let paths = |it: &Value| {
        let files = it["files"].as_array().unwrap().iter();
        files.map(|file| file["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let pair =
        |it: &Value| format!("{}-{}: {}", it["a"].as_str().unwrap(), it["b"].as_str().unwrap(), paths(it));
    found["pairs"].as_array().unwrap().iter().map(pair).collect()
}

#[test]
fn who_would_not_merge_with_whom_is_told_with_files_and_lines() {
    let sealed = Sealed::with_worker();
    let app = company(&sealed, &["one", "two", "three"]);
    let [one, two, three] = ["one", "two", "three"].map(|name| app.workspace(name));
    let found = app.data(&["conflicts"]);
    assert_eq!((&found["workspaces"], &found["pairs"]), (&json!(3), &json!([])), "{found:#}");

    // Not committed in the one, committed in the other, and far away from both in the third.
    one.write("long.txt", &LONG.replace("2\n3\n", "2\nthree\n"));
    two.write("long.txt", &LONG.replace("2\n3\n", "2\ndrei\nund mehr\n"));
    two.git(&["commit", "-q", "-a", "-m", "Drei"]);
    three.write("long.txt", &LONG.replace("10\n", "ten\n"));
    three.write("new.txt", "new\n");
    let (witness, status) = (app.witness(), one.git(&["status", "--porcelain"]));
    let found = app.data(&["conflicts"]);
    assert_eq!(pairs(&found), ["one-two: long.txt"], "{found:#}");
    let file = &found["pairs"][0]["files"][0];
    let lines = json!([{"a": {"first": 3, "count": 1}, "b": {"first": 3, "count": 2}}]);
    assert_eq!((&file["kind"], &file["lines"]), (&json!("content"), &lines));
    assert_eq!((&found["targets"], &found["unknown"]), (&json!([]), &json!([])));
    witness.assert_untouched(&[]);
    assert_eq!(one.git(&["status", "--porcelain"]), status);

    // What both have is no conflict; what comes new is one; and the target counts.
    one.write("long.txt", &two.read("long.txt"));
    one.write("new.txt", "another\n");
    app.write("long.txt", &LONG.replace("10\n", "zehn\n"));
    app.git(&["commit", "-q", "-a", "-m", "Zehn"]);
    let found = app.data(&["conflicts"]);
    assert_eq!(pairs(&found), ["one-three: new.txt"], "{found:#}");
    let target = &found["targets"][0];
    assert_eq!((&target["workspace"], &target["target"]), (&json!("three"), &json!("main")), "{found:#}");
    let text = app.owt(&["conflicts"]).done();
    assert!(text.contains("new.txt") && text.contains("both made it") && text.contains("10|10"), "{text}");
}

#[test]
fn who_has_changed_nothing_conflicts_with_nobody() {
    let sealed = Sealed::with_worker().with_tool("keeper", "exec cat > /dev/null\n");
    let app = company(&sealed, &["one", "two"]);
    for name in ["one", "two"] {
        app.workspace(name).write("new.txt", &format!("{name}\n"));
    }
    let two = app.workspace("two");
    two.git(&["add", "-A"]);
    two.git(&["commit", "-q", "-m", "New"]);
    app.data(&["new", "Look", "--branch", "still", "--base", "two", "--agent", "keeper", "--pty"]);
    // What its base would conflict with is its base's affair.
    let found = app.data(&["conflicts"]);
    assert_eq!((&found["workspaces"], pairs(&found)), (&json!(3), vec!["one-two: new.txt".to_owned()]));
    app.workspace("still").write("new.txt", "still\n");
    let found = app.data(&["conflicts"]);
    assert_eq!(pairs(&found), ["one-two: new.txt", "one-still: new.txt"], "{found:#}");
    app.data(&["stop", "still"]);
}

#[test]
fn lists_show_it_without_being_asked() {
    let sealed = Sealed::with_worker();
    let app = company(&sealed, &["one", "two"]);
    for name in ["one", "two"] {
        app.workspace(name).write("new.txt", &format!("{name}\n"));
    }
    // Whatever happens next is reason enough to look.
    app.data(&["new", "Make it", "--branch", "three", "--agent", "worker", "--headless"]);
    let of = |name: &str| app.data(&["show", name])["conflicts_with"].clone();
    until("the conflict to be seen", || of("one") == json!(["two"]));
    assert_eq!((of("two"), of("three")), (json!(["one"]), json!([])));
    assert!(app.owt(&["show", "one"]).done().contains("Conflicts"), "told");
    let listed = app.owt(&["list"]).done();
    assert!(listed.contains("[conflicts with two] "), "{listed}");
    app.data(&["delete", "two", "--force", "--yes"]);
    until("the conflict to be gone", || of("one") == json!([]));

    // The target counts, and it is no workspace.
    app.write("new.txt", "of main\n");
    app.git(&["add", "-A"]);
    app.git(&["commit", "-q", "-m", "A file"]);
    app.data(&["note", "something happens"]);
    until("that with the target to be seen", || {
        app.data(&["show", "one"])["conflicts_with_target"] == "main"
    });
    assert_eq!(app.data(&["show", "three"])["conflicts_with_target"], json!(null));
    assert!(app.owt(&["show", "one"]).done().contains("with its target main"), "told");
    let listed = app.owt(&["list"]).done();
    assert!(listed.contains("[conflicts with main] "), "{listed}");
}

#[test]
fn a_watch_tells_each_change_once() {
    let sealed = Sealed::with_worker();
    let app = company(&sealed, &["one", "two"]);
    let mut watching = app.command(&["conflicts", "--watch"]).spawn(Streams::piped()).unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().expect("it goes on").unwrap()).unwrap();
    assert_eq!(next()["pairs"], json!([]));
    for name in ["one", "two"] {
        app.workspace(name).write("new.txt", &format!("{name}\n"));
    }
    assert_eq!(pairs(&next()), ["one-two: new.txt"]);
    let pid = rustix::process::Pid::from_raw(i32::try_from(watching.pid()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(watching.wait().unwrap().code(), Some(130));
}

/// A repository with agents that each ask a question, and a session of this permission level.
fn asking<'a>(sealed: &'a Sealed, names: &[(&str, &str)]) -> Project<'a> {
    let app = sealed.repository("app");
    for (name, level) in names {
        let how = ["--branch", name, "--agent", "demo", "--structured", "--permissions", level];
        app.data(&[&["new", "x [[demo:question]]"], how.as_slice()].concat());
        app.until_status(name, "waiting_input");
    }
    app
}

/// How far the messages are that owt itself has for the agent of a workspace.
fn told(app: &Project<'_>, name: &str) -> Vec<String> {
    let shown = app.data(&["show", name]);
    let ours = shown["deliveries"].as_array().unwrap().iter().filter(|it| it["sender"] == "owt");
    ours.map(|it| it["state"].as_str().unwrap().to_owned()).collect()
}

/// Waits until those who look for conflicts by themselves have seen that there is this one, or none; they have told by then
/// what they saw before.
fn seen(app: &Project<'_>, name: &str, others: &Value) {
    app.data(&["note", "something happens"]);
    until("it to be seen", || app.data(&["show", name])["conflicts_with"] == *others);
}

#[test]
fn agents_at_work_are_told_once_and_their_questions_stay_open() {
    let sealed = Sealed::new();
    let app = asking(&sealed, &[("one", "edits"), ("two", "edits"), ("three", "bypass")]);
    let write = |name: &str, text: &str| app.workspace(name).write("new.txt", text);
    for name in ["one", "two"] {
        write(name, &format!("{name}\n"));
    }
    seen(&app, "one", &json!(["two"]));
    until("both to be told", || told(&app, "one").len() == 1 && told(&app, "two").len() == 1);
    assert_eq!(
        (told(&app, "one"), told(&app, "two")),
        (vec!["queued".to_owned()], vec!["queued".to_owned()])
    );
    assert_eq!(app.data(&["show", "one"])["pending"][0]["tool"], "question", "it is still to be answered");

    // Other lines are no news, not even for the next server; and nobody speaks to who may do everything.
    write("one", "other\nlines\n");
    write("three", "three\n");
    app.data(&["server", "restart"]);
    seen(&app, "three", &json!(["one", "two"]));
    write("three", &app.workspace("one").read("new.txt"));
    seen(&app, "three", &json!(["two"]));
    assert_eq!(told(&app, "three"), Vec::<String>::new());
    assert_eq!(told(&app, "one").len(), 2, "of the third it is told, and of the second not again");

    app.data(&["answer", "one", "-m", "1"]);
    until("the messages to be read", || told(&app, "one").iter().all(|state| state == "observed"));
    let logs = app.owt(&["logs", "one", "--raw"]).done();
    assert!(logs.contains("new.txt"), "by name: {logs}");
}

#[test]
fn where_it_is_switched_off_nobody_is_told() {
    let sealed = Sealed::new();
    sealed.configure("[landing]\ntell_conflicts = \"off\"\n");
    let app = asking(&sealed, &[("one", "edits"), ("two", "edits")]);
    for name in ["one", "two"] {
        app.workspace(name).write("new.txt", &format!("{name}\n"));
    }
    seen(&app, "one", &json!(["two"]));
    app.workspace("one").write("new.txt", "two\n");
    seen(&app, "one", &json!([]));
    assert_eq!((told(&app, "one"), told(&app, "two")), (Vec::<String>::new(), Vec::new()));
}
