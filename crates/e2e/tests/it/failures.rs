//! How an agent's work failed is told by kind, in every face, whatever its words are.

use serde_json::Value;

use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::sealed::Sealed;

/// Starts the demo agent headless.
fn start(app: &Project<'_>, name: &str, task: &str) {
    let words = ["new", task, "--branch", name, "--agent", "demo", "--headless", "--permissions", "edits"];
    app.data(&words);
}

/// Its kind of failure, the same in every face.
#[track_caller]
fn kind(app: &Project<'_>, name: &str) -> String {
    let report = app.owt(&["wait", name, "--json"]).json();
    let shown = app.data(&["show", name]);
    let listed = app.data(&["list"]);
    let listed = listed.as_array().unwrap().iter().find(|it| it["name"] == name).unwrap().clone();
    let explained = app.data(&["explain", name]);
    let waited = report["data"]["workspaces"][0]["failure"].clone();
    for (face, said) in [("list", &listed["failure"]), ("explain", &explained["failure"]), ("wait", &waited)]
    {
        assert_eq!(said, &shown["failure"], "{face}: {report:#}");
    }
    shown["failure"]["kind"].as_str().unwrap_or("none").to_owned()
}

#[test]
fn each_face_tells_the_kind() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    let cases = [
        ("limited", "x [[demo:fail=rate_limit]]", "rate_limit"),
        ("busy", "x [[demo:fail=overloaded]]", "overload"),
        ("login", "x [[demo:fail=authentication]]", "auth"),
        ("money", "x [[demo:fail=billing]]", "quota"),
        ("offline", "x [[demo:fail=connection]]", "network"),
        ("long", "x [[demo:fail=context_too_long]]", "context_overflow"),
        ("refused", "x [[demo:fail=invalid_request]]", "refused"),
        ("turns", "x [[demo:fail=turn_limit]]", "own_limit"),
        ("strange", "x [[demo:fail]]", "unknown"),
        ("crashed", "x [[demo:crash=3]]", "crash"),
        ("asked-to-end", "x [[demo:crash=143]]", "killed"),
        ("empty", "x [[demo:nothing]]", "nothing_done"),
        ("fine", "Write of a rate limit, 401 and exit code 3", "none"),
    ];
    for (name, task, _) in cases {
        start(&app, name, task);
    }
    for (name, _, expected) in cases {
        assert_eq!(kind(&app, name), expected, "{name}");
        let status = &app.data(&["show", name])["status"];
        assert_eq!(status, if expected == "none" { "done" } else { "failed" }, "{name}");
    }
    let page = app.owt(&["show", "login"]).done();
    assert!(page.contains("Failure      no login, or none that is good for this"), "{page}");
}

#[test]
fn a_limit_tells_when_it_ends() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    start(&app, "limited", "x [[demo:resets=50000]] [[demo:fail=rate_limit]]");
    assert_eq!(kind(&app, "limited"), "rate_limit");
    let shown = app.data(&["show", "limited"]);
    // Times are written so that they sort.
    let (ends, now) =
        (shown["failure"]["resets_at"].as_str().unwrap(), shown["status_since"].as_str().unwrap());
    assert!(ends > now, "{shown:#}");
}

/// The program itself is killed, and its host lives on; then the host too.
#[test]
fn a_killed_agent_is_killed_and_a_lost_one_too() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    for (name, word) in [("agent", "demo-agent"), ("host", "--launch")] {
        start(&app, name, "x [[demo:stall]]");
        app.until_status(name, "working");
        let found = || processes::with_word(&sealed.processes(), word);
        until("the program to run", || !found().is_empty());
        found().into_iter().for_each(processes::kill_and_wait);
        let failed = app.until_status(name, "failed");
        assert_eq!(failed["failure"]["kind"], "killed", "{failed:#}");
        assert_eq!(kind(&app, name), "killed");
    }
    assert_eq!(app.data(&["list"]).as_array().map(Vec::len), Some(2));
}

/// What somebody ended has not failed.
#[test]
fn a_stopped_agent_has_not_failed() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    start(&app, "stopped", "x [[demo:stall]]");
    app.until_status("stopped", "working");
    app.data(&["stop", "stopped"]);
    assert_eq!(app.data(&["show", "stopped"])["failure"], Value::Null);
}
