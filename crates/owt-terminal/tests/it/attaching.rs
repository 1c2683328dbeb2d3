//! People at terminals: attaching, losing tmux, sizes, clipboards.

use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::InjectionOutcome;
use owt_ports::Payload;
use owt_ports::SessionPlan;
use owt_ports::Sessions;
use owt_testkit::sessions_conformance::Listener;
use owt_testkit::sessions_conformance::SessionsHarness;

use crate::terminal_client::TerminalClient;
use crate::world::World;
use crate::world::is_alive;
use crate::world::kill;
use crate::world::signal;
use crate::world::until;

/// A raw terminal program that keeps every byte it reads in `got` and repeats it.
const KEEPER: &str = r"stty raw -echo; printf '\033[?2004h\033]2;my title\007ready'; exec tee got";

fn launched(world: &World, script: &str) -> (SessionPlan, Arc<Listener>) {
    let plan = world.shell(SessionKind::Tmux, script);
    let listener = world.launch(&plan);
    listener.await_output("ready");
    (plan, listener)
}

fn got(world: &World) -> Vec<u8> {
    std::fs::read(world.directory().join("got")).unwrap_or_default()
}

#[test]
fn what_a_person_types_in_tmux_reaches_the_program_and_what_it_shows_is_in_the_pane() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    let (plan, listener) = launched(&world, KEEPER);
    let target = world.sessions.attach_plan(plan.attempt, None).unwrap().argv.pop().unwrap();
    world.tmux(&["send-keys", "-t", &format!("{target}:"), "hello"]);
    listener.await_output("hello");
    // `tee` repeats what it reads before it keeps it.
    until("it to be kept", || got(&world) == b"hello");
    until("the pane to show it", || {
        world.tmux(&["capture-pane", "-p", "-t", &format!("{target}:")]) == "readyhello"
    });
    let paste = Payload::Paste { text: "mine".to_owned(), submit: "\r".to_owned() };
    let injection = Injection { key: InjectionKey::Frame("p".to_owned()), payload: paste };
    assert_eq!(world.sessions.inject(plan.attempt, &injection), Ok(InjectionOutcome::LineTaken));
    world.tmux(&["send-keys", "-t", &format!("{target}:"), "Enter"]);
    until("enter to be read", || got(&world).ends_with(b"\r"));
    assert_eq!(world.sessions.inject(plan.attempt, &injection), Ok(InjectionOutcome::Injected));
}

#[test]
fn killing_tmux_leaves_the_agent_and_a_later_attach_shows_it_again() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    let (plan, listener) = launched(&world, KEEPER);
    let pids = world.pids(plan.attempt);
    kill(world.tmux_server_pid());
    assert_eq!(world.pids(plan.attempt), pids);

    let paste = Payload::Paste { text: "while blind".to_owned(), submit: "\r".to_owned() };
    let injection = Injection { key: InjectionKey::Frame("p".to_owned()), payload: paste };
    assert_eq!(world.sessions.inject(plan.attempt, &injection), Ok(InjectionOutcome::Injected));
    listener.await_output("while blind");

    let target = world.sessions.attach_plan(plan.attempt, None).unwrap().argv.pop().unwrap();
    let pane = format!("{target}:");
    until("the pane to show the same", || {
        world.tmux(&["capture-pane", "-p", "-t", &pane]).contains("readywhile blind")
    });
    let title = || world.tmux(&["display-message", "-p", "-t", &pane, "#{pane_title}"]);
    until("its title", || title() == "my title");
    world.tmux(&["send-keys", "-t", &pane, "keys"]);
    listener.await_output("keys");
    assert_eq!(world.pids(plan.attempt), pids);
    // Asking again finds the pane that is there.
    world.sessions.attach_plan(plan.attempt, None).unwrap();
    assert_eq!(world.tmux(&["list-panes", "-a", "-F", "x"]), "x");

    // And once more: the window's own process is a person's terminal that went away.
    kill(world.tmux_server_pid());
    assert_eq!(world.pids(plan.attempt), pids);
    let quiet = processor_time(pids.0);
    let start = Instant::now();
    until("half a second", || start.elapsed() > Duration::from_millis(500));
    assert!(processor_time(pids.0) - quiet < 10, "a host without a pane must not spin");
    signal(pids.1, rustix::process::Signal::KILL);
    listener.await_end();
    until("the host to end", || !is_alive(pids.0));
}

/// What a process has used, in clock ticks.
fn processor_time(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn a_killed_server_is_started_again_by_the_next_launch() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    let (first, _) = launched(&world, "printf ready; exec sleep 1000");
    kill(world.tmux_server_pid());
    let (second, _) = launched(&world, "printf ready; exec sleep 1000");
    assert_ne!(world.pids(first.attempt), world.pids(second.attempt));
    world.sessions.attach_plan(first.attempt, None).unwrap();
    assert_eq!(world.tmux(&["list-sessions", "-F", "x"]).lines().count(), 2);
}

#[test]
fn a_session_is_opened_while_the_server_leaves_after_its_last() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    // Each ends at once, and the server with it, just when the next one asks for it.
    for _ in 0..60 {
        let plan = world.shell(SessionKind::Tmux, "printf x");
        assert_eq!(world.launch(&plan).await_end(), Exit::Code { code: 0 });
    }
}

