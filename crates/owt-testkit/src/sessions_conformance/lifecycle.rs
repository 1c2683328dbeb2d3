//! From never to ended, by every way.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use owt_core::AttemptId;
use owt_core::session::EndReason;
use owt_core::session::Exit;
use owt_core::session::SessionLimits;
use owt_ports::IdleClock;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::Payload;
use owt_ports::SessionError;
use owt_ports::SessionInput;
use owt_ports::SessionPresence;
use owt_ports::SessionSignal;
use owt_ports::Stream;

use super::Listener;
use super::Scene;
use super::Script;
use super::SessionsHarness;

const SAID: &str = "hello wörld";
const LIMIT: Duration = Duration::from_millis(300);
/// Long enough to say something to a session before it is over, on a busy machine too.
const UNHURRIED: Duration = Duration::from_secs(2);

pub(super) fn an_attempt_without_a_trace_is_never(harness: &dyn SessionsHarness) {
    let (sessions, attempt) = (harness.sessions(), AttemptId::from_bits(harness.fresh_bits()));
    let key = InjectionKey::Frame("r1".to_owned());
    let injection = Injection { key, payload: Payload::Line("{}".to_owned()) };
    assert_eq!(sessions.probe(attempt), Ok(SessionPresence::Never));
    assert_eq!(sessions.stop(attempt, EndReason::Requested), Ok(SessionPresence::Never));
    assert_eq!(sessions.inject(attempt, &injection), Err(SessionError::NotRunning(attempt)));
    assert_eq!(sessions.screen(attempt), Err(SessionError::NotRunning(attempt)));
    assert_eq!(sessions.attach_plan(attempt, None), Err(SessionError::NotRunning(attempt)));
    let watched = sessions.watch(attempt, 0, Arc::new(Listener::default()));
    assert!(matches!(watched, Err(SessionError::Failed { .. })), "{watched:?}");
    let page = sessions.read_log(attempt, Stream::Output, 0, 10).unwrap();
    assert!(page.bytes.is_empty() && page.at_end);
    assert_eq!(sessions.transcript(attempt).unwrap().rest(), Ok(Vec::new()));
    assert_eq!(sessions.printed_at(attempt), Ok(None));
    assert_eq!(sessions.forget(attempt), Ok(()));
    assert!(!sessions.known().unwrap().contains(&attempt));
}

pub(super) fn a_program_that_ends_is_recorded_and_replayed(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let attempt = scene.launch(Script::Say);
        let listener = scene.listen(attempt, 0);
        assert_eq!(listener.await_end(), Exit::Code { code: 3 });
        let SessionPresence::Ended { exit, at } = scene.sessions.probe(attempt).unwrap() else {
            panic!("it has ended")
        };
        assert_eq!(listener.signals().last(), Some(&SessionSignal::Ended { exit, at }));
        assert_eq!(listener.text(Stream::Output), SAID);

        let later = scene.listen(attempt, 0);
        assert_eq!(later.await_end(), exit);
        assert_eq!(later.text(Stream::Output), SAID);

        let first = scene.sessions.read_log(attempt, Stream::Output, 0, 5).unwrap();
        assert_eq!((first.bytes.as_slice(), first.next, first.at_end), (b"hello".as_slice(), 5, false));
        let rest = scene.sessions.read_log(attempt, Stream::Output, first.next, 1000).unwrap();
        assert_eq!((rest.bytes.as_slice(), rest.at_end), (&SAID.as_bytes()[5..], true));
        assert!(scene.sessions.known().unwrap().contains(&attempt));
    }
}

pub(super) fn what_was_printed_last_has_its_time(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let attempt = scene.launch(Script::Say);
        scene.listen(attempt, 0).await_end();
        let SessionPresence::Ended { at, .. } = scene.sessions.probe(attempt).unwrap() else {
            panic!("it has ended")
        };
        let printed = harness.sessions().printed_at(attempt).unwrap().expect("it has printed");
        // A disk may round its times.
        let slack = Duration::from_secs(2);
        assert!(printed <= at.plus(slack), "{printed:?} is after the end, {at:?}");
        assert!(at.since(printed) < Duration::from_secs(60), "{printed:?} is long before the end, {at:?}");
    }
}

pub(super) fn a_second_launch_changes_nothing(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let plan = scene.plan(Script::Wait);
        let first = scene.sessions.launch(&plan).unwrap();
        assert!(matches!(first, SessionPresence::Running { .. }), "{first:?}");
        assert_eq!(scene.sessions.launch(&plan), Ok(first));
        let ended = scene.sessions.stop(plan.attempt, EndReason::Requested).unwrap();
        assert_eq!(scene.sessions.launch(&plan), Ok(ended));
    }
}

