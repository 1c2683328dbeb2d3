//! People at sessions that live on a terminal of our own: what they see, what they type, and how they get their own
//! terminal back.

use std::sync::Arc;

use owt_core::session::EndReason;
use owt_core::session::SessionKind;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::InjectionOutcome;
use owt_ports::Payload;
use owt_ports::SessionPlan;
use owt_ports::SessionSignal;
use owt_ports::Sessions;
use owt_process::Cmd;
use owt_process::ExitOutcome;
use owt_terminal::HostTuning;
use owt_testkit::lab::Seat;
use owt_testkit::sessions_conformance::Listener;
use owt_testkit::sessions_conformance::SessionsHarness;
use rustix::process::Signal;
use rustix::termios::LocalModes;

use crate::world::TUNING;
use crate::world::World;
use crate::world::is_alive;
use crate::world::kill;
use crate::world::signal;
use crate::world::until;

/// Ctrl-b d.
const LEAVE: &str = "\x02d";

/// Keeps every byte that it reads in `got`, repeats it, and asks for marked pastes.
const KEEPER: &str = r"stty raw -echo; printf '\033[?2004hready\r\n'; exec tee got";

/// Prints its size whenever that changes, until it is ended.
const MEASURER: &str = "trap 'stty size' WINCH; stty size; printf ready; while :; do sleep 0.05; done";

fn launched(world: &World, script: &str) -> (SessionPlan, Arc<Listener>) {
    let plan = world.shell(SessionKind::Pty, script);
    let listener = world.launch(&plan);
    listener.await_output("ready");
    (plan, listener)
}

/// Somebody attaches.
fn attached(world: &World, plan: &SessionPlan, rows: u16, columns: u16) -> Seat {
    let argv = world.sessions.attach_plan(plan.attempt, None).unwrap().argv;
    let (program, arguments) = argv.split_first().unwrap();
    let command = Cmd::new(program).args(arguments).env_clear().env("TERM", "xterm-256color");
    let mut seat = Seat::take(command, rows, columns);
    seat.until_shown("C-b d leaves");
    seat
}

fn got(world: &World) -> Vec<u8> {
    std::fs::read(world.directory().join("got")).unwrap_or_default()
}

/// The row of the screen that is ours.
fn status(screen: &vt100::Screen) -> String {
    let (_, columns) = screen.size();
    screen.rows(0, columns.get()).last().unwrap_or_default()
}

#[test]
fn a_person_looks_back_at_what_scrolled_away_before_they_came() {
    let world = World::new();
    let script = "stty raw -echo; seq -f 'line %g.\r' 1 300; printf ready; exec tee got";
    let (plan, _) = launched(&world, script);
    let mut person = attached(&world, &plan, 24, 80);
    person.until_shown("line 300.");
    assert!(!person.text().contains("line 270."), "{}", person.text());
    person.types("\x02\x1b[5~");
    person.until_shown("line 260.");
    person.until("how far back", |screen| status(screen).contains("[20/"));
    person.types("g");
    person.until_shown("line 1.");
    assert!(!person.text().contains("line 300."), "{}", person.text());
    // A key that means nothing here does not reach the program, and the present is where it was.
    person.types("xq");
    person.until_shown("line 300.");
    person.types("y");
    until("the key", || got(&world) == b"y");
    // Typing ends the looking back by itself only for who looks back, and for nobody else.
    let mut other = attached(&world, &plan, 24, 80);
    person.types("\x02[\x1b[5~");
    person.until_shown("line 265.");
    other.types("z");
    other.until_shown("readyyz");
    assert!(person.text().contains("line 265."), "{}", person.text());
}

#[test]
fn two_people_see_the_same_and_both_may_type_and_the_last_one_has_the_size() {
    let world = World::new();
    let (plan, _) = launched(&world, KEEPER);
    let mut first = attached(&world, &plan, 40, 120);
    let mut second = attached(&world, &plan, 20, 60);
    let rows = || world.sessions.screen(plan.attempt).unwrap().rows.len();
    until("the size of who came last", || rows() == 19);
    first.types("one ");
    until("the size of who typed last", || rows() == 39);
    second.types("two ");
    until("the size of who typed last", || rows() == 19);
    for person in [&mut first, &mut second] {
        person.until_shown("one two");
    }
    first.resize(30, 100);
    until("the size of who resized last", || rows() == 29);
    // One of them leaves, and the other notices nothing.
    second.types(LEAVE);
    assert_eq!(second.until_ended(), ExitOutcome::Code(0));
    first.types("three");
    first.until_shown("one two three");
    // `tee` repeats what it reads before it keeps it.
    until("it to be kept", || got(&world) == b"one two three");
}

