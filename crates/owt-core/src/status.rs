//! One word for what an agent is doing, judged from the workspace, its job and its newest attempt.

use serde::Deserialize;
use serde::Serialize;

use crate::Timestamp;
use crate::attempt::Attempt;
use crate::attempt::AttemptPhase;
use crate::attempt::Verdict;
use crate::environment::InstallState;
use crate::evidence::Activity;
use crate::job::Job;
use crate::job::JobOutcome;
use crate::job::JobPhase;
use crate::workspace::Phase;
use crate::workspace::Workspace;

/// The statuses of the command contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Its workspace or session is being made.
    Starting,
    /// It works.
    Working,
    /// It asks a question.
    WaitingInput,
    /// It asks for permission.
    WaitingPermission,
    /// It has finished a turn and takes the next prompt.
    Idle,
    /// Something that only a person can resolve is in its way.
    Blocked,
    /// It ended and its own last word was success.
    Done,
    /// It ended badly.
    Failed,
    /// It ended without saying how its work went.
    Exited,
    /// There is no evidence.
    Unknown,
}

/// A status with why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The word.
    pub status: Status,
    /// Since when.
    pub since: Timestamp,
    /// What kind of evidence says so.
    pub source: &'static str,
    /// What a person should know or do about it.
    pub detail: Option<String>,
}

impl Judgement {
    fn new(status: Status, since: Timestamp, source: &'static str, detail: Option<String>) -> Self {
        Self { status, since, source, detail }
    }
}

/// Judges a workspace. `attempt` is the job's newest.
pub fn judge(workspace: &Workspace, job: Option<&Job>, attempt: Option<&Attempt>) -> Judgement {
    let since = workspace.since;
    match &workspace.phase {
        Phase::Preparing => Judgement::new(Status::Starting, since, "workspace", None),
        Phase::Discarding { failure } | Phase::Discarded { failure } => {
            Judgement::new(Status::Failed, since, "workspace", Some(failure.message.clone()))
        }
        Phase::Removing { .. } | Phase::Removed { .. } => {
            Judgement::new(Status::Exited, since, "workspace", Some("removed".to_owned()))
        }
        Phase::Restoring { .. } => Judgement::new(Status::Starting, since, "workspace", None),
        Phase::Ready if workspace.missing => {
            let detail = format!("its folder {} is gone", workspace.spec.path);
            Judgement::new(Status::Blocked, since, "workspace", Some(detail))
        }
        Phase::Ready => {
            let judgement = match attempt {
                Some(_) if job.is_some_and(|job| job.phase == JobPhase::Queued) => judge_job(job, since),
                Some(attempt) => judge_attempt(attempt),
                None => judge_job(job, since),
            };
            with_install(judgement, &workspace.outfit.install)
        }
    }
}

/// What is being installed while nothing else is to be said, or could not be.
fn with_install(judgement: Judgement, install: &InstallState) -> Judgement {
    if judgement.detail.is_some() {
        return judgement;
    }
    let detail = match install {
        InstallState::Running { folder, step } if folder.is_root() => format!("installing: {step}"),
        InstallState::Running { folder, step } => format!("installing in {folder}: {step}"),
        InstallState::Failed { failures } => {
            let first = failures.first().map(ToString::to_string).unwrap_or_default();
            format!("packages are not installed: {first}")
        }
        InstallState::Off | InstallState::Waiting | InstallState::Done => return judgement,
    };
    Judgement { detail: Some(detail), ..judgement }
}

fn judge_job(job: Option<&Job>, since: Timestamp) -> Judgement {
    match job.map(|job| &job.phase) {
        None => Judgement::new(Status::Unknown, since, "none", None),
        Some(JobPhase::Ended { outcome: JobOutcome::NeverStarted { failure } }) => {
            Judgement::new(Status::Failed, since, "job", Some(failure.message.clone()))
        }
        Some(JobPhase::Ended { .. }) => Judgement::new(Status::Exited, since, "job", None),
        Some(_) => Judgement::new(Status::Starting, since, "job", None),
    }
}

/// Judges a workspace that is there by its newest attempt.
pub(crate) fn judge_attempt(attempt: &Attempt) -> Judgement {
    let judgement = judge_phase(attempt);
    let is_over = !matches!(
        judgement.status,
        Status::Starting
            | Status::Working
            | Status::WaitingInput
            | Status::WaitingPermission
            | Status::Blocked
    );
    match &attempt.commits.failure {
        _ if is_over && attempt.commits.due > 0 => {
            let detail = Some("what it left is being committed".to_owned());
            Judgement { status: Status::Working, source: "commit", detail, ..judgement }
        }
        Some(failure) if is_over && judgement.detail.is_none() => {
            let detail = Some(format!("what it left is not committed: {}", failure.message));
            Judgement { detail, ..judgement }
        }
        _ => judgement,
    }
}

fn judge_phase(attempt: &Attempt) -> Judgement {
    match &attempt.phase {
        AttemptPhase::Launching => Judgement::new(Status::Starting, attempt.doing.since, "process", None),
        AttemptPhase::Running { .. } => judge_doing(attempt),
        AttemptPhase::Ended { verdict, at, .. } => {
            let (status, source, detail) = judge_verdict(verdict);
            Judgement::new(status, *at, source, detail)
        }
    }
}

fn judge_doing(attempt: &Attempt) -> Judgement {
    let doing = &attempt.doing;
    let asked = || attempt.asks.last().map(|ask| format!("{}: {}", ask.tool, ask.summary));
    let (status, detail) = match &doing.activity {
        Activity::Starting => (Status::Starting, None),
        Activity::Working => (Status::Working, None),
        Activity::Idle => (Status::Idle, None),
        Activity::WaitingPermission => (Status::WaitingPermission, asked()),
        Activity::WaitingInput => (Status::WaitingInput, asked()),
        Activity::Blocked { advice } => (Status::Blocked, Some(advice.clone())),
    };
    Judgement::new(status, doing.since, doing.source.as_str(), detail)
}

fn judge_verdict(verdict: &Verdict) -> (Status, &'static str, Option<String>) {
    match verdict {
        Verdict::Succeeded => (Status::Done, "final_word", None),
        Verdict::Exited => (Status::Exited, "process", None),
        Verdict::Stopped => (Status::Exited, "process", Some("stopped on request".to_owned())),
        Verdict::Failed { message } => (Status::Failed, "process", Some(message.clone())),
        Verdict::TimedOut { reason } => (Status::Failed, "limit", Some(limit_words(*reason).to_owned())),
        Verdict::Lost => (
            Status::Failed,
            "process",
            Some("its session vanished (killed, or the machine restarted)".to_owned()),
        ),
        Verdict::NotStarted { failure } => (Status::Failed, "process", Some(failure.message.clone())),
    }
}

const fn limit_words(reason: crate::session::EndReason) -> &'static str {
    use crate::session::EndReason;
    match reason {
        EndReason::Requested => "ended on request",
        EndReason::WallLimit => "ended: its time limit was reached",
        EndReason::IdleLimit => "ended: it printed nothing for the whole idle limit",
        EndReason::LogFull => "ended: its output could not be recorded any more (log limit or full disk)",
    }
}
