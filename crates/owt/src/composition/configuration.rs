//! The configuration files as the engine's settings. Read anew each time, so that an edit counts at once.

mod attention;
mod landing;

use std::collections::BTreeMap;
use std::time::Duration;

use owt_agents::Catalog;
use owt_agents::catalog::CatalogError;
use owt_agents::manifest::CustomTool;
use owt_config::Commands;
use owt_config::Environment;
use owt_config::FileLayer;
use owt_config::InvalidConfiguration;
use owt_config::Origin;
use owt_config::Places;
use owt_config::REPOSITORY_FILES;
use owt_config::Sourced;
use owt_config::ToolTable;
use owt_config::values::AgentChoice;
use owt_config::values::Backend;
use owt_config::values::Context;
use owt_config::values::InstallTime;
use owt_config::values::LayoutPart;
use owt_config::values::PullRequests;
use owt_config::values::Resolver;
use owt_config::values::Switch;
use owt_config::values::TimeLimit;
use owt_core::AbsPath;
use owt_core::briefing::ContextChoice;
use owt_core::briefing::Template;
use owt_core::environment::Command;
use owt_core::environment::Installs;
use owt_core::environment::Program;
use owt_core::environment::RelPath;
use owt_core::landing::Goal;
use owt_core::pane::AltKeys;
use owt_core::pane::Beside;
use owt_core::pane::Layout;
use owt_core::retention::Retention;
use owt_core::retry::RetryPolicy;
use owt_core::session::Allowance;
use owt_core::session::SessionKind;
use owt_engine::AttentionSettings;
use owt_engine::BeforeLanding;
use owt_engine::BrokenSettings;
use owt_engine::ConflictNews;
use owt_engine::DiskRules;
use owt_engine::Hook;
use owt_engine::HookSource;
use owt_engine::LandingRules;
use owt_engine::OpinionSettings;
use owt_engine::Placed;
use owt_engine::Settings;
use owt_engine::SettingsSource;
use owt_engine::TemplateError;
use owt_engine::TerminalBackend;
use owt_engine::use_cases::Need;
use owt_ports::PrivateFiles;
use owt_store::DiskFiles;

pub(super) use attention::unreadable_secrets;

const MEND: &str = "nothing was done; mend the file and try again";

/// Reads the person's and the repositories' files.
pub(super) struct ConfigurationFiles {
    places: Places,
    home: Option<AbsPath>,
    environment: Environment,
}

impl ConfigurationFiles {
    /// Files at these places, by the environment of this process: what `~` means in them, and the secrets that lie there.
    pub(super) fn new(places: Places, environment: &Environment) -> Self {
        Self { places, home: environment.home(), environment: environment.clone() }
    }

    fn catalog(&self, settings: &owt_config::Settings) -> Result<Catalog, BrokenSettings> {
        let folder = settings
            .agents
            .manifests
            .value
            .resolve(&self.places.config_folder(), self.home.as_ref())
            .map_err(|error| broken(&error))?;
        let manifests = manifests_in(&folder)?;
        let tools: BTreeMap<String, CustomTool> =
            settings.tools.iter().map(|(name, table)| (name.clone(), tool(table))).collect();
        let catalog =
            Catalog::built_in().with_overrides(&manifests).map_err(|errors| all(&errors, settings))?;
        catalog.with_tools(&tools).map_err(|errors| all(&errors, settings))
    }

    fn agent_paths(
        &self,
        settings: &owt_config::Settings,
    ) -> Result<BTreeMap<String, Placed<AbsPath>>, BrokenSettings> {
        settings
            .agents
            .paths
            .iter()
            .map(|(name, path)| {
                let found = path.value.resolve(self.home.as_ref()).map_err(|error| broken(&error))?;
                Ok((name.clone(), placed(found, &path.origin)))
            })
            .collect()
    }
}

/// Who is asked for a second opinion.
fn opinion(settings: &owt_config::Opinion) -> Option<OpinionSettings> {
    let Resolver::Named(agent) = &settings.agent.value else { return None };
    Some(OpinionSettings {
        agent: agent.clone(),
        threshold: settings.score.value.percent().unwrap_or(0),
        need: match settings.required.value {
            Switch::On => Need::Required,
            Switch::Off => Need::Welcome,
        },
        limit: limit(&settings.limit.value),
    })
}

