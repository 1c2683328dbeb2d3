//! Bringing into workspaces what has come meanwhile to the branches that they follow, or were made from.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::MergeConflict;
use crate::Problem;

/// `POST /v1/workspaces/sync`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SyncWorkspaces {
    /// The caller's folder.
    pub cwd: String,
    /// Which workspace; `None`: all of the repository.
    pub name: Option<String>,
    /// Begin a merge that conflicts in the workspace, and leave its conflicts there.
    pub leave_conflicts: bool,
    /// The agent that is to settle what conflicts, in a workspace of its own; what it makes of it comes in if it holds.
    pub resolve: Option<String>,
    /// Ask no remote: what was last fetched comes in.
    pub offline: bool,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
    /// The caller's environment: an agent that settles what conflicts is started with it.
    pub environment: BTreeMap<String, String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synced {
    /// The remotes that could not be asked.
    pub unreached: Vec<UnreachedRemote>,
    /// The workspaces.
    pub workspaces: Vec<SyncedWorkspace>,
    /// Only said, not done; remotes were asked all the same.
    pub dry_run: bool,
}

/// A remote that could not be asked: what was last fetched of it came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreachedRemote {
    /// Its name.
    pub remote: String,
    /// Why, in git's words.
    pub why: String,
}

/// What came of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncOutcome {
    /// Its branch has everything already.
    UpToDate,
    /// It would come in.
    WouldMerge,
    /// It came in.
    Merged,
    /// They do not agree; nothing was touched.
    Conflicts,
    /// The same, and the merge was begun in the workspace.
    ConflictsLeft,
    /// It could not be brought in; the workspace is as it was.
    Failed,
    /// It is not in a state for it.
    Skipped,
}

/// One workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncedWorkspace {
    /// Its name.
    pub name: String,
    /// Its branch.
    pub branch: Option<String>,
    /// What came of it.
    pub outcome: SyncOutcome,
    /// Whose commits come in: `main`, `origin/main`; `None` when it was skipped.
    pub source: Option<String>,
    /// Where that is.
    pub source_sha: Option<String>,
    /// How many commits.
    pub commits: u32,
    /// Where the branch was.
    pub before_sha: Option<String>,
    /// Where it is, once something came in.
    pub after_sha: Option<String>,
    /// What they do not agree on.
    pub conflicts: Vec<MergeConflict>,
    /// Who has settled it, where they did not.
    #[serde(default)]
    pub settled: Option<SettledBy>,
    /// Why it failed, or was skipped.
    pub problem: Option<Problem>,
}

/// Who has settled what conflicted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettledBy {
    /// The agent.
    pub agent: String,
    /// How sure it said it was, in hundredths; `None`: it did not say.
    pub confidence_percent: Option<u8>,
}
