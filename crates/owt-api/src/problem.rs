//! Errors on the wire: a stable code, what happened, what to do.

use serde::Deserialize;
use serde::Serialize;

/// How a command that meets an error ends (`cli.md`, exit codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// Exit code 1.
    Failed,
    /// Exit code 2.
    Usage,
    /// Exit code 3: refused for safety.
    Refused,
    /// Exit code 4: waiting on a person.
    Waiting,
    /// Exit code 5.
    NotFound,
    /// Exit code 124.
    TimedOut,
    /// Exit code 130.
    Interrupted,
}

impl ErrorClass {
    /// The process exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Waiting => 4,
            Self::NotFound => 5,
            Self::TimedOut => 124,
            Self::Interrupted => 130,
        }
    }
}

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $class:ident;)*) => {
        /// The stable codes of errors. A code never changes its meaning or its class.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ErrorCode {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl ErrorCode {
            /// All codes, for the reference.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// How a command that meets it ends.
            pub const fn class(self) -> ErrorClass {
                match self { $(Self::$name => ErrorClass::$class,)* }
            }
        }
    };
}

error_codes! {
    /// The words of the call do not fit the command.
    Usage = "usage", Usage;
    /// No task was given, or it has nothing but white space.
    EmptyTask = "empty_task", Usage;
    /// The task has no word that a branch name can be made of.
    NoUsableWord = "no_usable_word", Usage;
    /// The prompt holds a NUL byte or is too large.
    BadPrompt = "bad_prompt", Usage;
    /// The prompt file cannot be read.
    PromptFile = "prompt_file", Usage;
    /// Two flags that exclude each other, or a flag that needs another.
    FlagConflict = "flag_conflict", Usage;
    /// The branch name breaks git's rules.
    BadBranchName = "bad_branch_name", Usage;
    /// A configuration file is broken; nothing was done.
    BadConfiguration = "bad_configuration", Usage;
    /// An environment variable or word of the original tools that has a new name here.
    RenamedWord = "renamed_word", Usage;
    /// The folder is in no git repository.
    NotARepository = "not_a_repository", Usage;
    /// The repository has no commit yet.
    NoCommits = "no_commits", Usage;
    /// HEAD is on no branch, so the base must be said.
    DetachedHead = "detached_head", Usage;
    /// The base names no commit.
    UnknownBase = "unknown_base", NotFound;
    /// The branch is not here, and several remotes have it.
    AmbiguousBase = "ambiguous_base", Usage;
    /// The branch exists already.
    BranchTaken = "branch_taken", Refused;
    /// A ref stands in the way of the branch.
    RefConflict = "ref_conflict", Refused;
    /// The branch is checked out elsewhere.
    BranchCheckedOut = "branch_checked_out", Refused;
    /// Something that is not ours is where the worktree should be.
    PathTaken = "path_taken", Refused;
    /// A file that owt did not write, or that was changed since, is where one of its own should be.
    ForeignFile = "foreign_file", Refused;
    /// A merge, rebase or lock of git is in the way.
    GitBusy = "git_busy", Refused;
    /// git is missing, too old, or refuses the repository.
    GitUnusable = "git_unusable", Failed;
    /// git failed in some other way.
    GitFailed = "git_failed", Failed;
    /// There is no template of that name.
    UnknownTemplate = "unknown_template", NotFound;
    /// No agent of that name is known.
    UnknownAgent = "unknown_agent", NotFound;
    /// The agent's program is not installed.
    AgentMissing = "agent_missing", NotFound;
    /// No agent is installed at all.
    NoAgents = "no_agents", NotFound;
    /// Several agents are installed and none was chosen.
    ChooseAgent = "choose_agent", Usage;
    /// The agent cannot enforce the permission level, the plan mode or the kind of session.
    Unsupported = "unsupported", Refused;
    /// tmux is missing or too old.
    TmuxUnusable = "tmux_unusable", Failed;
    /// A socket path would be too long.
    SocketPathTooLong = "socket_path_too_long", Failed;
    /// The disk is full.
    NoSpace = "no_space", Failed;
    /// The repository's worktrees use up what the configuration gives them.
    OverBudget = "over_budget", Refused;
    /// Something that was to be cleaned up stays.
    CleanupIncomplete = "cleanup_incomplete", Failed;
    /// The data folder cannot be written.
    HomeNotWritable = "home_not_writable", Failed;
    /// Nothing of that name.
    NotFound = "not_found", NotFound;
    /// Several things of that name.
    Ambiguous = "ambiguous", NotFound;
    /// The workspace has no running session.
    NoSession = "no_session", Failed;
    /// The session cannot be taken up again as it was.
    CannotResume = "cannot_resume", Refused;
    /// The agent is in the middle of a turn.
    AgentWorking = "agent_working", Refused;
    /// The session has no terminal to attach to.
    NoTerminal = "no_terminal", Failed;
    /// Uncommitted or unmerged work would be removed.
    UnsavedWork = "unsaved_work", Refused;
    /// Uncommitted work is in the way of a landing.
    UncommittedWork = "uncommitted_work", Refused;
    /// The branch to land in does not exist, or is not known.
    UnknownTarget = "unknown_target", NotFound;
    /// The target of a landing has it all.
    NothingToLand = "nothing_to_land", Failed;
    /// Branch and target changed the same.
    MergeConflicts = "merge_conflicts", Failed;
    /// Branch and target have no commit in common.
    UnrelatedHistories = "unrelated_histories", Refused;
    /// The target is checked out with something in the way.
    TargetDirty = "target_dirty", Refused;
    /// The target of a landing is not any more where that has brought it.
    TargetMoved = "target_moved", Refused;
    /// What has landed was pushed: others have it.
    AlreadyPushed = "already_pushed", Refused;
    /// Something stands on what has landed: a branch, a tag, a checkout.
    BuiltUpon = "built_upon", Refused;
    /// Nothing was done that could be taken back.
    NothingToUndo = "nothing_to_undo", NotFound;
    /// The critic denies it.
    CriticDenied = "critic_denied", Refused;
    /// The critic has denied it again and again: a person has to look.
    NeedsDecision = "needs_decision", Waiting;
    /// A check of the repository has failed.
    ChecksFailed = "checks_failed", Failed;
    /// What it stands on does not land.
    StandsOnOther = "stands_on_other", Refused;
    /// It was called off before it landed.
    CalledOff = "called_off", Failed;
    /// Some of the queue's work has not landed.
    ShipIncomplete = "ship_incomplete", Failed;
    /// Something that a repository brings along must be approved first.
    NeedsApproval = "needs_approval", Waiting;
    /// A question must be answered with `--yes` here.
    NeedsConfirmation = "needs_confirmation", Refused;
    /// Only a person may do this.
    PersonOnly = "person_only", Refused;
    /// The caller may not see or touch this.
    Forbidden = "forbidden", Refused;
    /// A credential is wrong or has been revoked.
    BadCredential = "bad_credential", Refused;
    /// The checkout already has an in-place job.
    InPlaceBusy = "in_place_busy", Refused;
    /// The agent waits for a person.
    WaitingOnPerson = "waiting_on_person", Waiting;
    /// A message did not reach the agent.
    DeliveryFailed = "delivery_failed", Failed;
    /// The agent's work ended in failure.
    AgentFailed = "agent_failed", Failed;
    /// A limit of time was reached.
    TimedOut = "timed_out", TimedOut;
    /// The person interrupted.
    Interrupted = "interrupted", Interrupted;
    /// The server cannot be started or reached.
    ServerUnreachable = "server_unreachable", Failed;
    /// A server runs already, and there is one for each home.
    ServerRunning = "server_running", Failed;
    /// Client and server speak different protocols.
    ProtocolMismatch = "protocol_mismatch", Failed;
    /// A list, queue or body is over its limit.
    LimitReached = "limit_reached", Refused;
    /// The database cannot be used.
    Database = "database", Failed;
    /// The database file is damaged, or none of ours.
    DatabaseDamaged = "database_damaged", Failed;
    /// Another process holds the database's lock.
    DatabaseLocked = "database_locked", Failed;
    /// Something should be done about the database: it has no backup, or exceeds a threshold.
    DatabaseUnhealthy = "database_unhealthy", Failed;
    /// `owt doctor` found something that stays.
    FaultsFound = "faults_found", Failed;
    /// There is no remote of a code host to push to.
    NoRemote = "no_remote", Failed;
    /// The remote did not take the branch.
    PushFailed = "push_failed", Failed;
    /// The code host knows no login, or the one that there is does not suffice.
    ForgeLogin = "forge_login", Failed;
    /// The code host takes no more requests for a while.
    ForgeLimited = "forge_limited", Failed;
    /// The code host refuses what was asked.
    ForgeRefused = "forge_refused", Failed;
    /// The code host cannot be reached, or gives no answer that is understood.
    ForgeUnreachable = "forge_unreachable", Failed;
    /// A notification did not arrive.
    NotTold = "not_told", Failed;
    /// A defect of ours.
    Internal = "internal", Failed;
}

/// An error as it travels: `{"code","message","hint"}`, and `candidates` where there are any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The stable code.
    pub code: ErrorCode,
    /// What happened and why: one sentence or a short block, no trailing period needed.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What could have been meant (`ambiguous`, `choose_agent`), best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<String>,
}

impl Problem {
    /// A problem without a hint.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, candidates: Vec::new() }
    }

    /// The same problem with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same problem with what could have been meant.
    #[must_use]
    pub fn candidates(mut self, candidates: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.candidates = candidates.into_iter().map(Into::into).collect();
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}
