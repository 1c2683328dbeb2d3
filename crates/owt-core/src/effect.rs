//! What is to be done outside, as data. An effect is recorded before it is tried, is idempotent (whoever does it
//! first looks whether it has already happened), and its outcome comes back as an input to the stream that asked.

use serde::Deserialize;
use serde::Serialize;

use crate::AttemptId;
use crate::DeliveryId;
use crate::JobId;
use crate::LandingId;
use crate::RepositoryId;
use crate::Timestamp;
use crate::TrainId;
use crate::WorkspaceId;
use crate::attempt::AttemptInput;
use crate::attention::AttentionInput;
use crate::delivery::DeliveryInput;
use crate::job::JobInput;
use crate::job::Resumption;
use crate::landing::LandingInput;
use crate::notebook::NotebookInput;
use crate::session::EndReason;
use crate::train::TrainInput;
use crate::workspace::WorkspaceInput;
use crate::workspace::WorkspaceName;

/// Something to be done outside the stream that asks for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "effect")]
pub enum Effect {
    /// Make the workspace's folder and branch; comes back as [`WorkspaceInput::Prepared`].
    PrepareWorkspace,
    /// Lease ports and names to the workspace, find its projects, bring private files and caches along; comes back as
    /// [`WorkspaceInput::Furnished`].
    FurnishWorkspace,
    /// Install the packages of its projects; comes back as [`WorkspaceInput::Installed`].
    InstallWorkspace,
    /// Take back a workspace whose job never started; comes back as [`WorkspaceInput::Discarded`].
    DiscardWorkspace,
    /// End its sessions, write a snapshot, put the folder into the trash; comes back as
    /// [`WorkspaceInput::Emptied`].
    RemoveWorkspace,
    /// Delete the branch of a workspace that is otherwise removed, if it is where the record says; comes back as
    /// [`WorkspaceInput::BranchSettled`].
    DeleteBranch,
    /// Bring a removed workspace back; comes back as [`WorkspaceInput::Restored`].
    RestoreWorkspace,
    /// Bring into a workspace's branch what has come to another; comes back as [`WorkspaceInput::Synced`].
    SyncWorkspace,
    /// Let the critic look at what is to land; comes back as [`LandingInput::Reviewed`].
    ReviewLanding,
    /// Commit what is not committed in a workspace that is to land; comes back as [`LandingInput::Committed`].
    CommitWork,
    /// Look what a landing would come to; comes back as [`LandingInput::Predicted`].
    PredictLanding,
    /// Make the commit that may become the target's tip; comes back as [`LandingInput::Built`].
    BuildCandidate,
    /// Run the repository's checks on the candidate; comes back as [`LandingInput::Checked`].
    CheckCandidate,
    /// Move the target of a landing to its candidate; comes back as [`LandingInput::Moved`].
    MoveTarget,
    /// Move the target of a landing back to where it was; comes back as [`LandingInput::TookBack`].
    TakeTargetBack,
    /// Begin the merge in the workspace and leave there what conflicts; comes back as [`LandingInput::Left`].
    LeaveConflicts,
    /// Forget a candidate; the outcome is of no consequence.
    DropCandidate {
        /// Of which round.
        round: u32,
    },
    /// Look up the target of a train, and its rules; comes back as [`TrainInput::Found`].
    FindTarget,
    /// Have a car's work looked at and committed, and build its candidate; comes back as [`TrainInput::Boarded`].
    BoardCar {
        /// Which candidate of the train.
        number: u32,
    },
    /// Run the repository's checks on a candidate of a train; comes back as [`TrainInput::Checked`].
    CheckCar {
        /// Which candidate.
        number: u32,
        /// For the how many-th time.
        run: u32,
    },
    /// Move the target of a train; comes back as [`TrainInput::Moved`] or [`TrainInput::Kept`].
    MoveTrain,
    /// Move the target of a train back to where it was before one of its moves; comes back as [`TrainInput::TookBack`].
    TakeTrainBack,
    /// Forget a candidate of a train; the outcome is of no consequence.
    DropCar {
        /// Which.
        number: u32,
    },
    /// Put the job into the queue; comes back as [`JobInput::Enqueued`].
    EnqueueJob,
    /// Put a job that had ended into the queue once more; comes back as [`JobInput::Enqueued`].
    ReopenJob {
        /// The fencing token of its last attempt.
        token: u64,
        /// Not before this point; `None` is at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_before: Option<Timestamp>,
    },
    /// Write the message with which a paused job goes on; comes back as [`JobInput::RetryPlanned`].
    PlanRetry {
        /// What it goes on from; without the message.
        from: Box<Resumption>,
    },
    /// Look which of the jobs that this one waits for have ended already; comes back through
    /// [`JobInput::DependencyEnded`].
    LookAtDependencies,
    /// Tell the jobs that wait for this one how it ended; comes to them as [`JobInput::DependencyEnded`].
    TellDependents,
    /// Take the job out of the queue for good; the outcome is of no consequence.
    SettleJob {
        /// The attempt that held the lease, if any did.
        attempt: Option<AttemptId>,
        /// Its fencing token.
        token: u64,
    },
    /// Start the attempt's session; comes back as [`AttemptInput::Launched`].
    LaunchSession,
    /// End the attempt's session; comes back as [`AttemptInput::Ended`] through the session's own end.
    StopSession {
        /// Why.
        reason: EndReason,
    },
    /// End the turn that runs in the attempt's session, not the session; what comes of it is seen from the agent.
    InterruptTurn {
        /// How many turns had ended before it: another turn is not to be ended.
        after: u32,
    },
    /// The attempt's agent takes a message: give it the oldest that waits. Comes back through
    /// [`AttemptInput::Assign`].
    OfferLine {
        /// Whose messages.
        workspace: WorkspaceId,
        /// The attempt that is ready, when it is known; otherwise the workspace's running one.
        attempt: Option<AttemptId>,
    },
    /// Put a message before the agent; comes back as [`DeliveryInput::Injection`].
    Inject {
        /// The attempt that gets it.
        attempt: AttemptId,
        /// In which form.
        form: InjectionForm,
    },
    /// Commit what the agent left, because its sandbox cannot; comes back as [`AttemptInput::Committed`].
    CommitForAgent,
    /// Settle every message of this workspace that waits: the session that it waits for is over, or never comes.
    ReleaseMessages {
        /// Whose messages.
        workspace: WorkspaceId,
        /// The attempt that has ended; `None` when the job ended without one.
        attempt: Option<AttemptId>,
    },
    /// Give what waited until an earlier session was over to the one that is to come. Each message goes on as another
    /// one, whose name follows from its own: done again, it is the same.
    SendAgain,
    /// Bring a note before every agent of its repository that works now.
    SpreadNote {
        /// The note's number.
        number: u64,
    },
    /// Bring those notes before the agent of an attempt that was started without them.
    CatchUpOnNotes,
    /// Tell the agent of a workspace that its work would not merge with another's; the outcome is of no consequence.
    TellConflict {
        /// The other.
        other: WorkspaceName,
        /// In these files.
        files: Vec<String>,
    },
    /// Tell another stream something. Repeating it changes nothing there.
    Tell(Box<Message>),
}

