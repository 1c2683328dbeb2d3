//! Sessions that are taken up again.

use owt_api as api;
use owt_api::Problem;
use owt_core::RequestId;
use owt_core::authority::Principal;
use owt_engine::Engine;
use owt_engine::WorkspaceView;
use owt_engine::use_cases;
use owt_engine::use_cases::ResumeOutcome;
use owt_engine::use_cases::ResumeRequest;
use owt_engine::use_cases::TriedToResume;
use owt_engine::use_cases::WantedSession;

use super::from_wire;
use super::problem;
use crate::service::Gone;
use crate::service::ResumeSink;

pub(super) fn one(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    wish: api::ResumeSession,
) -> Result<api::Resumed, Problem> {
    let wanted = wish.mode.map(from_wire::session);
    let resume = ResumeRequest {
        folder: from_wire::folder(&wish.workspace.cwd)?,
        name: wish.workspace.name,
        message: wish.message.as_deref().map(from_wire::prompt).transpose()?,
        wanted,
        busy: from_wire::busy(wish.interrupt),
        resolve: from_wire::resolve(wish.dry_run),
    };
    let (view, outcome) =
        use_cases::resume(engine, asker, request, &resume).map_err(|error| problem::resume(&error))?;
    Ok(told(engine, &view, Ok(outcome), wanted))
}

pub(super) fn all(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    wish: &api::ResumeAll,
    (sink, gone): (ResumeSink<'_>, &dyn Gone),
) -> Result<(), Problem> {
    let resolve = from_wire::resolve(wish.dry_run);
    let mut tell = |place: usize, view: &WorkspaceView, tried: TriedToResume| {
        // Whoever has gone ends the wait by that.
        let _ = sink(api::ResumeChunk::Tried { place, resumed: told(engine, view, tried, None) });
    };
    use_cases::resume_all(engine, asker, request, resolve, (&mut tell, &|| !gone.is_gone()))
        .map_err(|error| problem::resume(&error))?;
    sink(api::ResumeChunk::Over);
    Ok(())
}

fn told(
    engine: &Engine,
    view: &WorkspaceView,
    tried: TriedToResume,
    wanted: Option<WantedSession>,
) -> api::Resumed {
    let attempt = view.attempt.as_ref().map(|(_, attempt)| attempt);
    let conversation =
        attempt.and_then(|attempt| attempt.conversation.clone().or_else(|| attempt.spec.resumes.clone()));
    let notice = tried.as_ref().ok().and_then(|outcome| notice(engine, view, *outcome, wanted));
    let (outcome, error) = match tried {
        Ok(outcome) => (in_wire(outcome), None),
        Err(error) if error.is_final() => (api::ResumeOutcome::Stays, Some(problem::resume(&error))),
        Err(error) => (api::ResumeOutcome::NotResumed, Some(problem::resume(&error))),
    };
    api::Resumed {
        name: view.name().to_owned(),
        repository: view.workspace.spec.repository().map(|repository| repository.name.clone()),
        outcome,
        agent: view.job.as_ref().map(|(_, job)| job.spec.agent.clone()),
        backend: view.backend().map(|kind| kind.as_str().to_owned()),
        conversation,
        attempt: attempt.map(|attempt| attempt.spec.number),
        notice,
        error,
    }
}

const fn in_wire(outcome: ResumeOutcome) -> api::ResumeOutcome {
    match outcome {
        ResumeOutcome::AlreadyRunning => api::ResumeOutcome::AlreadyRunning,
        ResumeOutcome::Told => api::ResumeOutcome::Told,
        ResumeOutcome::Resumed | ResumeOutcome::Moving => api::ResumeOutcome::Resumed,
        ResumeOutcome::WouldResume => api::ResumeOutcome::WouldResume,
        ResumeOutcome::Begun => api::ResumeOutcome::Begun,
        ResumeOutcome::WouldBegin => api::ResumeOutcome::WouldBegin,
        ResumeOutcome::Installing => api::ResumeOutcome::Installing,
    }
}

/// What is not as it was.
fn notice(
    engine: &Engine,
    view: &WorkspaceView,
    outcome: ResumeOutcome,
    wanted: Option<WantedSession>,
) -> Option<String> {
    if outcome == ResumeOutcome::AlreadyRunning {
        return None;
    }
    // Whoever cannot look at the record has been told what became of it.
    let open = || use_cases::turn_left_open(engine, view).ok().flatten();
    let open = matches!(outcome, ResumeOutcome::Resumed | ResumeOutcome::Installing).then(open).flatten();
    let said: Vec<String> = open.into_iter().chain(use_cases::lacks_panes(engine, view, wanted)).collect();
    (!said.is_empty()).then(|| said.join("; "))
}
