//! One word for what an agent is doing, judged from the workspace, its job and its newest attempt.

use serde::Deserialize;
use serde::Serialize;

use crate::Timestamp;
use crate::attempt::Attempt;
use crate::attempt::AttemptPhase;
use crate::attempt::LOST;
use crate::attempt::Line;
use crate::attempt::Verdict;
use crate::attempt::limit_words;
use crate::environment::InstallState;
use crate::environment::SetupState;
use crate::evidence::Activity;
use crate::evidence::Ask;
use crate::job::Job;
use crate::job::JobOutcome;
use crate::job::JobPhase;
use crate::workspace::Phase;
use crate::workspace::Workspace;

/// What is said of an agent whose next message cannot be put before it.
const BEHIND_DRAFT: &str =
    "a message waits behind what somebody has typed into its prompt box: attach, and send or clear that";

/// What is said of an agent that may have read a message or not.
pub const MAY_BE_UNREAD: &str = "a message to it may not have been read: look (owt logs, owt attach), and send it again only if it was not";

/// How many programs of an agent are named in a status.
const NAMED: usize = 3;

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

impl Status {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Working => "working",
            Self::WaitingInput => "waiting_input",
            Self::WaitingPermission => "waiting_permission",
            Self::Idle => "idle",
            Self::Blocked => "blocked",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Exited => "exited",
            Self::Unknown => "unknown",
        }
    }

    /// What an agent that has it does, as the rest of a sentence about it.
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Starting => "is starting",
            Self::Working => "is at work",
            Self::WaitingInput => "waits for an answer",
            Self::WaitingPermission => "asks for permission",
            Self::Idle => "is idle",
            Self::Blocked => "is held up by something that only you can settle",
            Self::Done => "is done",
            Self::Failed => "has failed",
            Self::Exited => "has ended",
            Self::Unknown => "does something that cannot be told",
        }
    }

    /// The word for what an agent is doing while its session runs.
    pub const fn of(activity: &Activity) -> Self {
        match activity {
            Activity::Starting => Self::Starting,
            Activity::Working => Self::Working,
            Activity::Idle => Self::Idle,
            Activity::WaitingPermission => Self::WaitingPermission,
            Activity::WaitingInput => Self::WaitingInput,
            Activity::Blocked { .. } => Self::Blocked,
        }
    }
}

/// A status with why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The word.
    pub status: Status,
    /// Since when what it rests on is so: what is told again under the same time is the same.
    pub since: Timestamp,
    /// Since when the word holds: a turn may be over for a while before nothing works on any more.
    pub begun: Timestamp,
    /// What kind of evidence says so.
    pub source: &'static str,
    /// What a person should know or do about it.
    pub detail: Option<String>,
}

impl Judgement {
    fn new(status: Status, since: Timestamp, source: &'static str, detail: Option<String>) -> Self {
        Self { status, since, begun: since, source, detail }
    }
}

/// A rule by which a status is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// There is a session: its program is being started.
    SessionStarts,
    /// The session runs: the last piece of evidence that counted says what its agent is doing.
    NewestEvidence,
    /// The session is over: its end and the agent's last word say how.
    SessionEnded,
    /// The agent is at rest while programs that it has started work on.
    ChildrenWork,
    /// The agent is at rest while helpers inside its program work on.
    HelpersWork,
    /// The agent is at rest while what it left is being committed.
    CommitDue,
    /// What the agent left could not be committed.
    CommitFailed,
    /// There is no job: nothing is known.
    NoJob,
    /// The job waits for its turn, or to be taken up again.
    JobWaits,
    /// The job's last attempt failed, and it goes on by itself later.
    JobPaused,
    /// The job could not be started.
    JobNeverStarted,
    /// The job is over, and no session of it is known.
    JobEnded,
    /// Packages are being installed, or could not be.
    Install,
    /// The worktree is being set up, or could not be.
    Setup,
    /// The folder is not where it should be: whatever the agent does, only a person can mend that.
    FolderGone,
    /// The workspace is being made.
    Preparing,
    /// The workspace could not be made.
    NotMade,
    /// The workspace was removed.
    Removed,
    /// The workspace is being brought back.
    Restoring,
}

