//! A job: one piece of work given to one agent in one workspace.

mod pause;
mod taking_up;

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::AttemptId;
use crate::DeliveryId;
use crate::JobId;
use crate::Permissions;
use crate::Timestamp;
use crate::WorkspaceId;
use crate::attempt::AttemptInput;
use crate::attempt::AttemptSpec;
use crate::attempt::Committer;
use crate::attempt::Ending;
use crate::attempt::Verdict;
use crate::briefing::ContextChoice;
use crate::briefing::Manner;
use crate::delivery::DeliverySpec;
use crate::effect::Effect;
use crate::failure::Failure;
use crate::machine::Machine;
use crate::machine::Step;
use crate::retry::RetryPolicy;
use crate::retry::Tried;
use crate::session::Allowance;
use crate::session::Channel;
use crate::session::EndReason;
use crate::session::SessionKind;
use crate::session::SessionLimits;
use crate::workspace::WorkspaceInput;

pub use pause::Pause;
pub use pause::Waiting;

/// What an agent may do without asking, or that we do not manage it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermissionChoice {
    /// This level, enforced by the program.
    Level(Permissions),
    /// A custom tool runs as its own command line says.
    Unmanaged,
}

/// How much a job may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobLimits {
    /// Our own limits on its session.
    pub session: SessionLimits,
    /// Attempts in all; 1 is no retry.
    pub attempts: u32,
    /// What each of its sessions without a terminal may use up.
    #[serde(default, skip_serializing_if = "Allowance::is_unlimited")]
    pub allowance: Allowance,
}

/// A command whose success is part of the job's success.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// At most this long.
    pub timeout: Duration,
}

/// Who asked for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Creator {
    /// The person.
    Person,
    /// The agent of this attempt.
    Attempt(AttemptId),
}

/// When it is a job's turn.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Order {
    /// Jobs that must be finished first.
    pub depends_on: Vec<JobId>,
    /// Higher goes first.
    pub priority: i32,
}

/// What a job must keep to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Paths that it may change; empty is the whole workspace.
    pub scope: Vec<String>,
    /// How much it may use up.
    pub limits: JobLimits,
    /// What must succeed at its end.
    pub checks: Vec<Check>,
    /// What it does by itself after a failure.
    #[serde(default, skip_serializing_if = "RetryPolicy::is_default")]
    pub retry: RetryPolicy,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobSpec {
    /// Where.
    pub workspace: WorkspaceId,
    /// A short title for people.
    pub title: String,
    /// The task as the person wrote it; `None` when the agent starts without one.
    pub task: Option<String>,
    /// The delivery that carries the task.
    pub delivery: Option<DeliveryId>,
    /// The agent, by its name in the manifests.
    pub agent: String,
    /// The model, in the agent's own words.
    pub model: Option<String>,
    /// How it lives.
    pub session: SessionKind,
    /// What it may do.
    pub permissions: PermissionChoice,
    /// Read-only planning.
    pub plan_mode: bool,
    /// The way of working that was chosen for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manner: Option<Manner>,
    /// Jobs whose results its agent is told of, besides those that it depends on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<JobId>,
    /// What it is told besides its task.
    #[serde(default, skip_serializing_if = "ContextChoice::is_default")]
    pub context: ContextChoice,
    /// When it is its turn.
    #[serde(flatten)]
    pub order: Order,
    /// What it must keep to.
    #[serde(flatten)]
    pub terms: Terms,
    /// Who asked.
    pub creator: Creator,
    /// Who commits the agent's work.
    pub committer: Committer,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum JobOutcome {
    /// Its last attempt ended with this verdict.
    Attempted {
        /// The verdict.
        verdict: Verdict,
    },
    /// It never started.
    NeverStarted {
        /// Why.
        failure: Failure,
    },
    /// Somebody cancelled it before it started.
    Cancelled,
}

impl JobOutcome {
    /// Whether jobs that depend on this one may go on.
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Attempted { verdict } if verdict.is_success())
    }
}

/// Where a job is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "phase")]
pub enum JobPhase {
    /// Its workspace or a job before it is not ready.
    Waiting {
        /// The jobs that are not finished yet.
        pending: Vec<JobId>,
        /// Whether the workspace is there.
        workspace_ready: bool,
    },
    /// It is in the queue, or on its way there.
    Queued,
    /// An attempt is at it.
    Running {
        /// Which.
        attempt: AttemptId,
        /// Its fencing token.
        token: u64,
    },
    /// Its last attempt failed, and it goes on by itself later.
    Paused {
        /// Why, and until when.
        pause: Pause,
    },
    /// It has ended.
    Ended {
        /// How.
        outcome: JobOutcome,
    },
}

