//! What is to be done later without anybody asking: as long as there is something, a server must stay.

use owt_core::job::Job;
use owt_core::job::JobPhase;

use crate::engine::Engine;
use crate::records::Which;

/// Whether a job goes on by itself later. A journal that cannot be read may know of one.
pub fn has_plans(engine: &Engine) -> bool {
    match engine.records().list::<Job>(None, Which::Live) {
        Ok(jobs) => jobs.iter().any(|job| matches!(job.state.phase, JobPhase::Paused { .. })),
        Err(error) => {
            tracing::error!(%error, "what goes on later cannot be told");
            true
        }
    }
}
