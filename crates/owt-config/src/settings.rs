//! Every setting, declared once, and the typed values that the rest of the program reads.

use std::collections::BTreeMap;
use std::time::Duration;

use owt_core::Permissions;
use owt_core::environment::PortRange;
use owt_core::notice::Interests;
use owt_core::notice::QuietHours;
use owt_core::session::SessionKind;
use owt_core::session::SessionLimits;

use crate::board;
use crate::board::BoardKeys;
use crate::declaration::Declaration;
use crate::declaration::Scope;
use crate::declaration::Shape;
use crate::declaration::check;
use crate::document::split;
use crate::hooks::Hooks;
use crate::landing::LandingLists;
use crate::notify_command;
use crate::origin::Origin;
use crate::origin::Sourced;
use crate::panes;
use crate::panes::PaneTable;
use crate::prices;
use crate::prices::ModelPrices;
use crate::section::Winners;
use crate::section::parsed;
use crate::section::section;
use crate::section::typed;
use crate::shown::Shown;
use crate::tools::ToolTable;
use crate::values::AgentChoice;
use crate::values::Backend;
use crate::values::Background;
use crate::values::BaseDirectory;
use crate::values::ByteLimit;
use crate::values::CommitSubject;
use crate::values::Context;
use crate::values::Dollars;
use crate::values::InstallTime;
use crate::values::Layout;
use crate::values::ManifestFolder;
use crate::values::NamingPattern;
use crate::values::Parallel;
use crate::values::ProgramPath;
use crate::values::PullRequests;
use crate::values::Resolver;
use crate::values::SecretSource;
use crate::values::SettingValue;
use crate::values::Share;
use crate::values::Switch;
use crate::values::Theme;
use crate::values::TimeLimit;
use crate::values::Tries;
use crate::values::TurnLimit;
use crate::values::WebhookAddress;
use crate::values::WebhookForm;

const BOTH: Scope = Scope::UserAndRepository;
const RUNS_PROGRAMS: Scope =
    Scope::UserOnly("it decides which programs run, and whoever writes the repository must not");
const RUNS_SCRIPTS: Scope = Scope::UserOnly(
    "an install runs the scripts of the repository's packages, and that is the person's decision",
);
pub(crate) const TELLS: Scope = Scope::UserOnly(
    "it says who is told what you do and which command is run for it, and whoever writes the repository must not",
);
const THE_CRITICS: Scope =
    Scope::UserOnly("whoever writes the repository must not decide that nobody looks at what lands in it");
pub(crate) const THE_PERSONS: Scope =
    Scope::UserOnly("it concerns the person and the machine, not the repository");

section! {
    /// What belongs to no table.
    General at "" {
        /// The agent to start when none is named; `auto` takes the most preferred one that is installed.
        agent: AgentChoice = "auto", BOTH, "OWT_AGENT", or "ai_tool";
        /// What an agent may do without asking: `ask` for each edit and command, `edits` freely, `bypass` asks nothing.
        /// `bypass` only in the person's own file.
        permissions: Permissions = "ask", BOTH, "OWT_PERMISSIONS";
        /// What an agent is told besides its task: `full` tells it where it works, how to go about the task and how the
        /// repository is tested, `off` nothing.
        context: Context = "full", BOTH, "OWT_CONTEXT";
        /// The colours of the terminal interface; `auto` follows the terminal's background.
        theme: Theme = "auto", THE_PERSONS, "OWT_THEME";
        /// The background of your terminal, by which `theme = "auto"` goes; `auto` asks the terminal.
        background: Background = "auto", THE_PERSONS, "OWT_BACKGROUND", or "background_color";
    }
}