/// A job's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What was asked for.
    pub spec: JobSpec,
    /// Where it is in its life.
    pub phase: JobPhase,
    /// Its attempts so far, oldest first.
    pub attempts: Vec<AttemptId>,
    /// The newest fencing token seen.
    pub token: u64,
    /// Somebody asked for its end.
    pub cancelled: bool,
    /// What its next attempt takes up again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumption: Option<Resumption>,
    /// What it has done by itself after failures.
    #[serde(default, skip_serializing_if = "Tried::is_nothing")]
    pub tried: Tried,
}

/// A job that is taken up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumption {
    /// The attempt that it goes on from: the newest that there is; `None` where none ever began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<AttemptId>,
    /// The conversation, in the agent's own words; `None` where none was ever begun: the next attempt begins afresh.
    #[serde(default)]
    pub conversation: Option<String>,
    /// The message that it goes on with, where the session takes none later.
    pub message: Option<(DeliveryId, DeliverySpec)>,
    /// In which kind of session; `None` is the job's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// What comes before its session.
    #[serde(default, skip_serializing_if = "Beforehand::is_nothing")]
    pub beforehand: Beforehand,
    /// What became of the turn that its conversation was in.
    #[serde(default, skip_serializing_if = "LastTurn::is_over")]
    pub turn: LastTurn,
}

/// What became of the last turn of a conversation that is taken up again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastTurn {
    /// It had ended, or none was begun.
    #[default]
    Over,
    /// Its session ended in the middle of it.
    BrokenOff,
}

impl LastTurn {
    /// Whether nothing of it is left to be done.
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Over)
    }
}

/// What has to be done before a session that is taken up again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beforehand {
    /// Its folder is as it should be.
    #[default]
    Nothing,
    /// Its folder is not as it should be: what is being installed or set up is waited for, and what could not be is tried
    /// again.
    Equip,
}

impl Beforehand {
    /// Whether the session can start at once.
    pub const fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }
}

/// What may happen to a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "input")]
pub enum JobInput {
    /// It is asked for.
    Create {
        /// Its own id.
        id: JobId,
        /// What is asked for.
        spec: Box<JobSpec>,
    },
    /// Its workspace is there.
    WorkspaceReady,
    /// Its workspace could not be made.
    WorkspaceFailed {
        /// Why.
        failure: Failure,
    },
    /// A job that it waited for has ended.
    DependencyEnded {
        /// Which.
        job: JobId,
        /// Whether it ended well.
        success: bool,
    },
    /// It is in the queue.
    Enqueued,
    /// A runner claimed it for an attempt.
    Claimed {
        /// The attempt.
        attempt: AttemptId,
        /// Its fencing token.
        token: u64,
    },
    /// An attempt ended.
    AttemptEnded {
        /// Which.
        attempt: AttemptId,
        /// Its fencing token.
        token: u64,
        /// How.
        verdict: Verdict,
        /// How the job goes on all the same: its conversation moves to another kind of session.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        goes_on: Option<Box<Resumption>>,
        /// What else is known of it.
        #[serde(default)]
        ending: Ending,
    },
    /// What it goes on with after its pause is written.
    RetryPlanned {
        /// What.
        resumption: Resumption,
    },
    /// Somebody wants it to end.
    Cancel,
    /// Its workspace is gone.
    WorkspaceRemoved,
    /// The person wants it taken up again.
    Resume {
        /// What.
        resumption: Resumption,
    },
}

/// What has happened to a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum JobEvent {
    /// It was asked for.
    Created {
        /// Its id.
        id: JobId,
        /// What was asked for.
        spec: Box<JobSpec>,
    },
    /// Its workspace is there.
    WorkspaceReady,
    /// A job that it waited for is finished.
    DependencyMet {
        /// Which.
        job: JobId,
    },
    /// Nothing stands in its way.
    Queued,
    /// An attempt began.
    Started {
        /// Which.
        attempt: AttemptId,
        /// Its fencing token.
        token: u64,
    },
    /// It was claimed when it was not its turn, for an attempt that never begins.
    ClaimGivenBack {
        /// Its fencing token.
        token: u64,
    },
    /// Somebody asked for its end.
    CancelRequested,
    /// Its attempt failed, and it goes on by itself later.
    Paused {
        /// Why, and until when.
        pause: Pause,
    },
    /// What it goes on with after its pause.
    RetryPlanned {
        /// What.
        resumption: Resumption,
    },
    /// It is to be taken up again.
    Resumed {
        /// What.
        resumption: Resumption,
    },
    /// It ended.
    Ended {
        /// How.
        outcome: JobOutcome,
    },
}

impl Machine for Job {
    type Input = JobInput;
    type Event = JobEvent;

