//! How the agent starts and what it is like, as data.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::signals::SignalName;
use super::step::Step;

/// What an agent is like. The default is a quick and friendly one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Personality {
    /// What `--version` prints.
    pub version: String,
    /// How long it takes to start, in milliseconds.
    pub boot_ms: u64,
    /// Whether what was typed while it started is thrown away.
    pub flush_input: bool,
    /// A question before the first prompt, in a terminal.
    pub dialog: Option<Dialog>,
    /// How it uses the screen, in a terminal.
    pub screen: ScreenKind,
    /// Whether and when it asks the terminal to mark what is pasted.
    pub bracketed_paste: BracketedPaste,
    /// For how many milliseconds after its box is drawn it overlooks Enter, as Claude Code 2.1.197 does.
    pub deaf_to_enter_ms: u64,
    /// How many times it overlooks Enter although there is something to submit; it draws nothing then.
    pub overlooked_enters: u32,
    /// Whether the prompt of an interrupted turn comes back into the box, as in Claude Code 2.1.197.
    pub returns_prompt_on_interrupt: bool,
    /// Signals that do nothing to it.
    pub ignored_signals: Vec<SignalName>,
    /// What it does with a prompt that carries no script.
    pub on_prompt: Vec<Step>,
}

impl Default for Personality {
    fn default() -> Self {
        Self {
            version: "2.1.197 (Claude Code)".to_owned(),
            boot_ms: 0,
            flush_input: false,
            dialog: None,
            screen: ScreenKind::Inline,
            bracketed_paste: BracketedPaste::AtReady,
            deaf_to_enter_ms: 0,
            overlooked_enters: 0,
            returns_prompt_on_interrupt: false,
            ignored_signals: Vec::new(),
            on_prompt: vec![Step::Say("Done.".to_owned())],
        }
    }
}

/// A question that takes the whole attention: Enter goes on, Escape ends the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialog {
    /// Its text.
    pub text: String,
}

/// How a screen is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScreenKind {
    /// The alternate screen, redrawn as a whole.
    Full,
    /// The normal screen, redrawn below what is there.
    Inline,
}

/// Whether pasted text is marked as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BracketedPaste {
    /// Never: every line end in a pasted text is an Enter.
    Never,
    /// From the first moment, long before the program listens, as Claude Code and Codex do.
    AtStart,
    /// From when it is ready.
    AtReady,
}

impl Personality {
    /// Reads one; the default where there is no such file.
    ///
    /// # Errors
    /// When the file cannot be read or means nothing.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            read => Ok(serde_json::from_str(&read?)?),
        }
    }

    pub(super) const fn boot(&self) -> Duration {
        Duration::from_millis(self.boot_ms)
    }
}
