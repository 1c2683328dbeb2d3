//! The very bytes that reach a program, and what is known after a crash.

use std::thread;

use owt_core::DeliveryId;
use owt_core::session::EndReason;
use owt_core::session::SessionKind;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::InjectionOutcome;
use owt_ports::Payload;
use owt_ports::SessionSignal;
use owt_ports::Sessions;
use owt_testkit::sessions_conformance::SessionsHarness;

use crate::world::World;
use crate::world::kill;
use crate::world::until;

fn delivery(world: &World, payload: Payload) -> Injection {
    Injection { key: InjectionKey::Delivery(DeliveryId::from_bits(world.fresh_bits())), payload }
}

fn paste(world: &World, text: &str) -> Injection {
    delivery(world, Payload::Paste { text: text.to_owned(), submit: "\r".to_owned() })
}

/// A raw terminal program with bracketed paste that keeps every byte it reads in `got`.
const KEEPER: &str = r"stty raw -echo; printf '\033[?2004hready'; exec tee got";

/// What the keeper has read; nothing before it has begun to keep it.
fn got(world: &World) -> Vec<u8> {
    std::fs::read(world.directory().join("got")).unwrap_or_default()
}

#[test]
fn a_paste_arrives_in_brackets_and_is_submitted_after_it() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    let plan = world.shell(SessionKind::Tmux, KEEPER);
    world.launch(&plan).await_output("ready");
    let big = (0..20_000).map(|n| format!("zeile {n} ß\n")).collect::<String>();
    let mut wanted = String::new();
    for text in ["one\n\ttwo 'q' $(id)", "x", big.as_str()] {
        let outcome = world.sessions.inject(plan.attempt, &paste(&world, text));
        assert_eq!(outcome, Ok(InjectionOutcome::Injected));
        wanted.push_str(&format!("\x1b[200~{}\x1b[201~\r", text.replace('\n', "\r")));
        until("the paste", || got(&world).len() >= wanted.len());
        assert!(got(&world) == wanted.as_bytes());
    }
}

#[test]
fn one_line_arrives_bare_where_the_program_has_no_brackets() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    let script = r"stty raw -echo; printf '\033[?2004h\033[?2004lready'; exec tee got";
    let plan = world.shell(SessionKind::Tmux, script);
    world.launch(&plan).await_output("ready");
    assert_eq!(
        world.sessions.inject(plan.attempt, &paste(&world, "a\nb")),
        Ok(InjectionOutcome::NeedsBracketedPaste)
    );
    let outcome = world.sessions.inject(plan.attempt, &paste(&world, "just this"));
    assert_eq!(outcome, Ok(InjectionOutcome::Injected));
    until("the line", || got(&world) == b"just this\r");
}

#[test]
fn a_picture_is_shown_again_after_a_submit_that_changed_nothing() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    // It shows what is typed and overlooks what submits it.
    let script = r"stty raw -echo; printf '\033[?2004hready'; exec tr -d '\r\033'";
    let plan = world.shell(SessionKind::Tmux, script);
    let listener = world.launch(&plan);
    listener.await_output("ready");
    let pictures = |signals: &[SessionSignal]| {
        let shows = |signal: &&SessionSignal| matches!(signal, SessionSignal::Screen(_));
        signals.iter().filter(shows).count()
    };
    let outcome = world.sessions.inject(plan.attempt, &paste(&world, ""));
    assert_eq!(outcome, Ok(InjectionOutcome::Injected));
    let before = pictures(&listener.signals());
    listener.await_that("the same picture twice more", |signals| pictures(signals) >= before + 2);
    let same = listener.signals();
    let mut shown = same.iter().filter(|signal| matches!(signal, SessionSignal::Screen(_))).rev();
    assert_eq!(shown.next(), shown.next());
}

#[test]
fn many_at_once_go_in_whole_and_once_each() {
    let world = World::new();
    let script = r#"echo ready; while IFS= read -r line; do printf '%s\n' "$line"; done"#;
    let plan = world.shell(SessionKind::Structured, script);
    let listener = world.launch(&plan);
    listener.await_output("ready");
    let lines: Vec<Injection> =
        (0..10).map(|n| delivery(&world, Payload::Line(format!("{n}").repeat(20_000)))).collect();
    thread::scope(|scope| {
        for line in lines.iter().chain(&lines) {
            let (world, attempt) = (&world, plan.attempt);
            scope.spawn(move || world.sessions.inject(attempt, line).unwrap());
        }
    });
    let length = "ready\n".len() + 10 * 20_001;
    until("all lines", || listener.text(owt_ports::Stream::Output).len() >= length);
    let text = listener.text(owt_ports::Stream::Output);
    let mut got: Vec<&str> = text.lines().skip(1).collect();
    got.sort_unstable();
    let wanted: Vec<String> = (0..10).map(|n| format!("{n}").repeat(20_000)).collect();
    assert!(got == wanted);
}

#[test]
fn a_host_killed_between_begin_and_end_leaves_uncertainty_for_ever() {
    let world = World::new();
    // It never reads: the pipe fills, and the line is on its way for as long as the host lives.
    let plan = world.shell(SessionKind::Structured, "printf ready; exec sleep 1000");
    world.launch(&plan).await_output("ready");
    let line = delivery(&world, Payload::Line("x".repeat(1_000_000)));
    let journal = world.attempt_file(plan.attempt, "injections.jsonl");
    let host = world.pids(plan.attempt).0;
    thread::scope(|scope| {
        let injecting = scope.spawn(|| world.sessions.inject(plan.attempt, &line));
        until("the journal's begin", || std::fs::read_to_string(&journal).unwrap().contains("begin"));
        kill(host);
        assert_eq!(injecting.join().unwrap(), Ok(InjectionOutcome::Uncertain));
    });
    let later = SessionsHarness::sessions(&world);
    assert_eq!(later.inject(plan.attempt, &line), Ok(InjectionOutcome::Uncertain));
}

#[test]
fn a_session_stopped_in_the_middle_of_an_injection_leaves_uncertainty() {
    let world = World::new();
    let plan = world.shell(SessionKind::Structured, "printf ready; exec sleep 1000");
    world.launch(&plan).await_output("ready");
    let line = delivery(&world, Payload::Line("x".repeat(1_000_000)));
    let journal = world.attempt_file(plan.attempt, "injections.jsonl");
    thread::scope(|scope| {
        let injecting = scope.spawn(|| world.sessions.inject(plan.attempt, &line));
        until("the journal's begin", || std::fs::read_to_string(&journal).unwrap().contains("begin"));
        world.sessions.stop(plan.attempt, EndReason::Requested).unwrap();
        assert_eq!(injecting.join().unwrap(), Ok(InjectionOutcome::Uncertain));
    });
}
