//! The settings that the engine acts on, and where they come from. Files and environment are somebody else's.

use std::collections::BTreeMap;
use std::time::Duration;

use owt_agents::AgentName;
use owt_agents::Catalog;
use owt_core::AbsPath;
use owt_core::Permissions;
use owt_core::briefing::ContextChoice;
use owt_core::briefing::Template;
use owt_core::environment::Command;
use owt_core::environment::HookMoment;
use owt_core::environment::Installs;
use owt_core::environment::PortRange;
use owt_core::landing::Goal;
use owt_core::notice::Channel;
use owt_core::notice::TellingRules;
use owt_core::pane::AltKeys;
use owt_core::pane::Layout;
use owt_core::pricing::Prices;
use owt_core::retention::Retention;
use owt_core::retry::RetryPolicy;
use owt_core::session::Allowance;
use owt_core::session::SessionKind;
use owt_core::session::SessionLimits;
use owt_core::warning::WarningLimits;
use owt_ports::Way;

use crate::landing_rules::LandingRules;
use crate::mentioned_agents::Placed;
use crate::use_cases::Need;

/// The settings in force for one repository.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where worktrees are made: relative to the repository's root, or absolute.
    pub base_directory: String,
    /// The name of a worktree's folder, with `{project}` and `{branch}`.
    pub naming_pattern: String,
    /// When the packages of a fresh worktree are installed.
    pub install: Installs,
    /// What the disk may be used for.
    pub disk: DiskRules,
    /// The ports of which workspaces get theirs.
    pub ports: PortRange,
    /// How long the install of one project may take.
    pub install_limit: Duration,
    /// Commands for a fresh worktree.
    pub setup: Option<Hook>,
    /// Commands for a worktree that goes.
    pub teardown: Option<Hook>,
    /// The person's own commands for a new worktree, also where a repository's stand in their place.
    pub own_setup: Option<Hook>,
    /// The person's own commands before a removal, also where a repository's stand in their place.
    pub own_teardown: Option<Hook>,
    /// How long the commands of one of them may take.
    pub hook_limit: Duration,
    /// What is told, and who helps, before something lands.
    pub before_landing: BeforeLanding,
    /// The agent to use when none is named.
    pub agent: Option<Placed<String>>,
    /// The permission level when none is named.
    pub permissions: Permissions,
    /// What agents are told besides their task.
    pub context: ContextChoice,
    /// Where terminal sessions live when a request does not say.
    pub terminal: TerminalBackend,
    /// What the windows of sessions in tmux show.
    pub layout: Layout,
    /// Whose Alt with a letter is there.
    pub alt_keys: AltKeys,
    /// Our own limits for sessions without a terminal.
    pub automated_limits: SessionLimits,
    /// What sessions without a terminal may use up.
    pub allowance: Allowance,
    /// What sessions without a terminal do by themselves after a failure.
    pub retry: RetryPolicy,
    /// Our own limits for terminals.
    pub terminal_limits: SessionLimits,
    /// The agents that are known, the person's own included.
    pub catalog: Catalog,
    /// Programs that the person named for agents (`[agents.claude] path`).
    pub agent_paths: BTreeMap<String, Placed<AbsPath>>,
    /// What the tokens of models cost.
    pub prices: Prices,
}

/// What the person is told without asking, and of what they are warned. Their own file says it, and no repository's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttentionSettings {
    /// Of what they are told, by which ways, and when not.
    pub rules: TellingRules,
    /// The ways that are switched on, with all that is needed to go them.
    pub ways: Vec<Way>,
    /// After how long they are warned.
    pub warnings: WarningLimits,
}

impl Default for AttentionSettings {
    /// The bell, and no warnings: what holds while the person's file is broken.
    fn default() -> Self {
        let rules = TellingRules { channels: vec![Channel::Bell], ..TellingRules::default() };
        Self { rules, ways: vec![Way::Bell], warnings: WarningLimits::default() }
    }
}

/// What is told, and which agents help in workspaces of their own, before something lands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeforeLanding {
    /// What agents at work are told of conflicts with others.
    pub conflict_news: ConflictNews,
    /// The agent that settles what conflicts, unless a command says otherwise; `None`: nobody does.
    pub resolver: Option<String>,
    /// Who is asked for a second opinion of what `ship` would land; `None`: nobody.
    pub opinion: Option<OpinionSettings>,
    /// How far `ship` goes.
    pub goal: Goal,
}

/// Who is asked for a second opinion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpinionSettings {
    /// The agent.
    pub agent: String,
    /// Below this score it doubts, in hundredths.
    pub threshold: u8,
    /// Whether nothing lands without it.
    pub need: Need,
    /// How long it may take.
    pub limit: Duration,
}

