//! What is asked for when the queue is to land.

use serde::Deserialize;
use serde::Serialize;

use super::LeftBehind;
use crate::WorkspaceId;
use crate::landing::LandingSpec;
use crate::vcs::BranchName;
use crate::vcs::ObjectId;
use crate::vcs::Repository;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainSpec {
    /// The repository.
    pub repository: Repository,
    /// The branch that all of it lands in.
    pub target: BranchName,
    /// In this order.
    pub cars: Vec<CarSpec>,
    /// What stays behind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<LeftBehind>,
}

/// One workspace's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarSpec {
    /// What lands, as for a landing of its own.
    pub landing: LandingSpec,
    /// Those that it stands on: without one of them it does not land either.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stands_on: Vec<WorkspaceId>,
}

/// What candidates are built on, and how they are checked there: the rules are those of that commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// The target's tip.
    pub onto: ObjectId,
    /// How many candidates are checked at once.
    pub slots: u32,
    /// How often a check that failed is run again before it is believed.
    pub retries: u32,
}
