//! Doing what the steps asked for. One file a kind of effect. Each first looks whether the thing has already
//! happened, does it, and says what came of it as a message to the stream that asked.

mod commit;
mod compose;
mod conflicts;
mod delivery;
mod dependencies;
mod failed_meanwhile;
pub(crate) mod hooks;
mod interrupt;
pub(crate) mod landing;
mod notes;
mod outfit;
mod private_files;
pub(crate) mod queue;
mod restore;
pub(crate) mod session;
mod stacking;
pub(crate) mod sync;
mod workspace;

use std::sync::Arc;

use owt_agents::launch::LaunchFile;
use owt_core::AttemptId;
use owt_core::WorkspaceId;
use owt_core::effect::Effect;
use owt_core::effect::Message;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::landing::Landing;
use owt_ports::FileError;
use owt_ports::GitError;
use owt_ports::RunnerId;
use owt_ports::SessionError;
use owt_ports::StoreError;
use tracing::info;

use commit::CommitEffects;
use delivery::DeliveryEffects;
use dependencies::DependencyEffects;
use hooks::HookEffects;
pub use landing::ForeseenChecks;
use landing::LandingEffects;
use notes::NoteEffects;
use outfit::OutfitEffects;
use queue::QueueEffects;
use session::SessionEffects;
use workspace::WorkspaceEffects;

use crate::board::EffectBoard;
use crate::board::Task;
use crate::board::Turn;
use crate::dispatcher::Dispatcher;
use crate::engine::Identity;
use crate::entity::Entity as _;
use crate::home::Home;
use crate::landing_progress::RunningChecks;
use crate::observer::Observers;
use crate::ports::Ports;
use crate::pulse::Pulse;
use crate::records::Records;

/// What came of an effect.
pub(crate) enum Outcome {
    /// Its stream is told this.
    Told(Box<Message>),
    /// It is done, and of no consequence to its stream.
    Settled,
    /// Its stream has been told already.
    Taken,
    /// Others are before it; it is done when its turn has come.
    NotItsTurn(Turn),
    /// It cannot be told now, for this reason: it stays recorded and is taken up again by the reconciler.
    Later(String),
}

impl Outcome {
    fn told(message: Message) -> Self {
        Self::Told(Box::new(message))
    }
}

/// Runs effects: each kind by those who do that kind.
pub(crate) struct EffectRunner {
    dispatcher: Arc<Dispatcher>,
    board: Arc<EffectBoard>,
    workspaces: WorkspaceEffects,
    outfits: OutfitEffects,
    sessions: Arc<SessionEffects>,
    deliveries: DeliveryEffects,
    commits: CommitEffects,
    queue: QueueEffects,
    dependencies: DependencyEffects,
    notes: NoteEffects,
    landings: Arc<LandingEffects>,
}

/// What effects are run with.
pub(crate) struct Means {
    pub(crate) ports: Ports,
    pub(crate) home: Home,
    pub(crate) identity: Identity,
    pub(crate) records: Records,
    pub(crate) dispatcher: Arc<Dispatcher>,
    pub(crate) observers: Arc<Observers>,
    pub(crate) due: Arc<Pulse>,
    pub(crate) running: Arc<RunningChecks>,
    pub(crate) runner: RunnerId,
}

impl EffectRunner {
    /// A runner that hands back to this board what it has done.
    pub(crate) fn new(means: Means, board: Arc<EffectBoard>) -> Self {
        let Means { ports, home, identity, records, dispatcher, observers, due, running, runner } = means;
        let sessions = Arc::new(SessionEffects {
            ports: ports.clone(),
            home: home.clone(),
            identity,
            records: records.clone(),
            dispatcher: dispatcher.clone(),
            observers,
        });
        let landings = Arc::new(LandingEffects {
            ports: ports.clone(),
            home: home.clone(),
            records: records.clone(),
            board: board.clone(),
            running: running.clone(),
            remembering: std::sync::Mutex::new(()),
        });
        let hooks = Arc::new(HookEffects { ports: ports.clone(), home: home.clone(), board: board.clone() });
        Self {
            outfits: OutfitEffects {
                ports: ports.clone(),
                home: home.clone(),
                records: records.clone(),
                dispatcher: dispatcher.clone(),
                board: board.clone(),
                leasing: std::sync::Mutex::new(()),
                hooks: hooks.clone(),
            },
            notes: NoteEffects {
                ports: ports.clone(),
                home: home.clone(),
                records: records.clone(),
                dispatcher: dispatcher.clone(),
            },
            workspaces: WorkspaceEffects {
                ports: ports.clone(),
                home: home.clone(),
                records: records.clone(),
                dispatcher: dispatcher.clone(),
                hooks,
                landings: landings.clone(),
            },
            deliveries: DeliveryEffects {
                ports: ports.clone(),
                records: records.clone(),
                dispatcher: dispatcher.clone(),
                sessions: sessions.clone(),
            },
            landings,
            commits: CommitEffects { ports: ports.clone(), records: records.clone() },
            dependencies: DependencyEffects { records: records.clone(), dispatcher: dispatcher.clone() },
            queue: QueueEffects { ports, home, records, dispatcher: dispatcher.clone(), due, runner },
            sessions,
            dispatcher,
            board,
        }
    }

    /// Who does what concerns the queue.
    pub(crate) const fn queue(&self) -> &QueueEffects {
        &self.queue
    }

    /// Who does what concerns landings.
    pub(crate) fn landings(&self) -> &LandingEffects {
        &self.landings
    }

