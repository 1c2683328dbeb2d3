//! What a launch is made of, and what it comes to.

use std::collections::BTreeMap;

use owt_core::AbsPath;
use owt_core::Permissions;
use owt_core::session::SessionKind;
use owt_core::text::Prompt;

use super::handed_over::HandedOver;
use crate::delivery::Wording;
use crate::manifest::Commits;
use crate::manifest::GuardInTerminal;
use crate::manifest::Manifest;
use crate::manifest::OutputFormat;
use crate::manifest::ReadyRule;
use crate::names::ConversationId;
use crate::names::ModelName;
use crate::protocol::Frame;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct LaunchInputs<'a> {
    /// In which kind of session.
    pub kind: SessionKind,
    /// The agent's program, as it was found.
    pub program: &'a AbsPath,
    /// Our own program.
    pub owt: &'a AbsPath,
    /// The folder the agent works in.
    pub workspace: &'a AbsPath,
    /// The repository's main checkout (the workspace itself where there is no repository).
    pub main_root: &'a AbsPath,
    /// A private folder of this attempt, outside the workspace.
    pub folder: &'a AbsPath,
    /// New, or one to take up again.
    pub conversation: Conversation<'a>,
    /// The prompt, if it starts with one.
    pub prompt: Option<LaunchPrompt<'a>>,
    /// The permission level the person asked for; `None` takes the mode's default.
    pub permissions: Option<Permissions>,
    /// Act, or only plan.
    pub stance: Stance,
    /// The model the person asked for.
    pub model: Option<&'a ModelName>,
    /// What the session may cost, in millionths of a US dollar.
    pub budget_micro_usd: Option<u64>,
    /// What becomes of that which the repository brings along.
    pub extras: RepositoryExtras,
    /// What it is told besides its task, where the program has a channel for that.
    pub context: Option<&'a str>,
    /// The same in a few lines, for a program that can only be told in front of its task.
    pub preamble: Option<&'a str>,
    /// All of it but notes for a file, for a program in a terminal that can only be told there to read it.
    pub by_file: Option<&'a str>,
    /// What the context would take the place of, and is told first.
    pub own_words: Option<&'a str>,
    /// What of the person's own settings goes along, approved by them.
    pub handed_over: Option<&'a HandedOver>,
}

/// A prompt to start with.
#[derive(Debug, Clone, Copy)]
pub struct LaunchPrompt<'a> {
    /// The text.
    pub text: &'a Prompt,
    /// Whether it is meant as a command.
    pub wording: Wording,
}

/// Which conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversation<'a> {
    /// A new one, with this id where the program lets us choose.
    Fresh(&'a ConversationId),
    /// An earlier one.
    Resume(&'a ConversationId),
}

/// What the agent is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stance {
    /// The work.
    Act,
    /// Read and plan, change nothing.
    Plan,
}

/// What becomes of a repository's own MCP servers, hooks and agent settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepositoryExtras {
    /// Not approved: kept out as far as the program can.
    KeepOut,
    /// Approved by the person.
    LetIn,
    /// There are none.
    Nothing,
    /// The program asks the person who sits before it.
    ProgramAsks,
}

/// What was found of that which an agent would run or obey ([`crate::manifest::Guard::brings`], looked for in the
/// workspace and in the main checkout).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundExtras {
    /// None of it is there.
    None,
    /// Something is there, and the person has not approved exactly this content.
    Unapproved,
    /// All that is there is approved.
    Approved,
}

impl RepositoryExtras {
    /// What becomes of what was found, in this kind of session.
    pub fn decide(manifest: &Manifest, kind: SessionKind, found: FoundExtras) -> Self {
        match (found, manifest.guard.in_terminal) {
            (FoundExtras::None, _) => Self::Nothing,
            (FoundExtras::Approved, _) => Self::LetIn,
            (FoundExtras::Unapproved, GuardInTerminal::ProgramAsks) if kind.is_terminal() => {
                Self::ProgramAsks
            }
            (FoundExtras::Unapproved, _) => Self::KeepOut,
        }
    }
}

/// How to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchSpec {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Changes of the environment.
    pub environment: EnvironmentChange,
    /// What it reads on standard input.
    pub stdin: LaunchInput,
    /// Files that must be there before the start (mode 0600).
    pub files: Vec<LaunchFile>,
    /// What is said first in a machine protocol, before the prompt.
    pub first_frame: Option<Frame>,
    /// How the prompt gets there.
    pub prompt: PromptRoute,
    /// When it is ready for a prompt that does not come with the start.
    pub ready: ReadyRule,
    /// How its output is read.
    pub output: OutputFormat,
    /// The conversation, where it is known before the program says it.
    pub conversation: Option<ConversationId>,
    /// The level it runs with; `None` when its permissions are its own.
    pub permissions: Option<Permissions>,
    /// Who commits in a linked worktree.
    pub commits: Commits,
    /// Whether our hooks reach it.
    pub hooks: HookState,
}

/// Changes of the environment, applied to the person's: first removed, then set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnvironmentChange {
    /// Set.
    pub set: BTreeMap<String, String>,
    /// Removed.
    pub remove: Vec<String>,
}

/// What a program reads on standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LaunchInput {
    /// Nothing.
    Nothing,
    /// This file, one of [`LaunchSpec::files`], then end of file.
    File(AbsPath),
    /// Kept open for a machine protocol.
    Open,
    /// A terminal.
    Terminal,
}

/// A file of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchFile {
    /// Where.
    pub path: AbsPath,
    /// What.
    pub content: String,
    /// What it is for.
    pub purpose: FilePurpose,
}

/// What a file of ours is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePurpose {
    /// The agent's settings of this session, which call our hooks.
    Hooks,
    /// Something that it is told.
    Words,
}

/// How the prompt gets there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromptRoute {
    /// There is none.
    None,
    /// The start itself carries it (standard input, a file, an argument).
    WithStart,
    /// As a line of the protocol, once the program is ready.
    Frame,
    /// Pasted, once the program is ready.
    Paste {
        /// The text, inert in a terminal.
        text: String,
        /// The keys that submit it.
        submit: String,
    },
}

/// Whether our hooks reach the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookState {
    /// They are in place before it starts.
    InPlace,
    /// There are none, for this reason.
    Off(String),
}
