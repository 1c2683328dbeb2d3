//! What `owt wait` reports.

use serde::Deserialize;
use serde::Serialize;

use crate::AgentFailure;
use crate::Status;

/// One waited-for workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// Its name.
    pub name: String,
    /// Its status when the wait ended.
    pub status: Status,
    /// Why, for people.
    pub detail: Option<String>,
    /// How its work failed; `None` where nothing has.
    #[serde(default)]
    pub failure: Option<AgentFailure>,
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitOutcome {
    /// All (or one, with `any`) reached a good end.
    Done,
    /// One failed.
    Failed,
    /// One needs a person.
    NeedsPerson,
    /// Time ran out.
    TimedOut,
}

/// `POST /v1/wait`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaitReport {
    /// How it ended.
    pub outcome: WaitOutcome,
    /// Each workspace.
    pub workspaces: Vec<Waited>,
    /// Seconds waited.
    pub elapsed_s: f64,
}
