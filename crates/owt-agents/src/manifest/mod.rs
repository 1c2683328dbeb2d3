//! An agent program as data: one TOML file per agent, built in or given by the person. Must not know how a
//! launch is put together ([`crate::launch`]) or where files lie.

mod custom_tool;
mod instruction_file;
mod mode;
mod own_words;
mod read;
mod validate;

use std::collections::BTreeMap;

use owt_core::session::SessionKind;
use serde::Deserialize;

pub use custom_tool::CustomTool;
pub use custom_tool::CustomToolError;
pub use instruction_file::InstructionFile;
pub use instruction_file::InstructionFileError;
pub use mode::BridgeRule;
pub use mode::Commits;
pub use mode::EnvironmentRules;
pub use mode::LevelRule;
pub use mode::Mode;
pub use mode::OutputFormat;
pub use mode::PermissionRules;
pub use mode::PromptTransport;
pub use mode::ReadyRule;
pub use own_words::OwnWordsPlace;
pub use own_words::OwnWordsRule;
pub use own_words::OwnWordsUnknown;
pub use read::ManifestError;
pub use read::check_tool;

use crate::hook::HookFormat;
use crate::names::AgentName;
use crate::screen::ScreenRules;
use crate::template::ArgTemplate;
use crate::transcript::TranscriptFormat;

/// What an agent program is. The only version of this format is 1.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the manifest format.
    pub format: u32,
    /// What it is called on the command line.
    pub name: AgentName,
    /// What it is called in sentences.
    pub display_name: String,
    /// Other names it answers to.
    #[serde(default)]
    pub aliases: Vec<AgentName>,
    /// Where its program comes from.
    pub binary: Binary,
    /// Places to look besides the search path; `~` is the person's home.
    #[serde(default)]
    pub known_paths: Vec<KnownPath>,
    /// Arguments that make it print its version.
    #[serde(default)]
    pub version_args: Vec<String>,
    /// How to install it, in one line.
    pub install_hint: String,
    /// Its place when the person did not choose: smaller is tried first, none is after all others by name.
    pub preference: Option<u32>,
    /// Whether it may be taken when the person did not choose.
    #[serde(default)]
    pub pick: Pick,
    /// Whether its manifest was tried with the program.
    #[serde(default)]
    pub standing: Standing,
    /// Who wrote it.
    #[serde(skip)]
    pub origin: Origin,
    /// Versions that these facts were read from.
    #[serde(default)]
    pub seen_versions: Vec<String>,
    /// Variables that may hold its key for a model, by its documentation, for `owt agents` to say by name which are set.
    #[serde(default)]
    pub model_keys: Vec<String>,
    /// Sentences for `owt agents`: what does not work or must be known, in the person's words.
    #[serde(default)]
    pub limits: Vec<String>,
    /// First characters that its input box takes as commands of its own.
    #[serde(default)]
    pub command_prefixes: String,
    /// The keys that submit its input box.
    #[serde(default = "carriage_return")]
    pub submit_keys: String,
    /// Variables of its environment, in every mode.
    #[serde(default)]
    pub environment: EnvironmentRules,
    /// How a model is chosen; empty when it cannot be.
    #[serde(default)]
    pub model_args: Vec<ArgTemplate>,
    /// How our hooks reach it.
    #[serde(default)]
    pub hooks: HookDelivery,
    /// How it keeps its own record of a conversation, where we can read it.
    pub transcript: Option<TranscriptFormat>,
    /// What keeps out what a repository brings along.
    #[serde(default)]
    pub guard: Guard,
    /// First-run and trust state: how each is prepared, or that the person must do it (decision 6).
    #[serde(default)]
    pub first_run: Vec<FirstRun>,
    /// The ways it can be started.
    pub modes: Modes,
    /// What its screen says.
    #[serde(default)]
    pub screen: ScreenRules,
}

fn carriage_return() -> String {
    "\r".to_owned()
}

/// Where an agent's program comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Binary {
    /// A program of this name on the search path or at a known path; or an absolute path.
    Named(String),
    /// Our own program (`{owt}`).
    Owt,
}

impl From<String> for Binary {
    fn from(text: String) -> Self {
        if text == "{owt}" { Self::Owt } else { Self::Named(text) }
    }
}

/// A place where a program may lie: absolute, or below the person's home.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct KnownPath(String);

/// The text is neither an absolute path nor one that starts with `~/`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is neither an absolute path nor below '~/'")]
pub struct KnownPathError(String);

impl TryFrom<String> for KnownPath {
    type Error = KnownPathError;

    fn try_from(text: String) -> Result<Self, KnownPathError> {
        if text.starts_with('/') || text.starts_with("~/") {
            Ok(Self(text))
        } else {
            Err(KnownPathError(text))
        }
    }
}

impl KnownPath {
    /// The path, given the person's home; `None` when there is no home or the path is unusable.
    pub fn resolve(&self, home: Option<&owt_core::AbsPath>) -> Option<owt_core::AbsPath> {
        match self.0.strip_prefix("~/") {
            Some(rest) => owt_core::AbsPath::new(home?.join(rest).as_path()).ok(),
            None => owt_core::AbsPath::new(&self.0).ok(),
        }
    }
}

