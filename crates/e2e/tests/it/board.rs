//! A person before the board: the real program on a terminal, its server, git, tmux and the demo agent.

use std::fs;
use std::io::BufRead as _;
use std::io::BufReader;

use owt_process::Streams;
use owt_testkit::lab::Seat;

use crate::patience::until;
use crate::project::Project;
use crate::sealed::Sealed;

/// Ctrl-b d.
const LEAVE: &str = "\u{2}d";

/// How a program gives a terminal its own screen back (xterm's 1049).
const LEAVES_SCREEN: &str = "\x1b[?1049l";

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
    let has_come_to_rest = |line: &str| line.starts_with('▶') && line.contains("idle") && line.contains("↑1");
    seat.until("the work", |screen| screen.contents().lines().any(has_come_to_rest));
    seat.types("m");
    seat.until_shown("would land in main");
    let before = app.git(&["rev-parse", "main"]);
    seat.types("y");
    seat.until_shown("asks has landed in main");
    assert_ne!(app.git(&["rev-parse", "main"]), before);
    seat.until_shown("READY TO SHIP 1");

    select(&mut seat, "chat");
    seat.means("K", "Stop chat?");
    seat.types("y");
    seat.until_shown("the session of chat has ended");
    seat.types("q");
    assert_eq!(seat.until_ended().code(), Some(0));
    assert_eq!(app.only_workspace()["session"], serde_json::Value::Null);
}

#[test]
fn a_person_deletes_from_the_board_and_brings_it_back() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    begin(&app, "work", "Greet them", &["--headless"]);
    app.until_status("work", "done");
    let folder = app.only_workspace()["path"].as_str().unwrap().to_owned();
    fs::write(format!("{folder}/notes"), "not committed").unwrap();
    let mut seat = Seat::take(app.command(&[]), 30, 110);
    seat.until_shown("READY TO SHIP 1");
    select(&mut seat, "work");
    seat.means("D", "Delete work?");
    seat.until_shown("1 changed file and 1 unmerged commit: kept in a snapshot");
    seat.types("y");
    seat.until_shown("work is deleted; undo brings it back");
    assert!(!fs::exists(&folder).unwrap());
    seat.means("u", "Take back the deletion of work?");
    seat.types("y");
    seat.until_shown("the deletion of work is taken back");
    assert_eq!(fs::read_to_string(format!("{folder}/notes")).unwrap(), "not committed");
    seat.types("q");
    assert_eq!(seat.until_ended().code(), Some(0));
}

/// What has no key of its own is written as after a prompt, and read for as long as the person wants.
#[test]
fn every_command_is_run_from_the_palette_and_the_board_is_there_again() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    begin(&app, "work", "Greet them", &["--headless"]);
    app.until_status("work", "done");
    app.data(&["delete", "work", "--force", "--yes"]);
    begin(&app, "other", "Greet them", &["--headless"]);
    app.until_status("other", "done");
    let mut seat = Seat::take(app.command(&[]), 30, 110);
    seat.until_shown("READY TO SHIP 1");
    let run = |seat: &mut Seat, found: &str, shown: &str, more: &str| {
        seat.types(":");
        seat.until_shown("Commands");
        seat.types(found);
        seat.until_shown(&format!("▶ owt {found}"));
        seat.types("\r");
        seat.until_shown("On the command line");
        seat.until_shown(shown);
        seat.types(more);
        seat.types("\r");
    };
    run(&mut seat, "restore", "restore", " work");
    seat.until_shown("[enter goes back to the board]");
    seat.types("\r");
    seat.until_shown("READY TO SHIP 2");
    run(&mut seat, "show", "show other", " --no-such");
    seat.until_shown("2; enter goes back to the board]");
    seat.types("\r");
    seat.until_shown("READY TO SHIP 2");
    // What Ctrl-C ends is the command, and not the board.
    run(&mut seat, "list", "list", " --watch");
    seat.until_shown("STATUS  NAME");
    seat.types("\u{3}");
    seat.until_shown("130; enter goes back to the board]");
    seat.types("\r");
    seat.until_shown("READY TO SHIP 2");
    seat.types("q");
    assert_eq!(seat.until_ended().code(), Some(0));
}

