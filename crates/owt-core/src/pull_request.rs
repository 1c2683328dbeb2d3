//! Pull requests, in words that hold for any code host: which repository, which number, how it stands.
//!
//! What a host says is another's word: text is one line and short, and nothing here is ever run.

mod description;
mod remote_url;

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use crate::Timestamp;
use crate::vcs::ObjectId;

pub use description::Description;
pub use description::Facts as DescriptionFacts;
pub use description::describe;

/// The longest title that is kept, in characters.
const TITLE: usize = 256;

/// A repository on a code host.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HostedRepository {
    /// The host's name, with its port where it has one: `github.com`.
    pub host: String,
    /// Whose it is.
    pub owner: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for HostedRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// The number of a pull request in its repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PullRequestNumber(pub u64);

impl fmt::Display for PullRequestNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Where a pull request is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullRequestState {
    /// It can still be merged.
    Open,
    /// It was merged.
    Merged,
    /// It was closed without that.
    Closed,
}

impl PullRequestState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Merged => "merged",
            Self::Closed => "closed",
        }
    }
}

/// Whether it is offered for a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readiness {
    /// It is.
    Ready,
    /// It is a draft.
    Draft,
}

/// What came of all checks of its newest commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// It has none.
    None,
    /// Some are under way.
    Pending,
    /// All have passed.
    Passed,
    /// One at least has failed.
    Failed,
}

impl CheckState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pending => "pending",
            Self::Passed => "passed",
            Self::Failed => "failed",
        }
    }
}

/// What its reviewers say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// Nobody has to say anything, or has.
    None,
    /// Somebody has to look at it.
    Required,
    /// They agree.
    Approved,
    /// They want something changed.
    ChangesRequested,
}

impl ReviewState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Required => "required",
            Self::Approved => "approved",
            Self::ChangesRequested => "changes_requested",
        }
    }
}

/// Whether it would merge with its base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mergeability {
    /// The host has not found out.
    Unknown,
    /// It would.
    Mergeable,
    /// It conflicts.
    Conflicting,
}

impl Mergeability {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Mergeable => "mergeable",
            Self::Conflicting => "conflicting",
        }
    }
}

/// A pull request as its host last told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// Its number.
    pub number: PullRequestNumber,
    /// Where a person reads it.
    pub url: String,
    /// What it is called.
    pub title: String,
    /// Where it is in its life.
    pub state: PullRequestState,
    /// Whether it is a draft.
    pub readiness: Readiness,
    /// The newest commit that it has.
    pub head: ObjectId,
    /// The branch that it would come into.
    pub base: String,
    /// Its checks.
    pub checks: CheckState,
    /// Its reviews.
    pub review: ReviewState,
    /// Whether it would merge.
    pub mergeability: Mergeability,
}

impl PullRequest {
    /// A title of the host's as it is kept: one line, and short.
    pub fn kept_title(title: &str) -> String {
        title.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(TITLE).collect()
    }

    /// Whether something may still happen to it.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, PullRequestState::Open)
    }
}

/// The pull request that belongs to a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkedPullRequest {
    /// The repository that it is in.
    pub repository: HostedRepository,
    /// It, as it was last told.
    pub pull: PullRequest,
    /// Since when it is known to be so.
    pub since: Timestamp,
}

/// A pull request that a workspace's work does not go by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnlinkedPullRequest {
    /// The repository that it is in.
    pub repository: HostedRepository,
    /// Which.
    pub number: PullRequestNumber,
}

impl UnlinkedPullRequest {
    /// Whether it is this one.
    pub fn is(&self, repository: &HostedRepository, pull: &PullRequest) -> bool {
        self.repository == *repository && self.number == pull.number
    }
}

impl LinkedPullRequest {
    /// Whether this very commit was its newest when it was merged: then everything up to there is in its base, in whatever
    /// form (one squashed commit, rebased ones), and in the pull request itself.
    pub fn has_merged(&self, tip: &ObjectId) -> bool {
        self.pull.state == PullRequestState::Merged && self.pull.head == *tip
    }
}
