//! The plan of a launch.

use std::collections::BTreeMap;

use owt_core::AbsPath;
use owt_core::Permissions;
use owt_core::session::SessionKind;
use serde_json::Map;
use serde_json::Value;

use super::CONTEXT_FILE;
use super::MAX_ARGV_PROMPT_BYTES;
use super::PREAMBLE_FILE;
use super::codex_hooks;
use super::error::LaunchError;
use super::handed_over::HandedOver;
use super::hook_settings::hook_argv;
use super::hook_settings::hook_words;
use super::hook_settings::settings;
use super::spec::Conversation;
use super::spec::EnvironmentChange;
use super::spec::FilePurpose;
use super::spec::HookState;
use super::spec::LaunchFile;
use super::spec::LaunchInput;
use super::spec::LaunchInputs;
use super::spec::LaunchSpec;
use super::spec::PromptRoute;
use super::spec::RepositoryExtras;
use super::spec::Stance;
use crate::delivery;
use crate::delivery::Wording;
use crate::manifest::Commits;
use crate::manifest::FileName;
use crate::manifest::GuardRule;
use crate::manifest::HookChannel;
use crate::manifest::LevelRule;
use crate::manifest::Manifest;
use crate::manifest::Mode;
use crate::manifest::PromptTransport;
use crate::manifest::Variables;
use crate::manifest::WithoutChannel;
use crate::names::ConversationId;
use crate::protocol::Protocol;
use crate::template::ArgPiece;
use crate::template::ArgTemplate;
use crate::template::Group;
use crate::template::Placeholder;
use crate::template::toml_list;

/// The file that holds the person's own words and ours behind them, where ours would take their place.
const ALL_WORDS_FILE: &str = "own-words-and-context.md";

/// More than the line that names a file before a task comes to, in bytes.
const MOST_POINTER_BYTES: usize = 8 * 1024;

/// How to start `manifest`'s agent as wanted.
///
/// # Errors
/// [`LaunchError`] when the program cannot do or cannot enforce what is wanted; nothing is widened silently.
pub fn plan(manifest: &Manifest, inputs: &LaunchInputs<'_>) -> Result<LaunchSpec, LaunchError> {
    let mode = manifest.mode(inputs.kind).ok_or_else(|| LaunchError::Mode {
        agent: manifest.name.clone(),
        kind: inputs.kind,
        supported: manifest.kinds().collect(),
    })?;
    if let (RepositoryExtras::KeepOut, Some(reason)) = (inputs.extras, &manifest.guard.cannot_keep_out) {
        return Err(LaunchError::Extras {
            agent: manifest.name.clone(),
            brings: manifest.guard.brings.clone(),
            reason: reason.clone(),
        });
    }
    let level = Level::choose(manifest, mode, inputs)?;
    let prompt = route_prompt(manifest, mode, inputs)?;
    let mut draft = Draft { manifest, mode, inputs, level, values: BTreeMap::new(), files: Vec::new() };
    draft.set_values(&prompt);
    let argv = draft.argv()?;
    Ok(LaunchSpec {
        argv,
        environment: draft.environment(),
        stdin: draft.stdin(),
        first_frame: draft.first_frame(),
        prompt: prompt.route,
        ready: mode.ready,
        output: mode.output,
        conversation: draft.conversation(),
        permissions: draft.level.permissions,
        commits: draft.level.commits,
        hooks: draft.hooks(),
        files: draft.files,
    })
}

/// What the permission level comes to.
struct Level {
    args: Vec<ArgTemplate>,
    settings: Map<String, Value>,
    environment: Variables,
    permissions: Option<Permissions>,
    commits: Commits,
}

