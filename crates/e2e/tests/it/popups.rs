//! What keys of owt's own tmux server open over the window of a session, and its line of counts.

use std::fs;

use owt_testkit::lab::Seat;

use crate::layouts::tmux;
use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;

/// Ctrl-b.
const PREFIX: &str = "\u{2}";
const ALT: &str = "\u{1b}";

fn begin(app: &Project<'_>, name: &str) {
    let words =
        ["new", "Add a greeting", "--branch", name, "--agent", "demo", "--permissions", "edits", "--tmux"];
    app.data(&words);
    app.until_status(name, "idle");
}

fn attach(app: &Project<'_>, name: &str) -> Seat {
    let mut seat = Seat::take(app.command(&["attach", name]), 40, 120);
    seat.until_shown("demo>");
    seat
}

fn until_gone(seat: &mut Seat, text: &str) {
    seat.until(&format!("{text} to go"), |screen| !screen.contents().contains(text));
}

/// Leaves the board; only when its frame has gone do keys reach the window again.
fn closes(seat: &mut Seat) {
    seat.types("q");
    until_gone(seat, "┌");
}

#[test]
fn keys_behind_the_prefix_open_board_task_landing_and_deletion_over_the_window() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    begin(&app, "topic");
    let mut seat = attach(&app, "topic");
    // The server says how many there are; tmux asks for nothing.
    seat.until_shown("1 ready  ");

    seat.types(format!("{PREFIX}s"));
    seat.until_shown("READY TO SHIP 1");
    closes(&mut seat);

    seat.types(format!("{PREFIX}c"));
    seat.until_shown("What should be done?");
    seat.types("\u{1b}");
    until_gone(&mut seat, "What should be done?");
    closes(&mut seat);

    // What is begun here begins where the person's own work does, and not on what the agent has made.
    seat.types(format!("{PREFIX}c"));
    seat.until_shown("What should be done?");
    seat.types("Begin afresh\u{1b}s");
    seat.until_shown("one task, nobody is asked");
    seat.types("headless\r");
    seat.until_shown("session   headless");
    seat.types("\u{1b}a");
    seat.until_shown("the demo agent");
    seat.types("demo\r");
    seat.until_shown("agent     demo");
    seat.types("\r");
    seat.until_shown("begin-afresh");
    closes(&mut seat);
    let base = |name: &str| app.data(&["show", name])["base"].clone();
    assert_eq!((base("begin-afresh"), base("topic")), ("main".into(), "main".into()));

    seat.types(format!("{PREFIX}m"));
    seat.until_shown("would land in main");
    let before = app.git(&["rev-parse", "main"]);
    seat.types("y");
    // What has landed goes, and its window with it: that it has is told where the window was.
    seat.until_shown("topic has landed in main. To take it back: owt undo");
    assert_eq!(seat.until_ended().code(), Some(0));
    assert_ne!(app.git(&["rev-parse", "main"]), before);

    begin(&app, "other");
    app.workspace("other").write("left.txt", "not committed\n");
    let mut seat = attach(&app, "other");
    seat.types(format!("{PREFIX}D"));
    // What is nowhere else goes into a snapshot: that is said, and nothing stands in the way.
    seat.until_shown("1 changed file");
    seat.types("y");
    seat.until_ended();
    let names =
        || app.data(&["list"]).as_array().unwrap().iter().map(|it| it["name"].clone()).collect::<Vec<_>>();
    until("the workspace to go", || names() == ["begin-afresh"]);
}

#[test]
fn the_line_of_counts_goes_with_what_happens_and_with_the_server() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    begin(&app, "topic");
    let mut seat = attach(&app, "topic");
    seat.until_shown("1 ready  ");
    begin(&app, "other");
    seat.until_shown("2 ready  ");
    sealed.kill_server();
    until_gone(&mut seat, "2 ready");
    app.data(&["list"]);
    seat.until_shown("2 ready  ");
}

#[test]
fn alt_keys_are_the_agents_unless_the_person_says_otherwise() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    begin(&app, "topic");
    let bound = || tmux(&sealed, &["list-keys", "-T", "root"]).contains("M-s");
    assert!(!bound());
    sealed.configure("[tmux]\nalt_keys = \"on\"\n");
    begin(&app, "other");
    assert!(bound());
    let mut seat = attach(&app, "topic");
    seat.types(format!("{ALT}s"));
    seat.until_shown("READY TO SHIP 2");
    closes(&mut seat);
}

#[test]
fn an_agent_is_not_told_of_the_tmux_that_shows_it() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    begin(&app, "topic");
    // Our tmux server has been told of a session by now.
    begin(&app, "other");
    let of_the_agents = || {
        let variables = |pid: &u32| fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let texts = sealed.processes().iter().map(variables).collect::<Vec<_>>();
        let texts = texts.into_iter().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        texts.filter(|text| text.split('\0').any(|it| it.starts_with("OWT_TOKEN="))).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    until("both agents", || {
        found = of_the_agents();
        found.len() >= 2
    });
    for text in found {
        let named = |name: &str| text.split('\0').any(|it| it.starts_with(name));
        assert!(!named("TMUX=") && !named("OWT_LAUNCH=") && !named("OWT_PROGRAM="), "{text:?}");
    }
}

#[test]
fn over_a_session_that_an_agent_has_begun_nothing_opens() {
    const STARTER: &str = r#"
cat > /dev/null
exec owt new "Go on" --branch other --agent demo --permissions ask
"#;
    let sealed = Sealed::new().with_tool("starter", STARTER);
    let app = sealed.repository("app");
    begin(&app, "topic");
    let own = tmux(&sealed, &["show-environment", "-g", "OWT_NEWEST_LAUNCH"]);
    app.data(&["new", "Begin another", "--branch", "first", "--agent", "starter", "--headless"]);
    app.data(&["wait", "first"]);
    let names = tmux(&sealed, &["list-sessions", "-F", "#{session_name}"]);
    let knows = |name: &&str| tmux(&sealed, &["show-environment", "-t", name]).contains("OWT_LAUNCH=");
    assert_eq!((names.lines().count(), names.lines().filter(knows).count()), (2, 1), "{names}");
    assert_eq!(tmux(&sealed, &["show-environment", "-g", "OWT_NEWEST_LAUNCH"]), own);
    let of = |name: &str, field: &str| app.data(&["show", name])[field].clone();
    assert_eq!(
        (of("other", "begun_by"), of("first", "begun_by")),
        (of("first", "id"), serde_json::Value::Null)
    );
}