#[test]
fn a_person_who_is_stopped_or_looks_away_holds_up_nobody() {
    let world = World::with(HostTuning { terminal_log_limit: 64 * 1024 * 1024, ..TUNING });
    // Prints a lot when it is told to, and says when it has.
    let script = r"stty raw -echo; printf ready; while head -c 1 >>got; do
        seq -f '%g and a long line of nothing in particular, again and again and again.' 1 50000
        printf '\r\nall printed %s' $(wc -c <got); done";
    let (plan, listener) = launched(&world, script);
    let (host, _) = world.pids(plan.attempt);
    let mut stopped = attached(&world, &plan, 24, 80);
    // Its terminal is never read again.
    let away = attached(&world, &plan, 24, 80);
    let mut other = attached(&world, &plan, 24, 80);
    signal(stopped.pid(), Signal::STOP);
    let before = resident(host);
    for round in 1..=3 {
        other.types("x");
        listener.await_output(&format!("all printed {round}"));
        other.until_shown(&format!("all printed {round}"));
    }
    let after = resident(host);
    assert!(after < before + 4096, "the host grew from {before} KiB to {after} KiB");
    signal(stopped.pid(), Signal::CONT);
    stopped.until_shown("all printed 3");
    assert_eq!(world.pids(plan.attempt).0, host);
    drop(away);
}

/// What a process has in memory, in KiB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Everything that a program can do to a terminal: the other screen, no cursor, keys of applications, the mouse, marked
/// pastes, colours, a scroll region.
const MESSY: &str = r"stty raw -echo; printf '\033[?1049h\033[?25l\033[?1h\033=\033[?1000h\033[?1002h\033[?1003h\033[?1006h\033[?2004h\033[?1004h\033[3;9r\033[31;44mready'; exec cat >got";

/// How a person's terminal is after something has happened.
fn assert_given_back(world: &World, way: &str, happens: impl FnOnce(&World, &SessionPlan, &mut Seat)) {
    let (plan, _) = launched(world, MESSY);
    let argv = world.sessions.attach_plan(plan.attempt, None).unwrap().argv;
    let (program, arguments) = argv.split_first().unwrap();
    // The shell looks at its terminal before it hands it over, as a person's does.
    let shell = Cmd::new("/bin/sh")
        .args(["-c", "printf 'my own screen'; exec \"$@\"", "sh"])
        .arg(program)
        .args(arguments)
        .env_clear()
        .env("TERM", "xterm-256color");
    let mut seat = Seat::take(shell, 24, 80);
    seat.until("the session", |screen| {
        screen.contents().contains("ready")
            && screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None
            && screen.hide_cursor()
            && screen.alternate_screen()
    });
    assert!(!seat.settings().local_modes.contains(LocalModes::ICANON), "{way}");
    happens(world, &plan, &mut seat);
    seat.until_ended();
    let screen = seat.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor(), "{way}");
    assert!(!screen.application_cursor() && !screen.application_keypad(), "{way}");
    assert!(!screen.bracketed_paste(), "{way}");
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "{way}");
    assert_eq!(screen.mouse_protocol_encoding(), vt100::MouseProtocolEncoding::Default, "{way}");
    assert_eq!((screen.fgcolor(), screen.bgcolor()), (vt100::Color::Default, vt100::Color::Default), "{way}");
    assert!(seat.text().starts_with("my own screen"), "{way}: {:?}", seat.text());
    let (before, after) = (seat.found(), seat.settings());
    assert_eq!(
        (before.local_modes, before.input_modes, before.output_modes, before.control_modes),
        (after.local_modes, after.input_modes, after.output_modes, after.control_modes),
        "{way}"
    );
}

#[test]
fn a_persons_terminal_is_given_back_however_it_ends() {
    let world = World::new();
    assert_given_back(&world, "they leave", |_, _, seat| seat.types(LEAVE));
    assert_given_back(&world, "somebody ends owt", |_, _, seat| signal(seat.pid(), Signal::TERM));
    assert_given_back(&world, "somebody hangs up on owt", |_, _, seat| signal(seat.pid(), Signal::HUP));
    assert_given_back(&world, "the host is killed", |world, plan, _| kill(world.pids(plan.attempt).0));
    assert_given_back(&world, "the agent is killed", |world, plan, _| kill(world.pids(plan.attempt).1));
    assert_given_back(&world, "the session is stopped", |world, plan, _| {
        world.sessions.stop(plan.attempt, EndReason::Requested).unwrap();
    });
}

