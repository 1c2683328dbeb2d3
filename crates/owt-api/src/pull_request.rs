//! Pull requests of workspaces' branches at code hosts.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::CommittedWork;
use crate::LandingReview;
use crate::Problem;
use crate::Selector;

/// A pull request, as its host last told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// Where a person reads it.
    pub url: String,
    /// What it is called.
    pub title: String,
    /// The host.
    pub host: String,
    /// The repository there: `owner/name`.
    pub repository: String,
    /// `open`, `merged` or `closed`.
    pub state: String,
    /// Whether it is a draft.
    pub draft: bool,
    /// The newest commit that it has.
    pub head_sha: String,
    /// The branch that it comes into.
    pub base: String,
    /// Its checks: `none`, `pending`, `passed` or `failed`.
    pub checks: String,
    /// Its reviews: `none`, `required`, `approved` or `changes_requested`.
    pub review: String,
    /// Whether it would merge: `mergeable`, `conflicting` or `unknown`.
    pub mergeable: String,
}

/// `POST /v1/pull-requests/create`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CreatePullRequest {
    /// Which workspace.
    pub workspace: Selector,
    /// What it is called; `None`: as the work says.
    pub title: Option<String>,
    /// What it says, in Markdown; `None`: what is known of the work.
    pub body: Option<String>,
    /// As a draft.
    pub draft: bool,
    /// The branch that it is to come into; `None`: the one that the workspace was made from.
    pub base: Option<String>,
    /// Commit what is left first.
    pub commit: bool,
    /// The message of that commit; `None`: from the task and what changed.
    pub message: Option<String>,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
    /// The caller's environment: remote and host are reached as they would reach them.
    pub environment: BTreeMap<String, String>,
}

/// What came of a new pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullRequestOutcome {
    /// The branch would be pushed, and a pull request made where there is none.
    WouldCreate,
    /// It is new.
    Created,
    /// There was one, which has what was pushed.
    WasThere,
}

/// A workspace's branch as a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedPullRequest {
    /// The workspace.
    pub name: String,
    /// Its branch.
    pub branch: Option<String>,
    /// The remote that it goes to.
    pub remote: String,
    /// The host.
    pub host: String,
    /// The repository that it comes into: `owner/name`.
    pub repository: String,
    /// The branch that it comes into.
    pub base: String,
    /// The commit that goes there.
    pub head_sha: String,
    /// What a new one is called.
    pub title: String,
    /// What a new one says.
    pub body: String,
    /// What came of it.
    pub outcome: PullRequestOutcome,
    /// It; `None` where nothing was done.
    pub pull_request: Option<PullRequest>,
    /// What was committed first, or would be.
    pub committed: Option<CommittedWork>,
    /// What stays out of that commit: secrets, and repositories of their own.
    pub withheld: Vec<String>,
    /// What the critic says.
    pub review: LandingReview,
    /// Only said, not done.
    pub dry_run: bool,
}

/// `POST /v1/pull-requests/link`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkPullRequest {
    /// Which workspace.
    pub workspace: Selector,
    /// The number of the pull request.
    pub number: u64,
    /// Say whether there is such a one, and record nothing.
    pub dry_run: bool,
    /// The caller's environment.
    pub environment: BTreeMap<String, String>,
}

/// `POST /v1/pull-requests/unlink`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UnlinkPullRequest {
    /// Which workspace.
    pub workspace: Selector,
    /// Say which it is, and record nothing.
    pub dry_run: bool,
}

/// `POST /v1/pull-requests/status`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadPullRequests {
    /// Seen from here.
    pub cwd: String,
    /// Which workspace; `None`: all of the repository.
    pub name: Option<String>,
    /// All repositories, not only this one.
    pub all_repos: bool,
    /// The caller's environment.
    pub environment: BTreeMap<String, String>,
}

/// A workspace and its pull request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspacePullRequest {
    /// The workspace.
    pub name: String,
    /// Its branch.
    pub branch: Option<String>,
    /// Its repository's root.
    pub root: String,
    /// The pull request; `None` when it has none, or none is known.
    pub pull_request: Option<PullRequest>,
    /// Why its host could not say; what is known of it is older then.
    pub problem: Option<Problem>,
}

/// `POST /v1/pull-requests/cleanup`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CleanUpPullRequests {
    /// Seen from here.
    pub cwd: String,
    /// All repositories, not only this one.
    pub all_repos: bool,
    /// Only the workspaces in these folders; `None`: all that is found.
    pub only: Option<Vec<String>>,
    /// Only say it.
    pub dry_run: bool,
    /// The caller's environment.
    pub environment: BTreeMap<String, String>,
}

/// A workspace whose pull request was merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedPullRequest {
    /// The workspace.
    pub name: String,
    /// Its folder.
    pub path: String,
    /// The pull request.
    pub pull_request: PullRequest,
    /// Whether the workspace is gone.
    pub done: bool,
    /// Its commits are kept here.
    pub snapshot: Option<String>,
    /// Why it stays.
    pub stays: Option<String>,
}
