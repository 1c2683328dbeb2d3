//! Commands that somebody wants run in a worktree: after it is made, and before it is removed.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use super::InstallFailure;

/// When commands of a hook run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookMoment {
    /// In a new worktree, after its packages are installed and before the agent starts.
    Setup,
    /// Before a worktree is removed.
    Teardown,
}

impl HookMoment {
    /// Its setting.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Setup => "worktree.setup",
            Self::Teardown => "worktree.teardown",
        }
    }
}

impl fmt::Display for HookMoment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.setting())
    }
}

/// How far the commands are that a worktree is set up with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "setup")]
pub enum SetupState {
    /// There are none, or they are not wanted.
    #[default]
    Off,
    /// The repository's are not what the person has approved, and do not run.
    Unapproved,
    /// They have yet to begin.
    Waiting,
    /// One of them runs.
    Running {
        /// Which, as one would type it.
        step: String,
    },
    /// All of them ended well.
    Done,
    /// One of them did not.
    Failed {
        /// Which, and how.
        failure: InstallFailure,
    },
}

impl SetupState {
    /// Whether it has yet to end.
    pub const fn is_under_way(&self) -> bool {
        matches!(self, Self::Waiting | Self::Running { .. })
    }
}
