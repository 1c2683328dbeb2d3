//! Ending the turn that an agent is in. Its session goes on and takes the next message.

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::RequestId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptInput;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::effect::Message;
use owt_core::session::SessionKind;
use owt_ports::StoreError;

use super::CommonError;
use super::Resolve;
use super::SelectError;
use super::select::find;
use crate::engine::Engine;
use crate::entity::Entity as _;
use crate::settings::BrokenSettings;
use crate::view::WorkspaceView;
use crate::workspace_settings::settings_of;

/// How long an agent may take to end its turn.
const MAX_OBEDIENCE: Duration = Duration::from_secs(30);

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InterruptOutcome {
    /// Its turn is over.
    Interrupted,
    /// It would be.
    WouldInterrupt,
    /// No turn ran.
    AtRest,
}

/// Why no turn was ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InterruptError {
    /// Which workspace?
    #[error(transparent)]
    Select(#[from] SelectError),
    /// No session runs.
    #[error("the workspace '{name}' has no running session")]
    NoSession {
        /// Its name.
        name: String,
    },
    /// Its only turn is all that there is.
    #[error("the session of '{name}' is headless: it has one turn, and ends with it")]
    OneTurnOnly {
        /// The workspace's name.
        name: String,
    },
    /// Nobody knows by which keys.
    #[error("owt does not know by which keys {agent} is interrupted")]
    NoKeys {
        /// The workspace's name.
        name: String,
        /// The agent.
        agent: String,
    },
    /// It works on.
    #[error("the agent of '{name}' was asked to end its turn and has not after {} seconds", MAX_OBEDIENCE.as_secs())]
    Disobeyed {
        /// The workspace's name.
        name: String,
    },
    /// The configuration.
    #[error(transparent)]
    Settings(#[from] BrokenSettings),
}

impl From<StoreError> for InterruptError {
    fn from(error: StoreError) -> Self {
        Self::Select(SelectError::Common(CommonError::Store(error)))
    }
}

/// Ends the turn that the agent of a workspace is in, and waits until it is over.
///
/// # Errors
/// [`InterruptError`].
pub fn interrupt(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    folder: &AbsPath,
    name: &str,
    resolve: Resolve,
) -> Result<(WorkspaceView, InterruptOutcome), InterruptError> {
    let (view, running) = begin_interrupt(engine, asker, request, folder, name, resolve)?;
    let Some(id) = running else { return Ok((view, InterruptOutcome::AtRest)) };
    if resolve == Resolve::Preview {
        return Ok((view, InterruptOutcome::WouldInterrupt));
    }
    let turns = view.running().map(|(_, attempt)| attempt.turns);
    let rested = engine.await_done(MAX_OBEDIENCE, &Attempt::stream(id), request, || {
        let attempt = engine.records().load::<Attempt>(id)?;
        // A message that waited may have begun the next turn meanwhile.
        let is_over = |it: &Attempt| {
            !it.is_running() || !it.is_in_turn() || turns.is_some_and(|turns| it.turns > turns)
        };
        Ok(attempt.filter(is_over))
    })?;
    match rested {
        Some(_) => Ok((view, InterruptOutcome::Interrupted)),
        None => Err(InterruptError::Disobeyed { name: view.name().to_owned() }),
    }
}

/// The half of [`interrupt`] that does not wait: checks, and records the wish unless it is a preview. The attempt, if a
/// turn of it runs.
///
/// # Errors
/// [`InterruptError`]; nothing was done.
pub fn begin_interrupt(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    folder: &AbsPath,
    name: &str,
    resolve: Resolve,
) -> Result<(WorkspaceView, Option<AttemptId>), InterruptError> {
    let view = find(engine, asker, folder, name, Action::Stop)?;
    let Some((id, attempt)) = view.running() else {
        return Err(InterruptError::NoSession { name: view.name().to_owned() });
    };
    require_way(engine, &view, attempt)?;
    if !attempt.is_in_turn() {
        return Ok((view, None));
    }
    if resolve == Resolve::Do {
        engine.dispatch(Message::Attempt { id, input: AttemptInput::Interrupt { request } }, request)?;
    }
    Ok((view, Some(id)))
}

/// Whether there is a way to interrupt it.
fn require_way(engine: &Engine, view: &WorkspaceView, attempt: &Attempt) -> Result<(), InterruptError> {
    let name = view.name().to_owned();
    match attempt.spec.session {
        SessionKind::Headless => Err(InterruptError::OneTurnOnly { name }),
        SessionKind::Structured => Ok(()),
        SessionKind::Tmux | SessionKind::Pty => {
            let settings =
                settings_of(engine.ports(), engine.home(), (view.id, view.workspace.spec.source()))?;
            let agent = view.job.as_ref().map(|(_, job)| job.spec.agent.clone()).unwrap_or_default();
            let manifest = settings.catalog.get(&agent).ok();
            match manifest.and_then(|manifest| manifest.screen.interrupt_keys.as_ref()) {
                Some(_) => Ok(()),
                None => Err(InterruptError::NoKeys { name, agent }),
            }
        }
    }
}
