//! Taking up every session that was interrupted: all are asked for before any is waited for, and each is told as it comes
//! back. One that cannot be taken up, or that has to be made ready first, keeps none of the others.

use std::time::Duration;

use owt_core::AttemptId;
use owt_core::JobId;
use owt_core::RequestId;
use owt_core::authority::Principal;
use owt_core::job::Job;
use owt_ports::StoreError;

use super::MAX_START;
use super::ResumeError;
use super::ResumeOutcome;
use super::ResumeRequest;
use super::begin_resume;
use super::interrupted;
use super::launched;
use super::with_attempt;
use crate::engine::Engine;
use crate::entity::Entity as _;
use crate::use_cases::Resolve;
use crate::use_cases::StillThere;
use crate::use_cases::WhileBusy;
use crate::view::WorkspaceView;

/// How long those that are made ready first are waited for once all others are back: most lack nothing that takes long.
const READYING: Duration = Duration::from_secs(20);

/// What became of one of them.
pub type Tried = Result<ResumeOutcome, ResumeError>;

/// Takes one after the other as they come back, each with its place among them: that of the one that began first is 0.
pub type Tell<'a> = &'a mut dyn FnMut(usize, &WorkspaceView, Tried);

/// One whose session is on its way.
struct UnderWay {
    place: usize,
    view: WorkspaceView,
    outcome: ResumeOutcome,
    job: JobId,
    /// Its newest attempt before.
    before: Option<AttemptId>,
}

/// Takes up the sessions of [`interrupted`] again, or says what would be done. What was asked for goes on although nobody
/// listens any more.
///
/// # Errors
/// [`ResumeError`] where they are not known. What each comes to is told.
pub fn resume_all(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    resolve: Resolve,
    (tell, still_there): (Tell<'_>, StillThere<'_>),
) -> Result<(), ResumeError> {
    let (mut under_way, mut unready) = (Vec::new(), Vec::new());
    for (place, view) in interrupted(engine, asker)?.into_iter().enumerate() {
        match begin_one(engine, asker, request, &view, resolve) {
            Ok((began, outcome @ (ResumeOutcome::Resumed | ResumeOutcome::Begun))) => {
                let those = if is_unready(&began) { &mut unready } else { &mut under_way };
                those.extend(on_its_way(place, began, outcome));
            }
            Ok((view, outcome)) => tell(place, &view, Ok(outcome)),
            Err(error) => tell(place, &view, Err(error)),
        }
    }
    engine.await_state(MAX_START, still_there, || {
        tell_who_is_back(engine, request, &mut unready, tell)?;
        tell_who_is_back(engine, request, &mut under_way, tell)
    })?;
    engine.await_state(READYING, still_there, || tell_who_is_back(engine, request, &mut unready, tell))?;
    under_way.iter().for_each(|late| tell(late.place, &late.view, Err(ResumeError::TooSlow)));
    unready.iter().for_each(|one| tell(one.place, &one.view, Ok(ResumeOutcome::Installing)));
    Ok(())
}

/// Whether all of them are back by now.
fn tell_who_is_back(
    engine: &Engine,
    request: RequestId,
    under_way: &mut Vec<UnderWay>,
    tell: Tell<'_>,
) -> Result<Option<()>, StoreError> {
    for (place, view, tried) in come_back(engine, request, under_way)? {
        tell(place, &view, tried);
    }
    Ok(under_way.is_empty().then_some(()))
}

fn begin_one(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    view: &WorkspaceView,
    resolve: Resolve,
) -> Result<(WorkspaceView, ResumeOutcome), ResumeError> {
    let folder = view.workspace.spec.path.clone();
    let name = folder.to_string();
    let (message, wanted, busy) = (None, None, WhileBusy::Refuse);
    begin_resume(engine, asker, request, &ResumeRequest { folder, name, message, wanted, busy, resolve })
}

/// Whether what its folder lacks comes before its session: that takes minutes, or for ever.
fn is_unready(view: &WorkspaceView) -> bool {
    view.workspace.outfit.is_unfinished()
}

fn on_its_way(place: usize, view: WorkspaceView, outcome: ResumeOutcome) -> Option<UnderWay> {
    let (job, before) = view.job.as_ref().map(|(id, job)| (*id, job.newest_attempt()))?;
    Some(UnderWay { place, view, outcome, job, before })
}

/// Those that have come back since; they are taken out.
fn come_back(
    engine: &Engine,
    request: RequestId,
    under_way: &mut Vec<UnderWay>,
) -> Result<Vec<(usize, WorkspaceView, Tried)>, StoreError> {
    let mut back = Vec::new();
    for one in std::mem::take(under_way) {
        let started = match launched(engine, one.job, one.before)? {
            Some(started) => started,
            None => match engine.trouble_of(&Job::stream(one.job), request) {
                Some(trouble) => Err(trouble.into()),
                None => {
                    under_way.push(one);
                    continue;
                }
            },
        };
        let before = one.view.clone();
        back.push(match started.and_then(|attempt| with_attempt(one.view, attempt)) {
            Ok(view) => (one.place, view, Ok(one.outcome)),
            Err(error) => (one.place, before, Err(error)),
        });
    }
    Ok(back)
}