impl Level {
    fn choose(manifest: &Manifest, mode: &Mode, inputs: &LaunchInputs<'_>) -> Result<Self, LaunchError> {
        let rules = &mode.permissions;
        let asked = inputs.permissions;
        if let (Some(level), false) = (asked, rules.is_managed()) {
            return Err(LaunchError::Unmanaged { agent: manifest.name.clone(), level });
        }
        let level = asked.or(rules.default);
        if level.is_none() && rules.is_managed() {
            let (agent, supported) = (manifest.name.clone(), rules.supported());
            return Err(LaunchError::LevelNeeded { agent, kind: inputs.kind, supported });
        }
        let by_level = match level.and_then(|level| Some((level, rules.rule(level)?))) {
            Some((level, rule)) => {
                Self::of_rule(rule, Some(level)).map_err(|reason| LaunchError::Permissions {
                    agent: manifest.name.clone(),
                    kind: inputs.kind,
                    level,
                    reason,
                    supported: rules.supported(),
                })?
            }
            None => {
                let (args, settings, environment) = (Vec::new(), Map::new(), Variables::new());
                Self { args, settings, environment, permissions: None, commits: Commits::Agent }
            }
        };
        match inputs.stance {
            Stance::Act => Ok(by_level),
            Stance::Plan => Self::of_rule(&mode.plan, by_level.permissions).map_err(|reason| {
                LaunchError::Plan { agent: manifest.name.clone(), kind: inputs.kind, reason }
            }),
        }
    }

    fn of_rule(rule: &LevelRule, permissions: Option<Permissions>) -> Result<Self, String> {
        match rule {
            LevelRule::Supported { args, settings, environment, commits, .. } => {
                let (args, settings, environment) = (args.clone(), settings.clone(), environment.clone());
                Ok(Self { args, settings, environment, permissions, commits: *commits })
            }
            LevelRule::Unsupported { reason } => Err(reason.clone()),
        }
    }
}

/// The prompt on its way.
struct RoutedPrompt {
    route: PromptRoute,
    /// The text that the start carries.
    carried: Option<String>,
}

fn route_prompt(
    manifest: &Manifest,
    mode: &Mode,
    inputs: &LaunchInputs<'_>,
) -> Result<RoutedPrompt, LaunchError> {
    let starts_with_it =
        matches!(mode.prompt, PromptTransport::Stdin | PromptTransport::File | PromptTransport::Argv);
    let Some(prompt) = inputs.prompt else {
        return if starts_with_it {
            Err(LaunchError::PromptMissing { agent: manifest.name.clone(), kind: inputs.kind })
        } else {
            Ok(RoutedPrompt { route: PromptRoute::None, carried: None })
        };
    };
    let file = inputs.folder.join(PREAMBLE_FILE);
    let in_front = |text: String| match preamble(manifest, mode, inputs) {
        Some(_) if inputs.kind.is_terminal() => delivery::behind_pointer(&file, &text),
        Some(preamble) => format!("{preamble}{text}"),
        None => text,
    };
    let text = in_front(delivery::plain(manifest, prompt.text, prompt.wording).into_owned());
    if mode.prompt == PromptTransport::Argv {
        check_argv_prompt(manifest, &text)?;
    }
    Ok(match mode.prompt {
        PromptTransport::Protocol => RoutedPrompt { route: PromptRoute::Frame, carried: None },
        PromptTransport::Paste => {
            let delivery::TerminalText { text, submit } =
                delivery::for_terminal(manifest, prompt.text, prompt.wording);
            RoutedPrompt { route: PromptRoute::Paste { text: in_front(text), submit }, carried: None }
        }
        _ => RoutedPrompt { route: PromptRoute::WithStart, carried: Some(text) },
    })
}

