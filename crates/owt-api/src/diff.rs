//! What a workspace changed: the question, and the answer as a stream of lines.

use serde::Deserialize;
use serde::Serialize;

use crate::Problem;
use crate::Selector;

/// `POST /v1/workspaces/diff`: streams one [`DiffChunk`] a line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadDiff {
    /// Which workspace.
    pub workspace: Selector,
    /// How it is wanted.
    pub form: DiffForm,
}

/// How a diff is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffForm {
    /// As git prints it.
    #[default]
    Patch,
    /// The same with what is in binary files: what `git apply` takes, whatever there is in it.
    Whole,
    /// File by file, with counts of lines.
    Files,
}

/// A part of a diff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum DiffChunk {
    /// The first line, and there always.
    Against(DiffAgainst),
    /// The next file.
    File(ChangedFile),
    /// The next bytes of the patch, base64.
    Patch {
        /// Base64 (RFC 4648 section 4).
        base64: String,
    },
    /// It breaks off here.
    Broken {
        /// Why.
        problem: Problem,
    },
}

/// What is compared with what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffAgainst {
    /// The workspace's name.
    pub name: String,
    /// Its branch.
    pub branch: Option<String>,
    /// The base as it was named.
    pub base: Option<String>,
    /// The commit that is compared with: the newest that the workspace has in common with its base.
    pub base_sha: String,
    /// What a person should know: what the diff cannot show, and why.
    pub notices: Vec<String>,
}

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedFile {
    /// Its path.
    pub path: String,
    /// The path that it had, when it was renamed or copied.
    pub old_path: Option<String>,
    /// How it differs.
    pub status: FileStatus,
    /// Lines added; `None` where the content is binary.
    pub additions: Option<u64>,
    /// Lines removed; `None` where the content is binary.
    pub deletions: Option<u64>,
    /// Whether the content is binary.
    pub binary: bool,
}

/// How a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileStatus {
    /// It is new.
    Added,
    /// Its content or mode differs.
    Modified,
    /// It is gone.
    Deleted,
    /// It has another name.
    Renamed,
    /// It is a copy of another file.
    Copied,
    /// It is another kind of thing: a symlink, a submodule.
    TypeChanged,
}
