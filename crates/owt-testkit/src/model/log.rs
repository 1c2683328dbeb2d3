//! What was asked: one JSON line a request, written before the answer begins.
//!
//! It must not know how an answer is made.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use serde::Deserialize;
use serde::Serialize;

use super::conversation::fingerprint_of;

/// How much of a user's text is kept, in characters.
const TEXT_CAP: usize = 400;

/// What a request was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// It offered tools to act with: a turn of a scenario.
    Turn,
    /// It did not: a title or the like.
    Auxiliary,
    /// Anything else: a list of models, a count of tokens, an unknown path.
    Other,
}

/// What was done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was answered.
    Answered,
    /// It was refused by script.
    Refused,
    /// It was left hanging by script.
    Hung,
    /// Its answer was broken off by script.
    Cut,
    /// There is nothing at this path, or its body is not JSON.
    Unknown,
}

/// A text that reached the model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserText {
    /// The SHA-256 of the whole text, in hexadecimal.
    pub sha256: String,
    /// Its length in bytes.
    pub bytes: usize,
    /// Its first 400 characters.
    pub text: String,
}

impl UserText {
    /// What is logged of this text.
    pub fn of(text: &str) -> Self {
        Self { sha256: fingerprint_of(text), bytes: text.len(), text: text.chars().take(TEXT_CAP).collect() }
    }
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedRequest {
    /// Its number in this server's run, from 1.
    pub sequence: u64,
    /// When it came, in milliseconds since the server's start.
    pub at_ms: u64,
    /// Its path, without the query.
    pub path: String,
    /// What it was.
    pub kind: RequestKind,
    /// The scenario that was played; `None` for a request that is no turn.
    pub scenario: Option<String>,
    /// The turn of the scenario, from 0.
    pub turn: Option<usize>,
    /// What was done with it.
    pub outcome: Outcome,
    /// A fingerprint of the whole conversation, folder included: two requests that share it ask the same thing.
    pub ask: String,
    /// The texts from outside the agent program that the conversation holds, oldest first.
    pub users: Vec<UserText>,
    /// What the program tells the model by itself: system prompt, instructions of developers, and what it puts among the
    /// messages.
    #[serde(default)]
    pub told: String,
}

/// The turns that were asked again although they had been answered: none, where nothing ran twice. A retry after a
/// scripted fault is no second question.
pub fn asked_twice(log: &[LoggedRequest]) -> Vec<&LoggedRequest> {
    let mut answered = HashSet::new();
    let is_second = |request: &&LoggedRequest| {
        request.kind == RequestKind::Turn
            && if request.outcome == Outcome::Answered {
                !answered.insert(request.ask.clone())
            } else {
                answered.contains(&request.ask)
            }
    };
    log.iter().filter(is_second).collect()
}

/// Reads a log file; an absent one is empty.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub fn read_log(path: &Path) -> io::Result<Vec<LoggedRequest>> {
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        read => read?,
    };
    // The last line may still be being written.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line).map_err(io::Error::from)).collect()
}

/// Where requests are written to.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: Vec<LoggedRequest>,
    ended: BTreeMap<u64, Instant>,
    file: Option<File>,
}

impl Log {
    /// A log that also goes to the end of this file.
    pub(super) fn open(path: Option<&Path>) -> io::Result<Self> {
        let file = path.map(|path| OpenOptions::new().append(true).create(true).open(path)).transpose()?;
        Ok(Self { file, ..Self::default() })
    }

    pub(super) fn entries(&self) -> &[LoggedRequest] {
        &self.entries
    }

    /// When the last word of each answer was sent, by the request's number.
    pub(super) const fn ended(&self) -> &BTreeMap<u64, Instant> {
        &self.ended
    }

    /// Nothing more is said about a request.
    pub(super) fn end(&mut self, sequence: u64) {
        self.ended.insert(sequence, Instant::now());
    }

    /// How often this was asked before.
    pub(super) fn times_asked(&self, ask: &str) -> usize {
        self.entries.iter().filter(|entry| entry.ask == ask).count()
    }

    /// Adds a request, numbered.
    pub(super) fn add(&mut self, entry: LoggedRequest) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            let mut line = serde_json::to_string(&entry)?;
            line.push('\n');
            file.write_all(line.as_bytes())?;
        }
        self.entries.push(entry);
        Ok(())
    }
}