/// Whether agents at work are told what they would not merge with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConflictNews {
    /// Each of both, once for each file.
    Told,
    /// The person alone sees it.
    Kept,
}

/// What the disk may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskRules {
    /// No work begins with less free space than this, in bytes.
    pub min_free: Option<u64>,
    /// No worktree is made for a repository that uses as much as this, in bytes.
    pub budget: Option<u64>,
    /// What nobody has touched for this long is no longer needed; `None`: everything is.
    pub idle: Option<Duration>,
    /// How long what was removed stays.
    pub trash: Retention,
    /// How long snapshots stay.
    pub snapshots: Retention,
}

/// Commands that run around a worktree's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// The commands, one after the other.
    pub commands: Vec<Command>,
    /// Who wants them.
    pub source: HookSource,
}

/// Who wants commands to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HookSource {
    /// The person, in a file of their own.
    Person,
    /// A repository: its commands run when the person has approved them.
    Repository,
}

/// Where a person's sessions live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TerminalBackend {
    /// In tmux where it can be used, else on a terminal of our own.
    Auto,
    /// In our own tmux server.
    Tmux,
    /// On a terminal that the session's host keeps.
    Pty,
}

impl Settings {
    /// The commands for a moment of a worktree's life.
    pub const fn hook(&self, moment: HookMoment) -> Option<&Hook> {
        match moment {
            HookMoment::Setup => self.setup.as_ref(),
            HookMoment::Teardown => self.teardown.as_ref(),
        }
    }

    /// The person's own commands for that moment: what runs while a repository's may not.
    pub const fn own_hook(&self, moment: HookMoment) -> Option<&Hook> {
        match moment {
            HookMoment::Setup => self.own_setup.as_ref(),
            HookMoment::Teardown => self.own_teardown.as_ref(),
        }
    }

    /// The programs that the person named, by agent.
    pub fn configured_programs(&self) -> BTreeMap<AgentName, AbsPath> {
        let named = |(name, path): (&String, &Placed<AbsPath>)| {
            Some((self.catalog.get(name).ok()?.name.clone(), path.value.clone()))
        };
        self.agent_paths.iter().filter_map(named).collect()
    }

    /// The limits for a kind of session.
    pub const fn limits(&self, session: SessionKind) -> SessionLimits {
        match session {
            SessionKind::Tmux | SessionKind::Pty => self.terminal_limits,
            SessionKind::Headless | SessionKind::Structured => self.automated_limits,
        }
    }
}

/// A configuration file is broken: everything that is wrong with it, ready for the person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BrokenSettings {
    /// One line a fault: file, line, column, key, what is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Why there is no template of a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// There is none.
    #[error("there is no template '{name}'")]
    Unknown {
        /// The name, as it was given.
        name: String,
        /// The one that was probably meant.
        nearest: Option<String>,
        /// Those that there are.
        known: Vec<String>,
    },
    /// Its file is broken.
    #[error(transparent)]
    Broken(#[from] BrokenSettings),
}

/// Where settings come from. Read anew for each request, so that an edit counts at once.
pub trait SettingsSource: Send + Sync {
    /// The settings for a repository (its root), or for no repository. `environment` is the caller's, where a
    /// caller asks: its variables are a layer over the files.
    ///
    /// # Errors
    /// [`BrokenSettings`]; nothing is done with half-read settings.
    fn settings(
        &self,
        repository_root: Option<&AbsPath>,
        environment: Option<&BTreeMap<String, String>>,
    ) -> Result<Settings, BrokenSettings>;

    /// Whether a variable of the environment says what a setting is. What the person said so when they asked for something
    /// holds for all that is done for it later, too.
    fn is_setting(&self, variable: &str) -> bool;

    /// The names of the files in which a repository says how work lands in it.
    fn repository_files(&self) -> &'static [&'static str];

    /// The rules for landing in a repository (its root) whose files of these names are these: what is on its disk does not
    /// matter.
    ///
    /// # Errors
    /// [`BrokenSettings`].
    fn landing(
        &self,
        repository_root: &AbsPath,
        files: &[(String, Vec<u8>)],
    ) -> Result<LandingRules, BrokenSettings>;

    /// What the person is told without asking.
    ///
    /// # Errors
    /// [`BrokenSettings`].
    fn attention(&self) -> Result<AttentionSettings, BrokenSettings>;

    /// The person's template of this name, or one of ours.
    ///
    /// # Errors
    /// [`TemplateError`].
    fn template(&self, name: &str) -> Result<Template, TemplateError>;
}
