//! Agents without a manifest: `[tools.NAME]` in the person's configuration.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Binary;
use super::Commits;
use super::EnvironmentRules;
use super::Guard;
use super::HookChannel;
use super::HookDelivery;
use super::KnownPath;
use super::LevelRule;
use super::Manifest;
use super::Mode;
use super::Modes;
use super::Origin;
use super::OutputFormat;
use super::PermissionRules;
use super::Pick;
use super::PromptTransport;
use super::ReadyRule;
use super::Standing;
use super::WithoutChannel;
use crate::names::AgentName;
use crate::names::NameError;
use crate::screen::ScreenRules;
use crate::shell_words;
use crate::template::ArgPiece;
use crate::template::ArgTemplate;
use crate::template::Group;
use crate::template::Placeholder;

/// A custom tool, as it is written in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomTool {
    /// The program; the tool's name when missing.
    pub binary: Option<String>,
    /// Its command line, split into words without a shell; `{binary}` when missing. `{{task}}` (or `{prompt}`)
    /// is the prompt, `{{worktree}}` (or `{workspace}`) the folder, `{prompt_file}` a file with the prompt.
    pub command_template: Option<String>,
    /// The option before the prompt, for programs that take it as an argument; `""` for a bare last argument.
    pub prompt_flag: Option<String>,
    /// Whether it calls `owt hook` by itself. We write no settings for programs that we do not know.
    #[serde(default)]
    pub supports_hooks: bool,
    /// Whether it can do one prompt without a terminal and end.
    #[serde(default)]
    pub supports_headless: bool,
    /// Whether it has a read-only mode; `plan_args` says how it is switched on.
    #[serde(default)]
    pub supports_plan_mode: bool,
    /// The arguments that switch the read-only mode on, put right after the program.
    #[serde(default)]
    pub plan_args: Vec<String>,
    /// How to install it.
    pub install_hint: Option<String>,
    /// Places to look besides the search path.
    #[serde(default)]
    pub known_paths: Vec<String>,
}

/// Why a custom tool cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CustomToolError {
    /// Its name is no agent's name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A built-in agent has this name.
    #[error("'{0}' is a built-in agent: choose another name, or override its manifest")]
    Reserved(String),
    /// The command line cannot be split without a shell.
    #[error("command_template: {0}")]
    Split(#[from] shell_words::SplitError),
    /// The command line is empty.
    #[error("command_template: there is no program in it")]
    Empty,
    /// The first word is not the program.
    #[error("command_template: the first word must be {{binary}} or the program '{expected}', not '{found}'")]
    OtherProgram {
        /// What `binary` says.
        expected: String,
        /// What the template says.
        found: String,
    },
    /// A placeholder that is not known.
    #[error(
        "command_template: unknown placeholder '{0}' (known: {{binary}}, {{{{task}}}}, {{prompt}}, {{prompt_file}}, {{{{worktree}}}}, {{workspace}})"
    )]
    Placeholder(String),
    /// The prompt has two ways.
    #[error("the prompt is in command_template already: remove prompt_flag")]
    TwoPrompts,
    /// A known path that is neither absolute nor below the home.
    #[error("known_paths: '{0}' is neither an absolute path nor below '~/'")]
    KnownPath(String),
    /// An option that could not be one.
    #[error("prompt_flag: '{0}' does not start with '-'")]
    PromptFlag(String),
}

impl Manifest {
    /// An agent made of a tool's table. Its permissions are unmanaged: it runs as its own template says, and a
    /// level that is asked for is refused.
    ///
    /// # Errors
    /// [`CustomToolError`].
    pub fn from_tool(name: &str, tool: &CustomTool) -> Result<Self, CustomToolError> {
        let name = AgentName::new(name)?;
        let binary = tool.binary.clone().unwrap_or_else(|| name.as_str().to_owned());
        let command = Command::read(tool, &binary)?;
        let known = |path: &String| {
            KnownPath::try_from(path.clone()).map_err(|_| CustomToolError::KnownPath(path.clone()))
        };
        Ok(Self {
            format: 1,
            display_name: name.as_str().to_owned(),
            aliases: Vec::new(),
            install_hint: tool.install_hint.clone().unwrap_or_else(|| {
                format!("install '{binary}' so that it is on the search path, or set tools.{name}.binary")
            }),
            known_paths: tool.known_paths.iter().map(known).collect::<Result<_, _>>()?,
            binary: Binary::Named(binary),
            version_args: Vec::new(),
            preference: None,
            pick: Pick::Automatic,
            standing: Standing::Untested,
            origin: Origin::Tool,
            seen_versions: Vec::new(),
            model_keys: Vec::new(),
            limits: limits(tool),
            command_prefixes: "/!#@$".to_owned(),
            submit_keys: "\r".to_owned(),
            environment: EnvironmentRules { set: BTreeMap::new(), remove: Vec::new() },
            model_args: Vec::new(),
            hooks: hooks(tool),
            transcript: None,
            guard: Guard::default(),
            first_run: Vec::new(),
            modes: Modes {
                context_args: Vec::new(),
                context_environment: BTreeMap::new(),
                without_channel: WithoutChannel::default(),
                own_words: None,
                instructions: Vec::new(),
                headless: tool.supports_headless.then(|| command.headless()),
                structured: None,
                tmux: Some(command.tmux()),
            },
            screen: ScreenRules::default(),
            name,
        })
    }
}