    fn step(current: Option<&Self>, input: &JobInput, now: Timestamp) -> Step<JobEvent> {
        match (current, input) {
            (None, JobInput::Create { id, spec }) => {
                let step = Step::event(JobEvent::Created { id: *id, spec: spec.clone() });
                if spec.order.depends_on.is_empty() { step } else { step.effect(Effect::LookAtDependencies) }
            }
            (Some(job), input) => job.react(input, now),
            (None, _) => Step::nothing(),
        }
    }

    fn apply(current: Option<Self>, event: &JobEvent, _at: Timestamp) -> Option<Self> {
        match (current, event) {
            (None, JobEvent::Created { id, spec }) => Some(Self {
                id: *id,
                phase: JobPhase::Waiting { pending: spec.order.depends_on.clone(), workspace_ready: false },
                spec: (**spec).clone(),
                attempts: Vec::new(),
                token: 0,
                cancelled: false,
                resumption: None,
                tried: Tried::default(),
            }),
            (Some(job), event) => Some(job.after(event)),
            (None, _) => None,
        }
    }

    fn is_live(&self) -> bool {
        !matches!(self.phase, JobPhase::Ended { .. })
    }
}

impl Job {
    fn react(&self, input: &JobInput, now: Timestamp) -> Step<JobEvent> {
        match (&self.phase, input) {
            (JobPhase::Waiting { pending, workspace_ready: false }, JobInput::WorkspaceReady) => {
                self.unless_pending(Step::event(JobEvent::WorkspaceReady), pending.is_empty())
            }
            (JobPhase::Waiting { .. }, JobInput::WorkspaceFailed { failure }) => self.never_started(failure),
            (JobPhase::Waiting { pending, workspace_ready }, JobInput::DependencyEnded { job, success }) => {
                self.dependency_ended(pending, *workspace_ready, *job, *success)
            }
            (JobPhase::Queued, JobInput::Claimed { attempt, token }) if *token > self.token => {
                self.started(*attempt, *token)
            }
            // Its end and the claim have crossed (and the wish to take it up again may have, too): the queue counts on, and
            // so must it, to be queued once more.
            (JobPhase::Ended { .. } | JobPhase::Waiting { .. }, JobInput::Claimed { attempt, token })
                if *token > self.token =>
            {
                Step::event(JobEvent::ClaimGivenBack { token: *token })
                    .effect(Effect::SettleJob { attempt: Some(*attempt), token: *token })
            }
            (
                JobPhase::Running { attempt, token },
                JobInput::AttemptEnded { attempt: ended, token: fence, verdict, goes_on, ending },
            ) if attempt == ended && token == fence => match goes_on {
                Some(resumption) if !self.cancelled => self.taken_up(resumption),
                Some(_) => self.attempt_ended(*attempt, *token, verdict),
                None => self
                    .paused(*attempt, verdict, ending, now)
                    .unwrap_or_else(|| self.attempt_ended(*attempt, *token, verdict)),
            },
            (JobPhase::Paused { pause }, JobInput::RetryPlanned { resumption }) => {
                self.planned(pause, resumption)
            }
            (JobPhase::Paused { pause }, JobInput::Claimed { attempt, token })
                if *token > self.token && self.has_plan(pause) =>
            {
                self.goes_on(self.started(*attempt, *token))
            }
            (JobPhase::Paused { pause }, JobInput::Cancel | JobInput::WorkspaceRemoved) => {
                self.called_off(pause)
            }
            (JobPhase::Running { attempt, .. }, JobInput::Cancel) if !self.cancelled => Step::event(
                JobEvent::CancelRequested,
            )
            .effect(Effect::tell_attempt(*attempt, AttemptInput::Stop { reason: EndReason::Requested })),
            (JobPhase::Waiting { .. } | JobPhase::Queued, JobInput::Cancel | JobInput::WorkspaceRemoved) => {
                self.end_without_session(JobOutcome::Cancelled)
                    .effect(Effect::SettleJob { attempt: None, token: self.token })
            }
            // An order that was given to an earlier end, or twice, is over.
            (JobPhase::Ended { .. } | JobPhase::Paused { .. }, JobInput::Resume { resumption })
                if self.newest_attempt() == resumption.after && self.may_begin_yet() =>
            {
                self.taken_up(resumption)
            }
            _ => Step::nothing(),
        }
    }

    fn unless_pending(&self, step: Step<JobEvent>, ready: bool) -> Step<JobEvent> {
        if !ready {
            return step;
        }
        step.and(JobEvent::Queued).effect(self.place())
    }

    fn dependency_ended(
        &self,
        pending: &[JobId],
        workspace: bool,
        job: JobId,
        success: bool,
    ) -> Step<JobEvent> {
        if !pending.contains(&job) {
            return Step::nothing();
        }
        if !success {
            let message = format!("{job}, which it depends on, did not succeed");
            return self.never_started(&Failure::new(crate::failure::FailureKind::Lost, message));
        }
        self.unless_pending(Step::event(JobEvent::DependencyMet { job }), workspace && pending.len() == 1)
    }

