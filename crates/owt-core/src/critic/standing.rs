//! The rules for how a workspace stands: what is not committed, where its commits are, who else changed the same.

use serde::Deserialize;
use serde::Serialize;

use super::Found;
use super::Policy;
use super::Review;
use super::RuleName;
use crate::counting::counted;
use crate::status::Status;

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

/// Another workspace that changed the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// Its name.
    pub workspace: String,
    /// In these files.
    pub files: Vec<String>,
}

/// What branch and target have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// A commit from which both went on.
    Shared,
    /// None.
    Unrelated,
}

/// What is known of the repository's checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// They do not matter here.
    NotAsked,
    /// It declares none.
    NoneDeclared,
    /// It declares some, which run when the work lands.
    WhenLanding,
}

/// How a workspace stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What is to be done with it.
    pub deed: Deed,
    /// What its agent does, where that is in the way.
    pub agent: Option<Status>,
    /// How many files are not committed.
    pub uncommitted: u32,
    /// Commits that the target (for a removal: any branch that stays) does not have.
    pub commits: u32,
    /// Among them those that were there when the workspace was made.
    pub brought: u32,
    /// What branch and target have in common.
    pub history: History,
    /// Files in which branch and target changed the same.
    pub target_conflicts: Vec<String>,
    /// Other workspaces that changed the same.
    pub overlaps: Vec<Overlap>,
    /// The repository's checks.
    pub checks: Checked,
}

/// Judges it.
pub fn judge(standing: &Standing, policy: &Policy) -> Review {
    let mut review = Review::default();
    for found in found(standing) {
        review.add(policy, found);
    }
    review
}

/// Judges that so many commits come along which were there when the workspace was made, and which its target does not have, or has
/// no more.
pub fn judge_brought(commits: u32, policy: &Policy) -> Review {
    let mut review = Review::default();
    if let Some(found) = brought(commits) {
        review.add(policy, found);
    }
    review
}

fn brought(commits: u32) -> Option<Found> {
    let words = counted(commits, "commit comes", "commits come");
    let what = format!("{words} along that the workspace was made upon and the target does not have");
    (commits > 0).then(|| Found::of(RuleName::UnmergedParents, what))
}

fn found(standing: &Standing) -> Vec<Found> {
    let mut all = Vec::new();
    let lands = standing.deed != Deed::Delete;
    if let Some(doing) = standing.agent.filter(|_| lands) {
        all.push(Found::of(RuleName::AgentWorks, format!("its agent {}", doing.clause())));
    }
    let files = counted(standing.uncommitted, "file is", "files are");
    if standing.uncommitted > 0 && standing.deed != Deed::Ship {
        all.push(Found::of(RuleName::UncommittedWork, format!("{files} not committed")));
    }
    let is_empty = standing.commits == 0 && (standing.deed == Deed::Merge || standing.uncommitted == 0);
    if lands && is_empty {
        all.push(Found::of(RuleName::EmptyBranch, "there is nothing to land"));
    }
    if !lands && standing.commits > 0 {
        let commits = counted(standing.commits, "commit is", "commits are");
        all.push(Found::of(RuleName::UnmergedWork, format!("{commits} in no branch that stays")));
    }
    if lands && standing.history == History::Unrelated {
        let what = "it and the target have no commit in common, so nothing can be merged";
        all.push(Found::of(RuleName::TargetConflicts, what));
    }
    if lands {
        all.extend(brought(standing.brought));
        let conflicts = standing.target_conflicts.iter();
        all.extend(conflicts.map(|path| {
            Found::of(RuleName::TargetConflicts, "was changed in the target, too").at(path, None)
        }));
        all.extend(standing.overlaps.iter().flat_map(|overlap| {
            let what = format!("was changed in '{}', too", overlap.workspace);
            overlap
                .files
                .iter()
                .map(move |path| Found::of(RuleName::WorkspaceConflicts, what.clone()).at(path, None))
        }));
    }
    if lands && standing.checks == Checked::NoneDeclared {
        let what = "the repository declares no checks (landing.checks), so nothing is verified";
        all.push(Found::of(RuleName::MissingChecks, what));
    }
    all
}
