//! One conversation in several kinds of session, and turns that are interrupted in each.

use owt_testkit::scripted_agent::prompts;
use serde_json::Value;

use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;
use crate::terminal::converse;

/// Ctrl-b d.
const LEAVE: &str = "\u{2}d";

fn begin(app: &Project<'_>, task: &str, session: &str) {
    let words = ["new", task, "--branch", "talk", "--agent", "demo", session, "--permissions", "ask"];
    app.data(&words);
}

fn attempts(app: &Project<'_>) -> Vec<Value> {
    app.data(&["show", "talk"])["attempts"].as_array().unwrap().clone()
}

/// What became of each message.
fn messages(app: &Project<'_>) -> Vec<String> {
    let shown = app.data(&["show", "talk"]);
    let each = shown["deliveries"].as_array().unwrap().iter();
    each.map(|it| it["state"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn until_in(app: &Project<'_>, backend: &str, status: &str) {
    let mut shown = Value::Null;
    let holds = || {
        shown = app.data(&["show", "talk"]);
        shown["backend"] == backend && shown["status"] == status
    };
    until(&format!("{status} in {backend}"), holds);
}

#[test]
fn what_is_asked_is_asked_again_in_the_terminal_and_the_agent_comes_back_from_there() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    begin(&app, "Say hello", "--structured");
    until_in(&app, "structured", "waiting_permission");
    let exchange = [("demo: may I", "y"), ("demo: may I run", "y"), ("Done: wrote", "/exit\r")];
    let shown = converse(&app, "owt attach --pty talk", &exchange);
    assert_eq!(shown.code, 0, "{shown:?}");
    // Whoever leaves the program's terminal gives the conversation back.
    until_in(&app, "structured", "idle");
    app.data(&["send", "talk", "--wait", "--timeout", "50s", "[[demo:question]] And now?"]);
    until_in(&app, "structured", "waiting_input");
    let attempts = attempts(&app);
    let talks: Vec<&Value> = attempts.iter().map(|it| &it["conversation"]).collect();
    assert_eq!((talks.len(), talks[0]), (3, talks[2]), "one conversation: {attempts:#?}");
    assert!(talks[0].is_string(), "{attempts:#?}");
    // The task, that it has moved, and the question.
    assert_eq!(messages(&app), ["observed"; 3]);
    assert_eq!(app.workspace("talk").git(&["log", "--format=%an", "main.."]).lines().count(), 1);
}

#[test]
fn a_turn_that_runs_is_not_broken_off_unasked_and_messages_that_wait_go_along() {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    let task = r#"Wait [[script:["stall"]]]"#;
    app.data(&["new", task, "--branch", "talk", "--agent", "claude", "--structured"]);
    until_in(&app, "structured", "working");
    app.data(&["send", "talk", "Now hello"]);
    let refused = app.refused(&["resume", "talk", "--pty"], 3, "agent_working");
    assert!(refused["hint"].as_str().unwrap().contains("--interrupt"), "{refused}");
    let would = app.data(&["resume", "talk", "--pty", "--interrupt", "--dry-run"]);
    assert_eq!(would[0]["outcome"], "would_resume");
    assert_eq!((attempts(&app).len(), sealed.starts()), (1, 1));
    let moved = app.data(&["resume", "talk", "--pty", "--interrupt"]);
    assert_eq!((&moved[0]["outcome"], &moved[0]["backend"]), (&"resumed".into(), &"pty".into()), "{moved}");
    until("what waited to arrive there", || messages(&app) == ["observed"; 2]);
    until_in(&app, "pty", "idle");
    // Once more without a server that could remember it.
    sealed.kill_server();
    let back = app.data(&["resume", "talk", "--structured", "And now?"]);
    assert_eq!(back[0]["backend"], "structured", "{back}");
    until("the last one to arrive", || messages(&app) == ["observed"; 3]);
    until_in(&app, "structured", "idle");
    assert_eq!(app.data(&["resume", "talk", "--structured"])[0]["outcome"], "already_running");
    // Words for a session that runs already go to it.
    assert_eq!(app.data(&["resume", "talk", "And this?", "--dry-run"])[0]["outcome"], "told");
    assert_eq!(app.data(&["resume", "talk", "And this?"])[0]["outcome"], "told");
    until("those words to arrive", || messages(&app) == ["observed"; 4]);
    until_in(&app, "structured", "idle");
    assert_eq!(prompts(&sealed.received()), [task, "Now hello", "And now?", "And this?"]);
    let talks: Vec<Value> = attempts(&app).iter().map(|it| it["conversation"].clone()).collect();
    assert_eq!((talks.len(), sealed.starts()), (3, 3));
    assert!(talks[0].is_string() && talks.iter().all(|talk| *talk == talks[0]), "{talks:?}");
    // Whoever stops it stops it for good.
    app.data(&["stop", "talk"]);
    assert_eq!(app.only_workspace()["session"], Value::Null);
}

#[test]
fn an_interrupt_ends_the_turn_and_the_session_takes_the_next_message() {
    for session in ["--structured", "--pty", "--tmux"] {
        let sealed = Sealed::new();
        let app = sealed.repository("app");
        begin(&app, "Wait [[demo:stall]]", session);
        app.until_status("talk", "working");
        let would = app.data(&["interrupt", "talk", "--dry-run"]);
        assert_eq!((&would["was_working"], &would["dry_run"]), (&true.into(), &true.into()));
        assert_eq!(app.only_workspace()["status"], "working");
        let done = app.data(&["interrupt", "talk"]);
        assert_eq!(done, serde_json::json!({"name": "talk", "was_working": true, "dry_run": false}));
        app.until_status("talk", "idle");
        assert_eq!(app.data(&["interrupt", "talk"])["was_working"], false);
        app.data(&["send", "talk", "--wait", "--timeout", "50s", "Now hello"]);
        app.until_status("talk", "waiting_permission");
        // What it asks is taken back.
        app.data(&["interrupt", "talk"]);
        let rested = app.until_status("talk", "idle");
        assert_eq!(rested["pending"], serde_json::json!([]), "{session}");
        assert_eq!(attempts(&app).len(), 1, "{session}");
    }
}

/// Somebody has typed something a moment ago: what they ask for elsewhere is done at once all the same.
#[test]
fn an_interrupt_does_not_wait_for_a_person_at_the_keys() {
    for session in ["--pty", "--tmux"] {
        let sealed = Sealed::new();
        let app = sealed.repository("app");
        begin(&app, "Wait [[demo:stall]]", session);
        app.until_status("talk", "working");
        let shown = converse(&app, "owt attach talk", &[("Wait", "hal"), ("hal", "\u{2}d")]);
        assert_eq!(shown.code, 0, "{shown:?}");
        app.data(&["interrupt", "talk"]);
        app.until_status("talk", "idle");
    }
}

#[test]
fn a_headless_session_has_one_turn_only() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    app.data(&[
        "new",
        "Wait [[demo:stall]]",
        "--branch",
        "talk",
        "--agent",
        "demo",
        "--headless",
        "--permissions",
        "edits",
    ]);
    app.until_status("talk", "working");
    app.refused(&["interrupt", "talk"], 3, "unsupported");
    app.refused(&["resume", "talk", "--pty"], 3, "agent_working");
    let moved = app.data(&["resume", "talk", "--pty", "--interrupt"]);
    assert_eq!(moved[0]["backend"], "pty", "{moved}");
    until_in(&app, "pty", "idle");
    let shown = converse(&app, "owt attach talk", &[("demo>", LEAVE)]);
    assert_eq!(shown.code, 0, "{shown:?}");
    app.refused(&["attach", "talk"], 1, "no_terminal");
}
