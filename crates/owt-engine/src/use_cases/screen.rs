//! What a session's terminal shows, again whenever it shows something else. Looking at it changes nothing, not even what
//! counts as read.

use std::time::Duration;
use std::time::Instant;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::attempt::Attempt;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_ports::Screen;
use owt_ports::SessionError;
use owt_ports::StoreError;

use super::SelectError;
use super::StillThere;
use super::select::find;
use crate::engine::Engine;

/// Between two pictures at least: no eye sees more of them.
const CALM: Duration = Duration::from_millis(33);

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

impl From<StoreError> for ScreenError {
    fn from(error: StoreError) -> Self {
        Self::Select(error.into())
    }
}

/// Hands the workspace's name and its terminal's picture to `sink`, and again whenever something was printed or its size is
/// another, until the session has ended, `sink` wants no more, or nobody is there.
///
/// # Errors
/// [`ScreenError`].
pub fn watch_screen(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
    name: &str,
    sink: &mut dyn FnMut(&str, Screen) -> bool,
    still_there: StillThere<'_>,
) -> Result<(), ScreenError> {
    let view = find(engine, asker, folder, name, Action::Read)?;
    let name = view.name().to_owned();
    let Some((id, attempt)) = view.running() else { return Err(ScreenError::NoSession { name }) };
    if !attempt.spec.session.is_terminal() {
        return Err(ScreenError::NoTerminal { name });
    }
    let viewer = engine.viewers().join(id);
    // An end that is recorded later is a change after `seen`.
    let (mut seen, mut begun) = (viewer.changes(), Instant::now());
    while still_there() && is_running(engine, id)? {
        match engine.ports().sessions.screen(id) {
            // It ends just now.
            Err(SessionError::NotRunning(_)) => {}
            screen => {
                if !sink(&name, screen?) {
                    break;
                }
            }
        }
        viewer.await_change(seen, still_there);
        engine.await_time(begun + CALM, still_there);
        (seen, begun) = (viewer.changes(), Instant::now());
    }
    Ok(())
}

fn is_running(engine: &Engine, id: AttemptId) -> Result<bool, StoreError> {
    Ok(engine.records().load::<Attempt>(id)?.is_some_and(|attempt| attempt.is_running()))
}
