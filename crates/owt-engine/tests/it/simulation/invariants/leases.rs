//! Leases: held for what runs, given back for what has ended.

use std::collections::BTreeSet;

use owt_core::JobId;
use owt_core::machine::Machine;
use owt_ports::JobQueue;

use crate::simulation::run::Run;
use crate::simulation::world::World;

pub(super) fn only_running_jobs_hold_one(run: &Run) {
    let held = run.world.store_seen.held(&World::runner()).unwrap();
    let held: BTreeSet<JobId> = held.into_iter().map(|lease| lease.job).collect();
    let running = run.ledger.jobs.iter().filter(|(_, job)| job.is_live()).map(|(id, _)| *id).collect();
    assert_eq!(held, running, "leases against live jobs");
}
