//! How work is to come into its target.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::LandingId;

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

/// One candidate of a landing: a commit that may become the target's tip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CandidateId {
    /// The landing.
    pub landing: LandingId,
    /// Which of its candidates, from 1: the target may move while one is made.
    pub round: u32,
}

impl fmt::Display for CandidateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.landing, self.round)
    }
}
