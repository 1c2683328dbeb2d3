//! `kill -9` of a host, and what it leaves.

use owt_core::session::EndReason;
use owt_ports::SessionPresence;
use owt_ports::Sessions;
use owt_testkit::sessions_conformance::SessionsHarness;

use crate::endings::GRANDCHILD;
use crate::endings::printed_pid;
use crate::world::World;
use crate::world::exists;
use crate::world::is_alive;
use crate::world::kill;

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
        assert_eq!(world.sessions.stop(plan.attempt, EndReason::Requested), Ok(SessionPresence::Lost));
        assert!(!is_alive(grandchild));
        world.sessions.forget(plan.attempt).unwrap();
        assert!(!exists(&world.host_socket(plan.attempt)) && !exists(&world.attempt_file(plan.attempt, "")));
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