impl SettingsSource for ConfigurationFiles {
    fn settings(
        &self,
        repository_root: Option<&AbsPath>,
        environment: Option<&BTreeMap<String, String>>,
    ) -> Result<Settings, BrokenSettings> {
        let paths = self.places.config_paths(repository_root.cloned());
        let settings = owt_config::load(&paths, environment, &[]).map_err(|error| invalid(&error))?;
        Ok(Settings {
            base_directory: base_directory(&settings, repository_root, self.home.as_ref())?,
            naming_pattern: settings.worktree.naming_pattern.value.as_str().to_owned(),
            install: match settings.worktree.install.value {
                InstallTime::Before => Installs::First,
                InstallTime::Background => Installs::Meanwhile,
                InstallTime::Off => Installs::Never,
            },
            disk: disk(&settings),
            ports: settings.worktree.ports.value,
            install_limit: limit(&settings.worktree.install_limit.value),
            setup: settings.hooks.setup.as_ref().map(hook).transpose()?,
            teardown: settings.hooks.teardown.as_ref().map(hook).transpose()?,
            own_setup: settings.own_hooks.setup.as_ref().map(hook).transpose()?,
            own_teardown: settings.own_hooks.teardown.as_ref().map(hook).transpose()?,
            hook_limit: limit(&settings.worktree.hook_limit.value),
            before_landing: BeforeLanding {
                conflict_news: match settings.landing.tell_conflicts.value {
                    Switch::On => ConflictNews::Told,
                    Switch::Off => ConflictNews::Kept,
                },
                resolver: match &settings.landing.resolve.value {
                    Resolver::Off => None,
                    Resolver::Named(name) => Some(name.clone()),
                },
                opinion: opinion(&settings.opinion),
                goal: match settings.landing.pull_request.value {
                    PullRequests::Auto => Goal::Cleared,
                    PullRequests::Off => Goal::Target,
                },
            },
            agent: match &settings.general.agent.value {
                AgentChoice::Auto => None,
                AgentChoice::Named(name) => Some(placed(name.clone(), &settings.general.agent.origin)),
            },
            permissions: settings.general.permissions.value,
            context: match settings.general.context.value {
                Context::Full => ContextChoice::Full,
                Context::Off => ContextChoice::Off,
            },
            automated_limits: settings.session_limits(SessionKind::Headless),
            allowance: Allowance {
                turns: settings.limits.turns.value.count(),
                cost_micro_usd: settings.limits.budget.value.micro(),
            },
            retry: RetryPolicy {
                attempts: settings.retry.attempts.value.count(),
                delay: settings.retry.delay.value.duration().unwrap_or_default(),
                max_wait: settings.retry.max_wait.value.duration(),
            },
            terminal: terminal(settings.session.backend.value),
            layout: layout(&settings)?,
            alt_keys: match settings.tmux.alt_keys.value {
                Switch::On => AltKeys::Ours,
                Switch::Off => AltKeys::Agents,
            },
            terminal_limits: settings.session_limits(SessionKind::Tmux),
            catalog: self.catalog(&settings)?,
            agent_paths: self.agent_paths(&settings)?,
            prices: settings.prices.iter().map(|(model, it)| (model.clone(), it.value.price())).collect(),
        })
    }

    fn is_setting(&self, variable: &str) -> bool {
        owt_config::is_setting(variable)
    }

    fn repository_files(&self) -> &'static [&'static str] {
        &REPOSITORY_FILES
    }

    fn landing(
        &self,
        repository_root: &AbsPath,
        files: &[(String, Vec<u8>)],
    ) -> Result<LandingRules, BrokenSettings> {
        let paths = self.places.config_paths(Some(repository_root.clone()));
        let settings = owt_config::load_at(&paths, files).map_err(|error| invalid(&error))?;
        landing::rules(&settings)
    }

    fn attention(&self) -> Result<AttentionSettings, BrokenSettings> {
        let paths = self.places.config_paths(None);
        let settings = owt_config::load(&paths, None, &[]).map_err(|error| invalid(&error))?;
        Ok(attention::settings(&settings, &self.environment))
    }

    fn template(&self, name: &str) -> Result<Template, TemplateError> {
        owt_config::template(&self.places.templates(), name).map_err(unknown_or_broken)
    }
}

fn unknown_or_broken(error: owt_config::TemplateError) -> TemplateError {
    match error {
        owt_config::TemplateError::Unknown { name, nearest, known } => {
            TemplateError::Unknown { name, nearest, known }
        }
        owt_config::TemplateError::Broken(error) => TemplateError::Broken(invalid(&error)),
    }
}

fn placed<T>(value: T, origin: &Origin) -> Placed<T> {
    Placed { value, place: origin.to_string() }
}

const fn disk(settings: &owt_config::Settings) -> DiskRules {
    DiskRules {
        min_free: settings.worktree.min_free_space.value.bytes(),
        budget: settings.worktree.disk_budget.value.bytes(),
        idle: settings.cleanup.idle.value.duration(),
        trash: Retention {
            age: settings.cleanup.trash_age.value.duration(),
            bytes: settings.cleanup.trash_size.value.bytes(),
        },
        snapshots: Retention {
            age: settings.cleanup.snapshot_age.value.duration(),
            bytes: settings.cleanup.snapshot_size.value.bytes(),
        },
    }
}