section! {
    /// Where worktrees are made and what they are called.
    Worktree at "worktree." {
        /// The folder in which worktrees are made; relative to the repository's root. One that lies in a checkout, whose
        /// status worktrees would show up in, is not used: they are then made in owt's own folder, and `owt new` says so.
        base_directory: BaseDirectory = "../", BOTH, "OWT_WORKTREE_BASE_DIRECTORY";
        /// The name of a worktree's folder, with `{project}` and `{branch}`.
        naming_pattern: NamingPattern = "{project}-{branch}", BOTH, "OWT_WORKTREE_NAMING_PATTERN";
        /// When the packages of a new worktree are installed: `before` the agent starts, in the `background` while it
        /// works, or `off`.
        install: InstallTime = "before", RUNS_SCRIPTS, "OWT_WORKTREE_INSTALL";
        /// End the install of one project after this long.
        install_limit: TimeLimit = "15m", THE_PERSONS, "OWT_WORKTREE_INSTALL_LIMIT";
        /// End the commands of `worktree.setup` or `worktree.teardown` after this long.
        hook_limit: TimeLimit = "5m", THE_PERSONS, "OWT_WORKTREE_HOOK_LIMIT";
        /// The ports of which each workspace gets ten, from the first to the last.
        ports: PortRange = "20000-32759", THE_PERSONS, "OWT_WORKTREE_PORTS";
        /// No work begins on a disk with less free space than this: that of the worktrees, or that of owt's own files.
        min_free_space: ByteLimit = "200MB", THE_PERSONS, "OWT_WORKTREE_MIN_FREE_SPACE";
        /// No further worktree is made for a repository whose worktrees and trash hold as much as this, counted without
        /// what they share with others.
        disk_budget: ByteLimit = "none", THE_PERSONS, "OWT_WORKTREE_DISK_BUDGET";
    }
}

section! {
    /// What is no longer needed.
    Cleanup at "cleanup." {
        /// `owt cleanup` takes what nobody has touched for this long.
        idle: TimeLimit = "14d", THE_PERSONS, "OWT_CLEANUP_IDLE";
        /// Folders of deleted workspaces leave the trash after this long.
        trash_age: TimeLimit = "30d", THE_PERSONS, "OWT_CLEANUP_TRASH_AGE";
        /// The oldest folders leave a repository's trash when it holds more than this.
        trash_size: ByteLimit = "20GB", THE_PERSONS, "OWT_CLEANUP_TRASH_SIZE";
        /// `owt cleanup` takes snapshots of what has landed, or is kept elsewhere, when they are this old.
        snapshot_age: TimeLimit = "90d", THE_PERSONS, "OWT_CLEANUP_SNAPSHOT_AGE";
        /// It takes the oldest of them, too, while a repository's snapshots hold more than this by themselves.
        snapshot_size: ByteLimit = "5GB", THE_PERSONS, "OWT_CLEANUP_SNAPSHOT_SIZE";
    }
}

section! {
    /// What is looked for in work before it lands.
    Critic at "critic." {
        /// Whether the critic looks at work before it lands.
        enabled: Switch = "on", THE_CRITICS, file_only;
        /// The most that a change may add to one file.
        max_file: ByteLimit = "5MB", BOTH, file_only;
    }
}

section! {
    /// How work lands.
    Landing at "landing." {
        /// End the checks of a landing after this long, and let nothing land.
        check_limit: TimeLimit = "30m", THE_PERSONS, file_only;
        /// The first line of a commit that `owt ship` makes of left work, with `{subject}` (the task's first line), `{name}`
        /// and `{branch}`.
        message: CommitSubject = "{subject}", BOTH, file_only;
        /// Whether agents at work are told, once for each file, that their work would not merge with another's. Each is a
        /// message that they read.
        tell_conflicts: Switch = "on", THE_PERSONS, file_only;
        /// How many candidates `owt queue --ship` checks at once; `auto` is one for every four cores. A repository's is that
        /// of the branch that the work would land in.
        concurrency: Parallel = "auto", BOTH, file_only;
        /// How often `owt queue --ship` runs checks again that have failed, before it believes them and puts work out. A
        /// repository's is that of the branch that the work would land in.
        retries: Tries = "0", BOTH, file_only;
        /// The agent that settles what conflicts when `owt sync NAME`, `owt merge` or `owt ship` finds it, in a workspace of its own,
        /// as `--resolve` does; `off` asks none.
        resolve: Resolver = "off", THE_PERSONS, file_only;
        /// `auto`: `owt ship` lands nothing; it commits, reviews and checks as always, then pushes the branch and makes a pull request
        /// at GitHub, or takes the one that is there. `off`: it lands.
        pull_request: PullRequests = "off", THE_PERSONS, file_only;
    }
}

section! {
    /// A second opinion of what `owt ship` would land, from an agent that looks at it in a workspace of its own. It is no gate: what
    /// the critic denies it cannot let pass, and what it doubts you can land all the same. Read from your own file alone.
    Opinion at "landing.review." {
        /// The agent that is asked; `off` asks none.
        agent: Resolver = "off", THE_PERSONS, file_only;
        /// Below this score it counts as doubt, whatever its verdict; `none`: the verdict alone counts.
        score: Share = "70%", THE_PERSONS, file_only;
        /// Whether nothing lands of which it could not be had; with `off` it lands, and that is told.
        required: Switch = "off", THE_PERSONS, file_only;
        /// How long it may take.
        limit: TimeLimit = "15m", THE_PERSONS, file_only;
    }
}