impl Rule {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SessionStarts => "session_starts",
            Self::NewestEvidence => "newest_evidence",
            Self::SessionEnded => "session_ended",
            Self::ChildrenWork => "children_work",
            Self::HelpersWork => "helpers_work",
            Self::CommitDue => "commit_due",
            Self::CommitFailed => "commit_failed",
            Self::NoJob => "no_job",
            Self::JobWaits => "job_waits",
            Self::JobPaused => "job_paused",
            Self::JobNeverStarted => "job_never_started",
            Self::JobEnded => "job_ended",
            Self::Install => "install",
            Self::Setup => "setup",
            Self::FolderGone => "folder_gone",
            Self::Preparing => "preparing",
            Self::NotMade => "not_made",
            Self::Removed => "removed",
            Self::Restoring => "restoring",
        }
    }

    /// What it says, in words.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::SessionStarts => "its session is being started",
            Self::NewestEvidence => {
                "its session runs, and the newest evidence that counts says what it is doing"
            }
            Self::SessionEnded => "its session is over: its end and its last word say how",
            Self::ChildrenWork => {
                "it takes the next message, but programs that it has started in this turn work on"
            }
            Self::HelpersWork => {
                "it takes the next message, but helpers that it has sent off work on, and it goes on when they are done"
            }
            Self::CommitDue => "it is at rest, but what it left is still being committed",
            Self::CommitFailed => "what it left could not be committed",
            Self::NoJob => "there is no job: nothing is known of it",
            Self::JobWaits => "its job waits to be started",
            Self::JobPaused => "its last attempt failed, and its job goes on by itself later",
            Self::JobNeverStarted => "its job could not be started",
            Self::JobEnded => "its job is over, and no session of it is known",
            Self::Install => "packages are being installed, or could not be",
            Self::Setup => "its worktree is being set up, or could not be",
            Self::FolderGone => "its folder is not there, which only a person can mend",
            Self::Preparing => "its workspace is being made",
            Self::NotMade => "its workspace could not be made",
            Self::Removed => "its workspace is removed",
            Self::Restoring => "its workspace is being brought back",
        }
    }
}

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// The rule.
    pub rule: Rule,
    /// What it says.
    pub judgement: Judgement,
}

/// How a status comes about: what each rule says that has something to say. A later one overrules those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reasoning {
    overruled: Vec<Opinion>,
    decided: Opinion,
}

impl Reasoning {
    fn begun(rule: Rule, judgement: Judgement) -> Self {
        Self { overruled: Vec::new(), decided: Opinion { rule, judgement } }
    }

    fn then(mut self, rule: Rule, judgement: Judgement) -> Self {
        self.overruled.push(std::mem::replace(&mut self.decided, Opinion { rule, judgement }));
        self
    }

    fn conclusion(&self) -> &Judgement {
        &self.decided.judgement
    }

    /// The opinion that holds.
    pub const fn decided(&self) -> &Opinion {
        &self.decided
    }

    /// Those that it overrules, the last one first.
    pub fn overruled(&self) -> impl Iterator<Item = &Opinion> {
        self.overruled.iter().rev()
    }
}

/// Judges a workspace. `attempt` is the job's newest.
pub fn judge(workspace: &Workspace, job: Option<&Job>, attempt: Option<&Attempt>) -> Judgement {
    reason(workspace, job, attempt).decided.judgement
}

/// Judges a workspace and tells how. `attempt` is the job's newest.
pub fn reason(workspace: &Workspace, job: Option<&Job>, attempt: Option<&Attempt>) -> Reasoning {
    let since = workspace.since;
    let own = |status, detail| Judgement::new(status, since, "workspace", detail);
    match &workspace.phase {
        Phase::Preparing => Reasoning::begun(Rule::Preparing, own(Status::Starting, None)),
        Phase::Discarding { failure } | Phase::Discarded { failure } => {
            Reasoning::begun(Rule::NotMade, own(Status::Failed, Some(failure.message.clone())))
        }
        Phase::Removing { .. } | Phase::Removed { .. } => {
            Reasoning::begun(Rule::Removed, own(Status::Exited, Some("removed".to_owned())))
        }
        Phase::Restoring { .. } => Reasoning::begun(Rule::Restoring, own(Status::Starting, None)),
        Phase::Ready => {
            let reasoning = match attempt {
                Some(attempt) if job.is_some_and(|job| is_to_start(&job.phase)) => {
                    let (rule, judgement) = judge_job(job, since);
                    judge_attempt(attempt).then(rule, judgement)
                }
                Some(attempt) => judge_attempt(attempt),
                None => {
                    let (rule, judgement) = judge_job(job, since);
                    Reasoning::begun(rule, judgement)
                }
            };
            let reasoning = with_install(reasoning, &workspace.outfit.install);
            let reasoning = with_setup(reasoning, &workspace.outfit.setup);
            if !workspace.missing {
                return reasoning;
            }
            let detail = format!("its folder {} is gone", workspace.spec.path);
            reasoning.then(Rule::FolderGone, own(Status::Blocked, Some(detail)))
        }
    }
}

