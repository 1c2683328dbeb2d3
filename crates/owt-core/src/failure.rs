//! Why something outside did not work, as the journal keeps it.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// The kind of a failure: what the faces translate into a code and a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The branch exists already.
    BranchTaken,
    /// A ref stands in the way of the branch.
    RefConflict,
    /// The branch is checked out elsewhere.
    BranchCheckedOut,
    /// Something that is not ours is in the way.
    PathTaken,
    /// A lock, merge or rebase is in the way.
    Busy,
    /// The disk is full.
    NoSpace,
    /// The agent's program is missing or cannot be executed.
    ProgramMissing,
    /// tmux is missing or too old.
    TmuxUnusable,
    /// A socket path is too long.
    SocketPathTooLong,
    /// What is needed to go on is gone (a file of ours, a ref).
    Lost,
    /// The agent cannot do what was asked of it.
    Unsupported,
    /// git, or a hook that it ran, took too long and was ended.
    TimedOut,
    /// git failed.
    Git,
    /// The session failed.
    Session,
    /// A defect of ours.
    Internal,
}

/// A failure with the words for the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// What happened, one sentence without a trailing period.
    pub message: String,
}

impl Failure {
    /// A failure of a kind.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
