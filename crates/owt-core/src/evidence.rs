//! What has been seen of an agent, graded by where it was seen.

use serde::Deserialize;
use serde::Serialize;

use crate::DeliveryId;
use crate::Timestamp;

/// Where a piece of evidence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The program's own machine protocol or event stream.
    Protocol,
    /// A hook that the program called.
    Hook,
    /// The picture on its terminal.
    Screen,
    /// Its process: started, ended, gone.
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
            Self::Screen => "screen",
            Self::Process => "process",
            Self::Delivery => "delivery",
        }
    }
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
}

/// The agent's own last word on a turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinalWord {
    /// Whether it says that it failed.
    pub failed: bool,
    /// Its words, shortened to a few lines.
    pub text: String,
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
