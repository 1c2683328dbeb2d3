//! Commands of a repository, and what the person said of them.

use serde::Deserialize;
use serde::Serialize;

/// A file that runs code, as a person should see it before they allow it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalContent {
    /// Its path, relative to the root.
    pub path: String,
    /// What is in it.
    pub text: String,
    /// Whether there is more of it.
    pub cut: bool,
}

/// Something that a repository brings along and that runs code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// SHA-256 of what was found, in hexadecimal.
    pub digest: String,
    /// The repository's root.
    pub repository: String,
    /// The files, relative to the root.
    pub files: Vec<String>,
    /// The commands, where a setting of the repository wants them run; the scripts of a hook are among the files.
    pub commands: Vec<String>,
    /// The setting that wants them run: `worktree.setup`, `worktree.teardown` or `landing.checks`.
    #[serde(default)]
    pub hook: Option<String>,
    /// What is in the files; at most 64 KiB in all.
    #[serde(default)]
    pub contents: Vec<ApprovalContent>,
    /// `pending`, `allowed` or `denied`.
    pub state: String,
}
