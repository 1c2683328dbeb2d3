//! An attempt of an agent: its programs, its tools in use and what it consumed.

use serde::Deserialize;
use serde::Serialize;

use crate::Attention;

/// Token counts of a workspace's attempts, as far as the agent reports them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tokens {
    /// Input tokens, cache reads included.
    pub input: u64,
    /// Output tokens.
    pub output: u64,
}

/// What a workspace's newest attempt has used, and what is known of that.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Used {
    /// What it has cost, in US dollars.
    pub cost_usd: Option<f64>,
    /// Whether that was reckoned from tokens and the person's prices; otherwise its agent says it.
    #[serde(default)]
    pub cost_estimated: bool,
    /// Tokens used.
    pub tokens: Option<Tokens>,
    /// Files that its agent has changed; `None` where nobody tells.
    #[serde(default)]
    pub modified_files: Option<ModifiedFiles>,
    /// When it was last active, and what its person knows of it: these fields are the workspace's own, too.
    #[serde(flatten)]
    pub attention: Attention,
}

/// Files that an agent has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModifiedFiles {
    /// Which: below the workspace's folder, or whole where they are elsewhere. The first two hundred.
    pub paths: Vec<String>,
    /// Whether there were more.
    pub more: bool,
    /// Who says so.
    pub source: ModifiedSource,
}

/// Who says which files an agent has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModifiedSource {
    /// The agent, of its own tools: in its event stream, its hooks or its record.
    Agent,
    /// Git: all that its work has changed, by whomever and committed or not.
    Git,
}

/// An amount of money, with where it comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// In US dollars.
    pub usd: f64,
    /// Whether any of it was reckoned, and not told by an agent.
    pub is_estimated: bool,
}

impl Used {
    /// What it has cost.
    pub fn cost(&self) -> Option<Cost> {
        self.cost_usd.map(|usd| Cost { usd, is_estimated: self.cost_estimated })
    }
}

/// One attempt, for `show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its id.
    pub id: String,
    /// Its number within the job, from 1.
    pub number: u32,
    /// `launching`, `running`, `ended`.
    pub state: String,
    /// How its program ended: `code 0`, `signal 9`, `requested`, ...
    pub exit: Option<String>,
    /// Why it ended so, in words, where there is more to say than that.
    #[serde(default)]
    pub reason: Option<String>,
    /// The agent's own final word, when it gave one.
    pub final_word: Option<String>,
    /// The agent's own conversation id.
    pub conversation: Option<String>,
    /// RFC 3339, UTC.
    pub started_at: Option<String>,
    /// RFC 3339, UTC.
    pub ended_at: Option<String>,
}

/// A program that the agent has started in its turn, and that was still there when the agent came to rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChildProgram {
    /// Its process id.
    pub pid: u32,
    /// What it is, in a word or two.
    pub command: String,
    /// When it was started, RFC 3339 UTC.
    pub started_at: String,
    /// `works`; `rests` when it has used next to no processor time for a minute.
    pub pace: String,
}

/// A tool that an agent uses now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTool {
    /// The tool, in the agent's words.
    pub tool: String,
    /// What it is used on, in one line.
    pub summary: String,
    /// Since when, RFC 3339 UTC.
    pub since: String,
}