/// Whether an agent may be taken when the person named none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pick {
    /// It may.
    #[default]
    Automatic,
    /// Only when it is asked for by name.
    ByNameOnly,
}

/// Who wrote a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// We did.
    #[default]
    BuiltIn,
    /// The person, as a manifest of their own.
    User,
    /// The person, as `[tools.NAME]`.
    Tool,
}

impl Origin {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BuiltIn => "built_in",
            Self::User => "user",
            Self::Tool => "tool",
        }
    }
}

/// Whether what a manifest says was seen to be so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The program itself was run by it, in the versions that it names.
    Tested,
    /// It follows the program's documentation only.
    #[default]
    Untested,
}

/// The ways an agent can be started; a missing one is unsupported.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modes {
    /// One prompt, output read from a pipe, ends by itself.
    pub headless: Option<Mode>,
    /// A machine protocol over pipes.
    pub structured: Option<Mode>,
    /// Its terminal interface, in tmux or on a terminal of our own.
    pub tmux: Option<Mode>,
    /// In each of them: how it is told where it stands, besides its task and outside the workspace; empty when it has no such channel.
    #[serde(default)]
    pub context_args: Vec<ArgTemplate>,
    /// The same by variables. Where the person has set one of them themselves, that stays as it is.
    #[serde(default)]
    pub context_environment: BTreeMap<String, ArgTemplate>,
    /// What becomes of it where there is no such channel, or it is not ours to take.
    #[serde(default)]
    pub without_channel: WithoutChannel,
    /// The words whose place that takes.
    pub own_words: Option<OwnWordsRule>,
    /// What it reads as instructions in a checkout, besides `CLAUDE.md` and `AGENTS.md` at the root: files of the person's
    /// that lie there in no commit are told where they cannot lie in the worktree.
    #[serde(default)]
    pub instructions: Vec<InstructionFile>,
}

/// What an agent is told where there is no channel for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WithoutChannel {
    /// A few marked lines before its task.
    #[default]
    BeforeTask,
    /// Nothing.
    Nothing,
}

impl Modes {
    /// Whether the program has a channel for what it is told besides its task.
    pub fn can_be_told(&self) -> bool {
        !(self.context_args.is_empty() && self.context_environment.is_empty())
    }
}

/// How our hooks reach an agent.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookDelivery {
    /// By what channel.
    #[serde(default)]
    pub delivery: HookChannel,
    /// How the payloads are read.
    pub format: Option<HookFormat>,
    /// Arguments that hand them over; for [`HookChannel::Arguments`] once per event.
    #[serde(default)]
    pub args: Vec<ArgTemplate>,
    /// The events we ask for, in the agent's words.
    #[serde(default)]
    pub events: Vec<String>,
    /// Seconds after which the agent gives up on our hook.
    pub timeout_seconds: Option<u32>,
    /// Why there are none (said by `owt agents`).
    pub off: Option<String>,
    /// Further keys of the settings file.
    #[serde(default)]
    pub settings: serde_json::Map<String, serde_json::Value>,
    /// The settings file's own name, where the program goes by its ending; `settings.json` when missing.
    pub file: Option<FileName>,
    /// The settings file as a program: `{hook_argv}` in it is our hook command without the event, as a list, and it
    /// calls that with the event as one more word. Without it the file is JSON that names a command for each event.
    pub script: Option<ArgTemplate>,
}

/// The name of a file in a folder that is given: no path.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FileName(String);

impl FileName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text is no file's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not the name of a file: letters, digits, '-', '_' and '.', a letter first")]
pub struct FileNameError(String);

impl TryFrom<String> for FileName {
    type Error = FileNameError;

    fn try_from(text: String) -> Result<Self, FileNameError> {
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if plain && text.starts_with(|c: char| c.is_ascii_alphabetic()) {
            Ok(Self(text))
        } else {
            Err(FileNameError(text))
        }
    }
}

/// By what channel hooks reach an agent. None of them is a file in the workspace or in the person's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookChannel {
    /// A settings file of this session (Claude Code's format, or a script), named by an argument.
    SettingsFile,
    /// Arguments alone.
    Arguments,
    /// One argument for all events: a table of Codex's configuration, which lets these hooks run and no others.
    CodexTable,
    /// There is no channel that keeps out of the person's settings.
    #[default]
    None,
}

/// What keeps out, or lets in, what a repository brings along (MCP servers, hooks, agent settings).
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// Files and folders, relative to the workspace and to the main checkout, that the program would run or obey.
    /// What is approved is their content.
    #[serde(default)]
    pub brings: Vec<String>,
    /// Until the person approved them.
    #[serde(default)]
    pub keep_out: GuardRule,
    /// After the person approved them.
    #[serde(default)]
    pub let_in: GuardRule,
    /// When there are none.
    #[serde(default)]
    pub nothing: GuardRule,
    /// What of the person's own, of that which lies in their checkout and cannot lie in the worktree, goes along once approved.
    #[serde(default)]
    pub hand_over: HandOverRule,
    /// Why they cannot be kept out, where that is so: then a job without a person is refused until approval.
    pub cannot_keep_out: Option<String>,
    /// What happens in a terminal until the person approved them.
    #[serde(default)]
    pub in_terminal: GuardInTerminal,
}

