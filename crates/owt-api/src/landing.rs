//! Bringing work into its target branch.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::Deleted;
use crate::LandingReview;
use crate::Problem;
use crate::PullRequest;
use crate::Selector;
use crate::SettledBy;

/// `POST /v1/workspaces/merge`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MergeWorkspace {
    /// Which workspace.
    pub workspace: Selector,
    /// The target branch; `None`: the branch that the workspace was made from.
    pub into: Option<String>,
    /// What the landed history looks like.
    pub method: MergeMethod,
    /// Whose lines are taken where both changed the same.
    pub favour: Option<MergeFavour>,
    /// The message of the commit that lands; `None`: one is written.
    pub message: Option<String>,
    /// Begin the merge in the workspace and leave its conflicts there.
    pub leave_conflicts: bool,
    /// The agent that is to settle what conflicts, in a workspace of its own, before it lands; `off`: nobody; `None`: whoever is
    /// configured (`landing.resolve`).
    pub resolve: Option<String>,
    /// Leave the workspace as it is afterwards.
    pub keep: bool,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
    /// The caller's environment: an agent that settles what conflicts is started with it.
    pub environment: BTreeMap<String, String>,
}

/// What the landed history looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeMethod {
    /// One commit with two parents.
    #[default]
    Merge,
    /// One commit with everything.
    Squash,
    /// The branch's commits, made again on the target.
    Rebase,
}

/// Whose lines are taken, seen from the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeFavour {
    /// The workspace's.
    Ours,
    /// The target's.
    Theirs,
}

/// What came of a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeOutcome {
    /// It would land.
    WouldLand,
    /// It has landed.
    Landed,
    /// Branch and target cannot agree; nothing was touched.
    Conflicts,
    /// The same, and the merge was begun in the workspace.
    ConflictsLeft,
    /// The target is checked out with something in the way, and was left alone.
    TargetKept,
    /// The critic denies it; nothing was touched.
    Denied,
    /// A check of the repository has failed.
    ChecksFailed,
    /// Who was asked for a second opinion doubts it, or could not be asked and had to be; nothing was touched.
    Doubted,
    /// It would go by a pull request (`landing.pull_request`): the branch would be pushed, and one made where there is none.
    WouldOpenPullRequest,
    /// The branch was pushed, and has a pull request; the target is where it was.
    PullRequest,
    /// The branch was pushed, and there is no pull request yet.
    Pushed,
}

/// What a merge did, or did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// The workspace's name.
    pub name: String,
    /// Its branch.
    pub branch: Option<String>,
    /// The branch's tip, which lands or does not.
    pub head_sha: String,
    /// The target branch.
    pub target: String,
    /// What the landed history looks like.
    pub method: MergeMethod,
    /// What came of it.
    pub outcome: MergeOutcome,
    /// Commits that the target did not have, with the one of what is committed first.
    pub commits: u32,
    /// Where the target was.
    pub before_sha: String,
    /// Where it is; for a target that was kept by files there, what it would have become.
    pub after_sha: Option<String>,
    /// The checkout that is on the target: it went along, or would, or has something in the way.
    pub checkout: Option<String>,
    /// What is in the way there.
    pub in_the_way: Option<String>,
    /// What is to be settled first.
    pub conflicts: Vec<MergeConflict>,
    /// Who has settled what conflicted, or would.
    #[serde(default)]
    pub settled: Option<SettledBy>,
    /// What was committed first, or would be.
    pub committed: Option<CommittedWork>,
    /// Files that stayed out of that commit: secrets, and repositories of their own.
    #[serde(default)]
    pub withheld: Vec<String>,
    /// What the critic said.
    pub review: Option<LandingReview>,
    /// What an agent thinks that was asked for a second opinion.
    #[serde(default)]
    pub opinion: Option<SecondOpinion>,
    /// What came of the repository's checks.
    pub checks: Option<LandingChecks>,
    /// What became of the workspace, or would; `None` when it stays.
    pub deleted: Option<Deleted>,
    /// The snapshot that was taken of what would have been lost.
    pub snapshot: Option<String>,
    /// Why the workspace could not be removed and stays.
    pub not_deleted: Option<String>,
    /// Where it went, or would, by a pull request; `None`: it lands.
    #[serde(default)]
    pub offered: Option<ShippedPullRequest>,
    /// Only said, not done.
    pub dry_run: bool,
}