/// What is told before the task, or in a terminal in a file that is named before it; nothing where the program is told by a channel of its own, or a command is meant.
fn preamble<'a>(manifest: &Manifest, mode: &Mode, inputs: &LaunchInputs<'a>) -> Option<&'a str> {
    let has_channel = inputs.context.is_some() && manifest.modes.can_be_told();
    let wanted = manifest.modes.without_channel == WithoutChannel::BeforeTask;
    let is_message = inputs.prompt.is_some_and(|prompt| prompt.wording == Wording::Message);
    let is_fresh = matches!(inputs.conversation, Conversation::Fresh(_));
    let text = match inputs.kind {
        SessionKind::Headless => inputs.preamble,
        SessionKind::Tmux | SessionKind::Pty => inputs.by_file,
        SessionKind::Structured => None,
    };
    // The task has the first claim on an argument's room; the line of provenance counts too.
    let used = inputs.prompt.map_or(0, |prompt| prompt.text.as_str().len() + delivery::PROVENANCE.len() + 2);
    let has_room = |preamble: &&str| {
        let room = if inputs.kind.is_terminal() { MOST_POINTER_BYTES } else { preamble.len() };
        mode.prompt != PromptTransport::Argv || used + room <= MAX_ARGV_PROMPT_BYTES
    };
    let told = wanted && is_message && is_fresh && !has_channel;
    text.filter(has_room).filter(|_| told)
}

/// Millionths as a decimal number, without zeros that say nothing.
fn dollars(micro: u64) -> String {
    let text = format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn check_argv_prompt(manifest: &Manifest, text: &str) -> Result<(), LaunchError> {
    match text.len() {
        bytes if bytes > MAX_ARGV_PROMPT_BYTES => Err(LaunchError::PromptTooLong {
            agent: manifest.name.clone(),
            bytes,
            limit: MAX_ARGV_PROMPT_BYTES,
        }),
        _ if text.starts_with('-') => Err(LaunchError::PromptLooksLikeOption(manifest.name.clone())),
        _ => Ok(()),
    }
}

/// A launch in the making.
struct Draft<'a> {
    manifest: &'a Manifest,
    mode: &'a Mode,
    inputs: &'a LaunchInputs<'a>,
    level: Level,
    values: BTreeMap<Placeholder, String>,
    files: Vec<LaunchFile>,
}

