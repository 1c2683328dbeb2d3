//! A workspace in a list, and all that is told of one.

use serde::Deserialize;
use serde::Serialize;

use crate::AgentFailure;
use crate::Attempt;
use crate::ChildProgram;
use crate::Delivery;
use crate::DiskUse;
use crate::Furnishing;
use crate::Missing;
use crate::OpenTool;
use crate::Outfit;
use crate::PendingQuestion;
use crate::PullRequest;
use crate::Status;
use crate::Used;

/// Where a workspace's files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkspaceKind {
    /// A linked worktree.
    Worktree,
    /// A branch in the user's checkout.
    Branch,
    /// The user's own checkout.
    Main,
    /// A plain folder without git.
    Folder,
}

/// How a workspace stands against its base.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// Why its folder is not there; `None` when it is.
    pub missing: Option<Missing>,
    /// The base as it was named.
    pub base: Option<String>,
    /// The commit the work started from.
    pub base_sha: Option<String>,
    /// The commit that is checked out now.
    pub head_sha: Option<String>,
    /// What is checked out instead of the workspace's branch: another one, or `HEAD` when HEAD is on none. `None` as
    /// long as all is as it was made, and where nobody can tell.
    pub switched_to: Option<String>,
    /// Commits since the base.
    pub commits_ahead: Option<u32>,
    /// Commits on the base branch that are not here.
    pub commits_behind: Option<u32>,
    /// Files that differ from HEAD.
    pub dirty_files: Option<u32>,
    /// Lines that its own work has added, committed or not, in files that git tracks.
    #[serde(default)]
    pub lines_added: Option<u32>,
    /// Lines that it has removed.
    #[serde(default)]
    pub lines_removed: Option<u32>,
    /// Files in which a merge has left conflicts: the first hundred.
    #[serde(default)]
    pub unmerged_files: Vec<String>,
    /// The branch that it would land in, where it would not merge into that.
    #[serde(default)]
    pub conflicts_with_target: Option<String>,
    /// The pull request that its work goes by, as its host last told it.
    #[serde(default)]
    pub pull_request: Option<PullRequest>,
    /// Why its work cannot land in its base, whatever it changes: `target_gone` or `unrelated`; `None` where it can, as far as is
    /// known.
    #[serde(default)]
    pub stranded: Option<String>,
}

/// One workspace as `list --json` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its branch; `None` in a plain folder.
    pub branch: Option<String>,
    /// Its folder.
    pub path: String,
    /// The repository's root.
    pub repository: String,
    /// Where its files are.
    pub kind: WorkspaceKind,
    /// The agent.
    pub agent: Option<String>,
    /// The model, when known.
    pub model: Option<String>,
    /// `headless`, `structured`, `tmux` or `pty`.
    pub backend: Option<String>,
    /// The session's id (its attempt); `None` when none runs.
    pub session: Option<String>,
    /// What the agent is doing.
    pub status: Status,
    /// Since when, RFC 3339 UTC.
    pub status_since: String,
    /// What kind of evidence says so.
    pub status_source: String,
    /// What a person should know or do about it.
    pub status_detail: Option<String>,
    /// What its agent asks now, where that is answered by `answer`.
    #[serde(default)]
    pub pending: Vec<PendingQuestion>,
    /// How its work failed; `None` where nothing has.
    #[serde(default)]
    pub failure: Option<AgentFailure>,
    /// What its agent is to do: these fields are the workspace's own in JSON.
    #[serde(flatten)]
    pub assignment: Assignment,
    /// How it stands against its base: these fields are the workspace's own in JSON.
    #[serde(flatten)]
    pub standing: Standing,
    /// How far its landing is; `None` where nothing of it lands now.
    #[serde(default)]
    pub landing: Option<LandingProgress>,
    /// Its ports, its names, its packages.
    #[serde(default)]
    pub outfit: Outfit,
    /// Workspaces that it would conflict with.
    pub conflicts_with: Vec<String>,
    /// What it has used: these fields are the workspace's own in JSON.
    #[serde(flatten)]
    pub used: Used,
    /// Its dates: these fields are the workspace's own in JSON.
    #[serde(flatten)]
    pub dates: Dates,
}

/// How far a landing is that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandingProgress {
    /// `waiting` (others come first), `reviewing`, `committing`, `building`, `checking`, `moving`, `leaving` (conflicts, in the
    /// workspace), `landed` (others that land with it do not yet) or `taking_back`.
    pub step: String,
    /// The check that runs.
    #[serde(default)]
    pub check: Option<String>,
    /// Since when, RFC 3339 UTC.
    pub since: String,
}

/// What an agent is to do, what it may, and on whose wish.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Assignment {
    /// The job.
    pub job: Option<String>,
    /// The job's title.
    pub title: Option<String>,
    /// The task, whole.
    pub task: Option<String>,
    /// `ask`, `edits`, `bypass` or `unmanaged`.
    pub permissions: Option<String>,
    /// The id of the workspace whose agent began it; `None` where the person did.
    #[serde(default)]
    pub begun_by: Option<String>,
}

/// When something was made, and when something about it last changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Dates {
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub updated_at: String,
}

/// `new`: the workspace with what was started in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Created {
    /// The workspace.
    #[serde(flatten)]
    pub workspace: Workspace,
    /// The prompt's delivery; `None` when there was no prompt.
    pub delivery: Option<Delivery>,
    /// What the person should know: uncommitted changes not carried, permissions, approvals pending.
    pub notices: Vec<String>,
}

/// A commit of a workspace's branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The full id.
    pub sha: String,
    /// The first line of its message.
    pub subject: String,
}

/// `show`: everything about one workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkspaceDetail {
    /// The workspace.
    #[serde(flatten)]
    pub workspace: Workspace,
    /// Its attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// Its deliveries, oldest first, at most 50.
    pub deliveries: Vec<Delivery>,
    /// The programs that it has left running, oldest first.
    #[serde(default)]
    pub children: Vec<ChildProgram>,
    /// Whether the hooks of its agent report: `reporting`, `expected` (nothing had to come yet), `not_firing`; `None`
    /// where nothing rests on them.
    #[serde(default)]
    pub hooks: Option<String>,
    /// The tools that its agent uses now, in the order in which it began to.
    #[serde(default)]
    pub tools: Vec<OpenTool>,
    /// What was brought into its folder, and what is installed there.
    #[serde(default)]
    pub furnishing: Furnishing,
    /// Its last landing.
    #[serde(default)]
    pub landed: Option<crate::LandedWork>,
    /// The last lines of output.
    pub last_lines: Vec<String>,
    /// What the agent of its newest attempt was told besides its task.
    #[serde(default)]
    pub context: Option<String>,
    /// What its worktree takes of the disk; `None` where it has none of its own.
    #[serde(default)]
    pub disk: Option<DiskUse>,
    /// How it was told that; `None` when it was nothing.
    #[serde(default)]
    pub context_way: Option<ContextWay>,
}

/// How an agent is told something besides its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContextWay {
    /// By a channel of its own, beside the task.
    Channel,
    /// In front of the task.
    Prompt,
}
