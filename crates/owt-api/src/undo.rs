//! Taking back what was done last.

use serde::Deserialize;
use serde::Serialize;

use crate::Problem;
use crate::Restored;

/// `POST /v1/undo`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Undo {
    /// The caller's folder.
    pub cwd: String,
    /// Only if this is what was done last, by its id; `None`: whatever it was.
    pub only: Option<String>,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
}

/// `POST /v1/undo/list`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListUndoable {
    /// The caller's folder.
    pub cwd: String,
}

/// What can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndoKind {
    /// Work landed in a target branch.
    Landing,
    /// A workspace was deleted.
    Deletion,
}

/// Something that was done, and whether it can be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undoable {
    /// The id of the landing, of the train with the number of its move, or of the snapshot that the deletion left.
    pub id: String,
    /// What it was.
    pub kind: UndoKind,
    /// Whose work, in words.
    pub workspace: String,
    /// The same, each: the queue lands several at once.
    pub workspaces: Vec<String>,
    /// The workspace's branch, where it is one.
    pub branch: Option<String>,
    /// When, RFC 3339, UTC.
    pub at: String,
    /// `skipped`: it landed without the repository's checks, by the person's word (`--no-verify`).
    #[serde(default)]
    pub checks: Option<String>,
    /// The branch in which it landed.
    pub target: Option<String>,
    /// Where that was.
    pub before_sha: Option<String>,
    /// Where that went.
    pub after_sha: Option<String>,
    /// Why it cannot be taken back; `None`: it can, once it is the last.
    pub obstacle: Option<Problem>,
}

/// What was taken back, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// The id of the landing, of the train with the number of its move, or of the snapshot that the deletion left.
    pub id: String,
    /// What it was.
    pub kind: UndoKind,
    /// Whose work, in words.
    pub workspace: String,
    /// The same, each: the queue lands several at once.
    pub workspaces: Vec<String>,
    /// The branch that goes back.
    pub target: Option<String>,
    /// Where it was before, and is again.
    pub before_sha: Option<String>,
    /// Where it was meanwhile.
    pub after_sha: Option<String>,
    /// The checkout that went along.
    pub checkout: Option<String>,
    /// The workspaces that come back.
    pub restored: Vec<Restored>,
    /// Why others do not; they can be brought back later (`owt restore`).
    pub not_restored: Vec<Problem>,
    /// Only said, not done.
    pub dry_run: bool,
}