#[test]
fn a_key_that_comes_with_a_change_of_size_is_heard_at_once() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    let mut seat = Seat::take(app.command(&[]), 30, 110);
    seat.until_shown("? help");
    for round in 0..20 {
        seat.resize(30 + round % 2, 110);
        seat.types("/");
        seat.until_shown("Find a workspace");
        seat.types("\u{1b}");
        seat.until("the board", |screen| !screen.contents().contains("Find a workspace"));
    }
    seat.types("q");
    assert_eq!(seat.until_ended().code(), Some(0));
}

#[test]
fn nothing_waits_for_the_terminals_word_on_its_background_and_its_colours_are_taken_when_it_comes() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    let mut seat = Seat::take(app.command(&[]), 30, 110);
    seat.until_shown("? help");
    let light = "38;5;25;";
    assert!(!String::from_utf8_lossy(seat.seen()).contains(light));
    // Its letters are no keys: an `r` would open a review, a `b` a message to all.
    seat.types("\u{1b}]11;rgb:ffff/ffff/ffff\u{1b}\\");
    seat.until_seen(light);
    assert!(seat.text().contains("? help") && !seat.text().contains("no agent runs"), "{}", seat.text());
    seat.types("q");
    assert_eq!(seat.until_ended().code(), Some(0));
    let mut seat = Seat::take(app.command(&[]), 30, 110);
    seat.until_shown("? help");
    // Esc right before it, as a person may press it just then.
    seat.types("/");
    seat.until_shown("Find a workspace");
    seat.types("\u{1b}\u{1b}]11;rgb:ffff/ffff/ffff\u{1b}\\");
    seat.until_seen(light);
    seat.until("no more than the board", |screen| {
        screen.contents().contains("? help") && !screen.contents().contains("Find a workspace")
    });
    assert!(
        !seat.text().contains("does nothing here") && !seat.text().contains("no agent runs"),
        "{}",
        seat.text()
    );
    seat.types("q");
    assert_eq!(seat.until_ended().code(), Some(0));
    let asked = "\u{1b}]11;?";
    assert!(String::from_utf8_lossy(seat.seen()).contains(asked));
    let mut seat = Seat::take(app.command(&[]).env("OWT_BACKGROUND", "#fdf6e3"), 30, 110);
    seat.until_seen(light);
    assert!(!String::from_utf8_lossy(seat.seen()).contains(asked), "a person who has said it is not asked");
    seat.types("q");
    assert_eq!(seat.until_ended().code(), Some(0));
}

#[test]
fn a_server_that_the_person_stops_stays_stopped_until_they_start_it_on_the_board() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    begin(&app, "work", "Add a greeting", &["--structured"]);
    app.until_status("work", "idle");
    let mut seat = Seat::take(app.command(&[]), 30, 110);
    seat.until_shown("READY TO SHIP 1");
    app.data(&["server", "stop"]);
    seat.until_shown("the server was stopped, agents go on: enter starts it again");
    app.refused(&["server", "status"], 5, "not_found");
    seat.types("\r");
    seat.until_shown("the server is there again");
    app.data(&["server", "status"]);
    // One that is started by anything else is found, too.
    app.data(&["server", "stop"]);
    seat.until_shown("the server was stopped");
    app.data(&["list"]);
    seat.until_shown("the server is there again");
    seat.types("q");
    assert_eq!(seat.until_ended().code(), Some(0));
}

