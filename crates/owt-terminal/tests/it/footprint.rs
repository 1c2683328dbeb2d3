//! What a host costs. The product's budget is 4 MiB for an optimised build (`cargo xtask bench`); here an
//! unoptimised one must not grow out of proportion.

use owt_core::AttemptId;
use owt_core::session::EndReason;
use owt_ports::Sessions;
use owt_testkit::sessions_conformance::SessionsHarness;

use crate::world::World;
use crate::world::until;

/// Resident memory of a process in KiB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_host_stays_small_also_after_much_output() {
    let world = World::new();
    for kind in world.kinds() {
        let script = "printf ready; head -c 4000000 /dev/zero | tr '\\0' x; printf done; exec sleep 1000";
        let plan = world.shell(kind, script);
        let listener = world.launch(&plan);
        listener.await_that("ready", |signals| !signals.is_empty());
        let before = resident(world.pids(plan.attempt).0);
        until("the flood", || length(&world, plan.attempt) >= 4_000_009);
        let after = resident(world.pids(plan.attempt).0);
        println!("{} host: {before} KiB at first, {after} KiB after 4 MB", kind.as_str());
        assert!(after < 16 * 1024, "{after} KiB");
        world.sessions.stop(plan.attempt, EndReason::Requested).unwrap();
    }
}

fn length(world: &World, attempt: AttemptId) -> u64 {
    std::fs::metadata(world.attempt_file(attempt, "output.log")).unwrap().len()
}
