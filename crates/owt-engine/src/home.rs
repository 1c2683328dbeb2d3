//! Where the engine keeps its private files below the data folder.

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::WorkspaceId;

/// The data folder's layout.
#[derive(Debug, Clone)]
pub struct Home {
    data: AbsPath,
}

impl Home {
    /// The layout below a data folder.
    pub const fn new(data: AbsPath) -> Self {
        Self { data }
    }

    /// The data folder itself.
    pub const fn data(&self) -> &AbsPath {
        &self.data
    }

    /// The texts of messages.
    pub fn messages(&self) -> AbsPath {
        self.data.join("messages")
    }

    /// The text of a message. Kept as long as the delivery's record.
    pub fn message(&self, delivery: DeliveryId) -> AbsPath {
        self.messages().join(&format!("{delivery}.txt"))
    }

    /// The environment that a workspace's agents are started with (may hold secrets: never in the journal).
    pub fn environment(&self, workspace: WorkspaceId) -> AbsPath {
        self.workspace(workspace).join("environment.json")
    }

    /// The output of a workspace's install.
    pub fn install_log(&self, workspace: WorkspaceId) -> AbsPath {
        self.workspace(workspace).join("install.log")
    }

    /// The output of the commands that set a workspace up.
    pub fn setup_log(&self, workspace: WorkspaceId) -> AbsPath {
        self.workspace(workspace).join("setup.log")
    }

    /// The output of the commands that run before a workspace goes.
    pub fn teardown_log(&self, workspace: WorkspaceId) -> AbsPath {
        self.workspace(workspace).join("teardown.log")
    }

    /// The output of the checks of a workspace's last landing.
    pub fn checks_log(&self, workspace: WorkspaceId) -> AbsPath {
        self.workspace(workspace).join("checks.log")
    }

    /// The trees that have passed their checks.
    pub fn verified_trees(&self) -> AbsPath {
        self.data.join("verified-trees.json")
    }

    /// What belongs to workspaces, a folder each.
    pub fn workspaces(&self) -> AbsPath {
        self.data.join("workspaces")
    }

    /// What belongs to one workspace.
    pub fn workspace(&self, workspace: WorkspaceId) -> AbsPath {
        self.workspaces().join(&workspace.to_string())
    }

    /// The files that attempts' programs are started with, a folder each.
    pub fn agents(&self) -> AbsPath {
        self.data.join("agents")
    }

    /// The files that an attempt's program is started with (hook settings, credential). When it has ended they go, but for its words.
    pub fn attempt(&self, attempt: AttemptId) -> AbsPath {
        self.agents().join(&attempt.to_string())
    }

    /// An attempt's credential.
    pub fn credential(&self, attempt: AttemptId) -> AbsPath {
        self.attempt(attempt).join("credential")
    }

    /// Reports of hooks that found no server.
    pub fn spool(&self) -> AbsPath {
        self.data.join("spool")
    }

    /// Worktrees that could not be made where the configuration has them, in a folder for each repository.
    pub fn worktrees(&self) -> AbsPath {
        self.data.join("worktrees")
    }

    /// What the person has approved of what repositories bring along.
    pub fn approvals(&self) -> AbsPath {
        self.data.join("approvals.json")
    }
}