fn limits(tool: &CustomTool) -> Vec<String> {
    let mut limits = vec![
        "its permissions are its own: it runs as its command_template says, and --permissions is refused"
            .to_owned(),
    ];
    if !tool.supports_headless {
        limits.push("it cannot run headless (supports_headless is not set)".to_owned());
    }
    if tool.supports_plan_mode && tool.plan_args.is_empty() {
        limits.push("plan mode is refused: set plan_args to say how it is switched on".to_owned());
    }
    limits
}

fn hooks(tool: &CustomTool) -> HookDelivery {
    let off = if tool.supports_hooks {
        "we write no settings of a program that we do not know; it may call 'owt hook' by itself"
    } else {
        "the program has no hooks"
    };
    HookDelivery { delivery: HookChannel::None, off: Some(off.to_owned()), ..HookDelivery::default() }
}

/// The command line of a tool: arguments before the prompt, and where the prompt goes.
struct Command {
    plan: LevelRule,
    arguments: Vec<ArgTemplate>,
    /// The transport that the arguments hold, if they hold the prompt.
    held: Option<PromptTransport>,
    /// The option before the prompt; empty for a bare argument.
    prompt_flag: Option<String>,
}

impl Command {
    fn read(tool: &CustomTool, binary: &str) -> Result<Self, CustomToolError> {
        let template = tool.command_template.as_deref().unwrap_or("{binary}");
        let mut words = shell_words::split(template)?.into_iter();
        let program = words.next().ok_or(CustomToolError::Empty)?;
        if program != "{binary}" && program != "{{binary}}" && program != binary {
            return Err(CustomToolError::OtherProgram { expected: binary.to_owned(), found: program });
        }
        let arguments = words.map(|word| argument(&word)).collect::<Result<Vec<_>, _>>()?;
        let holds = |value: Placeholder| {
            arguments.iter().flat_map(ArgTemplate::placeholders).any(|used| used == value)
        };
        let held = match () {
            () if holds(Placeholder::Prompt) => Some(PromptTransport::Argv),
            () if holds(Placeholder::PromptFile) => Some(PromptTransport::File),
            () => None,
        };
        match &tool.prompt_flag {
            Some(_) if held.is_some() => Err(CustomToolError::TwoPrompts),
            Some(flag) if !flag.is_empty() && !flag.starts_with('-') => {
                Err(CustomToolError::PromptFlag(flag.clone()))
            }
            prompt_flag => Ok(Self { plan: plan(tool), arguments, held, prompt_flag: prompt_flag.clone() }),
        }
    }

    fn headless(&self) -> Mode {
        let mut arguments = self.arguments.clone();
        let prompt = match (&self.held, &self.prompt_flag) {
            (Some(held), _) => *held,
            (None, Some(flag)) => {
                if !flag.is_empty() {
                    arguments.push(ArgTemplate::literal(flag));
                }
                arguments.push(ArgTemplate::value(Placeholder::Prompt));
                PromptTransport::Argv
            }
            (None, None) => PromptTransport::Stdin,
        };
        self.mode(arguments, prompt, OutputFormat::Text, ReadyRule::Start)
    }

    /// In a terminal the prompt is pasted unless the template itself holds it: the option of a headless run
    /// would make many programs answer once and leave.
    fn tmux(&self) -> Mode {
        let (prompt, ready) = match self.held {
            Some(held) => (held, ReadyRule::Start),
            None => (PromptTransport::Paste, ReadyRule::Quiet),
        };
        self.mode(self.arguments.clone(), prompt, OutputFormat::Terminal, ready)
    }

    fn mode(
        &self,
        arguments: Vec<ArgTemplate>,
        prompt: PromptTransport,
        output: OutputFormat,
        ready: ReadyRule,
    ) -> Mode {
        let plan = ArgPiece::Group(Group::Permission);
        Mode {
            bridge: None,
            program: None,
            model_args: None,
            budget_args: Vec::new(),
            argv: std::iter::once(plan).chain(arguments.into_iter().map(ArgPiece::Arg)).collect(),
            resume_argv: None,
            resume_loses_within_s: 0,
            session_args: Vec::new(),
            prompt,
            output,
            ready,
            environment: EnvironmentRules::default(),
            permissions: PermissionRules::default(),
            plan: self.plan.clone(),
        }
    }
}

