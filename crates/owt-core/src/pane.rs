//! What stands beside an agent in its window: the layout that is asked for, and the panes that come of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::path::AbsPath;

/// What a window shows beside the agent, in order; nothing is the agent alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// What stands beside the agent.
    pub beside: Vec<Beside>,
}

/// One thing beside the agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// The person's shell, in the workspace.
    Shell,
    /// The command that tests the repository, run when the person says so.
    Tests,
    /// A command line of the person's own, run at once.
    Own {
        /// Program and arguments; nothing of it is read by a shell.
        argv: Vec<String>,
        /// Where it stands.
        place: PanePlace,
    },
}

impl Layout {
    /// Whether the agent is alone.
    pub const fn is_agent_alone(&self) -> bool {
        self.beside.is_empty()
    }
}

/// Whether Alt with a letter opens something over a window of ours, as it did with the originals. Agents use such keys, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AltKeys {
    /// They are the agent's.
    #[default]
    Agents,
    /// They are ours.
    Ours,
}

/// One pane beside an agent's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pane {
    /// What runs in it, one after the other.
    pub programs: Vec<PaneProgram>,
    /// When.
    pub start: PaneStart,
    /// Where it stands.
    pub place: PanePlace,
}

/// A program in a pane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaneProgram {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// The folder that it runs in.
    pub directory: AbsPath,
    /// Variables that it needs beside those of its session.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

/// When a pane's programs run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaneStart {
    /// At once, and the pane ends with them: a shell.
    Once,
    /// At once, and again whenever the person says so.
    AtOnce,
    /// When the person says so.
    WhenAsked,
}

/// Where a pane stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PanePlace {
    /// The first one below the agent, each other one beside the one before.
    Next,
    /// Right of the agent's pane, of which it takes so many percent.
    Right(PanePercent),
    /// Below the agent's pane, of which it takes so many percent.
    Below(PanePercent),
}

/// How much of the agent's pane another one takes, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PanePercent(u8);

impl PanePercent {
    /// What a pane takes of which nothing is said.
    pub const USUAL: Self = Self(30);
    /// So much that the agent keeps enough to be read and written to.
    pub const MOST: u8 = 70;

    /// From 10 to 70 percent.
    pub fn new(percent: u8) -> Option<Self> {
        (10..=Self::MOST).contains(&percent).then_some(Self(percent))
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}
