//! Calling a train off: what has landed stays landed, and everything else stays as it was.

use std::time::Duration;

use owt_core::RequestId;
use owt_core::TrainId;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::effect::Message;
use owt_core::train::Train;
use owt_core::train::TrainInput;
use owt_core::vcs::BranchName;
use owt_core::vcs::Repository;

use super::TrainError;
use super::TrainRequest;
use super::TrainView;
use super::view;
use crate::engine::Engine;
use crate::entity::Entity as _;
use crate::records::Which;
use crate::use_cases::CommonError;
use crate::use_cases::ListError;
use crate::use_cases::Resolve;
use crate::use_cases::conflicts;

/// How long it may take a train to end: a move that has begun, and the workspaces that go with it.
pub(super) const MAX_END: Duration = Duration::from_secs(15 * 60);

/// Has nothing more of a train land, and waits for its end; or says what would be called off.
///
/// # Errors
/// [`TrainError`]; nothing was touched, except for `TooSlow`.
pub fn call_off_train(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    wish: &TrainRequest,
) -> Result<(TrainId, TrainView), TrainError> {
    let id = begin_calling_off(engine, asker, request, wish)?;
    if wish.resolve == Resolve::Preview {
        return Ok((id, view(engine, id)?.ok_or(TrainError::Unknown)?));
    }
    let probe = || Ok(view(engine, id)?.filter(TrainView::has_ended));
    let ended = engine.await_done(MAX_END, &Train::stream(id), request, probe)?;
    Ok((id, ended.ok_or(TrainError::TooSlow)?))
}

/// The half of [`call_off_train`] that does not wait.
///
/// # Errors
/// [`TrainError`]; nothing was touched.
pub fn begin_calling_off(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    wish: &TrainRequest,
) -> Result<TrainId, TrainError> {
    authorise(asker, Action::Land).map_err(|denied| ListError::Common(CommonError::Denied(denied)))?;
    let repository = conflicts::allowed(engine, asker, &wish.folder)?;
    let id = meant(engine, &repository, wish.into.as_ref())?;
    if wish.resolve == Resolve::Do {
        engine.dispatch(Message::Train { id, input: TrainInput::CallOff }, request)?;
    }
    Ok(id)
}

/// The train that is under way, in that target or anywhere.
fn meant(engine: &Engine, repository: &Repository, into: Option<&BranchName>) -> Result<TrainId, TrainError> {
    let mut trains = engine.records().list::<Train>(Some(&repository.id.to_string()), Which::Live)?;
    trains.retain(|it| it.state.is_under_way() && into.is_none_or(|into| it.state.target == *into));
    match trains.as_slice() {
        [] => Err(TrainError::NotUnderWay(into.cloned())),
        [only] => Ok(only.id),
        several => {
            Err(TrainError::SeveralTargets(several.iter().map(|it| it.state.target.clone()).collect()))
        }
    }
}
