//! In which order work should land.

use serde::Deserialize;
use serde::Serialize;

use crate::CarState;

/// `POST /v1/queue`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadQueue {
    /// The caller's folder.
    pub cwd: String,
}

/// A place in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuePlace {
    /// The place, counted from 1 within its target.
    pub place: u32,
    /// The workspace.
    pub workspace: String,
    /// Its branch.
    pub branch: String,
    /// Where it would land; `null`: no branch is known.
    pub target: Option<String>,
    /// Whether it could.
    pub state: QueueState,
    /// What decided its place.
    pub because: QueueReason,
    /// The same in words.
    pub reason: String,
    /// Files that it changes since it parted from its target; `null`: not known.
    pub files: Option<u32>,
    /// Commits that its base does not have.
    pub commits: Option<u32>,
    /// Names of workspaces that it would not merge with.
    pub conflicts_with: Vec<String>,
    /// Names of workspaces that must land before it.
    pub depends_on: Vec<String>,
    /// How far it is in a train that is under way (`owt queue --ship`).
    #[serde(default)]
    pub train: Option<CarState>,
    /// When it was begun.
    pub created_at: String,
}

/// Whether work could land now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    /// It could.
    Ready,
    /// What it stands on could not.
    Waits,
    /// Its target has changed the same.
    Conflicts,
    /// It and its target have no commit in common.
    Unrelated,
    /// Its target is gone, as when that was another workspace's branch, which has landed.
    TargetGone,
    /// Some of it is not committed.
    Uncommitted,
    /// Its agent is at work, or waits for its person.
    Working,
    /// There is nothing to land.
    Empty,
    /// Its folder or branch is not there, or not as it was.
    Away,
}

/// What decided a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueReason {
    /// It stands on others.
    Dependency,
    /// It could land, the next one not.
    State,
    /// It is in fewer others' way than the next one.
    Conflicts,
    /// It is smaller than the next one.
    Size,
    /// It is older than the next one.
    Age,
    /// Nothing else is left.
    Last,
    /// It and others wait for one another.
    Circle,
}
