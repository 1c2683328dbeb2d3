//! Leases: held for what runs, given back for what has ended.

use std::collections::BTreeSet;

use owt_core::AttemptId;
use owt_core::JobId;
use owt_core::job::Job;
use owt_core::job::JobPhase;
use owt_core::machine::Machine;
use owt_ports::JobQueue;

use crate::simulation::run::Run;
use crate::simulation::world::World;

/// A job, the attempt that it was claimed for, and the fencing token.
type Claim = (JobId, AttemptId, u64);

/// Whether a job waits for one that has not ended.
pub(super) fn waits_for_another(run: &Run, job: &Job) -> bool {
    job.waits_for().iter().any(|before| run.ledger.jobs[before].is_live())
}

pub(super) fn only_running_jobs_hold_one(run: &Run) {
    let held = run.world.store_seen.held(&World::runner()).unwrap();
    let held: BTreeSet<Claim> =
        held.into_iter().map(|lease| (lease.job, lease.attempt, lease.token)).collect();
    let live = run.ledger.jobs.iter().filter(|(_, job)| job.is_live());
    let running = live.filter_map(|(id, job)| match job.phase {
        JobPhase::Running { attempt, token } => Some((*id, attempt, token)),
        _ if waits_for_another(run, job) => None,
        ref phase => panic!("{id} is live and {phase:?}"),
    });
    assert_eq!(held, running.collect(), "leases against live jobs");
}
