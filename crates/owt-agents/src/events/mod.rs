//! What agents print, as one set of events. Each program's dialect has a file of its own; all are fed bytes in
//! any portions and give the same events for the same bytes. Must not know where the bytes come from, and never
//! judges a whole job: an agent's word is one fact among others.

mod acp;
mod choices;
mod claude;
mod codex;
mod codex_app_server;
mod demo;
mod droid;
mod edits;
mod error_class;
mod gemini;
mod json;
mod lines;
mod opencode;
mod opencode_serve;
mod parser;
mod pi;
mod request_detail;
mod tool_summary;
mod usage;

use owt_core::question::Question;
use serde::Deserialize;
use serde::Serialize;

pub(crate) use claude::shown_failure as claude_failure;
pub(crate) use codex_app_server::class as codex_error;
pub(crate) use droid::class as droid_failure;
pub(crate) use edits::edits;
pub use error_class::ErrorClass;
pub(crate) use gemini::class as gemini_failure;
pub(crate) use json::one_line;
pub use lines::MAX_LINE_BYTES;
pub(crate) use opencode::class as opencode_failure;
pub use parser::Parser;
pub use parser::Start;
pub use request_detail::request_detail;
pub(crate) use tool_summary::tool_summary;
pub use usage::MicroUsd;
pub use usage::Spent;
pub use usage::Usage;

use crate::names::ConversationId;

/// Something that an agent's event stream told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum AgentEvent {
    /// The program runs and names its conversation.
    SessionStarted {
        /// The conversation, to be resumed by.
        conversation: Option<ConversationId>,
        /// The model it uses.
        model: Option<String>,
        /// The folder it says it works in.
        directory: Option<String>,
    },
    /// It has taken up a prompt: the prompt that was sent last has arrived.
    TurnStarted,
    /// The program's own name of the turn that has just begun, where an interrupt must give it.
    TurnNamed {
        /// The name.
        turn: String,
    },
    /// A sign of life within a turn that says nothing else.
    Working,
    /// Words of the model.
    MessageText {
        /// The words; streams that come in pieces give one event a piece.
        text: String,
        /// Who said them.
        author: Author,
    },
    /// The model uses a tool.
    ToolCall {
        /// The call.
        call: String,
        /// The tool in the agent's words.
        tool: String,
        /// What it is used on, in one line.
        summary: String,
        /// The files that it is to change, as the agent names them.
        edits: Vec<String>,
    },
    /// What came of a tool's use.
    ToolResult {
        /// The call.
        call: String,
        /// Whether it worked.
        outcome: ToolOutcome,
        /// The beginning of what it said.
        summary: String,
        /// Files that were named as to be changed only after the call was told.
        edits: Vec<String>,
    },
    /// The program repeats a prompt that it has read.
    PromptEchoed {
        /// Our id of it, where the protocol carries one.
        id: Option<String>,
        /// Its text.
        text: String,
    },
    /// It asks whether it may use a tool, and waits.
    PermissionRequest {
        /// What the answer must name.
        request: String,
        /// The tool.
        tool: String,
        /// What it is to be used on, in one line.
        summary: String,
        /// The tool's whole input, which an allowing answer repeats.
        input: serde_json::Value,
    },
    /// It asks the person something, and waits.
    Question {
        /// What the answer must name.
        request: String,
        /// The questions.
        questions: Vec<Question>,
        /// The tool's whole input, which the answer repeats.
        input: serde_json::Value,
    },
    /// It asks for something that nobody here can answer; it must be refused, or it waits for ever.
    UnsupportedRequest {
        /// What the answer must name.
        request: String,
        /// What it asked for.
        what: String,
    },
    /// It no longer wants an answer.
    RequestWithdrawn {
        /// The request.
        request: String,
    },
    /// It answered a frame of ours.
    Answered {
        /// Our frame.
        request: String,
        /// Why it refused, if it did.
        error: Option<String>,
    },
    /// The turn is over.
    TurnEnded {
        /// How, in the agent's own view. Not whether the job succeeded.
        outcome: TurnOutcome,
        /// Its final words, or what went wrong.
        text: Option<String>,
        /// What it took.
        spent: Box<Spent>,
        /// How many tool uses were denied.
        denied: u32,
    },
    /// What the turn has taken so far; its end says it once more, with what came after.
    Spending {
        /// What.
        spent: Box<Spent>,
    },
    /// Its provider refuses further work for a while.
    RateLimited {
        /// When it may go on, in seconds since the Unix epoch, if it was told.
        resets_at: Option<i64>,
    },
    /// Its provider failed, and it tries again by itself.
    Retrying {
        /// Which try is coming.
        attempt: Option<u32>,
        /// How many there will be.
        of: Option<u32>,
        /// After this many milliseconds.
        delay_ms: Option<u64>,
        /// What failed.
        class: ErrorClass,
    },
    /// Something failed. Not the end: that is [`AgentEvent::TurnEnded`] or the end of the program.
    Error {
        /// What kind of failure.
        class: ErrorClass,
        /// In the agent's words.
        message: String,
    },
    /// A remark of the program that is no failure.
    Notice {
        /// In the agent's words.
        message: String,
    },
    /// A line that is not understood. Kept, so that a new version of a program shows what it added.
    Unknown {
        /// What kind of line, as far as can be seen.
        what: String,
        /// The beginning of the line.
        line: String,
    },
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The agent itself.
    Agent,
    /// A helper that it started.
    Subagent,
}

/// Whether a tool worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolOutcome {
    /// It did.
    Done,
    /// It failed or was refused.
    Failed,
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "class")]
pub enum TurnOutcome {
    /// The agent came to its end.
    Completed,
    /// It was interrupted.
    Interrupted,
    /// It failed.
    Failed(ErrorClass),
}
