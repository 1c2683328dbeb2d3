//! One way to start an agent: command line, prompt transport, what it prints, permission levels.

use owt_core::AbsPath;
use owt_core::Permissions;
use serde::Deserialize;

use super::FileName;
use super::Variables;
use crate::template::ArgPiece;
use crate::template::ArgTemplate;

/// One way to start an agent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mode {
    /// Another program than the agent's own, which lies beside that; `None`: the agent's own.
    pub program: Option<FileName>,
    /// Its arguments, without the program.
    pub argv: Vec<ArgPiece>,
    /// Its arguments when it takes up an earlier conversation; `None` when it cannot.
    pub resume_argv: Option<Vec<ArgPiece>>,
    /// Seconds from the start of a conversation's first session during which the program would lose it if it took it
    /// up again.
    #[serde(default)]
    pub resume_loses_within_s: u64,
    /// How a fresh conversation gets an id of ours; empty when the program names it itself.
    #[serde(default)]
    pub session_args: Vec<ArgTemplate>,
    /// How it is told its model; `None`: as in every mode of the agent, empty: it cannot be.
    pub model_args: Option<Vec<ArgTemplate>>,
    /// How it is told what the session may cost; empty: it knows no such limit, and ours alone holds.
    #[serde(default)]
    pub budget_args: Vec<ArgTemplate>,
    /// What stands before it where it serves HTTP instead of reading lines.
    pub bridge: Option<BridgeRule>,
    /// How the prompt gets there.
    pub prompt: PromptTransport,
    /// What it prints on standard output.
    pub output: OutputFormat,
    /// When it is ready for the prompt.
    pub ready: ReadyRule,
    /// Variables of this mode.
    #[serde(default)]
    pub environment: EnvironmentRules,
    /// The permission levels.
    #[serde(default)]
    pub permissions: PermissionRules,
    /// Read-only mode.
    #[serde(default)]
    pub plan: LevelRule,
}

/// How `owt http-bridge` talks with a program that serves HTTP on loopback and prints where.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BridgeRule {
    /// The path of its stream of events.
    pub events: String,
    /// Events of these types say no more than that it lives, and are not passed on: what is printed all the time would hide
    /// that nothing happens.
    #[serde(default)]
    pub leave_out: Vec<String>,
    /// The user that it knows with the password.
    pub user: String,
    /// The variable in which it is told the password, which is another one each time.
    pub password_variable: String,
}

impl BridgeRule {
    /// The words before the program's own.
    pub(crate) fn words(&self, owt: &AbsPath) -> Vec<String> {
        let Self { events, leave_out, user, password_variable } = self;
        let mut words = vec![owt.as_str(), "http-bridge", "--events", events];
        words.extend(leave_out.iter().flat_map(|kind| ["--leave-out", kind]));
        words.extend(["--user", user, "--password-variable", password_variable, "--"]);
        words.into_iter().map(str::to_owned).collect()
    }

    /// What is wrong with it, if anything is: it goes into an address and into an environment.
    pub(super) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let is_plain = |text: &str, beside: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || beside.contains(c))
        };
        if !self.events.starts_with('/')
            || self.events.starts_with("//")
            || !is_plain(&self.events, "/-_.?=&")
        {
            return Some(("events", "it must be a path: '/event'"));
        }
        if !self.leave_out.iter().all(|kind| is_plain(kind, "-_.") && !kind.starts_with('-')) {
            return Some(("leave_out", "it must consist of names of types"));
        }
        if !is_plain(&self.user, "-_.") {
            return Some(("user", "it must consist of letters, digits, '-', '_' and '.'"));
        }
        if !is_plain(&self.password_variable, "_")
            || self.password_variable.starts_with(|c: char| c.is_ascii_digit())
        {
            return Some(("password_variable", "it must be the name of a variable"));
        }
        None
    }
}

/// How a prompt reaches the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PromptTransport {
    /// On standard input, then end of file.
    Stdin,
    /// In a file that an argument names.
    File,
    /// As an argument, up to [`crate::launch::MAX_ARGV_PROMPT_BYTES`] (`ps` shows it).
    Argv,
    /// As a message of its machine protocol, once it is ready.
    Protocol,
    /// Pasted into its input box, once it is ready.
    Paste,
}

/// What a program prints on standard output, and with it the machine protocol it speaks on standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputFormat {
    /// Claude Code's `--output-format stream-json`.
    ClaudeStreamJson,
    /// `codex exec --json`.
    CodexExecJson,
    /// `codex app-server`.
    CodexAppServer,
    /// The Agent Client Protocol.
    Acp,
    /// `gemini --output-format stream-json`.
    GeminiStreamJson,
    /// `opencode run --format json`.
    OpencodeRunJson,
    /// What `owt http-bridge` prints before `opencode serve`.
    OpencodeServe,
    /// `pi --mode json`.
    PiJson,
    /// `pi --mode rpc`.
    PiRpc,
    /// `droid exec --output-format stream-json`.
    DroidStreamJson,
    /// The built-in demo agent's lines.
    DemoJsonl,
    /// Lines for people.
    Text,
    /// A terminal's picture; nothing to parse.
    Terminal,
}

