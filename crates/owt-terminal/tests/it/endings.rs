//! How sessions end, and that nothing of them stays.

use std::time::Duration;

use owt_core::session::EndReason;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use owt_ports::SessionPresence;
use owt_ports::Sessions;
use owt_ports::Stream;
use owt_terminal::HostTuning;
use owt_testkit::sessions_conformance::Listener;
use owt_testkit::sessions_conformance::SessionsHarness;

use crate::world::TUNING;
use crate::world::World;
use crate::world::is_alive;
use crate::world::signal;

/// A grandchild in a session of its own that obeys nothing; its pid is printed as `<pid>`, and then a file made.
pub(crate) const GRANDCHILD: &str = r#"setsid sh -c 'trap "" INT TERM HUP; echo "<$$>"; : >"said $OWT_ATTEMPT"; while :; do sleep 1000; done' & "#;

/// The pid that was printed in angle brackets.
pub(crate) fn printed_pid(listener: &Listener) -> u32 {
    listener.await_output(">");
    let text = listener.text(Stream::Output);
    text.split(['<', '>']).nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_grandchild_in_its_own_session_is_ended_with_the_program() {
    let world = World::new();
    for kind in world.kinds() {
        // The program ends by itself once the grandchild has said its number.
        let script = format!(r#"{GRANDCHILD} until [ -e "said $OWT_ATTEMPT" ]; do sleep 0.02; done; exit 7"#);
        let listener = world.launch(&world.shell(kind, &script));
        let pid = printed_pid(&listener);
        assert_eq!(listener.await_end(), Exit::Code { code: 7 }, "{kind:?}");
        assert!(!is_alive(pid), "{kind:?}");
    }
}

#[test]
fn a_grandchild_in_its_own_session_is_stopped_too() {
    let world = World::new();
    for kind in world.kinds() {
        let plan = world.shell(kind, &format!("{GRANDCHILD} exec sleep 1000"));
        let listener = world.launch(&plan);
        let pid = printed_pid(&listener);
        let (host, program) = world.pids(plan.attempt);
        world.sessions.stop(plan.attempt, EndReason::Requested).unwrap();
        assert_eq!(listener.await_end(), Exit::Ended { reason: EndReason::Requested });
        assert!(!is_alive(pid) && !is_alive(program), "{kind:?}");
        crate::world::until("the host to end", || !is_alive(host));
    }
}

#[test]
fn a_program_may_use_its_time_to_obey() {
    let world = World::with(HostTuning { interrupt_grace: Duration::from_secs(60), ..TUNING });
    let script = "trap 'printf goodbye; exit 5' INT; printf ready; while :; do sleep 0.05; done";
    let plan = world.shell(SessionKind::Headless, script);
    let listener = world.launch(&plan);
    listener.await_output("ready");
    world.sessions.stop(plan.attempt, EndReason::Requested).unwrap();
    assert_eq!(listener.await_end(), Exit::Ended { reason: EndReason::Requested });
    assert_eq!(listener.text(Stream::Output), "readygoodbye");
}

#[test]
fn a_signal_that_was_not_ours_is_told_as_such() {
    let world = World::new();
    for kind in world.kinds() {
        let listener = world.launch(&world.shell(kind, "kill -9 $$"));
        assert_eq!(listener.await_end(), Exit::Signal { signal: 9 });
    }
}

#[test]
fn output_holds_the_idle_limit_off_and_not_the_wall() {
    let world = World::new();
    // The limit is far from what is between two words, so that a busy machine does not come near it.
    let script = "for n in 1 2 3 4 5 6 7 8; do printf $n; sleep 0.25; done; exec sleep 1000";
    let mut plan = world.shell(SessionKind::Headless, script);
    plan.limits.idle = Some(Duration::from_millis(1500));
    let listener = world.launch(&plan);
    assert_eq!(listener.await_end(), Exit::Ended { reason: EndReason::IdleLimit });
    assert_eq!(listener.text(Stream::Output), "12345678");

    let mut plan = world.shell(SessionKind::Headless, "while :; do printf x; sleep 0.05; done");
    plan.limits.wall = Some(Duration::from_millis(400));
    plan.limits.idle = Some(Duration::from_secs(60));
    let listener = world.launch(&plan);
    assert_eq!(listener.await_end(), Exit::Ended { reason: EndReason::WallLimit });
}

#[test]
fn a_log_at_its_limit_ends_the_session_and_holds_exactly_that() {
    let mut tuning = TUNING;
    tuning.log_limit = 100_000;
    tuning.terminal_log_limit = 100_000;
    let world = World::with(tuning);
    for kind in world.kinds() {
        let plan = world.shell(kind, "exec yes abcdefghijklmnopqrstuvwxyz");
        let listener = world.launch(&plan);
        assert_eq!(listener.await_end(), Exit::Ended { reason: EndReason::LogFull });
        let log = std::fs::metadata(world.attempt_file(plan.attempt, "output.log")).unwrap();
        assert_eq!(log.len(), 100_000);
    }
}

#[test]
fn a_host_that_is_asked_politely_to_end_records_it() {
    let world = World::new();
    let plan = world.shell(SessionKind::Headless, "printf ready; exec sleep 1000");
    let listener = world.launch(&plan);
    listener.await_output("ready");
    let (host, program) = world.pids(plan.attempt);
    signal(host, rustix::process::Signal::HUP);
    signal(host, rustix::process::Signal::INT);
    assert_eq!(world.pids(plan.attempt), (host, program));
    signal(host, rustix::process::Signal::TERM);
    assert_eq!(listener.await_end(), Exit::Ended { reason: EndReason::Requested });
    assert!(matches!(world.sessions.probe(plan.attempt), Ok(SessionPresence::Ended { .. })));
}
