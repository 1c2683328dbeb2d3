//! What has been seen of an agent, graded by where it was seen.

use serde::Deserialize;
use serde::Serialize;

use crate::DeliveryId;
use crate::Timestamp;
use crate::agent_failure::AgentFailureKind;
use crate::edits::EditedFile;
use crate::offspring::Child;
use crate::question::Question;

/// Where a piece of evidence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The program's own machine protocol or event stream.
    Protocol,
    /// A hook that the program called.
    Hook,
    /// The record that the program keeps of its conversation.
    Transcript,
    /// The picture on its terminal.
    Screen,
    /// Its process: started, ended, gone, and what it has started itself.
    Process,
    /// Our own doing: a message was put before it.
    Delivery,
}

impl Source {
    /// The word in JSON (`status_source`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::Hook => "hook",
            Self::Transcript => "transcript",
            Self::Screen => "screen",
            Self::Process => "process",
            Self::Delivery => "delivery",
        }
    }

    /// How far it is believed.
    pub const fn weight(self) -> Weight {
        match self {
            Self::Protocol | Self::Process => Weight::Strong,
            Self::Hook | Self::Delivery | Self::Transcript => Weight::Medium,
            Self::Screen => Weight::Weak,
        }
    }
}

/// How far a source is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// What a picture seems to show: it lags behind what happens, and gives way to what was just said or done.
    Weak,
    /// What was said or done, but perhaps before something that is known already: it gives way to what is later.
    Medium,
    /// What happened, in the order in which it happened.
    Strong,
}

impl Weight {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Medium => "medium",
            Self::Strong => "strong",
        }
    }
}

/// Why a piece of evidence was not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Overruled {
    /// Nothing new.
    #[error("it says what is known already")]
    Known,
    /// It was read again.
    #[error("it was counted when it was read before")]
    CountedBefore,
    /// The session is not there yet, or not any more.
    #[error("the session does not run")]
    NoSession,
    /// It was on its way when the present message was put before the agent.
    #[error("it is older than the message that the agent has now")]
    EarlierTurn,
    /// A message is just being written.
    #[error("a message is being put before the agent")]
    MessageOnItsWay,
    /// A still screen right after a message.
    #[error("the screen may not have caught up with the message that was just put before the agent")]
    ScreenBehindMessage,
    /// A screen at rest, of a program whose hooks or whose record tell when a message is read.
    #[error("nothing has told yet that it has read the message")]
    NotRead,
    /// A screen at rest, of a program that has read the message and has not begun to draw.
    #[error("it has read the message, and its screen has not shown any work on it yet")]
    NothingDrawn,
    /// A screen at rest, of a program whose hooks have not told of the end of its turn.
    #[error(
        "its hooks have not told of the end of its turn, and the screen has not looked like it for long enough"
    )]
    ScreenNotHeld,
    /// The end of a turn in the program's record, of which its hooks have not told yet.
    #[error("its hooks have not told of the end of its turn, and may still")]
    HooksMayTell,
    /// A busy screen right after the program said that its turn is over.
    #[error("the screen may not have caught up with what the program itself just said")]
    ScreenBehindWord,
    /// A screen while the program itself has a question open.
    #[error("the agent has a question open, whatever the screen shows")]
    ScreenWhileAsking,
    /// A hook's word on what the protocol tells itself.
    #[error("the program's protocol tells of it itself, and in order")]
    ProtocolTellsInOrder,
    /// Something later was said by the program itself.
    #[error("the program has said something later")]
    Outdated,
    /// Another message is on the line.
    #[error("it speaks of another message than the one that the agent has")]
    OtherMessage,
    /// No such question is open.
    #[error("no such question is open")]
    NothingAsked,
}

/// What an agent is doing, as far as seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "doing")]
pub enum Activity {
    /// Its program is starting.
    Starting,
    /// It works.
    Working,
    /// It takes the next prompt.
    Idle,
    /// It asks for permission.
    WaitingPermission,
    /// It asks a question.
    WaitingInput,
    /// A dialog or trouble that only the person can resolve is in its way.
    Blocked {
        /// What the person must do.
        advice: String,
    },
}

