//! Which workspaces would not merge with one another.

use serde::Deserialize;
use serde::Serialize;

use crate::Problem;

/// `POST /v1/conflicts` and `POST /v1/conflicts/watch`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadConflicts {
    /// The caller's folder.
    pub cwd: String,
}

/// How the live workspaces of a repository go together, work that is not committed included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflicts {
    /// How many workspaces were looked at.
    pub workspaces: usize,
    /// Pairs that do not go together.
    pub pairs: Vec<ConflictPair>,
    /// Workspaces that do not go together with their target.
    pub targets: Vec<TargetConflict>,
    /// What could not be found out.
    pub unknown: Vec<UnknownConflict>,
}

/// Two workspaces that would not merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictPair {
    /// The name of the older one.
    pub a: String,
    /// The name of the other.
    pub b: String,
    /// In which files.
    pub files: Vec<ConflictFile>,
}

/// A workspace that would not merge into its target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetConflict {
    /// Its name.
    pub workspace: String,
    /// The branch.
    pub target: String,
    /// In which files; `a` is the target, `b` the workspace.
    pub files: Vec<ConflictFile>,
}

/// A file that two do not agree on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictFile {
    /// Its path below the root; bytes that are not UTF-8 are U+FFFD.
    pub path: String,
    /// `content`, `binary`, `both_added`, `modify_delete`, `rename`, `file_folder`, `types`, `submodule` or `other`.
    pub kind: String,
    /// Lines that both changed, where both changed lines of one text.
    pub lines: Vec<ConflictLines>,
}

/// Lines that both changed, as each side has them now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictLines {
    /// In `a`.
    pub a: LineSpan,
    /// In `b`.
    pub b: LineSpan,
}

/// Some lines of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineSpan {
    /// The first, counted from 1; of no lines: the one behind which some were taken away.
    pub first: u32,
    /// How many.
    pub count: u32,
}

/// Something that could not be found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownConflict {
    /// The workspace.
    pub workspace: String,
    /// With which other workspace or branch; `null`: with none.
    pub with: Option<String>,
    /// Why.
    pub reason: String,
}

/// A line of the answer of `POST /v1/conflicts/watch`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum ConflictsChunk {
    /// All of them: at the beginning, and whenever they are not as they were.
    Told {
        /// The conflicts.
        conflicts: Conflicts,
    },
    /// Some time has passed, and they are as they were.
    Same,
    /// Nothing more will come.
    Broken {
        /// Why.
        problem: Problem,
    },
}