section! {
    /// How people's sessions live.
    Session at "session." {
        /// Where a session that a person looks at lives: in `tmux`, or on a terminal that owt keeps by itself
        /// (`pty`); `auto` takes tmux where it is installed.
        backend: Backend = "auto", BOTH, "OWT_SESSION_BACKEND";
    }
}

section! {
    /// The windows of sessions in tmux.
    Tmux at "tmux." {
        /// What a session's window shows: the agent, and after `+` what stands beside it: a `shell`, the repository's
        /// `tests`, or a pane of your own (`[tmux.panes.NAME]`) by its name.
        layout: Layout = "agent", BOTH, "OWT_TMUX_LAYOUT";
        /// `on`: Alt-s, Alt-m, Alt-d and Alt-c do without Ctrl-b what `s`, `m`, `D` and `c` do behind it. Agents use such
        /// keys themselves, and no longer get them then. It is looked at whenever a session begins, for all windows.
        alt_keys: Switch = "off", THE_PERSONS, "OWT_TMUX_ALT_KEYS";
    }
}

section! {
    /// Limits that end a session, whatever the agent does.
    Limits at "limits." {
        /// End a session without a terminal this long after its start.
        wall: TimeLimit = "6h", BOTH, "OWT_LIMITS_WALL";
        /// End a session without a terminal when it has printed nothing for this long.
        idle: TimeLimit = "30m", BOTH, "OWT_LIMITS_IDLE";
        /// End a session in a terminal this long after its start.
        terminal_wall: TimeLimit = "none", BOTH, "OWT_LIMITS_TERMINAL_WALL";
        /// End a session in a terminal when it has printed nothing for this long.
        terminal_idle: TimeLimit = "none", BOTH, "OWT_LIMITS_TERMINAL_IDLE";
        /// End a session without a terminal when its agent begins another turn after so many.
        turns: TurnLimit = "none", BOTH, "OWT_LIMITS_TURNS";
        /// End a session without a terminal when its agent says that it has cost so much, in US dollars. An agent that
        /// never says what it costs is not started then.
        budget: Dollars = "none", THE_PERSONS, "OWT_LIMITS_BUDGET";
    }
}

section! {
    /// What an agent without a terminal does by itself when its work has failed.
    Retry at "retry." {
        /// So often it is taken up again after a rate limit without a known end, an overload, a network failure or a
        /// crash. `0`: nothing goes on by itself, and no limit is waited for.
        attempts: Tries = "1", BOTH, "OWT_RETRY_ATTEMPTS";
        /// The pause before that; each further one is twice as long.
        delay: TimeLimit = "1m", BOTH, "OWT_RETRY_DELAY";
        /// The end of a rate limit is waited for when it is no later than this.
        max_wait: TimeLimit = "6h", BOTH, "OWT_RETRY_MAX_WAIT";
    }
}

section! {
    /// The server.
    Server at "server." {
        /// The server ends when it has had no client, no agent and nothing planned for this long.
        idle_exit: TimeLimit = "30m", THE_PERSONS, "OWT_SERVER_IDLE_EXIT";
    }
}

section! {
    /// When something should be done about the database: `owt db health --check` and `owt doctor` say so then.
    Database at "database." {
        /// The database is larger than this.
        max_size: ByteLimit = "1GB", THE_PERSONS, "OWT_DATABASE_MAX_SIZE";
        /// Its log is larger than this: somebody reads for very long, or the disk is slow.
        max_log: ByteLimit = "128MB", THE_PERSONS, "OWT_DATABASE_MAX_LOG";
        /// Its newest backup is older than this.
        max_backup_age: TimeLimit = "30d", THE_PERSONS, "OWT_DATABASE_MAX_BACKUP_AGE";
    }
}

section! {
    /// What the person is told without asking. Read from their own file alone.
    Notify at "notify." {
        /// Of what you are told: `needs_person`, `done`, `failed`, `warning`, `status` (every other change), with commas
        /// between, or `any`.
        events: Interests = "needs_person,done,failed", TELLS, file_only;
        /// Ring the bell of the terminals at which you look at sessions, at `owt list --watch` or at `owt wait`.
        bell: Switch = "on", TELLS, file_only;
        /// Show notifications on your desktop (`notify-send`, `osascript`).
        desktop: Switch = "off", TELLS, file_only;
        /// An address that is told by an HTTP POST, or where it lies: `file:PATH`, `env:NAME`. A chat service's address is
        /// as good as a password: let it lie in a file.
        webhook: WebhookAddress = "none", TELLS, file_only;
        /// The form of the webhook's body: every fact as a field (`owt`), or a text for `slack`.
        webhook_form: WebhookForm = "owt", TELLS, file_only;
        /// Where the secret lies that the webhook's body is signed with.
        webhook_secret: SecretSource = "none", TELLS, file_only;
        /// In this part of the day, by the machine's clock, you are told nothing, and not later either.
        quiet_hours: QuietHours = "none", TELLS, file_only;
    }
}