pub(super) fn two_launchers_at_once_start_one_program(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let plan = scene.plan(Script::Wait);
        let servers = [harness.sessions(), harness.sessions(), harness.sessions(), harness.sessions()];
        let found: Vec<SessionPresence> = thread::scope(|scope| {
            let launching = servers.iter().map(|sessions| scope.spawn(|| sessions.launch(&plan).unwrap()));
            launching.collect::<Vec<_>>().into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(matches!(found[0], SessionPresence::Running { .. }), "{found:?}");
        assert!(found.iter().all(|presence| presence == &found[0]), "{found:?}");
        scene.sessions.stop(plan.attempt, EndReason::Requested).unwrap();
    }
}

pub(super) fn a_missing_program_is_recorded(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let plan = scene.plan(Script::Missing);
        let presence = scene.sessions.launch(&plan).unwrap();
        // ENOENT is 2 everywhere.
        let exit = Exit::NotStarted { errno: 2 };
        assert!(
            matches!(presence, SessionPresence::Ended { exit: found, .. } if found == exit),
            "{presence:?}"
        );
        assert_eq!(scene.listen(plan.attempt, 0).await_end(), exit);
        assert_eq!(scene.sessions.launch(&plan), Ok(presence));
    }
}

pub(super) fn a_plan_that_fits_no_kind_is_refused_without_a_trace(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let mut odd = scene.plan(Script::Wait);
        odd.stdin = if scene.kind.is_terminal() { SessionInput::Open } else { SessionInput::Terminal };
        let mut nameless = scene.plan(Script::Wait);
        nameless.argv = Vec::new();
        for plan in [odd, nameless] {
            assert!(matches!(scene.sessions.launch(&plan), Err(SessionError::Failed { .. })));
            assert_eq!(scene.sessions.probe(plan.attempt), Ok(SessionPresence::Never));
        }
    }
}

pub(super) fn stopping_is_recorded_with_its_reason(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let (attempt, listener) = scene.launch_ready(Script::Wait);
        let exit = Exit::Ended { reason: EndReason::Requested };
        let stopped = scene.sessions.stop(attempt, EndReason::Requested).unwrap();
        assert!(
            matches!(stopped, SessionPresence::Ended { exit: found, .. } if found == exit),
            "{stopped:?}"
        );
        assert_eq!(listener.await_end(), exit);
        assert_eq!(scene.sessions.stop(attempt, EndReason::IdleLimit), Ok(stopped.clone()));
        assert_eq!(scene.sessions.probe(attempt), Ok(stopped));
    }
}

pub(super) fn a_program_that_obeys_nothing_is_ended(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let (attempt, listener) = scene.launch_ready(Script::Stubborn);
        scene.sessions.stop(attempt, EndReason::Requested).unwrap();
        assert_eq!(listener.await_end(), Exit::Ended { reason: EndReason::Requested });
    }
}

pub(super) fn the_wall_clock_limit_ends_a_session(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let mut plan = scene.plan(Script::Wait);
        plan.limits.wall = Some(LIMIT);
        scene.sessions.launch(&plan).unwrap();
        harness.let_time_pass();
        let exit = scene.listen(plan.attempt, 0).await_end();
        assert_eq!(exit, Exit::Ended { reason: EndReason::WallLimit });
    }
}

pub(super) fn the_idle_limit_ends_a_session(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let mut plan = scene.plan(Script::Wait);
        plan.limits.idle = Some(LIMIT);
        scene.sessions.launch(&plan).unwrap();
        harness.let_time_pass();
        let exit = scene.listen(plan.attempt, 0).await_end();
        assert_eq!(exit, Exit::Ended { reason: EndReason::IdleLimit });
    }
}

/// On one kind of session: the clock is the same for all, and this takes real time.
pub(super) fn silence_counts_only_while_the_idle_clock_runs(harness: &dyn SessionsHarness) {
    let Some(scene) = Scene::all(harness).into_iter().next() else { return };
    let ends = |wall: Option<Duration>, clocks: &[IdleClock]| {
        let mut plan = scene.plan(Script::Wait);
        plan.limits = SessionLimits { wall, idle: Some(UNHURRIED) };
        scene.sessions.launch(&plan).unwrap();
        for clock in clocks {
            scene.sessions.set_idle_clock(plan.attempt, *clock).unwrap();
        }
        harness.let_time_pass();
        let exit = scene.listen(plan.attempt, 0).await_end();
        let ended = scene.sessions.set_idle_clock(plan.attempt, IdleClock::Paused);
        assert_eq!(ended, Err(SessionError::NotRunning(plan.attempt)));
        exit
    };
    // What is not ended for its silence is ended by the wall clock.
    let paused = ends(Some(UNHURRIED + LIMIT), &[IdleClock::Paused]);
    assert_eq!(paused, Exit::Ended { reason: EndReason::WallLimit });
    let resumed = ends(None, &[IdleClock::Paused, IdleClock::Running]);
    assert_eq!(resumed, Exit::Ended { reason: EndReason::IdleLimit });
}

