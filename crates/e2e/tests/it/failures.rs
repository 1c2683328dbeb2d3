//! How an agent's work failed is told by kind, in every face, whatever its words are.

use std::fs;

use owt_testkit::scripted_agent::prompts;
use serde_json::Value;

use crate::agents::install_script;
use crate::patience::until;
use crate::processes;
use crate::project::Project;
use crate::sealed::Sealed;

/// A home in which nothing goes on by itself.
fn alone() -> Sealed {
    let sealed = Sealed::new();
    sealed.configure("[retry]\nattempts = \"0\"\n");
    sealed
}

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
    let sealed = alone();
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

/// A session that lives takes a message, and `owt resume` leaves it alone; one that is over is taken up again.
#[test]
fn the_advice_works_while_the_session_lives_and_after_it() {
    let sealed = alone();
    let app = sealed.repository("app");
    for (name, lives) in [("structured", true), ("headless", false)] {
        let how = ["--branch", name, "--agent", "demo", "--permissions", "edits"];
        app.data(&[&["new", "x [[demo:fail=rate_limit]]", &format!("--{name}")], how.as_slice()].concat());
        let failure = || app.data(&["show", name])["failure"].clone();
        until(&format!("the turn to fail in {name}"), || failure()["kind"] == "rate_limit");
        let advice = failure()["next"]["advice"].as_str().unwrap().to_owned();
        assert_eq!((advice.contains("owt send"), advice.contains("owt resume")), (lives, !lives), "{advice}");
        let page = app.owt(&["list"]).done();
        assert_eq!(page.contains("its turn failed: rate limit"), lives, "{page}");
        let command: &[&str] = if lives { &["send", name, "go on"] } else { &["resume", name] };
        app.data(command);
        until(&format!("{name} to go on"), || {
            let shown = app.data(&["show", name]);
            let rests = if lives { "idle" } else { "done" };
            shown["status"] == rests && shown["failure"].is_null()
        });
        if lives {
            app.data(&["stop", name]);
        }
    }
}

/// Leaves with code 0, and its stream has no last word: a turn ends with one always.
const BREAKS_OFF: &str = r#"
case "$*" in *--version*) echo "2.1.197 (Claude Code)"; exit 0;; esac
task=$(cat)
echo '{"type":"system","subtype":"init","session_id":"bfe1fc6e-01b4-419d-af9f-97cd7fbd1850","model":"m"}'
case "$task" in *say*) echo '{"type":"assistant","message":{"content":[{"type":"text","text":"I begin."}]}}';; esac
printf '{"type":"result","subtype":"succ'
"#;

#[test]
fn a_stream_that_breaks_off_before_its_last_word_is_no_success() {
    let sealed = alone();
    install_script(&sealed, "claude", BREAKS_OFF);
    let app = sealed.repository("app");
    for (name, task) in [("cut", "say something"), ("empty", "be still")] {
        let how = ["--agent", "claude", "--headless", "--permissions", "bypass"];
        app.data(&[&["new", task, "--branch", name], how.as_slice()].concat());
        assert_eq!(app.owt(&["wait", name]).code, 1, "{name}");
        let shown = app.data(&["show", name]);
        assert_eq!(
            (&shown["status"], &shown["failure"]["kind"]),
            (&"failed".into(), &"crash".into()),
            "{shown:#}"
        );
        until("it to be told", || app.data(&["show", name])["notice"]["kind"] == "failed");
    }
}

/// What a new version of a program may print.
const NEWS: &str = r#"
case "$*" in *--version*) echo "2.1.197 (Claude Code)"; exit 0;; esac
cat >/dev/null
echo '{"type":"weather","is":"fine"}'
echo 'no JSON at all'
"#;

#[test]
fn lines_that_are_not_understood_are_counted_where_a_status_is_explained() {
    let sealed = alone();
    install_script(&sealed, "claude", NEWS);
    let app = sealed.repository("app");
    let how = ["--agent", "claude", "--headless", "--permissions", "bypass"];
    app.data(&[&["new", "say something", "--branch", "news"], how.as_slice()].concat());
    assert_eq!(app.owt(&["wait", "news"]).code, 1);
    let lines = app.data(&["explain", "news"])["not_understood"].clone();
    assert_eq!((&lines["count"], &lines["line"]), (&2.into(), &"no JSON at all".into()), "{lines}");
    assert!(app.owt(&["explain", "news"]).done().contains("Not understood: 2 lines of its stream"));
}

