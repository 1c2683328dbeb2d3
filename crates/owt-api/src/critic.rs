//! What the critic says of work before it lands or goes.

use serde::Deserialize;
use serde::Serialize;

use crate::Selector;

/// `POST /v1/workspaces/critic`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CriticiseWorkspace {
    /// Which workspace.
    pub workspace: Selector,
    /// What is to be done with it.
    pub deed: Deed,
    /// The target branch; `None`: the branch that the workspace was made from.
    pub into: Option<String>,
}

/// What is to be done with a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// What is committed lands.
    Merge,
    /// What is not committed is committed, then all lands.
    Ship,
    /// It is removed.
    Delete,
}

/// What the critic comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing to say, or nothing that weighs.
    Clear,
    /// Something should be looked at.
    Warned,
    /// It does not pass.
    Blocked,
    /// The person has switched the critic off.
    Off,
}

/// What the critic says of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criticism {
    /// The workspace's name.
    pub name: String,
    /// What is to be done with it.
    pub deed: Deed,
    /// The target branch.
    pub target: Option<String>,
    /// The commit whose rules hold.
    pub rules_sha: Option<String>,
    /// What it comes to.
    pub verdict: Verdict,
    /// What was found: what weighs most first.
    pub findings: Vec<CriticFinding>,
    /// How many more there are.
    pub more: u32,
}

/// Something that a rule of the critic has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriticFinding {
    /// The rule's name.
    pub rule: String,
    /// `deny`, `warn` or `note`.
    pub severity: String,
    /// In which file.
    pub path: Option<String>,
    /// On which line of it, from 1.
    pub line: Option<u64>,
    /// What, in words.
    pub what: String,
}

/// A rule of the critic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriticRule {
    /// Its name.
    pub rule: String,
    /// `deny`, `warn` or `note`, unless a configuration says otherwise.
    pub severity: String,
    /// Whether a repository may make it lighter.
    pub repository_may_lower: bool,
    /// What it looks for.
    pub about: String,
}

/// What the critic said of something that landed, would land, or was denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandingReview {
    /// What it comes to.
    pub verdict: Verdict,
    /// What was found: what weighs most first.
    pub findings: Vec<CriticFinding>,
    /// How many more there are.
    pub more: u32,
    /// How often it has denied this workspace's work since it last did not.
    pub denials_in_a_row: u32,
    /// How often ever.
    pub denials: u32,
    /// Whether it was denied so often that a person has to decide.
    pub needs_decision: bool,
}
