//! What is no longer needed, and what became of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

/// `POST /v1/cleanup`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanUp {
    /// Seen from here.
    pub cwd: String,
    /// All repositories, not only this one.
    #[serde(default)]
    pub all_repos: bool,
    /// Untouched for this many days; `None`: as configured.
    #[serde(default)]
    pub days: Option<u32>,
    /// Also what holds unsaved work (kept as a snapshot), and what has a session (it is ended).
    #[serde(default)]
    pub force: bool,
    /// Only these, by their ids; `None`: all that is found.
    #[serde(default)]
    pub only: Option<Vec<String>>,
    /// Only say it.
    #[serde(default)]
    pub dry_run: bool,
    /// The caller's environment: what it says of settings holds.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
}

/// What was found, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleanup {
    /// What goes.
    pub items: Vec<CleanupItem>,
    /// Workspaces that stay, and why.
    pub spared: Vec<SparedWorkspace>,
    /// What stays in the trash for now.
    pub trash: TrashKept,
    /// Bytes that are or would be free at once.
    pub freed_bytes: u64,
    /// Bytes that are free when the trash expires.
    pub later_bytes: u64,
    /// How long nobody must have touched a workspace, in seconds; `None`: none counts as idle.
    pub idle_s: Option<u64>,
    /// Only said, not done.
    pub dry_run: bool,
}

/// What something that goes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CleanupKind {
    /// A whole workspace.
    Workspace,
    /// A cache of builds in a workspace that stays.
    Cache,
    /// The folder of a removed workspace.
    Trash,
    /// A worktree that this home made and no workspace has.
    Orphan,
    /// A snapshot that has expired.
    Snapshot,
}

/// One thing that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanupItem {
    /// What it is, the same from one look to the next.
    pub id: String,
    /// What it is.
    pub kind: CleanupKind,
    /// The workspace's name, also of one that is removed already.
    pub workspace: String,
    /// The repository's root.
    pub repository: String,
    /// Where it is.
    pub path: String,
    /// Why it is no longer needed.
    pub reason: String,
    /// Bytes that are free at once.
    pub frees_bytes: u64,
    /// Bytes that are free when it leaves the trash.
    pub later_bytes: u64,
    /// Whether it is gone.
    pub done: bool,
    /// What was unsaved is here.
    pub snapshot: Option<String>,
    /// Why it stays after all.
    pub stays: Option<String>,
}

/// A workspace that stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SparedWorkspace {
    /// Its name.
    pub workspace: String,
    /// The repository's root.
    pub repository: String,
    /// Where it is.
    pub path: String,
    /// Why.
    pub reason: String,
    /// Bytes that nobody else has, where they were counted.
    pub exclusive_bytes: Option<u64>,
}

/// What stays in the trash.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrashKept {
    /// Folders.
    pub folders: u64,
    /// Bytes that nobody else has.
    pub bytes: u64,
}

/// What a worktree takes of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskUse {
    /// Bytes that would be free if it were gone: what it shares with others does not count.
    pub exclusive_bytes: u64,
    /// Whether all of it was counted; otherwise it is more.
    pub complete: bool,
}