/// What happens in a terminal to what is not approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuardInTerminal {
    /// It is kept out as elsewhere.
    #[default]
    KeepOut,
    /// The program asks the person by itself, or follows what it was told before.
    ProgramAsks,
}

/// Files in Claude Code's format whose rules of permission, variables and servers can go along outside of the worktree.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOverRule {
    /// Settings, relative to a checkout: what a later one says goes before.
    #[serde(default)]
    pub settings: Vec<String>,
    /// Servers, relative to a checkout.
    pub servers: Option<String>,
    /// Arguments that hand the servers over.
    #[serde(default)]
    pub servers_args: Vec<ArgTemplate>,
}

impl HandOverRule {
    /// All the files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.settings.iter().chain(&self.servers).map(String::as_str)
    }
}

/// Arguments and variables of one side of the guard.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardRule {
    /// Arguments.
    #[serde(default)]
    pub args: Vec<ArgTemplate>,
    /// Variables.
    #[serde(default)]
    pub environment: EnvironmentRules,
}

/// One piece of first-run or trust state.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FirstRun {
    /// Which (`trust`, `onboarding`, ...).
    pub what: String,
    /// How it is prepared.
    pub by: FirstRunBy,
    /// The particulars.
    pub note: String,
}

/// How first-run state is prepared. Writing the person's own settings is not among the ways (decision 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirstRunBy {
    /// An argument of the launch.
    Flag,
    /// A variable of the launch.
    Environment,
    /// The settings file of the session.
    SessionSettings,
    /// The person answers the program's dialog once.
    Person,
}

impl Manifest {
    /// How the agent is told its model in a mode; empty: it cannot be.
    pub fn model_args<'m>(&'m self, mode: &'m Mode) -> &'m [ArgTemplate] {
        mode.model_args.as_deref().unwrap_or(&self.model_args)
    }

    /// Reads and checks one manifest; `source` names the file in errors.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn parse(source: &str, text: &str) -> Result<Self, ManifestError> {
        read::parse(source, text)
    }

    /// How it is started in this kind of session; `None` when it cannot be.
    pub fn mode(&self, kind: SessionKind) -> Option<&Mode> {
        match kind {
            SessionKind::Headless => self.modes.headless.as_ref(),
            SessionKind::Structured => self.modes.structured.as_ref(),
            SessionKind::Tmux | SessionKind::Pty => self.modes.tmux.as_ref(),
        }
    }

    /// The kinds of session it can be started in; what runs in tmux runs on a terminal of our own, too.
    pub fn kinds(&self) -> impl Iterator<Item = SessionKind> + '_ {
        [SessionKind::Headless, SessionKind::Structured, SessionKind::Tmux]
            .into_iter()
            .filter(|kind| self.mode(*kind).is_some())
    }

    /// Whether `--version`'s first line names a version that these facts were read from.
    pub fn has_seen(&self, version_line: &str) -> bool {
        version_line
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'))
            .any(|word| self.seen_versions.iter().any(|seen| seen == word.trim_start_matches('v')))
    }

    /// The oldest version that these facts were read from, where `--version`'s first line names an older one: then what is
    /// said of it here may not hold. `None` where either is not known.
    pub fn newer_than(&self, version_line: &str) -> Option<&str> {
        let oldest = self.seen_versions.iter().filter_map(|seen| Some((numbers(seen)?, seen))).min()?;
        let found = version_line.split_whitespace().find_map(numbers)?;
        (found < oldest.0).then_some(oldest.1.as_str())
    }

    /// Whether it is called this, alias included.
    pub fn is_called(&self, name: &str) -> bool {
        self.name.as_str() == name || self.aliases.iter().any(|alias| alias.as_str() == name)
    }

    /// Its place in the order of preference; the name breaks ties.
    pub fn rank(&self) -> (u32, &str) {
        (self.preference.unwrap_or(u32::MAX), self.name.as_str())
    }
}

/// Variables with their values, in order.
pub type Variables = BTreeMap<String, String>;

/// The numbers of a version: `v2.1.197`, `0.52.1-beta`, `2025.10.02-fd4a8c9`. A word without a dot is none.
fn numbers(version: &str) -> Option<Vec<u64>> {
    let word = version.trim_start_matches(['v', '(']);
    let numbers: Vec<u64> = word
        .split('.')
        .map_while(|part| {
            let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
            part[..end].parse().ok()
        })
        .collect();
    (numbers.len() > 1).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn versions_of_every_form_are_read() {
        for (text, expected) in [
            ("2.1.197", Some(vec![2, 1, 197])),
            ("v0.52.1-beta", Some(vec![0, 52, 1])),
            ("2025.10.02-fd4a8c9", Some(vec![2025, 10, 2])),
            ("(2.0", Some(vec![2, 0])),
            ("claude", None),
            ("7", None),
            ("", None),
        ] {
            assert_eq!(numbers(text), expected, "{text:?}");
        }
    }
}
