//! The list of workspaces while it changes.

use serde::Deserialize;
use serde::Serialize;

use crate::Problem;
use crate::Workspace;

/// A line of the answer of `POST /v1/workspaces/watch`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum WatchChunk {
    /// The list, whole: at the beginning and whenever it is not as it was.
    Listed {
        /// The workspaces.
        workspaces: Vec<Workspace>,
    },
    /// Some time has passed, and the list is as it was.
    Same,
    /// Nothing more will come.
    Broken {
        /// Why.
        problem: Problem,
    },
}