#[test]
fn what_is_pasted_is_whole_and_holds_no_keys_of_ours() {
    let world = World::new();
    let (plan, _) = launched(&world, KEEPER);
    let mut person = attached(&world, &plan, 24, 80);
    let pasted = "\x1b[200~first\x02d second\x02[ third\x1b[201~";
    person.types(pasted);
    until("the paste", || got(&world) == pasted.as_bytes());
    // One that is larger than every queue on its way.
    let long = format!("\x1b[200~{}\x02d\x1b[201~", "0123456789abcde\r".repeat(64 * 1024));
    std::thread::scope(|scope| {
        let seat = &mut person;
        scope.spawn(move || {
            for part in long.as_bytes().chunks(2048) {
                seat.types(part);
            }
        });
        until("the long paste", || got(&world).len() == pasted.len() + 1024 * 1024 + 14);
    });
    assert!(got(&world).ends_with(b"abcde\r\x02d\x1b[201~"));
    person.types("\x02d");
    assert_eq!(person.until_ended(), ExitOutcome::Code(0));
}

#[test]
fn a_program_that_wants_no_markers_gets_what_is_pasted_without_them() {
    let world = World::new();
    let (plan, _) = launched(&world, "stty raw -echo; printf ready; exec tee got");
    let mut person = attached(&world, &plan, 24, 80);
    assert!(person.screen().bracketed_paste(), "without it a paste could leave");
    person.types("\x1b[200~echo \x02d\x1b[201~.");
    until("the paste", || got(&world) == b"echo \x02d.");
    assert!(is_alive(person.pid()));
}

#[test]
fn letters_of_every_width_stand_where_the_program_put_them() {
    let world = World::new();
    let text =
        "\u{6f22}\u{5b57} e\u{301} \u{1f980} \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \u{e4}\u{df}|";
    let file = world.file(&format!("{text}\r\n"));
    let script = format!(
        "stty raw -echo; printf '\\033[2;5H'; cat '{file}'; printf '\\033[6;80H\u{6f22}ready'; exec cat"
    );
    let (plan, _) = launched(&world, &script);
    let mut person = attached(&world, &plan, 24, 90);
    person.until_shown("ready");
    let mut own = vt100::Parser::new(23.try_into().unwrap(), 90.try_into().unwrap(), 0);
    own.process(format!("\x1b[2;5H{text}").as_bytes());
    for column in 0..40 {
        let cell =
            |screen: &vt100::Screen| screen.cell(1, column).map(|cell| cell.contents().trim().to_owned());
        assert_eq!(cell(person.screen()), cell(own.screen()), "column {column}");
    }
    // On a narrower terminal the half of a letter at the edge is left out, and nothing moves.
    person.resize(24, 80);
    person.until_shown("|");
    let mut other = attached(&world, &plan, 24, 40);
    other.until_shown("|");
}

#[test]
fn a_storm_of_sizes_ends_at_the_last_one() {
    let world = World::new();
    let (plan, _) = launched(&world, MEASURER);
    let mut person = attached(&world, &plan, 24, 80);
    for step in 0..300u16 {
        person.resize(10 + step % 37, 20 + step * 7 % 150);
    }
    person.resize(31, 97);
    person.until("the last size", |screen| {
        screen.contents().contains("30 97") && status(screen).contains("C-b d leaves")
    });
    let screen = world.sessions.screen(plan.attempt).unwrap();
    assert_eq!(screen.rows.len(), 30);
    person.types(LEAVE);
    assert_eq!(person.until_ended(), ExitOutcome::Code(0));
}

/// How many pictures were told.
fn pictures(signals: &[SessionSignal]) -> usize {
    signals.iter().filter(|signal| matches!(signal, SessionSignal::Screen(_))).count()
}

#[test]
fn what_a_persons_line_kept_out_is_offered_again_although_nothing_more_is_shown() {
    let world = World::new();
    for kind in world.kinds().into_iter().filter(|kind| kind.is_terminal()) {
        let plan = world.shell(kind, KEEPER);
        let listener = world.launch(&plan);
        listener.await_output("ready");
        world.person_types(plan.attempt);
        let payload = Payload::Paste { text: "a message".to_owned(), submit: "\r".to_owned() };
        let injection = Injection { key: InjectionKey::Frame("m".to_owned()), payload };
        let mut told = pictures(&listener.await_that("anything", |_| true));
        // Whoever is refused tries again when a picture is told, and at no other time.
        let mut refused = 0;
        while world.sessions.inject(plan.attempt, &injection).unwrap() == InjectionOutcome::LineTaken {
            refused += 1;
            told = pictures(&listener.await_that("another picture", |signals| pictures(signals) > told));
        }
        assert!(refused > 0, "{kind:?}: a person had the line");
        listener.await_output("a message");
    }
}