    /// The hook settings that a session's program was started with, as they should be.
    pub(crate) fn hook_files(&self, attempt: AttemptId) -> Result<Vec<LaunchFile>, StoreError> {
        self.sessions.hook_files(attempt)
    }

    /// Removes the private files of a workspace.
    pub(crate) fn forget_files(&self, workspace: WorkspaceId) -> Result<(), StoreError> {
        self.workspaces.forget_files(workspace)
    }

    /// Runs one task to its end and takes in its outcome.
    pub(crate) fn run(&self, task: &Task) -> Result<(), StoreError> {
        info!(effect = %task.id, stream = %task.stream.id, what = ?task.effect, "doing");
        let result = match self.execute(task) {
            Ok(Outcome::NotItsTurn(seen)) => {
                self.board.park(task, seen);
                return Ok(());
            }
            Ok(outcome) => self.take_in(task, outcome),
            Err(error) => Err(error),
        };
        match &result {
            Ok(()) => self.board.finished(task),
            Err(error) => self.board.failed(task, error),
        }
        if task.stream.kind == Landing::KIND {
            self.board.next_turn();
        }
        result
    }

    fn take_in(&self, task: &Task, outcome: Outcome) -> Result<(), StoreError> {
        match outcome {
            Outcome::Told(message) => self.dispatcher.outcome(*message, task.id, task.correlation),
            Outcome::Settled => self.dispatcher.settle(&task.stream, task.id, task.correlation),
            Outcome::Taken | Outcome::NotItsTurn(_) => Ok(()),
            Outcome::Later(reason) => {
                tracing::warn!(effect = %task.id, %reason, "put off");
                Ok(())
            }
        }
    }

    fn execute(&self, task: &Task) -> Result<Outcome, StoreError> {
        match &task.effect {
            Effect::PrepareWorkspace => self.workspaces.prepare_workspace(task),
            Effect::FurnishWorkspace => self.outfits.furnish_workspace(task),
            Effect::InstallWorkspace => self.outfits.install_workspace(task),
            Effect::DiscardWorkspace => self.workspaces.discard_workspace(task),
            Effect::RemoveWorkspace => self.workspaces.remove_workspace(task),
            Effect::DeleteBranch => self.workspaces.delete_branch(task),
            Effect::RestoreWorkspace => self.workspaces.restore_workspace(task),
            Effect::SyncWorkspace => self.workspaces.sync_workspace(task),
            Effect::ReviewLanding => self.landings.review(task),
            Effect::CommitWork => self.landings.commit_work(task),
            Effect::CheckCandidate => self.landings.check(task),
            Effect::PredictLanding => self.landings.predict(task),
            Effect::BuildCandidate => self.landings.build(task),
            Effect::MoveTarget => self.landings.move_target(task),
            Effect::TakeTargetBack => self.landings.take_target_back(task),
            Effect::LeaveConflicts => self.landings.leave_conflicts(task),
            Effect::DropCandidate { round } => self.landings.drop_candidate(task, *round),
            Effect::FindTarget => self.landings.find_target(task),
            Effect::BoardCar { number } => self.landings.board_car(task, *number),
            Effect::CheckCar { number, run } => self.landings.check_car(task, (*number, *run)),
            Effect::MoveTrain => self.landings.move_train(task),
            Effect::TakeTrainBack => self.landings.take_train_back(task),
            Effect::DropCar { number } => self.landings.drop_car(task, *number),
            Effect::EnqueueJob => self.queue.enqueue_job(task),
            Effect::ReopenJob { token, not_before } => self.queue.reopen_job(task, *token, *not_before),
            Effect::PlanRetry { from } => self.queue.plan_retry(task, from),
            Effect::LookAtDependencies => self.dependencies.look_at_dependencies(task),
            Effect::TellDependents => self.dependencies.tell_dependents(task),
            Effect::SettleJob { attempt, token } => self.queue.settle_job(task, *attempt, *token),
            Effect::LaunchSession => {
                self.deliveries.hand_on(task)?;
                self.sessions.launch_session(task)
            }
            Effect::StopSession { reason } => self.sessions.stop_session(task, *reason),
            Effect::InterruptTurn { after } => self.sessions.interrupt_turn(task, *after),
            Effect::OfferLine { workspace, attempt } => {
                self.deliveries.offer_line(task, *workspace, *attempt)
            }
            Effect::Inject { attempt, form } => self.deliveries.inject(task, *attempt, *form),
            Effect::CommitForAgent => self.commits.commit_for_agent(task),
            Effect::ReleaseMessages { workspace, attempt } => {
                self.deliveries.release_messages(task, *workspace, *attempt)
            }
            Effect::SendAgain => self.deliveries.send_again(task),
            Effect::SpreadNote { number } => self.notes.spread_note(task, *number),
            Effect::CatchUpOnNotes => self.notes.catch_up(task),
            Effect::TellConflict { other, files } => self.notes.tell_conflict(task, other, files),
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
        GitError::Busy { .. } | GitError::Unfinished { .. } => FailureKind::Busy,
        GitError::NoSpace(_) => FailureKind::NoSpace,
        GitError::UnknownRevision { .. } => FailureKind::Lost,
        GitError::TimedOut { .. } => FailureKind::TimedOut,
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
        FileError::Io { .. } | FileError::Busy { .. } => FailureKind::Internal,
    };
    Ok(Failure::new(kind, error.to_string()))
}
