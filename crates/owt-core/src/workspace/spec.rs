//! What a workspace was asked to be: its name, where it lies, what it started from. It must not know what becomes of it.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use super::Settling;
use crate::AbsPath;
use crate::JobId;
use crate::SnapshotId;
use crate::WorkspaceId;
use crate::vcs::BranchName;
use crate::vcs::ObjectId;
use crate::vcs::RemoteBranch;
use crate::vcs::Repository;

/// A workspace's name: unique among the live workspaces of its repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WorkspaceName(String);

impl WorkspaceName {
    /// The name that belongs to a branch: its last part, e.g. `add-login` for `feat/add-login`.
    pub fn of_branch(branch: &BranchName) -> Self {
        Self(branch.as_str().replace('/', "-"))
    }

    /// A name as it is; path separators become `-`.
    pub fn new(text: &str) -> Self {
        Self(text.replace('/', "-"))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorkspaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a workspace's files are, and what it was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Ground {
    /// A linked worktree of its own.
    Worktree(Worktree),
    /// A branch in the person's own checkout; at most one at a time.
    InPlace {
        /// The branch and its base.
        line: Worktree,
        /// The branch that the checkout was on before, if it was on one.
        previous: Option<BranchName>,
    },
    /// A plain folder without git.
    Folder,
}

/// A branch with the commit it starts from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worktree {
    /// The repository.
    pub repository: Repository,
    /// The branch.
    pub branch: BranchName,
    /// Whether the branch was there before: then it is never moved or deleted on our own account.
    pub adopted: bool,
    /// The remote's branch that it is made from, to follow it; it counts as one that was there before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<RemoteBranch>,
    /// What it started from.
    pub base: Base,
    /// The caller's uncommitted work is carried over from this checkout, under this snapshot.
    pub carry: Option<Carry>,
}

/// What a workspace started from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// As the person named it, or the branch's name.
    pub label: String,
    /// The branch, when the base is one: it is also the target of the landing.
    pub branch: Option<BranchName>,
    /// The commit.
    pub sha: ObjectId,
}

/// Uncommitted work to carry over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carry {
    /// The checkout that has it.
    pub from: AbsPath,
    /// The snapshot that holds it.
    pub snapshot: SnapshotId,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceSpec {
    /// Its name.
    pub name: WorkspaceName,
    /// Its folder.
    pub path: AbsPath,
    /// What it stands on.
    pub ground: Ground,
    /// The job that waits for it.
    pub job: JobId,
    /// Whether packages are installed.
    #[serde(default)]
    pub packages: Packages,
    /// What it was made to settle; `None`: it is for work of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settles: Option<Box<Settling>>,
    /// The workspace whose work it was made to look at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviews: Option<WorkspaceId>,
}

/// What becomes of the packages that a workspace's projects need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Packages {
    /// They are installed when the configuration says so.
    #[default]
    AsConfigured,
    /// They are left to whoever works there.
    LeftOut,
}

impl WorkspaceSpec {
    /// The workspace that it helps: it goes with it.
    pub fn helps(&self) -> Option<WorkspaceId> {
        self.settles.as_ref().map(|settling| settling.of).or(self.reviews)
    }

    /// The repository, if it has one.
    pub fn repository(&self) -> Option<&Repository> {
        self.line().map(|line| &line.repository)
    }

    /// The checkout of the person's that configuration and private files come from, if it has a repository.
    pub fn source(&self) -> Option<&AbsPath> {
        self.repository().map(Repository::source)
    }

    /// The branch and its base, if it has one.
    pub fn line(&self) -> Option<&Worktree> {
        match &self.ground {
            Ground::Worktree(line) | Ground::InPlace { line, .. } => Some(line),
            Ground::Folder => None,
        }
    }
}
