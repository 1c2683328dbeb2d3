//! A person before the board: the real program on a terminal, its server, git, tmux and the demo agent.

use owt_testkit::lab::Seat;

use crate::project::Project;
use crate::sealed::Sealed;

/// Ctrl-b d.
const LEAVE: &str = "\u{2}d";

fn begin(app: &Project<'_>, name: &str, task: &str, more: &[&str]) {
    let words = ["new", task, "--branch", name, "--agent", "demo", "--permissions", "edits"];
    app.data(&[&words, more].concat());
}

/// Selects a workspace by its name.
fn select(seat: &mut Seat, name: &str) {
    seat.types("/");
    seat.until_shown("Find a workspace");
    seat.types(name);
    seat.types("\r");
    let is_selected = |line: &str| line.starts_with('▶') && line.contains(name);
    seat.until(name, |screen| screen.contents().lines().any(is_selected));
}

#[test]
fn a_person_answers_attaches_lands_and_stops_from_the_board() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    begin(&app, "asks", "Greet them [[demo:ask]]", &["--structured"]);
    begin(&app, "chat", "Look around", &["--tmux"]);
    app.until_status("asks", "waiting_permission");
    app.until_status("chat", "idle");
    let mut seat = Seat::take(app.command(&[]), 30, 110);
    seat.until_shown("NEEDS YOU 1");
    seat.until_shown("READY TO SHIP 1");

    select(&mut seat, "asks");
    for what in ["Write", "git commit"] {
        seat.until(what, |screen| {
            let text = screen.contents();
            text.contains(what) && text.contains("NEEDS YOU 1") && !text.contains("asks for permission")
        });
        seat.types("\r");
        seat.until_shown("asks asks for permission");
        seat.types("y");
    }
    app.until_status("asks", "idle");
    seat.until_shown("READY TO SHIP 2");

    seat.resize(12, 60);
    seat.until("the small board", |screen| screen.contents().contains("? help"));
    seat.resize(30, 110);
    seat.until_shown("READY TO SHIP 2");

    select(&mut seat, "chat");
    seat.types("a");
    seat.until_shown("demo>");
    seat.types(LEAVE);
    seat.until_shown("READY TO SHIP 2");
    app.until_status("chat", "idle");

    sealed.kill_server();
    seat.until_shown("the server is there again");

    // A server that has just begun looks at its sessions and at git before it says the same again.
    app.until_status("asks", "idle");
    select(&mut seat, "asks");
    let has_come_to_rest = |line: &str| line.starts_with('▶') && line.contains("idle") && line.contains("+1");
    seat.until("the work", |screen| screen.contents().lines().any(has_come_to_rest));
    seat.types("m");
    seat.until_shown("would land in main");
    let before = app.git(&["rev-parse", "main"]);
    seat.types("y");
    seat.until_shown("asks has landed in main");
    assert_ne!(app.git(&["rev-parse", "main"]), before);
    seat.until_shown("READY TO SHIP 1");

    select(&mut seat, "chat");
    seat.types("K");
    seat.until_shown("Stop chat?");
    seat.types("y");
    seat.until_shown("the session of chat has ended");
    seat.types("q");
    assert_eq!(seat.until_ended().code(), Some(0));
    assert_eq!(app.only_workspace()["session"], serde_json::Value::Null);
}
