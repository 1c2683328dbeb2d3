//! What an agent is doing, and how its work failed.

use serde::Deserialize;
use serde::Serialize;

/// What an agent is doing (`cli.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Its workspace or session is being made.
    Starting,
    /// It works.
    Working,
    /// It asks a question.
    WaitingInput,
    /// It asks for permission.
    WaitingPermission,
    /// It has finished a turn and takes the next prompt.
    Idle,
    /// Something that only a person can resolve is in its way (a dialog, a login).
    Blocked,
    /// It ended and its own last word was success.
    Done,
    /// It ended badly.
    Failed,
    /// It ended without saying how its work went.
    Exited,
    /// There is no evidence.
    Unknown,
}

impl Status {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Working => "working",
            Self::WaitingInput => "waiting_input",
            Self::WaitingPermission => "waiting_permission",
            Self::Idle => "idle",
            Self::Blocked => "blocked",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Exited => "exited",
            Self::Unknown => "unknown",
        }
    }
}

/// How an agent's work failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFailure {
    /// The kind: `rate_limit`, `overload`, `auth`, `quota`, `network`, `context_overflow`, `refused`, `own_limit`,
    /// `crash`, `killed`, `timed_out`, `interrupted`, `nothing_done`, `not_started`, `unknown`.
    pub kind: String,
    /// What happened, mostly in the program's own words.
    pub message: String,
    /// When a limit ends, where the program tells, RFC 3339 UTC.
    pub resets_at: Option<String>,
    /// What comes next.
    pub next: AfterFailure,
}

/// What comes after a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AfterFailure {
    /// `wait` (it goes on by itself when a limit ends), `retry` (it is tried again by itself), `ask` (a person decides),
    /// `none`.
    pub action: String,
    /// When it goes on by itself, RFC 3339 UTC.
    pub at: Option<String>,
    /// What a person can do, where one decides.
    pub advice: Option<String>,
}