impl Draft<'_> {
    /// The values of all placeholders, and the files that some of them name.
    fn set_values(&mut self, prompt: &RoutedPrompt) {
        let inputs = self.inputs;
        let program = self.program();
        let conversation = match inputs.conversation {
            Conversation::Fresh(id) | Conversation::Resume(id) => id.as_str(),
        };
        let known = [
            (Placeholder::Program, program.as_str()),
            (Placeholder::Owt, inputs.owt.as_str()),
            (Placeholder::Workspace, inputs.workspace.as_str()),
            (Placeholder::MainRoot, inputs.main_root.as_str()),
            (Placeholder::SessionId, conversation),
        ];
        self.values.extend(known.map(|(placeholder, value)| (placeholder, value.to_owned())));
        self.values.extend(inputs.budget_micro_usd.map(|micro| (Placeholder::Budget, dollars(micro))));
        self.values.extend(inputs.model.map(|model| (Placeholder::Model, model.as_str().to_owned())));
        if let Some(text) = &prompt.carried {
            self.values.insert(Placeholder::Prompt, text.clone());
            if self.mode.prompt != PromptTransport::Argv {
                self.add_file(Placeholder::PromptFile, "prompt.txt", text.clone());
            }
        }
        if let (Some(context), true) = (inputs.context, self.manifest.modes.can_be_told()) {
            self.add_file(Placeholder::ContextFile, CONTEXT_FILE, context.to_owned());
            let all = inputs.own_words.map(|own| format!("{}\n\n{context}", own.trim_end()));
            if let Some(all) = &all {
                self.add_file(Placeholder::ContextFile, ALL_WORDS_FILE, all.clone());
            }
            self.values.insert(Placeholder::Context, all.unwrap_or_else(|| context.to_owned()));
        }
        if let Some(preamble) = preamble(self.manifest, self.mode, inputs) {
            let path = inputs.folder.join(PREAMBLE_FILE);
            self.files.push(LaunchFile { path, content: preamble.to_owned(), purpose: FilePurpose::Words });
        }
        if self.manifest.hooks.delivery == HookChannel::CodexTable {
            self.values.insert(Placeholder::HookTable, codex_hooks::table(inputs.owt, self.manifest));
        }
        if self.manifest.hooks.delivery == HookChannel::SettingsFile {
            let hooks = &self.manifest.hooks;
            let content = match &hooks.script {
                Some(script) => {
                    let words = toml_list(&hook_words(inputs.owt, self.manifest));
                    self.render_with(script, Some(&words))
                }
                None => settings(inputs.owt, self.manifest, &self.all_settings()),
            };
            let name = hooks.file.as_ref().map_or("settings.json", FileName::as_str);
            self.add_file(Placeholder::SettingsFile, name, content);
        }
        if let Some(servers) = inputs.handed_over.and_then(HandedOver::servers) {
            self.add_file(Placeholder::ServersFile, "servers.json", servers);
        }
    }

    /// Further keys of the session's settings: those of the level, and what goes along of the person's own. The variables
    /// of the launch itself stay what they are.
    fn all_settings(&self) -> Map<String, Value> {
        let mut settings = self.level.settings.clone();
        if let Some(handed) = self.inputs.handed_over {
            let environment = self.environment();
            let is_set = |name: &str| {
                environment.set.contains_key(name) || environment.remove.iter().any(|removed| removed == name)
            };
            handed.join(&mut settings, &is_set);
        }
        settings
    }

    fn add_file(&mut self, placeholder: Placeholder, name: &str, content: String) {
        let path = self.inputs.folder.join(name);
        self.values.insert(placeholder, path.as_str().to_owned());
        let purpose = match placeholder {
            Placeholder::SettingsFile => FilePurpose::Hooks,
            _ => FilePurpose::Words,
        };
        self.files.push(LaunchFile { path, content, purpose });
    }

    fn argv(&self) -> Result<Vec<String>, LaunchError> {
        let pieces = match self.inputs.conversation {
            Conversation::Fresh(_) => &self.mode.argv,
            Conversation::Resume(_) => self.mode.resume_argv.as_ref().ok_or_else(|| LaunchError::Resume {
                agent: self.manifest.name.clone(),
                kind: self.inputs.kind,
            })?,
        };
        let names_model = Protocol::of(self.mode.output).is_some_and(Protocol::names_the_model);
        if self.inputs.model.is_some() && self.manifest.model_args(self.mode).is_empty() && !names_model {
            return Err(LaunchError::Model(self.manifest.name.clone()));
        }
        let bridge = self.mode.bridge.as_ref().map(|bridge| bridge.words(self.inputs.owt));
        let mut argv = bridge.unwrap_or_default();
        argv.push(self.program());
        for piece in pieces {
            match piece {
                ArgPiece::Arg(arg) => argv.push(self.render(arg)),
                ArgPiece::Group(group) => argv.extend(self.group(*group)),
            }
        }
        Ok(argv)
    }

    /// The mode's own program, else the agent's.
    fn program(&self) -> String {
        let found = self.inputs.program;
        let beside = self.mode.program.as_ref().zip(found.as_path().parent());
        beside.map_or_else(
            || found.as_str().to_owned(),
            |(name, folder)| folder.join(name.as_str()).to_string_lossy().into_owned(),
        )
    }

    fn group(&self, group: Group) -> Vec<String> {
        let args: &[ArgTemplate] = match group {
            Group::Permission => &self.level.args,
            Group::Model if self.inputs.model.is_none() => &[],
            Group::Model => self.manifest.model_args(self.mode),
            Group::Budget if self.inputs.budget_micro_usd.is_none() => &[],
            Group::Budget => &self.mode.budget_args,
            Group::Session => &self.mode.session_args,
            Group::Context if self.inputs.context.is_none() => &[],
            Group::Context => &self.manifest.modes.context_args,
            Group::Guard => return self.guard_args(),
            Group::Hooks => return self.hook_args(),
        };
        args.iter().map(|arg| self.render(arg)).collect()
    }

    fn guard_args(&self) -> Vec<String> {
        let rule: &[ArgTemplate] = self.guard().map_or(&[], |rule| &rule.args);
        let servers: &[ArgTemplate] = match self.values.contains_key(&Placeholder::ServersFile) {
            true => &self.manifest.guard.hand_over.servers_args,
            false => &[],
        };
        rule.iter().chain(servers).map(|arg| self.render(arg)).collect()
    }

    /// With [`HookChannel::Arguments`] once per event, each with its own command.
    fn hook_args(&self) -> Vec<String> {
        let hooks = &self.manifest.hooks;
        match hooks.delivery {
            HookChannel::None => Vec::new(),
            HookChannel::SettingsFile | HookChannel::CodexTable => {
                hooks.args.iter().map(|arg| self.render(arg)).collect()
            }
            HookChannel::Arguments => {
                let per_event = |event: &String| {
                    let list = toml_list(&hook_argv(self.inputs.owt, self.manifest, event));
                    hooks.args.iter().map(|arg| self.render_with(arg, Some(&list))).collect::<Vec<_>>()
                };
                hooks.events.iter().flat_map(per_event).collect()
            }
        }
    }

    fn render(&self, arg: &ArgTemplate) -> String {
        self.render_with(arg, None)
    }

    fn render_with(&self, arg: &ArgTemplate, hook_argv: Option<&str>) -> String {
        arg.render(&|placeholder| match placeholder {
            Placeholder::HookArgv => hook_argv,
            _ => self.values.get(&placeholder).map(String::as_str),
        })
        .expect("a checked manifest uses a placeholder only where it has a value")
    }

    fn guard(&self) -> Option<&GuardRule> {
        match self.inputs.extras {
            RepositoryExtras::KeepOut => Some(&self.manifest.guard.keep_out),
            RepositoryExtras::LetIn => Some(&self.manifest.guard.let_in),
            RepositoryExtras::Nothing => Some(&self.manifest.guard.nothing),
            RepositoryExtras::ProgramAsks => None,
        }
    }

    fn environment(&self) -> EnvironmentChange {
        let guard = self.guard().map(|rule| &rule.environment);
        let mut change = EnvironmentChange::default();
        for rules in [&self.manifest.environment, &self.mode.environment].into_iter().chain(guard) {
            change.set.extend(rules.set.clone());
            change.remove.extend(rules.remove.iter().cloned());
        }
        change.set.extend(self.level.environment.clone());
        if self.inputs.context.is_some() {
            let told = &self.manifest.modes.context_environment;
            change.set.extend(told.iter().map(|(name, value)| (name.clone(), self.render(value))));
        }
        change
    }

    fn stdin(&self) -> LaunchInput {
        match (self.inputs.kind, self.mode.prompt) {
            (SessionKind::Tmux | SessionKind::Pty, _) => LaunchInput::Terminal,
            (SessionKind::Structured, _) => LaunchInput::Open,
            (SessionKind::Headless, PromptTransport::Stdin) => {
                self.path(Placeholder::PromptFile).map_or(LaunchInput::Nothing, LaunchInput::File)
            }
            (SessionKind::Headless, _) => LaunchInput::Nothing,
        }
    }

    fn path(&self, placeholder: Placeholder) -> Option<AbsPath> {
        let value = self.values.get(&placeholder)?;
        self.files.iter().find(|file| file.path.as_str() == value).map(|file| file.path.clone())
    }

    fn first_frame(&self) -> Option<crate::protocol::Frame> {
        let protocol = Protocol::of(self.mode.output)?;
        (self.mode.prompt == PromptTransport::Protocol).then(|| protocol.first_frame())
    }

    fn conversation(&self) -> Option<ConversationId> {
        match self.inputs.conversation {
            Conversation::Fresh(_) if self.mode.session_args.is_empty() => None,
            Conversation::Fresh(id) | Conversation::Resume(id) => Some(id.clone()),
        }
    }

    fn hooks(&self) -> HookState {
        match (self.manifest.hooks.delivery, &self.manifest.hooks.off) {
            (HookChannel::None, Some(reason)) => HookState::Off(reason.clone()),
            (HookChannel::None, None) => HookState::Off("the program has no hooks".to_owned()),
            _ => HookState::InPlace,
        }
    }
}