/// In which form a message is put before an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InjectionForm {
    /// The text itself.
    Text,
    /// One line that names a private file with the text: for programs that take several lines as several
    /// messages, and for texts too long to type.
    FileReference,
}

/// An input for another stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "to")]
pub enum Message {
    /// To a workspace.
    Workspace {
        /// Which.
        id: WorkspaceId,
        /// What.
        input: WorkspaceInput,
    },
    /// To a job.
    Job {
        /// Which.
        id: JobId,
        /// What.
        input: JobInput,
    },
    /// To an attempt.
    Attempt {
        /// Which.
        id: AttemptId,
        /// What.
        input: AttemptInput,
    },
    /// To a delivery.
    Delivery {
        /// Which.
        id: DeliveryId,
        /// What.
        input: DeliveryInput,
    },
    /// To the notebook of a repository.
    Notebook {
        /// Which repository.
        id: RepositoryId,
        /// What.
        input: NotebookInput,
    },
    /// To a landing.
    Landing {
        /// Which.
        id: LandingId,
        /// What.
        input: LandingInput,
    },
    /// To a train.
    Train {
        /// Which.
        id: TrainId,
        /// What.
        input: TrainInput,
    },
    /// To the attention that a workspace gets.
    Attention {
        /// Which workspace.
        id: WorkspaceId,
        /// What.
        input: AttentionInput,
    },
}

impl Effect {
    /// Telling a workspace.
    pub fn tell_workspace(id: WorkspaceId, input: WorkspaceInput) -> Self {
        Self::Tell(Box::new(Message::Workspace { id, input }))
    }

    /// Telling a job.
    pub fn tell_job(id: JobId, input: JobInput) -> Self {
        Self::Tell(Box::new(Message::Job { id, input }))
    }

    /// Telling an attempt.
    pub fn tell_attempt(id: AttemptId, input: AttemptInput) -> Self {
        Self::Tell(Box::new(Message::Attempt { id, input }))
    }

    /// Telling a delivery.
    pub fn tell_delivery(id: DeliveryId, input: DeliveryInput) -> Self {
        Self::Tell(Box::new(Message::Delivery { id, input }))
    }
}
