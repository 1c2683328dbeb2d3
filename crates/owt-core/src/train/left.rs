//! Work that stayed behind before its train began.

use serde::Deserialize;
use serde::Serialize;

use crate::WorkspaceId;
use crate::landing::Refusal;
use crate::workspace::WorkspaceName;

/// Work that stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftBehind {
    /// Whose.
    pub workspace: WorkspaceId,
    /// The workspace's name.
    pub name: WorkspaceName,
    /// Why.
    pub why: WhyLeft,
}

/// Why work stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum WhyLeft {
    /// It would not land.
    Refused {
        /// Why.
        refusal: Refusal,
    },
    /// It is being made, landed or removed just then.
    InBetween,
    /// Its folder is not there any more, or not a worktree.
    FolderGone {
        /// The same in words.
        what: String,
    },
    /// Its branch is not checked out in its folder.
    NotThere {
        /// The same in words.
        what: String,
    },
    /// A train takes so many and no more.
    Full,
}
