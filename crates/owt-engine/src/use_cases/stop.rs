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
use owt_core::job::JobInput;
use owt_core::machine::Machine as _;
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

/// What there is to end.
#[derive(Debug, Clone)]
pub enum Stopping {
    /// A session, with its attempt: as it ended, or as it was when it was only looked at or asked to end.
    Session(AttemptId, Box<Attempt>),
    /// No session has begun yet; none will.
    CalledOff,
    /// Nothing.
    Nothing,
}

/// Ends the running session, or calls off the one that is yet to begin. Returns the view from before.
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
) -> Result<(WorkspaceView, Stopping), StopError> {
    let (view, stopping) = begin_stop(engine, asker, request, folder, name, resolve)?;
    match stopping {
        Stopping::Session(id, _) if resolve == Resolve::Do => {
            let ended = await_end(engine, id, request)?.ok_or(StopError::TooSlow)?;
            Ok((view, Stopping::Session(id, Box::new(ended))))
        }
        stopping => Ok((view, stopping)),
    }
}

/// The half of [`stop`] that does not wait: unless it is a preview, asks the running attempt to end, or the job not to
/// begin.
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
) -> Result<(WorkspaceView, Stopping), StopError> {
    let view = find(engine, asker, folder, name, Action::Stop)?;
    let (stopping, order) = match (view.running(), &view.job) {
        (Some((id, attempt)), _) => {
            let input = AttemptInput::Stop { reason: EndReason::Requested };
            (Stopping::Session(id, Box::new(attempt.clone())), Some(Message::Attempt { id, input }))
        }
        // Should its session begin at this very moment, the job passes the order on.
        (None, Some((id, job))) if job.is_live() => {
            (Stopping::CalledOff, Some(Message::Job { id: *id, input: JobInput::Cancel }))
        }
        _ => (Stopping::Nothing, None),
    };
    if let (Some(order), Resolve::Do) = (order, resolve) {
        engine.dispatch(order, request)?;
    }
    Ok((view, stopping))
}

fn await_end(engine: &Engine, id: AttemptId, request: RequestId) -> Result<Option<Attempt>, StoreError> {
    engine.await_done(MAX_STOP, &Attempt::stream(id), request, || {
        Ok(engine.records().load::<Attempt>(id)?.filter(|attempt| !attempt.is_running()))
    })
}