/// Work that goes by a pull request instead of landing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippedPullRequest {
    /// The remote that the branch goes to.
    pub remote: String,
    /// The host.
    pub host: String,
    /// The repository that it comes into: `owner/name`.
    pub repository: String,
    /// The pull request, where there is one.
    pub pull_request: Option<PullRequest>,
    /// Why there is none although the branch was pushed.
    pub problem: Option<Problem>,
}

/// What an agent thinks of work before it lands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondOpinion {
    /// The agent.
    pub agent: String,
    /// `approve` or `deny`; `None`: it could not be had.
    pub verdict: Option<String>,
    /// How good it finds the work, in hundredths.
    pub score_percent: Option<u8>,
    /// Below this it doubts.
    pub threshold_percent: u8,
    /// What should be looked at.
    pub findings: Vec<String>,
    /// Whether the person should be asked before it lands.
    pub doubtful: bool,
    /// Why it could not be had.
    pub problem: Option<String>,
}

/// What becomes of a second opinion, where one is configured (`landing.review`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpinionUse {
    /// What it doubts does not land.
    #[default]
    Heed,
    /// What it doubts is told, and lands.
    Tell,
    /// Nobody is asked: the person has heard it, of the tip that `only_at` names.
    Skip,
}

/// Work that was not committed, and was before it landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommittedWork {
    /// The commit; `None`: it would be made.
    pub sha: Option<String>,
    /// How many files it has.
    pub files: Option<u32>,
    /// Its message.
    pub message: String,
}

/// What came of the repository's checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandingChecks {
    /// `passed`, `passed_before` (this very tree), `failed`, `none_declared`, `may_not_run` (the person denied them),
    /// `skipped` (by the person's word, `--no-verify`); where it is only said what would be done, `would_run`.
    pub outcome: String,
    /// The tree that was checked.
    pub tree: Option<String>,
    /// What has failed, in words.
    pub what: Option<String>,
    /// The last lines that it printed.
    pub last_lines: Vec<String>,
    /// The file with all that the checks printed.
    pub log: Option<String>,
    /// The commands that would run; only where it is said what would be done.
    #[serde(default)]
    pub commands: Vec<String>,
}

/// `POST /v1/workspaces/ship`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShipWorkspace {
    /// Which workspace.
    pub workspace: Selector,
    /// The target branch; `None`: the branch that the workspace was made from.
    pub into: Option<String>,
    /// What the landed history looks like.
    pub method: MergeMethod,
    /// The message of the commit of what is not committed, and of the one that lands; `None`: they are written.
    pub message: Option<String>,
    /// Do not run the repository's checks; that is recorded.
    pub no_verify: bool,
    /// The agent that is to settle what conflicts, in a workspace of its own, before it lands; `off`: nobody; `None`: whoever is
    /// configured (`landing.resolve`).
    pub resolve: Option<String>,
    /// What becomes of a second opinion.
    pub opinion: OpinionUse,
    /// The one tip that may land, with nothing left that is not committed: what the person has seen. `None`: what is there now.
    pub only_at: Option<String>,
    /// Leave the workspace as it is afterwards.
    pub keep: bool,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
    /// The caller's environment: agents that help are started with it, and remote and host are reached as they would reach them.
    pub environment: BTreeMap<String, String>,
}

/// One path that git cannot merge by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeConflict {
    /// The path.
    pub path: String,
    /// `content`, `binary`, `both_added`, `modify_delete`, `rename`, `file_folder`, `types`, `submodule`, `other`.
    pub kind: String,
    /// The same in words.
    pub what: String,
    /// Who has a version of it: `base`, `target`, `branch`.
    pub sides: Vec<String>,
}

/// The last landing of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandedWork {
    /// The target branch.
    pub target: String,
    /// Where the target was.
    pub before_sha: String,
    /// Where it was then.
    pub after_sha: String,
    /// RFC 3339, UTC.
    pub at: String,
    /// What the repository's checks had to do with it, as in [`LandingChecks::outcome`]; `None`: nobody asked for them, as
    /// `owt merge` does not.
    #[serde(default)]
    pub checks: Option<String>,
}