#[test]
fn a_person_reviews_comments_and_ships_from_the_board() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    begin(&app, "work", "Add a greeting", &["--structured"]);
    app.until_status("work", "idle");
    let mut seat = Seat::take(app.command(&[]), 30, 110);
    seat.until_shown("READY TO SHIP 1");
    seat.types("Q");
    seat.until_shown("app · queue");
    seat.until_shown("main  ready");
    seat.types("C");
    seat.until_shown("No conflicts: 1 workspace");
    seat.types("C");
    seat.until_shown("READY TO SHIP 1");

    seat.types("r");
    seat.until_shown("The critic");
    seat.until_shown("@@ ");
    seat.types("}j");
    seat.types("c");
    seat.until_shown("enter keeps it");
    seat.types("Say it with more warmth\r");
    seat.until_shown("┃ Say it with more warmth");
    seat.types("\r");
    seat.until_shown("message · work:");
    let has_arrived = || {
        let shown = app.data(&["show", "work"]);
        let texts = shown["deliveries"].as_array().unwrap().iter();
        texts.filter(|it| it["state"] == "observed").count() == 2 && shown["status"] == "idle"
    };
    until("the comment to be dealt with", has_arrived);
    // The board may still show it as it was before the comment, or at work.
    app.data(&["new", "Wait", "--branch", "late", "--agent", "demo", "--headless", "--permissions", "edits"]);
    app.data(&["wait", "late"]);
    seat.until_shown("READY TO SHIP 2");

    let before = app.git(&["rev-parse", "main"]);
    select(&mut seat, "work");
    seat.types("s");
    seat.until_shown("would land in main");
    assert_eq!(app.git(&["rev-parse", "main"]), before, "looking ahead moves nothing");
    seat.types("y");
    seat.until_shown("work has landed in main");
    assert_ne!(app.git(&["rev-parse", "main"]), before);
    seat.until_shown("READY TO SHIP 1");
    seat.types("u");
    seat.until_shown("Take back the landing of work in main?");
    seat.types("y");
    seat.until_shown("the landing of work in main is taken back");
    assert_eq!(app.git(&["rev-parse", "main"]), before);
    seat.until_shown("READY TO SHIP 2");
    seat.types("q");
    assert_eq!(seat.until_ended().code(), Some(0));
}

#[test]
fn the_editor_opens_on_what_conflicts_and_the_board_is_there_again() {
    let sealed = Sealed::with_worker();
    let app = sealed.repository("app");
    for name in ["one", "two"] {
        app.data(&["new", "Make it", "--branch", name, "--agent", "worker", "--headless"]);
        app.data(&["wait", name]);
        app.workspace(name).write("new.txt", &format!("{name}\n"));
    }
    app.write("settled", "settled\n");
    // An editor of sorts: it writes over what it is given.
    let editor = format!("cp '{}'", sealed.work().join("app").join("settled").display());
    let mut seat = Seat::take(app.command(&[]).env("EDITOR", editor), 30, 110);
    seat.until_shown("two");
    select(&mut seat, "two");
    seat.until_shown("conflicts with");
    seat.types("f");
    seat.until_shown("new.txt: with one");
    seat.types("y");
    // What is typed before the board has its terminal again is the editor's.
    seat.until_seen(LEAVES_SCREEN);
    until("the editor to have been there", || app.workspace("two").read("new.txt") == "settled\n");
    seat.until("the board again", |screen| screen.alternate_screen() && screen.contents().contains("two"));
    assert_eq!(app.workspace("one").read("new.txt"), "one\n");
    seat.types("C");
    seat.until_shown("app · conflicts");
    seat.types("q");
    assert_eq!(seat.until_ended().code(), Some(0));
}

#[test]
fn the_board_has_the_persons_own_keys_and_a_verb_that_is_none_is_told() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    sealed.configure("[board.keys]\nquit = [\"Z\"]\nhelp = [\"ctrl-g\"]\n");
    let mut seat = Seat::take(app.command(&[]), 24, 90);
    seat.until_shown("ctrl-g help");
    seat.types("Z");
    assert_eq!(seat.until_ended().code(), Some(0));
    sealed.configure("mege = [\"m\"]\n");
    let error = app.refused(&["config", "validate"], 2, "bad_configuration");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("did you mean 'merge'?") && message.contains("config.toml:4"), "{message}");
}

