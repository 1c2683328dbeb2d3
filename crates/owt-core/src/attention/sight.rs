//! A workspace as somebody sees it who must decide whether its person has to know.

use serde::Deserialize;
use serde::Serialize;

use super::Cause;
use crate::AttemptId;
use crate::DeliveryId;
use crate::Timestamp;
use crate::attempt::Attempt;
use crate::attempt::AttemptPhase;
use crate::attempt::Line;
use crate::attempt::Verdict;
use crate::job::Job;
use crate::status::Judgement;
use crate::status::Status;

/// A workspace at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    /// The newest attempt of its job.
    pub attempt: Option<AttemptId>,
    /// What its agent is doing.
    pub status: Status,
    /// Since when.
    pub since: Timestamp,
    /// How many turns the agent has had, as far as they are counted.
    pub turns: u32,
    /// How many messages were put before it.
    #[serde(default)]
    pub messages: u32,
    /// The messages that it may have read or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uncertain: Vec<DeliveryId>,
    /// What that means for its person.
    pub outlook: Outlook,
    /// What the person should know or do about it.
    pub detail: Option<String>,
}

impl Sight {
    /// Whether this is the dialog that was seen before, taken for one of the other kind then: nothing has happened in between.
    /// Hooks, record and screen tell of one dialog after each other, and not all of them know what it is.
    pub(super) fn is_better_word_for(&self, seen: &Self) -> bool {
        let is_dialog = |sight: &Self| {
            matches!(sight.status, Status::WaitingInput | Status::WaitingPermission)
                && sight.outlook == Outlook::NeedsPerson { request: None }
        };
        self.status != seen.status && self.attempt == seen.attempt && is_dialog(self) && is_dialog(seen)
    }

    /// Why a person would be told of it.
    pub(super) fn cause(&self) -> Cause {
        let Self { attempt, status, since, turns, messages, outlook, detail, .. } = self;
        let (attempt, status, since) = (*attempt, *status, *since);
        match outlook {
            Outlook::NeedsPerson { request: Some(request) } => {
                Cause::Asked { attempt, request: request.clone() }
            }
            Outlook::AtRest { .. } => Cause::Turn { attempt, turns: *turns, messages: *messages, since },
            Outlook::Over { .. } => Cause::End { attempt, since },
            Outlook::NeedsPerson { request: None } | Outlook::Busy | Outlook::Unknown => {
                Cause::Waits { attempt, status, since, detail: detail.clone() }
            }
        }
    }
}

/// What a status means for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outlook")]
pub enum Outlook {
    /// Nothing to do but to wait.
    Busy,
    /// It does not go on without them.
    NeedsPerson {
        /// The program's own id of what it asks, when it has one.
        request: Option<String>,
    },
    /// The agent's turn is over, and it takes the next message.
    AtRest {
        /// How the turn ended.
        ending: Ending,
    },
    /// The agent is not there any more.
    Over {
        /// How that came.
        ending: Ending,
    },
    /// Nobody knows.
    Unknown,
}

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Well, or without a word against it.
    Well,
    /// Badly.
    Badly,
    /// By the wish of the person.
    Asked,
}

/// What a judgement means for the person. `message_under_way` says whether the agent is about to get its next message.
pub fn outlook(
    judgement: &Judgement,
    (job, attempt): (Option<&Job>, Option<&Attempt>),
    message_under_way: MessageUnderWay,
) -> Outlook {
    match judgement.status {
        Status::Starting | Status::Working => Outlook::Busy,
        Status::Idle if message_under_way == MessageUnderWay::Yes || has_message(attempt) => Outlook::Busy,
        Status::WaitingInput | Status::WaitingPermission | Status::Blocked => {
            Outlook::NeedsPerson { request: asked(attempt) }
        }
        Status::Idle => {
            let failed = attempt.and_then(|it| it.final_word.as_ref()).is_some_and(|word| word.failed);
            let left_open = job.zip(attempt).is_some_and(|(job, attempt)| job.has_open_turn(attempt));
            Outlook::AtRest { ending: if failed || left_open { Ending::Badly } else { Ending::Well } }
        }
        Status::Done => Outlook::Over { ending: Ending::Well },
        Status::Exited if was_stopped(attempt) => Outlook::Over { ending: Ending::Asked },
        Status::Exited => Outlook::Over { ending: Ending::Well },
        Status::Failed => Outlook::Over { ending: Ending::Badly },
        Status::Unknown => Outlook::Unknown,
    }
}

/// Whether a message is on its way to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageUnderWay {
    /// One is: "idle" is the calm before the work.
    Yes,
    /// None is.
    No,
}

/// Whether the agent has a message that its record does not know it has yet.
fn has_message(attempt: Option<&Attempt>) -> bool {
    attempt.is_some_and(|attempt| attempt.is_running() && matches!(attempt.line, Line::Given { .. }))
}

fn asked(attempt: Option<&Attempt>) -> Option<String> {
    let ask = attempt?.asks.last()?;
    Some(ask.request.clone()).filter(|request| !request.is_empty())
}

fn was_stopped(attempt: Option<&Attempt>) -> bool {
    attempt.is_some_and(|attempt| {
        matches!(&attempt.phase, AttemptPhase::Ended { verdict: Verdict::Stopped, .. })
    })
}