/// What an agent asks of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The program's own id of the request; empty when it has none.
    pub request: String,
    /// The tool it wants to use, or `question`.
    pub tool: String,
    /// What it wants to do, in words.
    pub summary: String,
    /// What the program wants back with an approval (its own JSON), when its protocol says so.
    pub input: Option<String>,
    /// What it asks in words; none when it asks for permission.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
}

/// The tool of an ask that is a question.
const QUESTION: &str = "question";

impl Ask {
    /// For permission to use a tool. `input` is the program's own JSON.
    pub fn permission(request: String, tool: String, summary: String, input: String) -> Self {
        Self { request, tool, summary, input: Some(input), questions: Vec::new() }
    }

    /// In words. `input` is the program's own JSON.
    pub fn question(request: String, questions: Vec<Question>, input: String) -> Self {
        let texts: Vec<&str> = questions.iter().map(|question| question.text.as_str()).collect();
        let summary = texts.join(" / ");
        Self { request, tool: QUESTION.to_owned(), summary, input: Some(input), questions }
    }

    /// Whether words answer it, and not a yes or no.
    pub fn is_question(&self) -> bool {
        !self.questions.is_empty() || self.tool == QUESTION
    }

    /// The questions that words answer. Earlier versions kept no more of them than their text.
    pub fn open_questions(&self) -> Vec<Question> {
        match self.questions.is_empty() && self.is_question() {
            true => vec![Question::plain(self.summary.clone())],
            false => self.questions.clone(),
        }
    }

    /// In one line.
    pub fn in_words(&self) -> String {
        match self.is_question() {
            true => self.open_questions().iter().map(Question::in_words).collect::<Vec<_>>().join(" / "),
            false => format!("{}: {}", self.tool, self.summary),
        }
    }
}

/// What somebody does whose requests these are: as long as one of them wants a yes, that comes first. `None` without any.
pub fn waiting_for(asks: &[Ask]) -> Option<Activity> {
    let only_questions = asks.iter().all(Ask::is_question);
    match (asks.is_empty(), only_questions) {
        (true, _) => None,
        (false, true) => Some(Activity::WaitingInput),
        (false, false) => Some(Activity::WaitingPermission),
    }
}

/// The agent's own last word on a turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinalWord {
    /// Whether it says that it failed.
    pub failed: bool,
    /// Its words, shortened to a few lines.
    pub text: String,
    /// What kind of failure its program says it was, in fields of its own; or that this was a turn without a word and
    /// without a deed, which the program calls a good one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AgentFailureKind>,
}

impl FinalWord {
    /// That the work is done.
    pub const fn good(text: String) -> Self {
        Self { failed: false, text, kind: None }
    }

    /// That it failed, in this way.
    pub const fn bad(text: String, kind: AgentFailureKind) -> Self {
        Self { failed: true, text, kind: Some(kind) }
    }

    /// Whether it is the good word of an agent that has neither said nor done anything.
    pub fn did_nothing(&self) -> bool {
        !self.failed && self.kind == Some(AgentFailureKind::NothingDone)
    }
}

/// What an agent says it has used, in all, over one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Input tokens, cache reads included.
    pub input_tokens: u64,
    /// Output tokens.
    pub output_tokens: u64,
    /// Cost in millionths of a US dollar; `None` when it does not say.
    pub cost_micro_usd: Option<u64>,
    /// Of the input tokens, those that were read from a cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cache_read_tokens: u64,
    /// Of the input tokens, those that were written into a cache.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cache_write_tokens: u64,
}

