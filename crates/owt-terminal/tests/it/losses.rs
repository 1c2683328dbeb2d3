//! `kill -9` of a host, and what it leaves.

use owt_core::DeliveryId;
use owt_core::session::EndReason;
use owt_core::session::SessionKind;
use owt_ports::Injection;
use owt_ports::InjectionKey;
use owt_ports::InjectionOutcome;
use owt_ports::Payload;
use owt_ports::SessionPlan;
use owt_ports::SessionPresence;
use owt_ports::Sessions;
use owt_testkit::sessions_conformance::Script;
use owt_testkit::sessions_conformance::SessionsHarness;

use crate::endings::GRANDCHILD;
use crate::endings::printed_pid;
use crate::world::World;
use crate::world::exists;
use crate::world::is_alive;
use crate::world::kill;
use crate::world::until;

#[test]
fn strays_of_a_killed_host_are_found_and_ended_wherever_they_went() {
    let world = World::new();
    for kind in world.kinds() {
        let script = format!("trap '' INT TERM HUP; {GRANDCHILD} while :; do sleep 1000; done");
        let plan = world.shell(kind, &script);
        let bystander = world.shell(kind, &script);
        let listener = world.launch(&plan);
        let grandchild = printed_pid(&listener);
        let spared = printed_pid(&world.launch(&bystander));
        let (host, program) = world.pids(plan.attempt);

        assert!(world.sessions.end_strays(plan.attempt).is_err(), "it still runs");
        kill(host);
        listener.await_loss();
        assert!(is_alive(grandchild), "{kind:?}");
        assert!(world.sessions.end_strays(plan.attempt).unwrap() >= 1);
        assert!(!is_alive(grandchild) && !is_alive(program), "{kind:?}");
        assert!(is_alive(spared), "another attempt's processes are not touched");
        assert_eq!(world.sessions.end_strays(plan.attempt), Ok(0));
        assert_eq!(world.sessions.probe(plan.attempt), Ok(SessionPresence::Lost));
    }
}

#[test]
fn stopping_a_lost_session_ends_its_strays() {
    let world = World::new();
    for kind in world.kinds() {
        let plan = world.shell(kind, &format!("{GRANDCHILD} exec sleep 1000"));
        let grandchild = printed_pid(&world.launch(&plan));
        kill(world.pids(plan.attempt).0);
        let launch = world.attempt_file(plan.attempt, "launch.json");
        assert!(exists(&launch), "{kind:?}: nobody has removed it");
        assert_eq!(world.sessions.stop(plan.attempt, EndReason::Requested), Ok(SessionPresence::Lost));
        assert!(!is_alive(grandchild) && !exists(&launch), "{kind:?}");
        world.sessions.forget(plan.attempt).unwrap();
        assert!(!exists(&world.host_socket(plan.attempt)) && !exists(&world.attempt_file(plan.attempt, "")));
    }
}

#[test]
fn the_hosts_that_live_are_known_without_asking_them() {
    let world = World::new();
    assert_eq!(world.sessions.living_hosts(), Ok(Vec::new()));
    for kind in world.kinds() {
        let plan = world.shell(kind, "printf ready; exec sleep 1000");
        world.launch(&plan).await_output("ready");
        let (host, _) = world.pids(plan.attempt);
        // Neither its word nor its socket is needed.
        crate::world::signal(host, rustix::process::Signal::STOP);
        std::fs::remove_file(world.host_socket(plan.attempt)).unwrap();
        assert_eq!(world.sessions.living_hosts(), Ok(vec![(plan.attempt, host)]), "{kind:?}");
        kill(host);
        assert_eq!(world.sessions.living_hosts(), Ok(Vec::new()), "{kind:?}");
    }
}

#[test]
fn a_stopped_host_is_not_lost() {
    let world = World::new();
    let plan = world.shell(world.kinds()[0], "printf ready; exec sleep 1000");
    world.launch(&plan).await_output("ready");
    let (host, _) = world.pids(plan.attempt);
    crate::world::signal(host, rustix::process::Signal::STOP);
    let probed = world.sessions.probe(plan.attempt);
    crate::world::signal(host, rustix::process::Signal::CONT);
    assert!(probed.is_err(), "{probed:?}");
    assert!(matches!(world.sessions.probe(plan.attempt), Ok(SessionPresence::Running { .. })));
}

#[test]
fn a_host_whose_runtime_folder_was_wiped_is_found_again_by_every_request() {
    let world = World::new();
    for kind in world.kinds() {
        let plan = world.plan(kind, &[]);
        let argv = world.argv(kind, Script::Repeat);
        let plan = SessionPlan { argv, ..plan };
        // Headless programs read nothing; they only wait.
        let plan = if kind == SessionKind::Headless {
            world.shell(kind, "printf ready; exec sleep 1000")
        } else {
            plan
        };
        let listener = world.launch(&plan);
        listener.await_output("ready");
        let before = world.sessions.probe(plan.attempt);
        let wipe = || std::fs::remove_dir_all(&world.paths.runtime_dir).unwrap();

        wipe();
        assert_eq!(world.sessions.probe(plan.attempt), before, "{kind:?}");
        wipe();
        if let Some(payload) = match kind {
            SessionKind::Headless => None,
            SessionKind::Structured => Some(Payload::Line("still here".to_owned())),
            SessionKind::Tmux | SessionKind::Pty => {
                Some(Payload::Paste { text: "still here".to_owned(), submit: "\r".to_owned() })
            }
        } {
            let key = InjectionKey::Delivery(DeliveryId::from_bits(world.fresh_bits()));
            let outcome = world.sessions.inject(plan.attempt, &Injection { key, payload });
            assert_eq!(outcome, Ok(InjectionOutcome::Injected), "{kind:?}");
            listener.await_output("still here");
            wipe();
        }
        if kind == SessionKind::Tmux {
            let screen = world.sessions.screen(plan.attempt).unwrap();
            assert!(screen.rows.iter().any(|row| row.contains("still here")), "{:?}", screen.rows);
            wipe();
            world.sessions.attach_plan(plan.attempt, None).unwrap();
            let socket = world.paths.runtime_dir.join("tmux.sock");
            assert!(exists(&socket), "a fresh window shows it");
            world.tmux(&["kill-server"]);
            wipe();
        }
        let ended = world.sessions.stop(plan.attempt, EndReason::Requested).unwrap();
        assert!(matches!(ended, SessionPresence::Ended { .. }), "{kind:?}: {ended:?}");
        listener.await_end();
        until("the socket to be gone", || !exists(&world.host_socket(plan.attempt)));
    }
}