section! {
    /// When a working agent is something to be warned of. Read from the person's own file alone.
    Warnings at "warnings." {
        /// It has printed nothing for this long, and no tool of its runs.
        no_output: TimeLimit = "10m", THE_PERSONS, file_only;
        /// It has been at work for this long.
        running: TimeLimit = "1h", THE_PERSONS, file_only;
        /// It has used so much of the time, the turns or the money after which it is ended.
        limits: Share = "80%", THE_PERSONS, file_only;
    }
}

/// Programs and manifests of agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agents {
    /// The folder with the person's own manifests.
    pub manifests: Sourced<ManifestFolder>,
    /// Programs that the person named for agents, by the agent's name.
    pub paths: BTreeMap<String, Sourced<ProgramPath>>,
}

/// The variable of the environment that names an agent's program, and the agent's name.
pub(crate) const PROGRAM_VARIABLES: [(&str, &str); 1] = [("CLAUDE_BIN", "claude")];

impl Agents {
    const DECLARATIONS: &'static [Declaration] = &[
        Declaration {
            key: "agents.manifests",
            aliases: &[],
            shape: Shape::Text,
            default: Some("agents"),
            doc: "The folder with your own agent manifests; relative to the configuration file's folder.",
            scope: RUNS_PROGRAMS,
            variable: Some("OWT_AGENTS_MANIFESTS"),
            expects: ManifestFolder::EXPECTS,
            words: ManifestFolder::WORDS,
            examples: ManifestFolder::EXAMPLES,
            check: check::<ManifestFolder>,
        },
        Declaration {
            key: "agents.<name>.path",
            aliases: &[],
            shape: Shape::Text,
            default: None,
            doc: "The program of this agent, where it is not the one on the search path. `CLAUDE_BIN` names Claude Code's.",
            scope: RUNS_PROGRAMS,
            variable: None,
            expects: ProgramPath::EXPECTS,
            words: ProgramPath::WORDS,
            examples: ProgramPath::EXAMPLES,
            check: check::<ProgramPath>,
        },
    ];

    fn from_winners(winners: &Winners) -> Self {
        let path = |(key, (given, origin)): (&Vec<String>, &(_, Origin))| match key.as_slice() {
            [table, name, field] if table == "agents" && field == "path" => {
                Some((name.clone(), Sourced { value: parsed(given), origin: origin.clone() }))
            }
            _ => None,
        };
        Self {
            manifests: typed(winners, "agents.manifests"),
            paths: winners.iter().filter_map(path).collect(),
        }
    }
}

/// The settings in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What belongs to no table.
    pub general: General,
    /// Where worktrees are made and what they are called.
    pub worktree: Worktree,
    /// What is no longer needed.
    pub cleanup: Cleanup,
    /// Commands around a worktree's life.
    pub hooks: Hooks,
    /// Those of the person's own file, whoever's are in force: a repository's are in force only when they may run.
    pub own_hooks: Hooks,
    /// What is looked for in work before it lands.
    pub critic: Critic,
    /// How work lands.
    pub landing: Landing,
    /// Who is asked for a second opinion.
    pub opinion: Opinion,
    /// The lists of both.
    pub landing_lists: LandingLists,
    /// How people's sessions live.
    pub session: Session,
    /// The windows of sessions in tmux.
    pub tmux: Tmux,
    /// The person's own panes, `[tmux.panes.NAME]`, by name.
    pub panes: BTreeMap<String, PaneTable>,
    /// Limits that end a session.
    pub limits: Limits,
    /// What an agent does by itself when its work has failed.
    pub retry: Retry,
    /// The server.
    pub server: Server,
    /// When something should be done about the database.
    pub database: Database,
    /// What the person is told.
    pub notify: Notify,
    /// The command by which they are told; empty for none.
    pub notify_command: Option<Sourced<Vec<String>>>,
    /// After how long they are warned.
    pub warnings: Warnings,
    /// The person's own keys on the board.
    pub board_keys: BoardKeys,
    /// What the tokens of models cost.
    pub prices: ModelPrices,
    /// Programs and manifests of agents.
    pub agents: Agents,
    /// The person's own agents, `[tools.NAME]`, by name.
    pub tools: BTreeMap<String, ToolTable>,
}

