//! What a session's terminal shows now. Looking at it changes nothing, not even what counts as read.

use owt_core::AbsPath;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_ports::Screen;
use owt_ports::SessionError;

use super::SelectError;
use super::select::find;
use crate::engine::Engine;

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScreenError {
    /// Which workspace?
    #[error(transparent)]
    Select(#[from] SelectError),
    /// No session runs.
    #[error("the workspace '{name}' has no running session")]
    NoSession {
        /// Its name.
        name: String,
    },
    /// It has no terminal.
    #[error("the session of '{name}' has no terminal")]
    NoTerminal {
        /// Its name.
        name: String,
    },
    /// The session.
    #[error(transparent)]
    Session(#[from] SessionError),
}

/// The workspace's name, and its terminal's picture.
///
/// # Errors
/// [`ScreenError`].
pub fn screen(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
    name: &str,
) -> Result<(String, Screen), ScreenError> {
    let view = find(engine, asker, folder, name, Action::Read)?;
    let name = view.name().to_owned();
    let Some((id, attempt)) = view.running() else { return Err(ScreenError::NoSession { name }) };
    if !attempt.spec.session.is_terminal() {
        return Err(ScreenError::NoTerminal { name });
    }
    Ok((name, engine.ports().sessions.screen(id)?))
}