impl OutputFormat {
    /// Whether it says what its work costs: all the programs that speak it do, in the versions that are known.
    pub const fn tells_costs(self) -> bool {
        matches!(
            self,
            Self::ClaudeStreamJson
                | Self::OpencodeRunJson
                | Self::OpencodeServe
                | Self::PiJson
                | Self::PiRpc
                | Self::DemoJsonl
        )
    }
}

/// When a program is ready for its prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadyRule {
    /// From its start on: the prompt is part of it.
    Start,
    /// When it has answered the first frame of the protocol.
    Answer,
    /// When its screen rules say that it accepts input.
    Screen,
    /// When its screen shows something and has been still for a moment (programs without screen rules).
    Quiet,
}

/// Variables to set and to remove before a program starts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvironmentRules {
    /// Set to these values.
    #[serde(default)]
    pub set: Variables,
    /// Removed.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// Who commits at a permission level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Commits {
    /// The agent can.
    #[default]
    Agent,
    /// The agent's sandbox or rules keep it from committing in a linked worktree: we commit for it.
    Owt,
}

/// The permission levels of a mode. All three missing: the program's permissions are not ours to manage, it runs
/// as its own command line says, and a level that is asked for is refused.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermissionRules {
    /// The level when the person asked for none. Never `bypass`: where that is all there is, the person must ask.
    pub default: Option<Permissions>,
    /// Each edit and command is asked for.
    pub ask: Option<LevelRule>,
    /// Files may be edited freely.
    pub edits: Option<LevelRule>,
    /// Nothing is asked.
    pub bypass: Option<LevelRule>,
}

impl PermissionRules {
    /// Whether the program's permissions are ours to choose.
    pub fn is_managed(&self) -> bool {
        Permissions::ALL.into_iter().any(|level| self.rule(level).is_some())
    }

    /// The rule of a level.
    pub fn rule(&self, level: Permissions) -> Option<&LevelRule> {
        match level {
            Permissions::Ask => self.ask.as_ref(),
            Permissions::Edits => self.edits.as_ref(),
            Permissions::Bypass => self.bypass.as_ref(),
        }
    }

    /// What opens a conversation at this level, the default where none is asked for.
    pub fn opening(&self, asked: Option<Permissions>) -> serde_json::Map<String, serde_json::Value> {
        match asked.or(self.default).and_then(|level| self.rule(level)) {
            Some(LevelRule::Supported { opening, .. }) => opening.clone(),
            _ => serde_json::Map::new(),
        }
    }

    /// The levels that the program can enforce.
    pub fn supported(&self) -> Vec<Permissions> {
        let is_supported =
            |level: &Permissions| matches!(self.rule(*level), Some(LevelRule::Supported { .. }));
        Permissions::ALL.into_iter().filter(is_supported).collect()
    }
}

/// How a level (or plan mode) is enforced.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "LevelTable")]
pub enum LevelRule {
    /// By these arguments, variables and keys of the session's settings file.
    Supported {
        /// Arguments.
        args: Vec<ArgTemplate>,
        /// Keys of the settings file.
        settings: serde_json::Map<String, serde_json::Value>,
        /// Variables.
        environment: Variables,
        /// Members of the frame that opens the conversation, where the protocol has one.
        opening: serde_json::Map<String, serde_json::Value>,
        /// Who commits.
        commits: Commits,
    },
    /// It cannot be.
    Unsupported {
        /// Why, and what to use instead.
        reason: String,
    },
}

impl Default for LevelRule {
    fn default() -> Self {
        Self::Unsupported { reason: "the program has no such mode".to_owned() }
    }
}

/// How a level is written in a manifest.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelTable {
    args: Option<Vec<ArgTemplate>>,
    #[serde(default)]
    settings: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    environment: Variables,
    #[serde(default)]
    opening: serde_json::Map<String, serde_json::Value>,
    #[serde(default)]
    commits: Commits,
    unsupported: Option<String>,
}

/// A level needs exactly one of two keys.
#[derive(Debug, thiserror::Error)]
#[error("exactly one of 'args' and 'unsupported' is needed")]
struct LevelTableError;

impl TryFrom<LevelTable> for LevelRule {
    type Error = LevelTableError;

    fn try_from(table: LevelTable) -> Result<Self, LevelTableError> {
        match (table.args, table.unsupported) {
            (Some(args), None) => {
                let LevelTable { settings, environment, opening, commits, .. } = table;
                Ok(Self::Supported { args, settings, environment, opening, commits })
            }
            (None, Some(reason)) => Ok(Self::Unsupported { reason }),
            _ => Err(LevelTableError),
        }
    }
}
