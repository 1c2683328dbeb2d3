//! What lives below a session's program: found wherever it went, and its end told.

use std::time::Duration;

use owt_core::offspring::Offspring;
use owt_core::offspring::Standing;
use owt_core::session::EndReason;
use owt_core::session::SessionKind;
use owt_ports::SessionSignal;
use owt_ports::Sessions;
use owt_testkit::sessions_conformance::SessionsHarness;

use crate::endings::GRANDCHILD;
use crate::endings::printed_pid;
use crate::world::World;
use crate::world::signal;

const LONG: Duration = Duration::from_secs(3600);

#[test]
fn a_grandchild_in_its_own_session_is_seen_and_its_end_is_told() {
    let world = World::new();
    for kind in world.kinds() {
        let plan = world.shell(kind, &format!("{GRANDCHILD} while :; do sleep 0.05; done"));
        let listener = world.launch(&plan);
        let pid = printed_pid(&listener);
        let (_, program) = world.pids(plan.attempt);
        let found = world.sessions.offspring(plan.attempt).unwrap();
        let child: &Offspring = found.iter().find(|one| one.pid == pid).unwrap();
        assert_eq!(child.words.first().map(String::as_str), Some("sh"), "{child:?}");
        assert!(found.iter().all(|one| one.pid != program), "the program is not its own child");
        world.sessions.look_again(plan.attempt, LONG, &[pid]).unwrap();
        signal(pid, rustix::process::Signal::KILL);
        listener.await_that("the end of the child", |signals| signals.contains(&SessionSignal::LookAgain));
        let found = world.sessions.offspring(plan.attempt).unwrap();
        assert!(found.iter().all(|one| one.pid != pid), "{found:?}");
        world.sessions.stop(plan.attempt, EndReason::Requested).unwrap();
    }
}

/// As agents do it: the server of tools on two pipes, commands with their output on one, the last of a pipeline on two,
/// and the agent itself behind a program that only starts it.
#[test]
#[cfg(target_os = "linux")]
fn a_server_a_command_and_the_agent_itself_are_told_apart() {
    let world = World::new();
    let script = r#"exec bash -c '
        coproc sh -c "sleep 1000; :"
        sleep 1001 </dev/null >out &
        exec 9<&0 3> >(cat >/dev/null)
        : | sleep 1002 >&3 &
        sleep 1003 <&9 & printf ready; wait'"#;
    for kind in [SessionKind::Structured, SessionKind::Pty] {
        let plan = world.shell(kind, script);
        let listener = world.launch(&plan);
        listener.await_output("ready");
        let standing = |seconds: &str| {
            let found = world.sessions.offspring(plan.attempt).unwrap();
            found.iter().find(|one| one.words == ["sleep", seconds]).map(|one| one.standing)
        };
        crate::world::until("all are there", || {
            ["1000", "1001", "1002", "1003"].iter().all(|seconds| standing(seconds).is_some())
        });
        assert_eq!(standing("1000"), Some(Standing::TalkedWith), "{kind:?}");
        assert_eq!(standing("1001"), Some(Standing::OnItsOwn), "{kind:?}");
        assert_eq!(standing("1002"), Some(Standing::OnItsOwn), "{kind:?}");
        assert_eq!(standing("1003"), Some(Standing::AgentItself), "{kind:?}");
        world.sessions.stop(plan.attempt, EndReason::Requested).unwrap();
    }
}