    fn started(&self, attempt: AttemptId, token: u64) -> Step<JobEvent> {
        let channel = self.resumption.as_ref().and_then(|resumption| resumption.channel);
        let session = channel.map_or(self.spec.session, |channel| channel.kind);
        let spec = AttemptSpec {
            job: self.id,
            workspace: self.spec.workspace,
            number: u32::try_from(self.attempts.len()).unwrap_or(u32::MAX).saturating_add(1),
            token,
            session,
            home: channel.and_then(|channel| channel.home),
            delivery: match &self.resumption {
                Some(resumption) => resumption.message.as_ref().map(|(id, _)| *id),
                None => self.spec.delivery,
            },
            committer: self.spec.committer,
            resumes: self.resumption.as_ref().and_then(|resumption| resumption.conversation.clone()),
            // Before a terminal sits a person, who sees what is used.
            allowance: match session.is_terminal() {
                true => Allowance::default(),
                false => self.spec.terms.limits.allowance,
            },
        };
        Step::event(JobEvent::Started { attempt, token })
            .effect(Effect::tell_attempt(attempt, AttemptInput::Begin { id: attempt, spec }))
    }

    /// The attempt itself has let go of what waited when its session ended; what came since, while its work was committed
    /// or its workspace came back, waits for nobody.
    fn attempt_ended(&self, attempt: AttemptId, token: u64, verdict: &Verdict) -> Step<JobEvent> {
        let step = match verdict {
            Verdict::NotStarted { failure } if self.attempts.len() == 1 && self.resumption.is_none() => {
                self.never_started(failure)
            }
            _ => self.end_without_session(JobOutcome::Attempted { verdict: verdict.clone() }),
        };
        step.effect(Effect::SettleJob { attempt: Some(attempt), token })
    }

    fn never_started(&self, failure: &Failure) -> Step<JobEvent> {
        let end = self.end_without_session(JobOutcome::NeverStarted { failure: failure.clone() });
        // What was there before it was taken up is not taken back.
        if self.resumption.is_some() {
            return end;
        }
        end.effect(Effect::tell_workspace(
            self.spec.workspace,
            WorkspaceInput::JobNeverStarted { failure: failure.clone() },
        ))
    }

    /// Nobody will ever take the messages that were meant for its agent.
    fn end_without_session(&self, outcome: JobOutcome) -> Step<JobEvent> {
        self.end(outcome).effect(self.give_up_messages())
    }

    fn give_up_messages(&self) -> Effect {
        Effect::ReleaseMessages { workspace: self.spec.workspace, attempt: None }
    }

    fn end(&self, outcome: JobOutcome) -> Step<JobEvent> {
        Step::event(JobEvent::Ended { outcome }).effect(Effect::TellDependents)
    }

    fn after(mut self, event: &JobEvent) -> Self {
        match event {
            JobEvent::Created { .. } => {}
            JobEvent::WorkspaceReady => {
                if let JobPhase::Waiting { workspace_ready, .. } = &mut self.phase {
                    *workspace_ready = true;
                }
            }
            JobEvent::DependencyMet { job } => {
                if let JobPhase::Waiting { pending, .. } = &mut self.phase {
                    pending.retain(|other| other != job);
                }
            }
            JobEvent::Queued => self.phase = JobPhase::Queued,
            JobEvent::Started { attempt, token } => {
                self.attempts.push(*attempt);
                self.token = *token;
                self.phase = JobPhase::Running { attempt: *attempt, token: *token };
            }
            JobEvent::ClaimGivenBack { token } => self.token = *token,
            JobEvent::Paused { pause } => self.pause(pause),
            JobEvent::RetryPlanned { resumption } => self.resumption = Some(resumption.clone()),
            JobEvent::CancelRequested => self.cancelled = true,
            JobEvent::Resumed { resumption } => self.take_up(resumption),
            JobEvent::Ended { outcome } => self.phase = JobPhase::Ended { outcome: outcome.clone() },
        }
        self
    }

    /// How it ended; `None` while it has not.
    pub const fn outcome(&self) -> Option<&JobOutcome> {
        match &self.phase {
            JobPhase::Ended { outcome } => Some(outcome),
            _ => None,
        }
    }

    /// The jobs that it still waits for.
    pub fn waits_for(&self) -> &[JobId] {
        match &self.phase {
            JobPhase::Waiting { pending, .. } => pending,
            _ => &[],
        }
    }

    /// The newest attempt, running or ended.
    pub fn newest_attempt(&self) -> Option<AttemptId> {
        self.attempts.last().copied()
    }
}
