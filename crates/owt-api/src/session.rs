//! Sessions that are stopped, interrupted, resumed and attached to.

use serde::Deserialize;
use serde::Serialize;

use crate::Problem;

/// What a stop did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// The workspace's name.
    pub name: String,
    /// Whether a session ran.
    pub was_running: bool,
    /// Whether one was yet to begin, and will not.
    #[serde(default)]
    pub called_off: bool,
    /// How it ended.
    pub exit: Option<String>,
    /// Only said, not done.
    pub dry_run: bool,
}

/// What an interrupt did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interrupted {
    /// The workspace's name.
    pub name: String,
    /// Whether a turn ran.
    pub was_working: bool,
    /// Only said, not done.
    pub dry_run: bool,
}

/// What became of the wish to take up a session again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// The workspace's name.
    pub name: String,
    /// Its repository's name.
    pub repository: Option<String>,
    /// What was done.
    pub outcome: ResumeOutcome,
    /// The agent.
    pub agent: Option<String>,
    /// How it lives.
    pub backend: Option<String>,
    /// The agent's own conversation that goes on.
    pub conversation: Option<String>,
    /// The number of the attempt that goes on, or that would be taken up.
    pub attempt: Option<u32>,
    /// What is not as it was, in words.
    #[serde(default)]
    pub notice: Option<String>,
    /// Why not.
    pub error: Option<Problem>,
}

/// One line of several sessions that are taken up again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum ResumeChunk {
    /// What became of one, as soon as that is known.
    Tried {
        /// Its place among them: that of the one that began first is 0.
        place: usize,
        /// The one.
        resumed: Resumed,
    },
    /// That was all of them.
    Over,
    /// Nothing more will come.
    Broken {
        /// Why.
        problem: Problem,
    },
}

/// What was done to take up a session again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResumeOutcome {
    /// Its agent goes on with its conversation.
    Resumed,
    /// It runs already, or is on its way.
    AlreadyRunning,
    /// It runs already, or is on its way, and the message goes to it.
    Told,
    /// It would be taken up again.
    WouldResume,
    /// Its agent had read nothing, and begins afresh, with its task.
    Begun,
    /// It would begin afresh.
    WouldBegin,
    /// What its folder lacks is being installed or set up first; its agent goes on, or begins, when that has ended.
    Installing,
    /// It was not; `error` says why.
    NotResumed,
    /// It was not and never can be, as `error` says: what was asked for by name is refused instead.
    Stays,
}

/// How a person's terminal is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachPlan {
    /// The workspace's name.
    pub name: String,
    /// `tmux` or `pty`; empty from an older server.
    #[serde(default)]
    pub backend: String,
    /// Its repository's root; `None` in a plain folder, and from an older server.
    #[serde(default)]
    pub repository: Option<String>,
    /// Program and arguments to execute.
    pub argv: Vec<String>,
    /// Variables to remove first.
    pub unset: Vec<String>,
}

/// `POST /v1/workspaces/context`: what an agent is told that the person started themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadContext {
    /// The folder of its session.
    pub cwd: String,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionContext {
    /// What it is told; `None` outside of worktrees of ours, and where agents are told nothing.
    pub text: Option<String>,
}

/// A line of the answer of `POST /v1/workspaces/screen`: it ends with the session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum ScreenChunk {
    /// What its terminal shows: at the beginning and whenever it is something else, at most thirty times a second.
    Shows {
        /// The picture.
        screen: SessionScreen,
    },
    /// Nothing more will come.
    Broken {
        /// Why.
        problem: Problem,
    },
}

/// What a session's terminal shows, as its emulator has it; no control is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionScreen {
    /// The workspace's name.
    pub name: String,
    /// Its rows, from the top; trailing blanks are cut.
    pub rows: Vec<String>,
    /// How each row looks, from its first character on; of a plain one nothing. Older servers say nothing at all.
    #[serde(default)]
    pub looks: Vec<Vec<TextRun>>,
    /// The window title that the program set.
    pub title: String,
}

/// So many characters of a row have one look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextRun {
    /// How many.
    pub length: usize,
    /// The colour of the letters; without one it is the terminal's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letters: Option<TextColour>,
    /// The colour behind them; without one it is the terminal's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<TextColour>,
    /// What else they have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub styles: Vec<TextStyle>,
}

/// A colour of a terminal: one of its 256 by its number, or red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TextColour {
    /// One of the 256, of which the first 16 are each terminal's own.
    Indexed(u8),
    /// Red, green and blue.
    Rgb([u8; 3]),
}

/// What letters have beside colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each says all that there is to be said")]
pub enum TextStyle {
    Bold,
    Dim,
    Italic,
    Underlined,
    Reversed,
}