impl Settings {
    pub(crate) const SECTIONS: [&'static [Declaration]; 21] = [
        General::DECLARATIONS,
        Worktree::DECLARATIONS,
        Hooks::DECLARATIONS,
        Cleanup::DECLARATIONS,
        Critic::DECLARATIONS,
        LandingLists::OF_CRITIC,
        Landing::DECLARATIONS,
        Opinion::DECLARATIONS,
        LandingLists::OF_LANDING,
        Session::DECLARATIONS,
        Tmux::DECLARATIONS,
        Limits::DECLARATIONS,
        Retry::DECLARATIONS,
        Server::DECLARATIONS,
        Database::DECLARATIONS,
        Notify::DECLARATIONS,
        notify_command::DECLARATIONS,
        Warnings::DECLARATIONS,
        board::DECLARATIONS,
        prices::DECLARATIONS,
        Agents::DECLARATIONS,
    ];

    pub(crate) fn from_winners(
        winners: &Winners,
        own_hooks: Hooks,
        tools: BTreeMap<String, ToolTable>,
    ) -> Self {
        Self {
            general: General::from_winners(winners),
            worktree: Worktree::from_winners(winners),
            cleanup: Cleanup::from_winners(winners),
            critic: Critic::from_winners(winners),
            landing: Landing::from_winners(winners),
            opinion: Opinion::from_winners(winners),
            landing_lists: LandingLists::from_winners(winners),
            hooks: Hooks::from_winners(winners),
            own_hooks,
            session: Session::from_winners(winners),
            tmux: Tmux::from_winners(winners),
            panes: panes::tables(winners),
            limits: Limits::from_winners(winners),
            retry: Retry::from_winners(winners),
            server: Server::from_winners(winners),
            database: Database::from_winners(winners),
            notify: Notify::from_winners(winners),
            notify_command: notify_command::from_winners(winners),
            warnings: Warnings::from_winners(winners),
            board_keys: board::from_winners(winners),
            prices: prices::from_winners(winners),
            agents: Agents::from_winners(winners),
            tools,
        }
    }

    /// Our own limits for a kind of session.
    pub const fn session_limits(&self, kind: SessionKind) -> SessionLimits {
        let (wall, idle): (Option<Duration>, Option<Duration>) = match kind {
            SessionKind::Headless | SessionKind::Structured => {
                (self.limits.wall.value.duration(), self.limits.idle.value.duration())
            }
            SessionKind::Tmux | SessionKind::Pty => {
                (self.limits.terminal_wall.value.duration(), self.limits.terminal_idle.value.duration())
            }
        };
        SessionLimits { wall, idle }
    }

    /// Every setting that has a value, in the order of the reference.
    pub fn shown(&self) -> Vec<Shown> {
        let sections = [
            self.general.shown(),
            self.worktree.shown(),
            self.cleanup.shown(),
            self.critic.shown(),
            self.landing.shown(),
            self.opinion.shown(),
            self.session.shown(),
            self.tmux.shown(),
            self.limits.shown(),
            self.retry.shown(),
            self.server.shown(),
            self.database.shown(),
            self.notify.shown(),
            self.warnings.shown(),
        ];
        let plain = sections
            .into_iter()
            .flatten()
            .map(|(key, value, origin)| Shown::text(&split(key), value, origin));
        let manifests = &self.agents.manifests;
        let manifests =
            Shown::text(&split("agents.manifests"), manifests.value.to_string(), &manifests.origin);
        let paths = self.agents.paths.iter().map(|(name, path)| {
            let key = ["agents", name, "path"].map(str::to_owned);
            Shown::text(&key, path.value.to_string(), &path.origin)
        });
        let tools = self.tools.iter().flat_map(|(name, table)| table.shown(name));
        let panes = self.panes.iter().flat_map(|(name, table)| table.shown(name));
        let command = self.notify_command.iter().map(notify_command::shown);
        plain
            .chain(self.hooks.shown())
            .chain(self.landing_lists.shown())
            .chain(command)
            .chain(board::shown(&self.board_keys))
            .chain(prices::shown(&self.prices))
            .chain([manifests])
            .chain(paths)
            .chain(panes)
            .chain(tools)
            .collect()
    }
}
