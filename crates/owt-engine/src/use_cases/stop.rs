//! Ending a workspace's session. Its files, branch and record stay.

use crate::use_cases::select::find;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::RequestId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptInput;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::effect::Message;
use owt_core::session::EndReason;
use owt_ports::StoreError;

use super::CommonError;
use super::Resolve;
use super::SelectError;
use crate::engine::Engine;
use crate::entity::Entity as _;
use crate::view::WorkspaceView;

/// How long a session may take to end: three signals with their grace periods, and some.
const MAX_STOP: Duration = Duration::from_secs(60);

/// Why a session was not ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StopError {
    /// Which workspace?
    #[error(transparent)]
    Select(#[from] SelectError),
    /// It did not end in time.
    #[error("the session did not end within {} seconds", MAX_STOP.as_secs())]
    TooSlow,
}

impl From<StoreError> for StopError {
    fn from(error: StoreError) -> Self {
        Self::Select(SelectError::Common(CommonError::Store(error)))
    }
}

/// Ends the running session. Returns the view from before, and the attempt as it ended (`None`: none ran).
///
/// # Errors
/// [`StopError`].
pub fn stop(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    folder: &AbsPath,
    name: &str,
    resolve: Resolve,
) -> Result<(WorkspaceView, Option<Attempt>), StopError> {
    let (view, running) = begin_stop(engine, asker, request, folder, name, resolve)?;
    match running {
        Some((id, _)) if resolve == Resolve::Do => {
            let ended = await_end(engine, id, request)?.ok_or(StopError::TooSlow)?;
            Ok((view, Some(ended)))
        }
        running => Ok((view, running.map(|(_, attempt)| attempt))),
    }
}

/// The half of [`stop`] that does not wait: unless it is a preview, asks the running attempt to end.
///
/// # Errors
/// [`StopError`].
pub fn begin_stop(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    folder: &AbsPath,
    name: &str,
    resolve: Resolve,
) -> Result<(WorkspaceView, Option<(AttemptId, Attempt)>), StopError> {
    let view = find(engine, asker, folder, name, Action::Stop)?;
    let running = view.running().map(|(id, attempt)| (id, attempt.clone()));
    if let (Some((id, _)), Resolve::Do) = (&running, resolve) {
        let input = AttemptInput::Stop { reason: EndReason::Requested };
        engine.dispatch(Message::Attempt { id: *id, input }, request)?;
    }
    Ok((view, running))
}

fn await_end(engine: &Engine, id: AttemptId, request: RequestId) -> Result<Option<Attempt>, StoreError> {
    engine.await_done(MAX_STOP, &Attempt::stream(id), request, || {
        Ok(engine.records().load::<Attempt>(id)?.filter(|attempt| !attempt.is_running()))
    })
}
