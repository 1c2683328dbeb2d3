//! What one workspace has got: its lease, what was brought along, how far its install is.

use serde::Deserialize;
use serde::Serialize;

use super::InstallState;
use super::Lease;
use super::Project;
use super::SetupState;

/// The most notices that are kept.
const MOST_NOTICES: usize = 50;

/// What a workspace has for itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outfit {
    /// Its ports and names, for as long as it lives.
    pub lease: Option<Lease>,
    /// Those that it had before it was removed: it gets them again if they are free.
    pub former: Option<Lease>,
    /// What was brought along; `None` until that has ended.
    pub furnishing: Option<Furnishing>,
    /// How far its install is.
    pub install: InstallState,
    /// How far the commands are that it is set up with.
    pub setup: SetupState,
}

/// What was found in a fresh workspace and brought into it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Furnishing {
    /// Its projects; those whose packages came along have nothing to install.
    pub projects: Vec<Project>,
    /// Instructions for agents that git would show in the worktree: its agent is told them instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<String>,
    /// Agents' settings that git would show in the worktree: what can go along outside of it does, once approved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub handed_over: Vec<String>,
    /// Files and folders of the person's that git would show in the worktree, and that are not told either.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// Private files that were copied.
    pub copied: Vec<String>,
    /// Caches that share their data with those of the main checkout, with their bytes.
    pub carried: Vec<(String, u64)>,
    /// Caches that are built anew, with the reason.
    pub rebuilt: Vec<(String, String)>,
    /// What became of its submodules.
    #[serde(skip_serializing_if = "Submodules::is_empty")]
    pub submodules: Submodules,
    /// When packages are installed.
    pub install: Installs,
    /// Whether commands set it up afterwards: `Off`, `Unapproved` or `Waiting`.
    pub setup: SetupState,
    /// What whoever asked for it should know at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub at_once: Vec<String>,
    /// What else a person should know.
    pub notices: Vec<String>,
}

/// What became of the submodules of a worktree; git leaves them empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submodules {
    /// Those that are checked out, from what the source checkout has.
    pub brought: Vec<String>,
    /// Those that are not.
    pub lacking: Vec<LackingSubmodule>,
}

impl Submodules {
    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.brought.is_empty() && self.lacking.is_empty()
    }
}

/// A submodule that is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LackingSubmodule {
    /// Its folder.
    pub path: String,
    /// Why.
    pub why: String,
}

/// When the packages of a workspace are installed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Installs {
    /// Not by us, or there is nothing to install.
    #[default]
    Never,
    /// Before the agent starts.
    First,
    /// While the agent works.
    Meanwhile,
}

impl Furnishing {
    /// When the agent starts: packages come first or meanwhile, and commands that set up follow them.
    pub(crate) fn begins(&self) -> Installs {
        match self.install {
            Installs::Never if self.setup.is_under_way() => Installs::First,
            install => install,
        }
    }
}

impl Outfit {
    /// Whether something has yet to be installed or set up.
    pub const fn is_under_way(&self) -> bool {
        self.install.is_under_way() || self.setup.is_under_way()
    }

    /// Whether something was installed or set up, or is: commands of the person's and of package managers ran here.
    pub const fn has_begun(&self) -> bool {
        let installed = matches!(
            self.install,
            InstallState::Running { .. } | InstallState::Done | InstallState::Failed { .. }
        );
        let set_up =
            matches!(self.setup, SetupState::Running { .. } | SetupState::Done | SetupState::Failed { .. });
        installed || set_up
    }

    /// Whether what is installed and set up comes before the agent.
    pub(crate) fn comes_first(&self) -> bool {
        self.furnishing.as_ref().is_some_and(|furnishing| furnishing.begins() == Installs::First)
    }

    /// Whether an agent that starts now would find less than it should: nothing was brought along yet, what comes first
    /// has not ended, or another try may help.
    pub fn is_unfinished(&self) -> bool {
        self.furnishing.is_none() || (self.is_under_way() && self.comes_first()) || self.is_lacking()
    }

    /// Whether something could not be installed or set up, or waits for the person's approval: another try may help.
    pub const fn is_lacking(&self) -> bool {
        let install = matches!(self.install, InstallState::Failed { .. });
        install || matches!(self.setup, SetupState::Failed { .. } | SetupState::Unapproved)
    }

    /// What could not be installed waits again; whether commands set it up is looked at anew.
    pub(crate) fn try_again(&mut self) {
        if matches!(self.install, InstallState::Failed { .. }) {
            self.install = InstallState::Waiting;
        }
    }

    /// Takes in what was brought along. What a second look (after a removed workspace came back, or before its agent
    /// goes on) adds is told; an install that ended stays as it ended unless it was to be tried again.
    pub(crate) fn furnish(&mut self, mut furnishing: Furnishing) {
        match furnishing.install {
            // What failed is not wanted any more, or came along in another way.
            Installs::Never if self.install.is_under_way() => self.install = InstallState::Off,
            Installs::Never => {}
            Installs::First | Installs::Meanwhile => self.install = InstallState::Waiting,
        }
        self.setup = furnishing.setup.clone();
        furnishing.notices.truncate(MOST_NOTICES);
        self.furnishing = Some(furnishing);
    }

    pub(crate) fn installed(&mut self, state: &InstallState, notices: &[String]) {
        self.install = state.clone();
        self.notice(notices);
    }

    pub(crate) fn set_up(&mut self, state: &SetupState, notices: &[String]) {
        self.setup = state.clone();
        self.notice(notices);
    }

    pub(crate) fn ports_taken(&mut self, ports: &[u16]) {
        let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
        self.notice(&[format!(
            "somebody else listened on its ports {} when its agent started",
            ports.join(", ")
        )]);
    }

    fn notice(&mut self, notices: &[String]) {
        if let Some(furnishing) = &mut self.furnishing {
            let room = MOST_NOTICES.saturating_sub(furnishing.notices.len());
            furnishing.notices.extend(notices.iter().take(room).cloned());
        }
    }

    /// Gives its ports and names back.
    pub(crate) fn release(&mut self) {
        if let Some(lease) = self.lease.take() {
            self.former = Some(lease);
        }
        if self.install.is_under_way() {
            self.install = InstallState::Off;
        }
        if self.setup.is_under_way() {
            self.setup = SetupState::Off;
        }
    }
}
