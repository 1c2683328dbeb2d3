//! Why a workspace has the status that it has.

use serde::Deserialize;
use serde::Serialize;

use crate::AgentFailure;
use crate::OpenTool;
use crate::Status;

/// A status with its reasons: `POST /v1/workspaces/explain`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// The workspace's name.
    pub name: String,
    /// Its status.
    pub status: Status,
    /// Since when, RFC 3339 UTC.
    pub since: String,
    /// What kind of evidence says so.
    pub source: String,
    /// What a person should know or do about it.
    pub detail: Option<String>,
    /// How its work failed; `None` where nothing has.
    #[serde(default)]
    pub failure: Option<AgentFailure>,
    /// Whether the hooks of its agent report: `reporting`, `expected` (nothing had to come yet), `not_firing`; `None`
    /// where nothing rests on them.
    #[serde(default)]
    pub hooks: Option<String>,
    /// The tools that its agent uses now, in the order in which it began to.
    #[serde(default)]
    pub tools: Vec<OpenTool>,
    /// Lines of its event stream that were not understood since the present server has listened; `None` where all were.
    #[serde(default)]
    pub not_understood: Option<StrangeLines>,
    /// Reports of its hooks that were not understood, in the same way.
    #[serde(default)]
    pub reports_not_understood: Option<StrangeLines>,
    /// The rule that decided.
    pub decided: Ruling,
    /// Rules that said something else and were overruled, the last one first.
    pub overruled: Vec<Ruling>,
    /// What was seen of the newest session and counted, oldest first; the newest pieces.
    pub evidence: Vec<EvidencePiece>,
    /// How many older pieces are not among them.
    pub earlier: u64,
    /// What was seen and not believed, oldest first, as long as the present server has listened.
    pub disbelieved: Vec<DisbelievedPiece>,
}

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// The rule's name.
    pub rule: String,
    /// The rule in words.
    pub why: String,
    /// The status that it comes to.
    pub status: Status,
    /// What it adds for a person.
    pub detail: Option<String>,
}

/// Something that was seen of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidencePiece {
    /// When, RFC 3339 UTC.
    pub at: String,
    /// Seconds since then.
    pub age_s: u64,
    /// Where it was seen: `protocol`, `hook`, `transcript`, `screen`, `process`, `delivery`.
    pub source: String,
    /// How far that is believed: `strong`, `medium`, `weak`.
    pub weight: String,
    /// What it says, in words.
    pub says: String,
    /// By what a picture was read so.
    #[serde(default)]
    pub reading: Option<Reading>,
    /// What the agent was taken to be doing from then on; `None` where it changed nothing of that.
    pub made: Option<Status>,
    /// Whether what the agent is doing now rests on it.
    pub decides: bool,
}

/// By what a picture was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The rule of the agent's manifest that held, by its name.
    pub rule: String,
    /// The parts of the screen that it held by: `whole`, `bottom:N`, `title`, `progress`, `prompt`, `below-prompt`,
    /// `last-block`, `last-blocks:N`.
    pub parts: Vec<String>,
}

/// Something that was seen and not believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisbelievedPiece {
    /// When, RFC 3339 UTC.
    pub at: String,
    /// Seconds since then.
    pub age_s: u64,
    /// Where it was seen.
    pub source: String,
    /// How far that is believed.
    pub weight: String,
    /// What it says, in words.
    pub says: String,
    /// By what a picture was read so.
    #[serde(default)]
    pub reading: Option<Reading>,
    /// Why it does not count.
    pub why: String,
    /// How often it was seen so; the rest is of the last time.
    #[serde(default = "once")]
    pub times: u64,
}

/// What an earlier version told, it told each time.
const fn once() -> u64 {
    1
}

/// Lines that were not understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrangeLines {
    /// How many.
    pub count: u64,
    /// What the newest says that it is.
    pub what: String,
    /// How the newest begins.
    pub line: String,
}