#[test]
fn a_board_for_the_ear_only_goes_on_and_a_status_line_starts_no_server() {
    let sealed = Sealed::new();
    let app = sealed.repository("app");
    assert_eq!(app.owt(&["statusline"]).done(), "\n");
    app.refused(&["server", "status"], 5, "not_found");
    let mut heard = app.command(&["dashboard", "--plain"]).spawn(Streams::piped()).unwrap();
    let mut lines = BufReader::new(heard.stdout.take().unwrap()).lines();
    let mut until_heard = |words: &str| {
        let found = lines.by_ref().map(|line| line.unwrap()).find(|line| line.contains(words));
        found.unwrap_or_else(|| panic!("it ended without {words}"))
    };
    until_heard("No workspaces yet.");
    begin(&app, "work", "Add a greeting", &["--structured"]);
    assert!(until_heard("READY TO SHIP: ").contains("work"));
    assert_eq!(app.owt(&["statusline"]).done(), "1 ready\n");
    let pid = rustix::process::Pid::from_raw(i32::try_from(heard.pid()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(heard.wait().unwrap().code(), Some(130));
}

#[test]
fn an_agents_terminal_has_its_colours_and_none_of_its_sequences_reaches_the_persons() {
    const PRINTED: &str =
        "\u{1b}]0;owned\u{7}\u{1b}]52;c;b3duZWQ=\u{7}\u{1b}[31mred words\u{1b}[0m\u{1b}[?1000h\n";
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    let prompt = format!("Print it [[script:{}]]", serde_json::json!([{ "print": PRINTED }]));
    app.data(&["new", &prompt, "--branch", "shown", "--agent", "claude", "--pty"]);
    app.until_status("shown", "idle");
    let mut seat = Seat::take(app.command(&[]), 30, 110);
    seat.until_shown("shown");
    seat.types("pz");
    seat.until_shown("shown · terminal");
    seat.until("the agent's red", |screen| {
        let place =
            |(row, line): (usize, String)| Some((row, line.split_once("│red words")?.0.chars().count() + 1));
        let found = screen.rows(0, 110).enumerate().find_map(place);
        let cell = found
            .and_then(|(row, column)| screen.cell(u16::try_from(row).ok()?, u16::try_from(column).ok()?));
        cell.is_some_and(|cell| format!("{:?}", cell.fgcolor()) == "Idx(1)")
    });
    let seen = String::from_utf8_lossy(seat.seen()).into_owned();
    assert!(!seen.contains("\u{1b}]0;") && !seen.contains("\u{1b}]52"), "{seen:?}");
    seat.types("q");
    assert_eq!(seat.until_ended().code(), Some(0));
}

#[test]
fn an_agents_terminal_beside_the_rows_goes_with_what_the_agent_draws() {
    let sealed = Sealed::new().with_scripted_claude();
    let app = sealed.repository("app");
    let gate = sealed.record("gate");
    sealed.command("mkfifo", &sealed.work()).arg(&gate).run_checked().unwrap();
    // The task itself stands on the terminal, too: not with these letters.
    let says = |word: &str| format!(r#"{{"print":"{word} w\u006frds\n"}}"#);
    let waits = serde_json::json!({ "wait_for": gate });
    let steps =
        [says("first"), waits.to_string(), says("second"), waits.to_string(), says("third")].join(",");
    let prompt = format!("Print it [[script:[{steps}]]]");
    app.data(&["new", &prompt, "--branch", "shown", "--agent", "claude", "--pty"]);
    let mut seat = Seat::take(app.command(&[]), 30, 110);
    seat.until_shown("shown");
    seat.types("pz");
    seat.until_shown("first words");
    for word in ["second", "third"] {
        fs::write(&gate, "go on\n").unwrap();
        seat.until_shown(&format!("{word} words"));
    }
    seat.types("q");
    assert_eq!(seat.until_ended().code(), Some(0));
}
