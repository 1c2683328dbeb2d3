//! What becomes of workspaces that go, by a command or by themselves, and what can be brought back of them.

use serde::Deserialize;
use serde::Serialize;

/// Why a workspace has no folder any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// It is gone.
    Folder,
    /// Something else lies in its place.
    Replaced,
    /// Its whole repository is gone.
    Repository,
}

/// What a deletion did or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// The workspace's name.
    pub name: String,
    /// Its branch.
    pub branch: Option<String>,
    /// Whether the branch is gone or kept.
    pub branch_deleted: bool,
    /// The branch that is checked out in the folder, where it is another one: it stays.
    pub switched_to: Option<String>,
    /// Why there was no folder to remove.
    pub missing: Option<Missing>,
    /// The snapshot that was taken, if anything differed.
    pub snapshot: Option<String>,
    /// The tip before.
    pub head_sha: Option<String>,
    /// Files that the snapshot holds.
    pub changed_files: u32,
    /// Commits that are in no other branch.
    pub unmerged_commits: u32,
    /// Where the folder lies until the trash expires.
    pub trash: Option<String>,
    /// Why the commands of `worktree.teardown` did not run, or did not end well.
    pub teardown: Option<String>,
    /// Only said, not done.
    pub dry_run: bool,
}

/// Something `owt restore` can bring back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restorable {
    /// The snapshot's id, or the deleted workspace's when its folder was clean.
    pub id: String,
    /// The workspace's name.
    pub workspace: String,
    /// The branch.
    pub branch: Option<String>,
    /// The commit that is restored.
    pub sha: Option<String>,
    /// Why it was taken.
    pub reason: String,
    /// RFC 3339, UTC.
    pub taken_at: String,
    /// Whether the whole folder, ignored files included, still lies in the trash.
    pub in_trash: bool,
    /// What comes back.
    pub holds: Holds,
}

/// What is kept of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// The whole folder, ignored files included.
    Folder,
    /// What was committed, changed and new.
    Changes,
    /// What was committed.
    Commits,
}

/// What a restore did or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// The workspace's name.
    pub name: String,
    /// Its branch.
    pub branch: Option<String>,
    /// Its folder.
    pub path: String,
    /// What that is on instead of its branch: the person's own checkout is not switched.
    #[serde(default)]
    pub switched_to: Option<String>,
    /// The snapshot that was applied.
    pub snapshot: Option<String>,
    /// Only said, not done.
    pub dry_run: bool,
}
