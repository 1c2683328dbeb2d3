//! What is asked for when something is to land.

use serde::Deserialize;
use serde::Serialize;

use super::Favour;
use super::Method;
use crate::AbsPath;
use crate::WorkspaceId;
use crate::vcs::BranchName;
use crate::vcs::ObjectId;
use crate::vcs::Repository;
use crate::workspace::Removal;
use crate::workspace::WorkspaceName;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandingSpec {
    /// Whose work.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: WorkspaceName,
    /// Its folder.
    pub path: AbsPath,
    /// The repository.
    pub repository: Repository,
    /// Its branch.
    pub branch: BranchName,
    /// The branch's tip when it was asked for: this lands, or nothing.
    pub tip: ObjectId,
    /// The branch that it lands in.
    pub target: BranchName,
    /// What the landed history looks like.
    #[serde(default)]
    pub method: Method,
    /// Whose lines are taken where both changed the same.
    #[serde(default)]
    pub favour: Option<Favour>,
    /// What becomes of conflicts.
    #[serde(default)]
    pub conflicts: WhenConflicting,
    /// What becomes of the workspace.
    pub afterwards: Afterwards,
    /// What is not committed is committed first, with this message; `None`: only what is committed lands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The message of the commit that lands; `None`: as git words a merge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Whether the critic looks at it.
    #[serde(default)]
    pub review: Gate,
    /// Whether the repository's checks must pass.
    #[serde(default)]
    pub checks: Gate,
    /// How far it goes.
    #[serde(default)]
    pub goal: Goal,
}

impl LandingSpec {
    /// Whether both land in the same branch.
    pub fn shares_target(&self, other: &Self) -> bool {
        self.repository.id == other.repository.id && self.target == other.target
    }
}

/// Something that a landing has to pass, or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Nobody asked for it.
    #[default]
    NotAsked,
    /// It has to be passed.
    Required,
    /// The person went around it, by their own word.
    Waived,
}

/// How far it goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// Into its target.
    #[default]
    Target,
    /// Until nothing stands against it: somebody looks at it first, or it goes by a pull request. The target stays where it is.
    Cleared,
}

/// What becomes of conflicts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenConflicting {
    /// They are told, and nothing is touched.
    #[default]
    Stop,
    /// The merge is begun in the workspace, for somebody to settle them.
    Leave,
}

/// What becomes of a workspace whose work has landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "afterwards")]
pub enum Afterwards {
    /// It stays.
    Keep,
    /// It is removed as `owt delete` does.
    Remove {
        /// How.
        removal: Removal,
    },
}
