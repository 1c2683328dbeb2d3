//! Handing a person's terminal over to a session.

use crate::use_cases::select::find;
use owt_core::AbsPath;
use owt_core::RequestId;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_ports::AttachPlan;
use owt_ports::SessionError;

use super::Resolve;
use super::ResumeError;
use super::SelectError;
use super::WantedSession;
use super::WhileBusy;
use super::handover::Move;
use super::handover::await_handover;
use super::handover::begin_handover;
use super::handover::channel_for;
use crate::activity::looked_at;
use crate::engine::Engine;
use crate::view::WorkspaceView;

/// Why there is nothing to attach to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttachError {
    /// Which workspace?
    #[error(transparent)]
    Select(#[from] SelectError),
    /// No session runs.
    #[error("the workspace '{name}' has no running session")]
    NoSession {
        /// Its name.
        name: String,
    },
    /// The session has no terminal, and cannot get one.
    #[error("the session has no terminal, and cannot move into one: {0}")]
    NoTerminal(#[from] ResumeError),
    /// The session cannot be reached.
    #[error(transparent)]
    Session(SessionError),
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct AttachRequest {
    /// Seen from here.
    pub folder: AbsPath,
    /// Which workspace.
    pub name: String,
    /// The caller's `TMUX` variable.
    pub inside_tmux: Option<String>,
    /// The terminal that a session without one moves to.
    pub terminal: WantedSession,
    /// What becomes of a turn that runs there.
    pub busy: WhileBusy,
}

/// The plan that the composition root executes. A session that has no terminal moves into one first.
///
/// # Errors
/// [`AttachError`].
pub fn attach(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    attach: &AttachRequest,
) -> Result<(WorkspaceView, AttachPlan), AttachError> {
    authorise(asker, Action::Attach).map_err(SelectError::from)?;
    let view = find(engine, asker, &attach.folder, &attach.name, Action::Read)?;
    let name = view.name().to_owned();
    let view = match view.running() {
        None => return Err(AttachError::NoSession { name }),
        Some((_, attempt)) if attempt.spec.session.is_terminal() => view,
        Some(_) => into_terminal(engine, asker, request, view, attach)?,
    };
    let Some((id, _)) = view.running() else { return Err(AttachError::NoSession { name }) };
    match engine.ports().sessions.attach_plan(id, attach.inside_tmux.as_deref()) {
        Ok(plan) => {
            looked_at(engine, asker, &view);
            Ok((view, plan))
        }
        Err(SessionError::NotRunning(_)) => Err(AttachError::NoSession { name }),
        Err(error) => Err(AttachError::Session(error)),
    }
}

fn into_terminal(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    view: WorkspaceView,
    attach: &AttachRequest,
) -> Result<WorkspaceView, AttachError> {
    let Some((_, job)) = &view.job else {
        return Err(AttachError::NoSession { name: view.name().to_owned() });
    };
    let channel = channel_for(engine, &view, job, attach.terminal)?;
    let wish = Move { channel, busy: attach.busy, told: None };
    begin_handover(engine, asker, request, &view, &wish, Resolve::Do)?;
    Ok(await_handover(engine, request, view)?)
}
