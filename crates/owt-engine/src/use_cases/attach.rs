//! Handing a person's terminal over to a session.

use crate::use_cases::select::find;
use owt_core::AbsPath;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_ports::AttachPlan;
use owt_ports::SessionError;

use super::SelectError;
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
    /// The session has no terminal.
    #[error("the session of '{name}' is {kind}: it has no terminal")]
    NoTerminal {
        /// The workspace's name.
        name: String,
        /// Its kind.
        kind: &'static str,
    },
    /// The session cannot be reached.
    #[error(transparent)]
    Session(SessionError),
}

/// The plan that the composition root executes.
///
/// # Errors
/// [`AttachError`].
pub fn attach(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
    name: &str,
    inside_tmux: Option<&str>,
) -> Result<(WorkspaceView, AttachPlan), AttachError> {
    authorise(asker, Action::Attach).map_err(SelectError::from)?;
    let view = find(engine, asker, folder, name, Action::Read)?;
    let name = view.name().to_owned();
    let Some((id, attempt)) = view.running() else {
        return Err(AttachError::NoSession { name });
    };
    if !attempt.spec.session.is_terminal() {
        return Err(AttachError::NoTerminal { name, kind: attempt.spec.session.as_str() });
    }
    match engine.ports().sessions.attach_plan(id, inside_tmux) {
        Ok(plan) => Ok((view, plan)),
        Err(SessionError::NotRunning(_)) => Err(AttachError::NoSession { name }),
        Err(error) => Err(AttachError::Session(error)),
    }
}