/// In a terminal the hook of a turn that failed tells how, and so does what the person is told.
#[test]
fn a_turn_that_fails_in_a_terminal_has_its_kind() {
    let sealed = alone();
    let app = sealed.repository("app");
    let how = ["--agent", "demo", "--permissions", "edits", "--pty"];
    app.data(&[&["new", "Greet them", "--branch", "topic"], how.as_slice()].concat());
    app.until_status("topic", "idle");
    for (word, kind) in [("context_too_long", "context_overflow"), ("connection", "network")] {
        app.data(&["send", "topic", &format!("Go on [[demo:fail={word}]]")]);
        until(&format!("a failure: {kind}"), || app.data(&["show", "topic"])["failure"]["kind"] == kind);
        let notice = || {
            let listed = app.data(&["list"]);
            listed[0]["notice"].clone()
        };
        let words = kind.replace('_', " ");
        until("a notice that says so", || {
            notice()["kind"] == "failed"
                && notice()["detail"].as_str().is_some_and(|detail| detail.starts_with(&format!("{words}: ")))
        });
    }
    app.data(&["stop", "topic"]);
}

#[test]
fn a_limit_tells_when_it_ends() {
    let sealed = alone();
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

/// What comes next: the word, and whether a time is told.
#[track_caller]
fn next(app: &Project<'_>, name: &str) -> (String, bool) {
    let next = app.data(&["show", name])["failure"]["next"].clone();
    (next["action"].as_str().unwrap_or_else(|| panic!("{next:#}")).to_owned(), next["at"].is_string())
}

/// One conversation, so many attempts; each message has arrived once.
#[track_caller]
fn assert_went_on(app: &Project<'_>, name: &str, attempts: usize) {
    let shown = app.data(&["show", name]);
    let tried = shown["attempts"].as_array().unwrap();
    assert_eq!(tried.len(), attempts, "{shown:#}");
    assert!(tried.iter().all(|it| it["conversation"] == tried[0]["conversation"]), "{shown:#}");
    let sent = shown["deliveries"].as_array().unwrap();
    assert_eq!(sent.len(), attempts, "{shown:#}");
    assert!(sent.iter().all(|it| it["state"] == "observed"), "{shown:#}");
    assert_eq!((&shown["status"], &shown["failure"]), (&"done".into(), &Value::Null), "{shown:#}");
}

#[test]
fn a_limit_is_waited_for_and_the_agent_goes_on_by_itself() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    start(&app, "limited", "x [[demo:resets=8]] [[demo:fail=rate_limit]]");
    let waiting = app.until_status("limited", "starting");
    let detail = waiting["status_detail"].as_str().unwrap();
    assert!(
        detail.starts_with("rate limited until ") && detail.ends_with("goes on by itself then"),
        "{detail}"
    );
    assert_eq!(
        (&waiting["failure"]["kind"], next(&app, "limited")),
        (&"rate_limit".into(), ("wait".to_owned(), true))
    );
    let page = app.owt(&["show", "limited"]).done();
    assert!(page.contains("goes on by itself at ") && page.contains("owt stop calls that off"), "{page}");
    // The time is in the journal: another server keeps it.
    sealed.kill_server();
    assert_eq!(app.data(&["wait", "limited"])["outcome"], "done");
    assert_went_on(&app, "limited", 2);
}

#[test]
fn a_crash_is_tried_again_after_the_configured_pause() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    start(&app, "slow", "x [[demo:crash=3]]");
    app.until_status("slow", "starting");
    assert_eq!(next(&app, "slow"), ("retry".to_owned(), true));
    sealed.configure("[retry]\ndelay = \"1s\"\n");
    start(&app, "quick", "x [[demo:crash=3]]");
    assert_eq!(app.data(&["wait", "quick"])["outcome"], "done");
    assert_went_on(&app, "quick", 2);
    assert_eq!(next(&app, "slow").0, "retry", "a minute is not over yet");
}