pub(super) fn a_watch_begins_where_it_is_told(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let attempt = scene.launch(Script::Say);
        let listener = scene.listen(attempt, 6);
        listener.await_end();
        assert_eq!(listener.text(Stream::Output), "wörld");
        let first =
            listener.signals().into_iter().find(|signal| matches!(signal, SessionSignal::Output { .. }));
        assert!(matches!(first, Some(SessionSignal::Output { offset: 6, .. })), "{first:?}");
        let beyond = scene.listen(attempt, 1000);
        beyond.await_end();
        assert_eq!(beyond.text(Stream::Output), "");
    }
}

pub(super) fn a_second_watch_replaces_the_first(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let (attempt, first) = scene.launch_ready(Script::Wait);
        let second = scene.listen(attempt, 0);
        second.await_output("ready");
        scene.sessions.stop(attempt, EndReason::Requested).unwrap();
        second.await_end();
        assert!(!first.signals().iter().any(|signal| matches!(signal, SessionSignal::Ended { .. })));
    }
}

pub(super) fn a_server_that_comes_later_sees_the_same(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let (attempt, _) = scene.launch_ready(Script::Wait);
        let running = scene.sessions.probe(attempt).unwrap();
        let later = Scene { harness, sessions: harness.sessions(), kind: scene.kind };
        assert_eq!(later.sessions.probe(attempt), Ok(running));
        assert!(later.sessions.known().unwrap().contains(&attempt));
        let listener = later.listen(attempt, 0);
        listener.await_output("ready");
        later.sessions.stop(attempt, EndReason::Requested).unwrap();
        listener.await_end();
        assert!(matches!(scene.sessions.probe(attempt), Ok(SessionPresence::Ended { .. })));
    }
}

pub(super) fn forgetting_leaves_nothing(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let attempt = scene.launch(Script::Say);
        scene.listen(attempt, 0).await_end();
        assert_eq!(scene.sessions.forget(attempt), Ok(()));
        assert_eq!(scene.sessions.forget(attempt), Ok(()));
        assert_eq!(scene.sessions.probe(attempt), Ok(SessionPresence::Never));
        assert!(scene.sessions.read_log(attempt, Stream::Output, 0, 10).unwrap().bytes.is_empty());
        assert!(!scene.sessions.known().unwrap().contains(&attempt));
    }
}

pub(super) fn a_running_session_is_not_forgotten(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let (attempt, _) = scene.launch_ready(Script::Wait);
        assert!(matches!(scene.sessions.forget(attempt), Err(SessionError::Failed { .. })));
        assert!(matches!(scene.sessions.probe(attempt), Ok(SessionPresence::Running { .. })));
        scene.sessions.stop(attempt, EndReason::Requested).unwrap();
    }
}

pub(super) fn who_wants_to_look_again_is_reminded_once(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let (attempt, listener) = scene.launch_ready(Script::Wait);
        scene.sessions.look_again(attempt, Duration::from_secs(3600), &[]).unwrap();
        // The later call takes the place of the earlier one.
        scene.sessions.look_again(attempt, Duration::from_millis(20), &[]).unwrap();
        harness.let_time_pass();
        let reminders = |signals: &[SessionSignal]| {
            signals.iter().filter(|signal| **signal == SessionSignal::LookAgain).count()
        };
        listener.await_that("the reminder", |signals| reminders(signals) > 0);
        scene.sessions.stop(attempt, EndReason::Requested).unwrap();
        listener.await_end();
        assert_eq!(reminders(&listener.signals()), 1);
        // Nobody is told any more, and that is no error.
        scene.sessions.look_again(attempt, Duration::ZERO, &[]).unwrap();
    }
}

pub(super) fn what_does_not_run_has_no_offspring(harness: &dyn SessionsHarness) {
    for scene in Scene::all(harness) {
        let never = AttemptId::from_bits(harness.fresh_bits());
        assert_eq!(scene.sessions.offspring(never), Err(SessionError::NotRunning(never)));
        let (attempt, listener) = scene.launch_ready(Script::Wait);
        scene.sessions.offspring(attempt).unwrap();
        scene.sessions.stop(attempt, EndReason::Requested).unwrap();
        listener.await_end();
        assert_eq!(scene.sessions.offspring(attempt), Err(SessionError::NotRunning(attempt)));
    }
}
