//! What may be asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::Permissions;
use owt_core::WorkspaceId;
use owt_core::briefing::ContextChoice;
use owt_core::delivery::Meaning;
use owt_core::session::Allowance;
use owt_core::text::Prompt;
use owt_core::vcs::BranchName;
use owt_core::workspace::Packages;
use owt_core::workspace::Settling;

use crate::use_cases::Resolve;

/// Where the work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A linked worktree.
    Worktree,
    /// A branch in the caller's checkout.
    InPlace,
    /// A plain folder without git.
    Folder,
}

/// How the agent should live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantedSession {
    /// A terminal, where the settings say.
    Terminal,
    /// A terminal in tmux, and nowhere else.
    InTmux,
    /// A terminal of our own.
    OnPty,
    /// Without a person: one prompt, or the machine protocol where the permissions need one that asks.
    Automated,
    /// The machine protocol.
    Structured,
}

/// What a branch that exists already means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branching {
    /// An error.
    New,
    /// It is taken as it is.
    Adopt,
}

/// What happens when no agent is named and several are installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenSeveral {
    /// The preferred one is taken.
    Prefer,
    /// The person is asked.
    Ask,
}

/// Whether an agent is to plan and change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanWish {
    /// It works.
    Work,
    /// It plans; refused where it cannot be held to that.
    Plan,
    /// It plans where it can be held to that and a person can agree to the plan; elsewhere it works.
    PlanWherePossible,
}

/// For what a workspace is made that helps another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// To settle what conflicts.
    Settles(Box<Settling>),
    /// To look at another's work.
    Reviews {
        /// Whose.
        of: WorkspaceId,
        /// For so long at most, whoever waits for it.
        limit: Duration,
    },
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// The caller's folder.
    pub folder: AbsPath,
    /// The caller's environment.
    pub environment: BTreeMap<String, String>,
    /// What is to be done.
    pub work: WorkWish,
    /// Where.
    pub place: Place,
    /// What it stands on.
    pub line: LineWish,
    /// Whether packages are installed in it.
    pub packages: Packages,
    /// Who does it.
    pub agent: AgentWish,
    /// For what it helps another; `None`: it is for work of its own.
    pub role: Option<Role>,
    /// Whether it is done.
    pub resolve: Resolve,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub struct WorkWish {
    /// The prompt.
    pub task: Option<Prompt>,
    /// How a prompt that starts like a command is meant.
    pub meaning: Meaning,
    /// The title; made of the task when there is none.
    pub title: Option<String>,
    /// The way of working, by its name.
    pub template: Option<String>,
    /// Workspaces whose results the agent is told of, by their names.
    pub parents: Vec<String>,
}

/// The branch and what it starts from.
#[derive(Debug, Clone)]
pub struct LineWish {
    /// The branch; made of the task when there is none.
    pub branch: Option<BranchName>,
    /// What it means when that branch exists.
    pub branching: Branching,
    /// The base; the branch of the caller's checkout when there is none.
    pub base: Option<String>,
    /// The branch's prefix.
    pub prefix: Option<String>,
    /// Carry the caller's uncommitted work over.
    pub with_changes: bool,
}

/// The agents, and how they work.
#[derive(Debug, Clone)]
pub struct AgentWish {
    /// By name; detected when empty. Several are rivals for the same task.
    pub names: Vec<String>,
    /// What happens when none is named and several are installed.
    pub when_several: WhenSeveral,
    /// The model.
    pub model: Option<String>,
    /// Whether it only plans.
    pub plan: PlanWish,
    /// What they are told besides the task; as configured when it is not said.
    pub context: Option<ContextChoice>,
    /// How they should live.
    pub session: WantedSession,
    /// What they may do.
    pub permissions: Option<Permissions>,
    /// What each session may use up; as configured where it is not said.
    pub allowance: Allowance,
}