#[test]
fn questions_are_answered_by_somebody_with_tmux_and_without() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    // Asks for device attributes whenever it reads something, and keeps the answer.
    let script = r#"stty raw -echo; printf ready
        while :; do dd bs=1 count=1 of=/dev/null 2>/dev/null; printf '\033[c'; dd bs=1 count=7 2>/dev/null >>got; done"#;
    let (plan, _) = launched(&world, script);
    let target = world.sessions.attach_plan(plan.attempt, None).unwrap().argv.pop().unwrap();
    // Enter leaves the line free for the injection below.
    world.tmux(&["send-keys", "-t", &format!("{target}:"), "Enter"]);
    until("tmux's answer", || got(&world).len() == 7);
    assert!(got(&world).starts_with(b"\x1b[?1;2"), "{:?}", got(&world));
    kill(world.tmux_server_pid());
    let paste = Payload::Paste { text: "b".to_owned(), submit: String::new() };
    let injection = Injection { key: InjectionKey::Frame("p".to_owned()), payload: paste };
    until("the host to have noticed", || !world.pane_of_host_is_open(plan.attempt));
    assert_eq!(world.sessions.inject(plan.attempt, &injection), Ok(InjectionOutcome::Injected));
    until("the host's answer", || got(&world).len() == 14);
    assert_eq!(&got(&world)[7..], b"\x1b[?1;2c");
}

#[test]
fn the_program_follows_the_size_of_the_pane() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    let script = "trap 'stty size >got' WINCH; stty size; printf ready; while :; do sleep 0.05; done";
    let (plan, listener) = launched(&world, script);
    let text = listener.text(owt_ports::Stream::Output);
    assert!(text.starts_with("50 200") || text.starts_with("49 200"), "{text}");
    let target = world.sessions.attach_plan(plan.attempt, None).unwrap().argv.pop().unwrap();
    world.tmux(&["resize-window", "-t", &format!("{target}:"), "-x", "90", "-y", "30"]);
    until("the new size", || got(&world) == b"30 90\n");
    until("the picture to follow", || world.sessions.screen(plan.attempt).unwrap().rows.len() == 30);
}

#[test]
fn a_long_output_is_whole_in_the_windows_history() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    let text: String = (0..10_000).map(|n| format!("line {n} of a long output\n")).collect();
    let file = world.file(&text);
    let (plan, _) = launched(&world, &format!("cat '{file}'; printf ready; exec sleep 1000"));
    let target = world.sessions.attach_plan(plan.attempt, None).unwrap().argv.pop().unwrap();
    let history = || world.tmux(&["capture-pane", "-p", "-S", "-", "-t", &format!("{target}:")]);
    until("the pane", || history().ends_with("ready"));
    assert!(history() == format!("{text}ready"));
}

#[test]
fn a_program_cannot_set_the_clipboard() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    let script =
        r"printf '\033]52;c;c2VjcmV0\007\033Ptmux;\033\033]52;c;c2VjcmV0\007\033\\ready'; exec sleep 1000";
    let (plan, _) = launched(&world, script);
    let target = world.sessions.attach_plan(plan.attempt, None).unwrap().argv.pop().unwrap();
    until("the pane", || world.tmux(&["capture-pane", "-p", "-t", &format!("{target}:")]) == "ready");
    assert_eq!(world.tmux(&["list-buffers"]), "");
    assert_eq!(world.tmux(&["show-options", "-gwv", "allow-passthrough"]), "off");
    assert_eq!(world.tmux(&["show-options", "-sv", "set-clipboard"]), "external");
}

#[test]
fn a_plan_to_attach_is_carried_out_by_a_real_terminal() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    let (plan, _) = launched(&world, KEEPER);
    // The person's own terminal is a pane of another session, which is as real as any.
    let attach = world.sessions.attach_plan(plan.attempt, None).unwrap();
    let mut person = world.plan(SessionKind::Tmux, &[]);
    person.argv = attach.argv;
    person.environment.insert("LC_ALL".to_owned(), "C.UTF-8".to_owned());
    world.sessions.launch(&person).unwrap();
    let shows =
        || world.sessions.screen(person.attempt).unwrap().rows.iter().any(|row| row.contains("ready"));
    until("the person to see it", shows);
    let status = world.sessions.screen(person.attempt).unwrap().rows.pop().unwrap();
    assert!(status.contains("leaves it running"), "{status:?}");
}

#[test]
fn a_viewer_that_joins_late_is_drawn_the_whole_picture() {
    let world = World::new();
    if world.paths.tmux_program.is_none() {
        return;
    }
    let script = r"printf '\033[?1049h\033[5;7Hcentre \033[?1000hready'; exec sleep 1000";
    let (plan, _) = launched(&world, script);
    let shown = TerminalClient::attach(&world.host_socket(plan.attempt)).await_output("ready");
    assert!(
        shown.contains("\x1b[?1049h") && shown.contains("centre") && shown.contains("\x1b[?1000h"),
        "{shown:?}"
    );
}