/// No limit is one that nobody reaches.
fn limit(limit: &TimeLimit) -> Duration {
    limit.duration().unwrap_or(Duration::MAX)
}

/// Commands as they are run: a program with a slash lies in the worktree, any other on the search path.
fn hook(said: &Sourced<Commands>) -> Result<Hook, BrokenSettings> {
    let command = |words: &Vec<String>| {
        let (program, arguments) =
            words.split_first().expect("a command without a program is refused before");
        let inside = program.contains('/') && !program.starts_with('/');
        let program = if inside {
            let path = program.strip_prefix("./").unwrap_or(program);
            Program::InFolder(RelPath::new(path).map_err(|error| broken(&error))?)
        } else {
            Program::OnPath(program.clone())
        };
        Ok(Command::of(program, arguments.iter().cloned()))
    };
    let source = match said.origin {
        Origin::File { layer: FileLayer::Repository, .. } => HookSource::Repository,
        _ => HookSource::Person,
    };
    Ok(Hook { commands: said.value.iter().map(command).collect::<Result<_, _>>()?, source })
}

const fn terminal(backend: Backend) -> TerminalBackend {
    match backend {
        Backend::Auto => TerminalBackend::Auto,
        Backend::Tmux => TerminalBackend::Tmux,
        Backend::Pty => TerminalBackend::Pty,
    }
}

/// The layout, with the person's own panes looked up by their names.
fn layout(settings: &owt_config::Settings) -> Result<Layout, BrokenSettings> {
    let setting = &settings.tmux.layout;
    let beside = setting.value.beside().iter().map(|part| match part {
        LayoutPart::Shell => Ok(Beside::Shell),
        LayoutPart::Tests => Ok(Beside::Tests),
        LayoutPart::Own(name) => match settings.panes.get(name) {
            Some(table) => Ok(Beside::Own { argv: table.command.clone(), place: table.place }),
            None => Err(broken(&format!(
                "{}: tmux.layout: there is no pane '{name}': 'shell', 'tests', or a table [tmux.panes.{name}] with a command",
                setting.origin
            ))),
        },
    });
    Ok(Layout { beside: beside.collect::<Result<_, _>>()? })
}

fn base_directory(
    settings: &owt_config::Settings,
    root: Option<&AbsPath>,
    home: Option<&AbsPath>,
) -> Result<String, BrokenSettings> {
    let Some(root) = root else { return Ok("../".to_owned()) };
    let folder =
        settings.worktree.base_directory.value.resolve(root, home).map_err(|error| broken(&error))?;
    Ok(folder.as_str().to_owned())
}

/// The manifests of a folder, by name; a folder that is not there has none.
fn manifests_in(folder: &AbsPath) -> Result<Vec<(String, String)>, BrokenSettings> {
    let files = DiskFiles::new();
    let names = files.list(folder).map_err(|error| broken(&error))?;
    let mut found = Vec::new();
    for name in names.into_iter().filter(|name| name.ends_with(".toml")) {
        let path = folder.join(&name);
        if let Some(bytes) = files.read(&path).map_err(|error| broken(&error))? {
            found.push((path.as_str().to_owned(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    Ok(found)
}

fn tool(table: &ToolTable) -> CustomTool {
    fn given<T: Clone>(value: &Option<Sourced<T>>) -> Option<T> {
        value.as_ref().map(|sourced| sourced.value.clone())
    }
    CustomTool {
        binary: given(&table.binary),
        command_template: given(&table.command_template),
        prompt_flag: given(&table.prompt_flag),
        supports_hooks: given(&table.supports_hooks).unwrap_or_default(),
        supports_headless: given(&table.supports_headless).unwrap_or_default(),
        supports_plan_mode: given(&table.supports_plan_mode).unwrap_or_default(),
        plan_args: given(&table.plan_args).unwrap_or_default(),
        install_hint: given(&table.install_hint),
        known_paths: given(&table.known_paths).unwrap_or_default(),
    }
}

fn broken(error: &dyn std::fmt::Display) -> BrokenSettings {
    BrokenSettings { message: error.to_string(), hint: Some(MEND.to_owned()) }
}

fn invalid(error: &InvalidConfiguration) -> BrokenSettings {
    broken(error)
}

/// Every fault, one a line, each with the place of the table it is in.
fn all(errors: &[CatalogError], settings: &owt_config::Settings) -> BrokenSettings {
    let lines: Vec<String> = errors
        .iter()
        .map(|error| match error {
            CatalogError::Tool { name, .. } => {
                let place = settings.tools.get(name).map(|table| format!("{}: ", table.origin));
                format!("{}{error}", place.unwrap_or_default())
            }
            CatalogError::Manifest(_) | CatalogError::NameTaken { .. } => error.to_string(),
        })
        .collect();
    broken(&lines.join("\n"))
}
