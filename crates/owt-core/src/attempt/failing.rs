//! How an attempt failed, by what is recorded of it: its verdict, how its program ended, its last word.

use serde::Deserialize;
use serde::Serialize;

use super::Attempt;
use super::AttemptPhase;
use super::Verdict;
use super::life::limit_words;
use crate::agent_failure::AgentFailure;
use crate::agent_failure::AgentFailureKind;
use crate::evidence::Activity;
use crate::evidence::FinalWord;
use crate::job::Job;
use crate::job::JobOutcome;
use crate::job::JobPhase;
use crate::retry::Next;
use crate::retry::Session;
use crate::retry::next_without_pause;
use crate::session::Channel;
use crate::session::EndReason;
use crate::session::Exit;

/// What is said of a session whose host vanished.
pub(crate) const LOST: &str = "its session vanished (killed, or the machine restarted)";

/// What is said of a turn that the end of its session broke off, while the session after it has been told nothing.
const BROKEN_OFF: &str = "its session ended in the middle of its turn, and it has not been told to go on";

/// What is said of an end without a word and without a deed.
pub(super) const NOTHING_DONE: &str = "it ended without having said anything or used a tool";

/// What a job must know of an attempt's end besides its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ending {
    /// How it failed.
    pub failure: Option<AgentFailure>,
    /// The conversation, in the agent's own words.
    pub conversation: Option<String>,
    /// Whether the agent was seen to have read a message.
    pub message_read: bool,
    /// How it lived.
    pub channel: Option<Channel>,
}

impl Attempt {
    pub(super) fn ending(&self) -> Ending {
        Ending {
            failure: self.failure(),
            conversation: self.conversation.clone().or_else(|| self.spec.resumes.clone()),
            message_read: self.heard.message_read,
            channel: Some(Channel { kind: self.spec.session, home: self.spec.home }),
        }
    }

    /// How it failed; `None` while nothing has failed, where it did its work, and where somebody ended it.
    ///
    /// A session that takes messages goes on after a turn that failed: then that is what failed, until the next turn.
    pub fn failure(&self) -> Option<AgentFailure> {
        let told = |kind, message: &str| Some(AgentFailure { kind, message: message.to_owned() });
        match &self.phase {
            AttemptPhase::Launching => None,
            AttemptPhase::Running { .. } if self.doing.activity == Activity::Idle => {
                let word = self.final_word.as_ref().filter(|word| word.failed)?;
                told(kind_of_word(word), &word.text)
            }
            AttemptPhase::Running { .. } => None,
            AttemptPhase::Ended { verdict, exit, .. } => match verdict {
                Verdict::Succeeded | Verdict::Exited | Verdict::Stopped => None,
                Verdict::Failed { message } => told(self.kind_of_end(*exit), message),
                Verdict::TimedOut { reason } => told(kind_of_limit(*reason), limit_words(*reason)),
                Verdict::Lost => told(AgentFailureKind::Killed, LOST),
                Verdict::NotStarted { failure } => told(AgentFailureKind::NotStarted, &failure.message),
            },
        }
    }

    /// The kind of an end that was a failure. A signal decides before any word: it came after.
    fn kind_of_end(&self, exit: Option<Exit>) -> AgentFailureKind {
        let word = self.final_word.as_ref();
        match (exit, word) {
            (Some(Exit::Signal { signal }), _) => AgentFailureKind::of_signal(signal),
            (_, Some(word)) if word.failed || word.did_nothing() => kind_of_word(word),
            (Some(Exit::Code { code }), _) => AgentFailureKind::of_code(code),
            _ => AgentFailureKind::Unknown,
        }
    }
}

/// How the work of a job failed, and what comes next: by its newest attempt, or before there was any. A job that is to be
/// taken up again at once has not failed.
pub fn failure_of(job: Option<&Job>, attempt: Option<&Attempt>) -> Option<(AgentFailure, Next)> {
    let failure = match job.map(|job| &job.phase) {
        Some(JobPhase::Ended { outcome: JobOutcome::NeverStarted { failure } }) => {
            AgentFailure { kind: AgentFailureKind::NotStarted, message: failure.message.clone() }
        }
        Some(JobPhase::Waiting { .. } | JobPhase::Queued) => return None,
        Some(JobPhase::Paused { pause }) => return Some((pause.failure.clone(), pause.next())),
        Some(JobPhase::Running { .. } | JobPhase::Ended { .. }) | None => {
            attempt.and_then(Attempt::failure).or_else(|| broken_off(job?, attempt?))?
        }
    };
    let session = match attempt.is_some_and(Attempt::is_running) {
        true => Session::Live,
        false => Session::Over,
    };
    let next = next_without_pause(failure.kind, session);
    Some((failure, next))
}

/// An agent that was taken up again waits for words, and what it was asked before is not done.
fn broken_off(job: &Job, attempt: &Attempt) -> Option<AgentFailure> {
    let waits = attempt.is_at_rest() && job.has_open_turn(attempt);
    waits.then(|| AgentFailure { kind: AgentFailureKind::Killed, message: BROKEN_OFF.to_owned() })
}

/// Another turn begins in a terminal: what failed before is over, and may fail again in the same words. A machine protocol says of
/// each turn how it ended.
pub(super) fn forget_failure(attempt: &mut Attempt) {
    if attempt.spec.session.is_terminal() {
        attempt.final_word = attempt.final_word.take().filter(|word| !word.failed);
    }
}

fn kind_of_word(word: &FinalWord) -> AgentFailureKind {
    word.kind.unwrap_or(AgentFailureKind::Unknown)
}

/// That nothing more could be recorded is no fault of the agent's.
const fn kind_of_limit(reason: EndReason) -> AgentFailureKind {
    match reason {
        EndReason::WallLimit | EndReason::IdleLimit => AgentFailureKind::TimedOut,
        EndReason::TurnLimit | EndReason::Budget => AgentFailureKind::OwnLimit,
        EndReason::Requested | EndReason::LogFull => AgentFailureKind::Killed,
    }
}