#[test]
fn nothing_goes_on_by_itself_where_the_person_does_not_want_it() {
    let sealed = alone();
    let app = sealed.repository("app");
    start(&app, "crashed", "x [[demo:crash=3]]");
    start(&app, "limited", "x [[demo:resets=1]] [[demo:fail=rate_limit]]");
    for name in ["crashed", "limited"] {
        app.until_status(name, "failed");
        assert_eq!(next(&app, name), ("ask".to_owned(), false), "{name}");
        assert!(app.data(&["show", name])["failure"]["next"]["advice"].is_string());
    }
}

#[test]
fn a_limit_that_ends_too_late_is_not_waited_for() {
    let sealed = Sealed::new();
    sealed.configure("[retry]\nmax_wait = \"1h\"\n");
    let app = sealed.repository("app");
    for (name, resets) in [("late", 4_000), ("soon", 3_000)] {
        start(&app, name, &format!("x [[demo:resets={resets}]] [[demo:fail=rate_limit]]"));
    }
    app.until_status("late", "failed");
    app.until_status("soon", "starting");
    assert_eq!((next(&app, "late").0, next(&app, "soon").0), ("ask".to_owned(), "wait".to_owned()));
}

/// What waits is called off by `owt stop`, and taken up at once by `owt resume`.
#[test]
fn a_pause_is_called_off_and_cut_short() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    start(&app, "topic", "x [[demo:resets=3000]] [[demo:fail=rate_limit]]");
    app.until_status("topic", "starting");
    app.data(&["stop", "topic"]);
    app.until_status("topic", "failed");
    assert_eq!(next(&app, "topic"), ("ask".to_owned(), false));
    assert_eq!(app.data(&["show", "topic"])["deliveries"].as_array().map(Vec::len), Some(1));
    app.data(&["resume", "topic"]);
    assert_eq!(app.data(&["wait", "topic"])["outcome"], "done");
    assert_went_on(&app, "topic", 2);

    start(&app, "other", "x [[demo:resets=3000]] [[demo:fail=rate_limit]]");
    app.until_status("other", "starting");
    app.data(&["resume", "other"]);
    assert_eq!(app.data(&["wait", "other"])["outcome"], "done");
    assert_went_on(&app, "other", 2);

    start(&app, "gone", "x [[demo:resets=3000]] [[demo:fail=rate_limit]]");
    app.until_status("gone", "starting");
    app.data(&["delete", "gone", "--force", "--yes"]);
    let listed = app.data(&["list"]);
    assert!(listed.as_array().unwrap().iter().all(|it| it["name"] != "gone"), "{listed:#}");
}

/// A message that waited for the turn in which the agent crashed goes to the session that goes on by itself, once.
#[test]
fn what_waited_reaches_the_agent_that_goes_on_by_itself() {
    let sealed = Sealed::new().with_scripted_claude();
    sealed.configure("[retry]\ndelay = \"1s\"\n");
    let app = sealed.repository("app");
    let gate = sealed.record("gate");
    sealed.command("mkfifo", &sealed.work()).arg(&gate).run_checked().unwrap();
    app.data(&["new", "Look around", "--branch", "talk", "--agent", "claude", "--structured"]);
    app.until_status("talk", "idle");
    let crashes = format!(r#"Wait [[script:[{{"wait_for":"{}"}},{{"exit":3}}]]]"#, gate.display());
    app.data(&["send", "talk", &crashes]);
    app.until_status("talk", "working");
    app.data(&["send", "talk", "Say hello"]);
    let heard = prompts(&sealed.received()).len();
    fs::write(&gate, "\n").unwrap();
    until("both messages to arrive", || prompts(&sealed.received()).len() >= heard + 2);
    app.until_status("talk", "idle");
    let received = sealed.received();
    let told = &prompts(&received)[heard..];
    assert!(
        told.len() == 2
            && told[0].starts_with("[owt] From owt")
            && told[0].contains("your last turn was broken off"),
        "{told:?}"
    );
    assert_eq!(told[1], "Say hello");
    assert_eq!(app.data(&["show", "talk"])["attempts"].as_array().map(Vec::len), Some(2));
}
