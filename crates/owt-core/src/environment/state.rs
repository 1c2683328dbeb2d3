//! How far the install of a workspace is.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

use super::RelPath;
use crate::failure::Failure;

/// How far an install is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "install")]
pub enum InstallState {
    /// None was asked for, or there is nothing to install.
    #[default]
    Off,
    /// It has not begun.
    Waiting,
    /// It runs.
    Running {
        /// The project's folder.
        folder: RelPath,
        /// The command, as one would type it.
        step: String,
    },
    /// Everything is installed.
    Done,
    /// Something could not be installed; the projects that are not named here were.
    Failed {
        /// What, at most one for each project.
        failures: Vec<InstallFailure>,
    },
}

/// What of an install failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallFailure {
    /// The project's folder.
    pub folder: RelPath,
    /// The command, as one would type it.
    pub step: String,
    /// How it failed.
    pub kind: InstallFailureKind,
    /// The last lines that it printed, at most 20.
    pub last_lines: Vec<String>,
}

/// How a step of an install failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum InstallFailureKind {
    /// A program is not installed.
    ToolMissing {
        /// Its name.
        program: String,
        /// What to do about it.
        hint: String,
    },
    /// A script that a setting names is not there.
    ScriptMissing {
        /// Where it was looked for.
        path: String,
        /// The setting.
        setting: String,
    },
    /// It ended with this code.
    Exit {
        /// 1 to 255.
        code: i32,
    },
    /// A signal ended it.
    Signal {
        /// Its number.
        number: i32,
    },
    /// It was ended because its time was over.
    TimedOut {
        /// The limit, in seconds.
        seconds: u64,
    },
    /// The disk is full.
    DiskFull,
    /// It was ended because it was asked to, or never begun.
    Cancelled,
    /// It could not be started or watched.
    System {
        /// In the system's words.
        message: String,
    },
}

impl InstallState {
    /// Whether it has yet to end.
    pub const fn is_under_way(&self) -> bool {
        matches!(self, Self::Waiting | Self::Running { .. })
    }

    /// What becomes of it when it could not even be looked what there is to install.
    pub(crate) fn broken_off(&self, failure: &Failure) -> Self {
        if !self.is_under_way() {
            return self.clone();
        }
        let kind = InstallFailureKind::System { message: failure.message.clone() };
        let (folder, step) = (RelPath::root(), "install".to_owned());
        Self::Failed { failures: vec![InstallFailure { folder, step, kind, last_lines: Vec::new() }] }
    }
}

impl fmt::Display for InstallFailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ToolMissing { program, hint } => write!(f, "'{program}' is not installed: {hint}"),
            Self::ScriptMissing { path, setting } => write!(
                f,
                "is not there: no file at {path} (mend {setting}, or commit the file to the branch that the worktree starts from)"
            ),
            Self::Exit { code } => write!(f, "ended with exit code {code}"),
            Self::Signal { number } => write!(f, "was ended by signal {number}"),
            Self::TimedOut { seconds } => write!(f, "did not finish within {seconds} s"),
            Self::DiskFull => f.write_str("the disk is full"),
            Self::Cancelled => f.write_str("was cancelled"),
            Self::System { message } => f.write_str(message),
        }
    }
}

impl fmt::Display for InstallFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.folder, self.step, self.kind)
    }
}