fn plan(tool: &CustomTool) -> LevelRule {
    let reason = match (tool.supports_plan_mode, tool.plan_args.is_empty()) {
        (true, false) => {
            let args = tool.plan_args.iter().map(|arg| ArgTemplate::literal(arg)).collect();
            return LevelRule::Supported {
                args,
                settings: serde_json::Map::new(),
                environment: BTreeMap::new(),
                opening: serde_json::Map::new(),
                commits: Commits::Agent,
            };
        }
        (true, true) => "set plan_args to say how its plan mode is switched on",
        (false, _) => "it has no plan mode (supports_plan_mode is not set)",
    };
    LevelRule::Unsupported { reason: reason.to_owned() }
}

/// The originals' double braces and ours mean the same.
const WORDS: [(&str, &str); 6] = [
    ("{{task}}", "{prompt}"),
    ("{{prompt}}", "{prompt}"),
    ("{{prompt_file}}", "{prompt_file}"),
    ("{{worktree}}", "{workspace}"),
    ("{{workspace}}", "{workspace}"),
    ("{{binary}}", "{program}"),
];

fn argument(word: &str) -> Result<ArgTemplate, CustomToolError> {
    let mut text = word.to_owned();
    for (theirs, ours) in WORDS {
        text = text.replace(theirs, ours);
    }
    let text = text.replace("{task}", "{prompt}").replace("{worktree}", "{workspace}");
    let text = text.replace("{binary}", "{program}");
    let unknown = || CustomToolError::Placeholder(word.to_owned());
    let template = ArgTemplate::parse(&text).map_err(|_| unknown())?;
    let known = [Placeholder::Program, Placeholder::Prompt, Placeholder::PromptFile, Placeholder::Workspace];
    if template.placeholders().all(|value| known.contains(&value)) { Ok(template) } else { Err(unknown()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(template: &str) -> CustomTool {
        CustomTool {
            command_template: Some(template.to_owned()),
            supports_headless: true,
            ..CustomTool::default()
        }
    }

    fn transports(tool: &CustomTool) -> (PromptTransport, PromptTransport) {
        let manifest = Manifest::from_tool("mytool", tool).unwrap();
        (manifest.modes.headless.unwrap().prompt, manifest.modes.tmux.unwrap().prompt)
    }

    #[test]
    fn the_prompt_goes_where_the_template_says_and_else_to_stdin_or_paste() {
        assert_eq!(transports(&tool("{binary} --fast")), (PromptTransport::Stdin, PromptTransport::Paste));
        assert_eq!(
            transports(&tool("{binary} run {{task}} {{worktree}} --json")),
            (PromptTransport::Argv, PromptTransport::Argv)
        );
        assert_eq!(
            transports(&tool("mytool --from={prompt_file}")),
            (PromptTransport::File, PromptTransport::File)
        );
        let flagged = CustomTool { prompt_flag: Some("-p".to_owned()), ..tool("{binary}") };
        assert_eq!(transports(&flagged), (PromptTransport::Argv, PromptTransport::Paste));
        assert_eq!(Manifest::from_tool("x", &CustomTool::default()).unwrap().modes.headless, None);
    }

    #[test]
    fn bad_tables_are_refused_with_what_is_wrong() {
        let errors = |tool: &CustomTool| Manifest::from_tool("mytool", tool).unwrap_err();
        assert!(matches!(errors(&tool("{binary} | tee log")), CustomToolError::Split(_)));
        assert_eq!(errors(&tool("  ")), CustomToolError::Empty);
        assert!(matches!(errors(&tool("sh -c x")), CustomToolError::OtherProgram { .. }));
        assert_eq!(errors(&tool("{binary} {{tsk}}")), CustomToolError::Placeholder("{{tsk}}".to_owned()));
        assert_eq!(
            errors(&tool("{binary} {session_id}")),
            CustomToolError::Placeholder("{session_id}".to_owned())
        );
        let both = CustomTool { prompt_flag: Some("-p".to_owned()), ..tool("{binary} {prompt}") };
        assert_eq!(errors(&both), CustomToolError::TwoPrompts);
        let path = CustomTool { known_paths: vec!["bin/x".to_owned()], ..tool("{binary}") };
        assert_eq!(errors(&path), CustomToolError::KnownPath("bin/x".to_owned()));
        assert!(matches!(Manifest::from_tool("My Tool", &tool("{binary}")), Err(CustomToolError::Name(_))));
    }
}
