//! Doing what the steps asked for. One file a kind of effect. Each first looks whether the thing has already
//! happened, does it, and says what came of it as a message to the stream that asked.

mod delivery;
mod dependencies;
pub(crate) mod queue;
pub(crate) mod session;
mod workspace;

use std::sync::Arc;

use owt_core::effect::Effect;
use owt_core::effect::Message;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_ports::FileError;
use owt_ports::GitError;
use owt_ports::RunnerId;
use owt_ports::SessionError;
use owt_ports::StoreError;
use tracing::info;

use crate::board::EffectBoard;
use crate::board::Task;
use crate::dispatcher::Dispatcher;
use crate::engine::Identity;
use crate::home::Home;
use crate::observer::Observers;
use crate::ports::Ports;
use crate::records::Records;

/// What came of an effect.
pub(crate) enum Outcome {
    /// Its stream is told this.
    Told(Message),
    /// It is done, and of no consequence to its stream.
    Settled,
    /// Its stream has been told already.
    Taken,
    /// It cannot be told now, for this reason: it stays recorded and is taken up again by the reconciler.
    Later(String),
}

/// Runs effects against the ports.
pub(crate) struct EffectRunner {
    pub(crate) ports: Ports,
    pub(crate) home: Home,
    pub(crate) identity: Identity,
    pub(crate) records: Records,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) board: Arc<EffectBoard>,
    pub(crate) observers: Arc<Observers>,
    pub(crate) runner: RunnerId,
}

impl EffectRunner {
    /// Runs one task to its end and takes in its outcome.
    pub(crate) fn run(&self, task: &Task) -> Result<(), StoreError> {
        info!(effect = %task.id, stream = %task.stream.id, what = ?task.effect, "doing");
        let result = self.execute(task).and_then(|outcome| match outcome {
            Outcome::Told(message) => self.dispatcher.outcome(message, task.id, task.correlation),
            Outcome::Settled => self.dispatcher.settle(&task.stream, task.id, task.correlation),
            Outcome::Taken => Ok(()),
            Outcome::Later(reason) => {
                tracing::warn!(effect = %task.id, %reason, "put off");
                Ok(())
            }
        });
        match &result {
            Ok(()) => self.board.finished(task),
            Err(error) => self.board.failed(task, error),
        }
        result
    }

    fn execute(&self, task: &Task) -> Result<Outcome, StoreError> {
        match &task.effect {
            Effect::PrepareWorkspace => self.prepare_workspace(task),
            Effect::DiscardWorkspace => self.discard_workspace(task),
            Effect::RemoveWorkspace => self.remove_workspace(task),
            Effect::DeleteBranch => self.delete_branch(task),
            Effect::RestoreWorkspace => self.restore_workspace(task),
            Effect::EnqueueJob => self.enqueue_job(task),
            Effect::LookAtDependencies => self.look_at_dependencies(task),
            Effect::TellDependents => self.tell_dependents(task),
            Effect::SettleJob { attempt, token } => self.settle_job(task, *attempt, *token),
            Effect::LaunchSession => self.launch_session(task),
            Effect::StopSession { reason } => self.stop_session(task, *reason),
            Effect::OfferLine { workspace, attempt } => self.offer_line(task, *workspace, *attempt),
            Effect::Inject { attempt, form } => self.inject(task, *attempt, *form),
            Effect::CommitForAgent => self.commit_for_agent(task),
            Effect::ReleaseMessages { workspace, attempt } => {
                self.release_messages(task, *workspace, *attempt)
            }
            Effect::Tell(message) => {
                self.dispatcher.dispatch((**message).clone(), task.correlation)?;
                Ok(Outcome::Settled)
            }
        }
    }
}

/// The id in a task's stream name.
pub(crate) fn stream_id<I: std::str::FromStr>(task: &Task) -> Result<I, StoreError> {
    task.stream
        .id
        .parse()
        .map_err(|_| StoreError::Failed(format!("'{}' is not an id of its kind", task.stream.id)))
}

/// A record that must be there, because its effect was recorded with it.
pub(crate) fn required<T>(found: Option<T>, what: &str) -> Result<T, StoreError> {
    found.ok_or_else(|| StoreError::Failed(format!("the record of {what} is missing")))
}

/// git's errors as failures; a simulated crash goes through as one.
pub(crate) fn git_failure(error: &GitError) -> Result<Failure, StoreError> {
    let kind = match error {
        GitError::Crashed => return Err(StoreError::Crashed),
        GitError::BranchTaken(_) => FailureKind::BranchTaken,
        GitError::RefConflict { .. } => FailureKind::RefConflict,
        GitError::CheckedOutElsewhere { .. } => FailureKind::BranchCheckedOut,
        GitError::PathTaken(_) => FailureKind::PathTaken,
        GitError::Busy { .. } => FailureKind::Busy,
        GitError::NoSpace(_) => FailureKind::NoSpace,
        GitError::UnknownRevision { .. } => FailureKind::Lost,
        _ => FailureKind::Git,
    };
    Ok(Failure::new(kind, error.to_string()))
}

/// Session errors as failures.
pub(crate) fn session_failure(error: &SessionError) -> Result<Failure, StoreError> {
    let kind = match error {
        SessionError::Crashed => return Err(StoreError::Crashed),
        SessionError::Unusable(_) => FailureKind::TmuxUnusable,
        SessionError::SocketPathTooLong { .. } => FailureKind::SocketPathTooLong,
        SessionError::NoSpace(_) => FailureKind::NoSpace,
        SessionError::NotRunning(_) | SessionError::Failed { .. } => FailureKind::Session,
    };
    Ok(Failure::new(kind, error.to_string()))
}

/// File errors as failures.
pub(crate) fn file_failure(error: &FileError) -> Result<Failure, StoreError> {
    let kind = match error {
        FileError::Crashed => return Err(StoreError::Crashed),
        FileError::NoSpace { .. } => FailureKind::NoSpace,
        FileError::Io { .. } => FailureKind::Internal,
    };
    Ok(Failure::new(kind, error.to_string()))
}
