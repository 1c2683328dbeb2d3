//! Why something has not landed. The target is then where it was.

use serde::Deserialize;
use serde::Serialize;

use super::Conflict;
use crate::AbsPath;
use crate::critic::Review;
use crate::failure::Failure;
use crate::status::Status;
use crate::vcs::ObjectId;
use crate::workspace::WorkspaceName;

/// What keeps a target that is checked out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// Files there: once they are put away, the person can take what was to land by git itself.
    #[default]
    Files,
    /// Files there that the work changes, too. What goes with it in a train has gone on without it, so there is nothing to take.
    Draft,
    /// Something that has to end first; until then git would move something else there, or nothing.
    Standing,
}

/// Why something has not landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "refusal")]
pub enum Refusal {
    /// The target has it all.
    NothingToLand,
    /// The target and the branch cannot agree; nothing was touched.
    Conflicts {
        /// The target's tip.
        onto: ObjectId,
        /// On what.
        conflicts: Vec<Conflict>,
    },
    /// The same, and the merge was begun in the workspace for somebody to settle it.
    ConflictsLeft {
        /// The target's tip.
        onto: ObjectId,
        /// What is to be settled.
        conflicts: Vec<Conflict>,
    },
    /// Where a conflict was expected there was none: the target is now merged into the branch, which can land.
    MergedIn,
    /// They have no commit in common.
    Unrelated,
    /// There is no such branch any more.
    TargetGone,
    /// The branch is not any more where it was when the landing was asked for.
    BranchMoved {
        /// Where it is; `None`: it is gone.
        found: Option<ObjectId>,
    },
    /// The target is checked out with something in the way.
    TargetKept {
        /// There.
        at: AbsPath,
        /// What, in git's words.
        why: String,
        /// What would have become the target's tip; it stays reachable.
        commit: ObjectId,
        /// What kind of thing that is.
        #[serde(default)]
        obstacle: Obstacle,
    },
    /// Others moved the target each time.
    KeepsMoving,
    /// The repository's hooks are not approved as they are now.
    HooksUnapproved {
        /// The digest of their content, as `owt approvals` has it.
        digest: String,
    },
    /// The critic denies it.
    Denied {
        /// What it has found.
        review: Review,
    },
    /// The rules for landing, as the target has them, cannot be read.
    BadRules {
        /// What is wrong.
        message: String,
    },
    /// The repository's checks are not approved as they are now.
    ChecksUnapproved {
        /// The digest of their commands, as `owt approvals` has it.
        digest: String,
    },
    /// A check has failed.
    ChecksFailed {
        /// How, in words, its command with it.
        what: String,
        /// The last lines that it printed.
        last_lines: Vec<String>,
        /// The file with all that it printed.
        log: AbsPath,
    },
    /// Its agent is at work.
    AgentWorks {
        /// What it does.
        status: Status,
    },
    /// It stands on work that does not land.
    StandsOn {
        /// Whose.
        name: WorkspaceName,
    },
    /// It was called off.
    CalledOff,
    /// git, a hook or a signing program has failed.
    Failed {
        /// How.
        failure: Failure,
    },
}
