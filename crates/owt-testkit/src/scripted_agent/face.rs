//! What a performance needs from whoever it is shown to: a terminal, an event stream, plain output.

use std::io;
use std::time::Duration;

use serde_json::Value;

use super::received::Via;

/// A prompt that is to be acted upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prompt {
    pub(super) text: String,
    pub(super) via: Via,
    pub(super) uuid: Option<String>,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    TimeIsUp,
    Interrupted,
    /// Nobody is there any more.
    Gone,
}

/// What came of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Allowed,
    Denied,
    Interrupted,
    Gone,
}

/// Token counts of a turn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    pub(super) input: u64,
    pub(super) output: u64,
}

/// How a turn came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TurnEnd {
    Done,
    Failed(String),
    Interrupted,
}

/// A turn that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) end: TurnEnd,
    /// The last thing said.
    pub(super) text: String,
    pub(super) tokens: Tokens,
}

/// Where a performance shows. An error means that its output goes nowhere any more.
pub(super) trait Face {
    /// A turn begins with this prompt.
    fn begin(&mut self, prompt: &Prompt) -> io::Result<()>;
    /// Something is said.
    fn say(&mut self, text: &str) -> io::Result<()>;
    /// A tool is used.
    fn tool(&mut self, name: &str, input: &Value) -> io::Result<()>;
    /// These very characters.
    fn print(&mut self, text: &str) -> io::Result<()>;
    /// Permission is asked for.
    fn ask(&mut self, tool: &str, input: &Value) -> io::Result<Asked>;
    /// Time passes; without a limit until an interrupt or the end.
    fn wait(&mut self, limit: Option<Duration>) -> io::Result<Waited>;
    /// The turn is over.
    fn finish(&mut self, turn: &Turn) -> io::Result<()>;
}