/// What is being installed while nothing else is to be said, or could not be.
fn with_install(reasoning: Reasoning, install: &InstallState) -> Reasoning {
    let judgement = reasoning.conclusion();
    if has_its_own_reason(judgement) {
        return reasoning;
    }
    let detail = match install {
        InstallState::Running { folder, step } if folder.is_root() => format!("installing: {step}"),
        InstallState::Running { folder, step } => format!("installing in {folder}: {step}"),
        InstallState::Failed { failures } => {
            let first = failures.first().map(ToString::to_string).unwrap_or_default();
            format!("packages are not installed: {first}")
        }
        InstallState::Waiting if judgement.status == Status::Starting => {
            "packages are to be installed first".to_owned()
        }
        InstallState::Off | InstallState::Waiting | InstallState::Done => return reasoning,
    };
    let judgement = Judgement { detail: Some(detail), ..judgement.clone() };
    reasoning.then(Rule::Install, judgement)
}

/// Whether what stands around the agent is no reason for its status: there is another, or the agent asks in its terminal, where
/// its words are the reason and not known.
const fn has_its_own_reason(judgement: &Judgement) -> bool {
    let asks = matches!(judgement.status, Status::WaitingPermission | Status::WaitingInput | Status::Blocked);
    asks || judgement.detail.is_some()
}

/// The same of the commands that set it up.
fn with_setup(reasoning: Reasoning, setup: &SetupState) -> Reasoning {
    let judgement = reasoning.conclusion();
    if has_its_own_reason(judgement) {
        return reasoning;
    }
    let detail = match setup {
        SetupState::Running { step } => format!("setting up: {step}"),
        SetupState::Failed { failure } => format!("not set up: '{}' {}", failure.step, failure.kind),
        SetupState::Unapproved => {
            "not set up: you have not approved worktree.setup as it is now (owt approvals, then owt resume)"
                .to_owned()
        }
        SetupState::Off | SetupState::Waiting | SetupState::Done => return reasoning,
    };
    let judgement = Judgement { detail: Some(detail), ..judgement.clone() };
    reasoning.then(Rule::Setup, judgement)
}

/// Whether a job's next session has yet to begin.
const fn is_to_start(phase: &JobPhase) -> bool {
    matches!(phase, JobPhase::Queued | JobPhase::Waiting { .. } | JobPhase::Paused { .. })
}

fn judge_job(job: Option<&Job>, since: Timestamp) -> (Rule, Judgement) {
    match job.map(|job| &job.phase) {
        None => (Rule::NoJob, Judgement::new(Status::Unknown, since, "none", None)),
        Some(JobPhase::Ended { outcome: JobOutcome::NeverStarted { failure } }) => {
            let detail = Some(failure.message.clone());
            (Rule::JobNeverStarted, Judgement::new(Status::Failed, since, "job", detail))
        }
        Some(JobPhase::Paused { pause }) => {
            let detail = Some(pause.in_words());
            (Rule::JobPaused, Judgement::new(Status::Starting, pause.since, "job", detail))
        }
        Some(JobPhase::Ended { .. }) => (Rule::JobEnded, Judgement::new(Status::Exited, since, "job", None)),
        Some(_) => (Rule::JobWaits, Judgement::new(Status::Starting, since, "job", None)),
    }
}

/// Judges a workspace that is there by its newest attempt.
pub(crate) fn judge_attempt(attempt: &Attempt) -> Reasoning {
    let reasoning = judge_phase(attempt);
    let judgement = reasoning.conclusion().clone();
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
            let judgement = Judgement { status: Status::Working, source: "commit", detail, ..judgement };
            reasoning.then(Rule::CommitDue, judgement)
        }
        Some(failure) if is_over && judgement.detail.is_none() => {
            let detail = Some(format!("what it left is not committed: {}", failure.message));
            reasoning.then(Rule::CommitFailed, Judgement { detail, ..judgement })
        }
        _ => reasoning,
    }
}

fn judge_phase(attempt: &Attempt) -> Reasoning {
    match &attempt.phase {
        AttemptPhase::Launching => {
            let starting = Judgement::new(Status::Starting, attempt.doing.since, "process", None);
            Reasoning::begun(Rule::SessionStarts, starting)
        }
        AttemptPhase::Running { .. } => with_helpers(attempt, with_children(attempt, judge_doing(attempt))),
        AttemptPhase::Ended { verdict, at, .. } => {
            let (status, source, detail) = judge_verdict(verdict);
            Reasoning::begun(Rule::SessionEnded, Judgement::new(status, *at, source, detail))
        }
    }
}