impl Usage {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            cost_micro_usd: self
                .cost_micro_usd
                .into_iter()
                .chain(other.cost_micro_usd)
                .reduce(u64::saturating_add),
            cache_read_tokens: self.cache_read_tokens.saturating_add(other.cache_read_tokens),
            cache_write_tokens: self.cache_write_tokens.saturating_add(other.cache_write_tokens),
        }
    }

    /// What goes beyond `earlier`; nothing is ever negative.
    #[must_use]
    pub fn beyond(self, earlier: Self) -> Self {
        let cost = self.cost_micro_usd.map(|cost| cost.saturating_sub(earlier.cost_micro_usd.unwrap_or(0)));
        Self {
            input_tokens: self.input_tokens.saturating_sub(earlier.input_tokens),
            output_tokens: self.output_tokens.saturating_sub(earlier.output_tokens),
            cost_micro_usd: cost,
            cache_read_tokens: self.cache_read_tokens.saturating_sub(earlier.cache_read_tokens),
            cache_write_tokens: self.cache_write_tokens.saturating_sub(earlier.cache_write_tokens),
        }
    }

    /// The larger of each figure: what was counted once stays counted, also where its source is gone.
    #[must_use]
    pub fn or_more(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.max(other.input_tokens),
            output_tokens: self.output_tokens.max(other.output_tokens),
            cost_micro_usd: self.cost_micro_usd.max(other.cost_micro_usd),
            cache_read_tokens: self.cache_read_tokens.max(other.cache_read_tokens),
            cache_write_tokens: self.cache_write_tokens.max(other.cache_write_tokens),
        }
    }
}

/// A helper of an agent, inside its own program, that works in the background: no process of its own shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Helper {
    /// The program's own id of it.
    pub id: String,
    /// What it is at, in one line.
    pub task: String,
}

/// One thing seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "seen")]
pub enum Observation {
    /// Its conversation has begun or was taken up again.
    Conversation {
        /// The program's own id of it.
        id: String,
        /// The model it uses.
        model: Option<String>,
    },
    /// It has read this message.
    PromptRead {
        /// Which.
        delivery: DeliveryId,
    },
    /// What it is doing.
    Doing {
        /// What.
        activity: Activity,
    },
    /// It asks something.
    Asks {
        /// What.
        ask: Ask,
    },
    /// A request of its is settled.
    AskSettled {
        /// The program's own id of the request.
        request: String,
    },
    /// A turn is over.
    TurnEnded {
        /// Its last word.
        word: Option<FinalWord>,
    },
    /// What it has used so far in this attempt.
    Used {
        /// The totals.
        usage: Usage,
    },
    /// It has changed files with tools of its own.
    Edited {
        /// Which; they may have been told before.
        files: Vec<EditedFile>,
    },
    /// Programs that it has started as part of its work, and that are still there.
    Children {
        /// Which; none is left when empty.
        children: Vec<Child>,
    },
    /// Helpers of its own, inside its program, that work on in the background.
    Helpers {
        /// Which; none is left when empty.
        helpers: Vec<Helper>,
    },
}

/// One thing seen, with where and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What.
    pub observation: Observation,
    /// Where.
    pub source: Source,
    /// When.
    pub at: Timestamp,
    /// Its place in the program's event stream, when it comes from there: reading the stream again gives the
    /// same places, so that nothing counts twice.
    pub place: Option<u64>,
    /// For how many milliseconds a picture has said the same without a break; zero elsewhere.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub held_ms: u64,
    /// By what a picture was read so; `None` elsewhere, and where its agent has no rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// What it is about, in one line, where a hook says more than that the agent waits: what it asks leave for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

/// By what a picture was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The rule of the agent's manifest that held, by its name.
    pub rule: String,
    /// The parts of the screen that it held by, as the manifest names them (`bottom:5`, `title`, `progress`).
    pub parts: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Evidence {
    /// Something seen at a moment, outside of any event stream.
    pub const fn now(observation: Observation, source: Source, at: Timestamp) -> Self {
        Self { observation, source, at, place: None, held_ms: 0, reading: None, about: None }
    }
}

/// Names one report of a hook. A hook that waited too long for its answer leaves the same report once more for the
/// next server: it has the same name then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportId {
    /// When the hook was called.
    pub at: Timestamp,
    /// A digest of everything that it said.
    pub digest: u64,
}
