//! Who asks: attempts by their credential and by the processes below their host.

use owt_core::AttemptId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptPhase;
use owt_core::authority::AttemptScope;
use owt_core::authority::Principal;
use owt_core::job::Job;
use owt_core::job::PermissionChoice;
use owt_core::workspace::Workspace;
use owt_ports::SessionPresence;
use owt_ports::StoreError;

use crate::engine::Engine;
use crate::records::Which;

/// The hosts of running attempts: every process below one of them is that attempt.
pub fn hosts(engine: &Engine) -> Vec<(AttemptId, u32)> {
    let live = engine.records().list::<Attempt>(None, Which::Live).unwrap_or_else(|error| {
        tracing::error!(%error, "the running sessions cannot be told");
        Vec::new()
    });
    live.into_iter()
        .filter_map(|record| Some((record.id, host_pid(engine, record.id, &record.state.phase)?)))
        .collect()
}

/// An attempt whose launch is not recorded yet may already run.
fn host_pid(engine: &Engine, id: AttemptId, phase: &AttemptPhase) -> Option<u32> {
    match phase {
        AttemptPhase::Running { host_pid } => Some(*host_pid).filter(|pid| *pid != 0),
        AttemptPhase::Launching => match engine.ports().sessions.probe(id) {
            Ok(SessionPresence::Running { host_pid, .. }) => Some(host_pid),
            _ => None,
        },
        AttemptPhase::Ended { .. } => None,
    }
}

/// The attempt that a credential belongs to; `None` when it is unknown, or its attempt has ended.
pub fn bearer(engine: &Engine, credential: &str) -> Option<AttemptId> {
    let id = owner(engine, credential)?;
    let attempt = engine.records().load::<Attempt>(id).ok()??;
    attempt.is_running().then_some(id)
}

/// The attempt that a credential was made for, ended or not. Good for reports about the past only.
pub fn owner(engine: &Engine, credential: &str) -> Option<AttemptId> {
    let id: AttemptId = credential.split_once('.')?.0.parse().ok()?;
    let known = engine.ports().files.read(&engine.home().credential(id)).ok()??;
    same(&known, credential.as_bytes()).then_some(id)
}

/// An attempt as a principal, with what it is confined to.
///
/// # Errors
/// Failures of the journal. An attempt that is not known is confined to nothing.
pub fn principal(engine: &Engine, id: AttemptId) -> Result<Principal, StoreError> {
    let attempt = engine.records().load::<Attempt>(id)?;
    let job = match &attempt {
        Some(attempt) => engine.records().load::<Job>(attempt.spec.job)?,
        None => None,
    };
    let workspace = match &attempt {
        Some(attempt) => engine.records().load::<Workspace>(attempt.spec.workspace)?,
        None => None,
    };
    Ok(Principal::Attempt(AttemptScope {
        attempt: id,
        repository: workspace
            .and_then(|workspace| workspace.spec.repository().map(|repository| repository.id)),
        permissions: job
            .map_or(PermissionChoice::Level(owt_core::Permissions::Ask), |job| job.spec.permissions),
    }))
}

/// Compares without telling by its time where the first difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (x, y)| difference | (x ^ y)) == 0
}
