//! What is to be done later without anybody asking: as long as there is something, a server must stay.

use owt_core::job::Job;
use owt_core::job::JobPhase;
use owt_core::train::Train;
use owt_ports::StoreError;

use crate::engine::Engine;
use crate::records::Which;

/// Whether a job goes on by itself later, or a train is under way. A journal that cannot be read may know of one.
pub fn has_plans(engine: &Engine) -> bool {
    planned(engine).unwrap_or_else(|error| {
        tracing::error!(%error, "what goes on later cannot be told");
        true
    })
}

fn planned(engine: &Engine) -> Result<bool, StoreError> {
    let jobs = engine.records().list::<Job>(None, Which::Live)?;
    let goes_on = jobs.iter().any(|job| matches!(job.state.phase, JobPhase::Paused { .. }));
    Ok(goes_on || !engine.records().list::<Train>(None, Which::Live)?.is_empty())
}