/// Nothing is done as long as what was started for it works.
fn with_children(attempt: &Attempt, judgement: Judgement) -> Reasoning {
    if !attempt.is_at_rest() || !attempt.turn.works_on() {
        return Reasoning::begun(Rule::NewestEvidence, judgement);
    }
    let working = attempt.turn.children.iter().filter(|child| child.works());
    let named: Vec<String> =
        working.clone().take(NAMED).map(|child| format!("{} ({})", child.command, child.pid)).collect();
    let more = match working.count().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let detail = Some(format!("it takes messages; what it has started works on: {}{more}", named.join(", ")));
    let begun = attempt.turn.worked_since(judgement.since);
    let works = Judgement { status: Status::Working, begun, source: "process", detail, ..judgement.clone() };
    Reasoning::begun(Rule::NewestEvidence, judgement).then(Rule::ChildrenWork, works)
}

/// The same of what works inside its own program, which no process shows.
fn with_helpers(attempt: &Attempt, reasoning: Reasoning) -> Reasoning {
    let judgement = reasoning.conclusion().clone();
    if !attempt.is_at_rest() || attempt.turn.helpers.is_empty() || judgement.status != Status::Idle {
        return reasoning;
    }
    let named: Vec<&str> =
        attempt.turn.helpers.iter().take(NAMED).map(|helper| helper.task.as_str()).collect();
    let more = match attempt.turn.helpers.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let detail = Some(format!("it takes messages; helpers of its work on: {}{more}", named.join("; ")));
    let begun = attempt.turn.worked_since(judgement.since);
    let works = Judgement { status: Status::Working, begun, source: "hook", detail, ..judgement };
    reasoning.then(Rule::HelpersWork, works)
}

fn judge_doing(attempt: &Attempt) -> Judgement {
    let doing = &attempt.doing;
    let waits_for_words = doing.activity == Activity::WaitingInput;
    let asked =
        || attempt.asks.iter().rev().find(|ask| ask.is_question() == waits_for_words).map(Ask::in_words);
    let status = Status::of(&doing.activity);
    let detail = match &doing.activity {
        Activity::WaitingPermission | Activity::WaitingInput => asked().or_else(|| doing.about.clone()),
        Activity::Blocked { advice } => Some(advice.clone()),
        Activity::Idle if attempt.line == Line::Refused => Some(BEHIND_DRAFT.to_owned()),
        Activity::Starting | Activity::Working | Activity::Idle => None,
    };
    let begun = attempt
        .turn
        .held_until
        .filter(|_| attempt.is_at_rest())
        .map_or(doing.since, |until| until.max(doing.since));
    Judgement { begun, ..Judgement::new(status, doing.since, doing.source.as_str(), detail) }
}

/// Whether a message waits behind what somebody has begun to type in its prompt box, and nothing but that is in its way.
pub fn holds_message(attempt: &Attempt) -> bool {
    attempt.is_at_rest() && attempt.line == Line::Refused
}

/// Why an attempt ended so, in words for the person, where there is more to say than that it ended.
pub fn why_ended(verdict: &Verdict) -> Option<String> {
    judge_verdict(verdict).2
}

fn judge_verdict(verdict: &Verdict) -> (Status, &'static str, Option<String>) {
    match verdict {
        Verdict::Succeeded => (Status::Done, "final_word", None),
        Verdict::Exited => (Status::Exited, "process", None),
        Verdict::Stopped => (Status::Exited, "process", Some("stopped on request".to_owned())),
        Verdict::Failed { message } => (Status::Failed, "process", Some(message.clone())),
        Verdict::TimedOut { reason } => (Status::Failed, "limit", Some(limit_words(*reason).to_owned())),
        Verdict::Lost => (Status::Failed, "process", Some(LOST.to_owned())),
        Verdict::NotStarted { failure } => (Status::Failed, "process", Some(failure.message.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::InstallFailure;
    use crate::environment::InstallFailureKind;
    use crate::environment::RelPath;

    fn failed_install() -> InstallState {
        let failure = InstallFailure {
            folder: RelPath::root(),
            step: "npm ci".to_owned(),
            kind: InstallFailureKind::Exit { code: 7 },
            last_lines: Vec::new(),
        };
        InstallState::Failed { failures: vec![failure] }
    }

    #[test]
    fn what_surrounds_an_agent_is_no_reason_for_what_it_asks() {
        let setup = SetupState::Unapproved;
        for (status, told) in [
            (Status::Working, true),
            (Status::Idle, true),
            (Status::Done, true),
            (Status::WaitingPermission, false),
            (Status::WaitingInput, false),
            (Status::Blocked, false),
        ] {
            let begun = || {
                let judgement = Judgement::new(status, Timestamp::from_millis(1), "screen", None);
                Reasoning::begun(Rule::NewestEvidence, judgement)
            };
            for reasoning in [with_install(begun(), &failed_install()), with_setup(begun(), &setup)] {
                let judgement = reasoning.conclusion();
                assert_eq!(judgement.status, status);
                assert_eq!(judgement.detail.is_some(), told, "{judgement:?}");
            }
        }
    }
}
