//! How work is to come into its target.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::EffectId;
use crate::LandingId;
use crate::TrainId;

/// What the landed history looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// One commit with two parents: the target before, and the branch.
    #[default]
    Merge,
    /// One commit with everything the branch has, on the target.
    Squash,
    /// The commits of the branch, made again on the target.
    Rebase,
}

/// Whose lines are taken where both changed the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Favour {
    /// Those of the workspace.
    Workspace,
    /// Those of the target.
    Target,
}

/// One candidate: a commit that may become the target's tip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CandidateId {
    /// Whose.
    pub of: CandidateOf,
    /// Which of its candidates, from 1: the target may move while one is made.
    pub round: u32,
}

/// Who makes candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CandidateOf {
    /// One workspace's landing.
    Landing(LandingId),
    /// A train.
    Train(TrainId),
    /// Something that comes into a workspace's branch.
    Sync(EffectId),
}

impl fmt::Display for CandidateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            CandidateOf::Landing(id) => write!(f, "{id}-{}", self.round),
            CandidateOf::Train(id) => write!(f, "{id}-{}", self.round),
            CandidateOf::Sync(id) => write!(f, "{id}-{}", self.round),
        }
    }
}
