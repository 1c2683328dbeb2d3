//! What a conversation needs of whoever it is held with.

use std::time::Duration;

use owt_agents::events::ErrorClass;
use owt_agents::events::ToolOutcome;
use serde_json::Value;

/// A prompt on its way to the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    /// The sender's name for it, where there is one.
    pub(super) id: Option<String>,
    /// What it says.
    pub(super) text: String,
}

/// A conversation as it introduces itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Introduction<'a> {
    pub(super) conversation: &'a str,
    pub(super) model: &'a str,
    pub(super) folder: &'a str,
    pub(super) resumed: bool,
}

/// A tool at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ToolUse {
    /// Its number in the conversation.
    pub(super) number: u32,
    /// Its name.
    pub(super) tool: &'static str,
    /// What it is used on, in one line.
    pub(super) summary: String,
}

impl ToolUse {
    /// The files that it is to change: what it is used on, where it writes.
    pub(super) fn edits(&self) -> Vec<&str> {
        matches!(self.tool, "Write" | "Edit").then_some(self.summary.as_str()).into_iter().collect()
    }
}

/// What a turn tells as it goes.
#[derive(Debug)]
pub(super) enum Report<'a> {
    /// Words.
    Said(&'a str),
    /// A tool is used.
    ToolStarted(&'a ToolUse),
    /// It was.
    ToolEnded { tool: &'a ToolUse, outcome: ToolOutcome, said: &'a str },
    /// Its provider's limit ends then, in seconds since the Unix epoch.
    Limited { resets_at: i64 },
    /// So many dollars have been spent on the turn.
    Cost { dollars: f64 },
    /// Something went wrong.
    Failed { class: ErrorClass, message: &'a str },
}

/// What a turn must know from the person.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Request {
    /// May a tool be used?
    Permission {
        /// Its name.
        tool: &'static str,
        /// What is to be done, as it stands after "may I".
        what: String,
        /// The tool's whole input.
        input: Value,
    },
    /// A question.
    Question {
        /// In words.
        question: &'static str,
        /// The answers it offers.
        options: [&'static str; 2],
    },
}

/// The person's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// Yes; or the words that answer a question.
    Yes(String),
    /// No, for this reason.
    No(String),
}

/// Why a turn does not go on.
#[derive(Debug)]
pub(super) enum Halt {
    /// The person wants this turn to end.
    Interrupted,
    /// The program is to end with this code.
    Leave(u8),
    /// The streams are of no use any more.
    Broken(std::io::Error),
}

impl From<std::io::Error> for Halt {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(error)
    }
}

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Completed,
    Interrupted,
    Failed(ErrorClass),
}

/// A turn that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    /// The last words.
    pub(super) text: String,
    /// Tokens read, about.
    pub(super) read: usize,
    /// Tokens written, about.
    pub(super) written: usize,
}

/// Whom a conversation is held with. All of it happens on one thread: while the agent pauses, the face listens.
pub(super) trait Face {
    /// The conversation begins.
    fn open(&mut self, introduction: Introduction<'_>) -> Result<(), Halt>;
    /// Waits for the next prompt; `None` when there will be none.
    fn next(&mut self) -> Result<Option<Assignment>, Halt>;
    /// A turn begins.
    fn begin(&mut self, assignment: &Assignment) -> Result<(), Halt>;
    /// Something to tell.
    fn tell(&mut self, report: &Report<'_>) -> Result<(), Halt>;
    /// Lets time pass.
    fn pause(&mut self, span: Duration) -> Result<(), Halt>;
    /// Asks and waits for the answer.
    fn ask(&mut self, request: &Request) -> Result<Reply, Halt>;
    /// A turn is over.
    fn end(&mut self, ended: &Ended) -> Result<(), Halt>;
    /// The conversation is over. The exit code of a program whose last turn ended like this.
    fn close(&mut self, last: Option<Outcome>) -> u8;
}
