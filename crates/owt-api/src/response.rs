//! What the server answers.

use serde::Deserialize;
use serde::Serialize;

use crate::Attention;
use crate::DiskUse;
use crate::Missing;
use crate::Problem;

/// `GET /v1/handshake`: who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handshake {
    /// The server's protocol ([`crate::PROTOCOL`]).
    pub protocol: u32,
    /// The server's program version.
    pub version: String,
    /// Identity of the server's executable file. A client of a later build replaces the server.
    pub build: Build,
    /// Its process id.
    pub pid: u32,
}

/// What a server that a client started says on its standard output: one line of JSON, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "server")]
pub enum Announcement {
    /// Clients are answered, by this server or by another that was faster.
    Ready,
    /// It cannot run.
    Failed {
        /// Why.
        problem: Problem,
    },
}

/// Which build of the program: when its executable file was written. Later builds compare greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Build(
    /// Milliseconds since the Unix epoch; 0 when the file's time is unknown.
    pub i64,
);

/// `GET /v1/server`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerStatus {
    /// Its process id.
    pub pid: u32,
    /// Its program version.
    pub version: String,
    /// The path of its socket.
    pub socket: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// Seconds since then.
    pub uptime_s: u64,
    /// Running sessions.
    pub sessions: u32,
}

/// Where a workspace's files are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkspaceKind {
    /// A linked worktree.
    Worktree,
    /// A branch in the user's checkout.
    Branch,
    /// The user's own checkout.
    Main,
    /// A plain folder without git.
    Folder,
}

/// What an agent is doing (`cli.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Its workspace or session is being made.
    Starting,
    /// It works.
    Working,
    /// It asks a question.
    WaitingInput,
    /// It asks for permission.
    WaitingPermission,
    /// It has finished a turn and takes the next prompt.
    Idle,
    /// Something that only a person can resolve is in its way (a dialog, a login).
    Blocked,
    /// It ended and its own last word was success.
    Done,
    /// It ended badly.
    Failed,
    /// It ended without saying how its work went.
    Exited,
    /// There is no evidence.
    Unknown,
}

impl Status {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Working => "working",
            Self::WaitingInput => "waiting_input",
            Self::WaitingPermission => "waiting_permission",
            Self::Idle => "idle",
            Self::Blocked => "blocked",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Exited => "exited",
            Self::Unknown => "unknown",
        }
    }
}

/// How an agent's work failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFailure {
    /// The kind: `rate_limit`, `overload`, `auth`, `quota`, `network`, `context_overflow`, `refused`, `own_limit`,
    /// `crash`, `killed`, `timed_out`, `interrupted`, `nothing_done`, `not_started`, `unknown`.
    pub kind: String,
    /// What happened, mostly in the program's own words.
    pub message: String,
    /// When a limit ends, where the program tells, RFC 3339 UTC.
    pub resets_at: Option<String>,
    /// What comes next.
    pub next: AfterFailure,
}

/// What comes after a failure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AfterFailure {
    /// `wait` (it goes on by itself when a limit ends), `retry` (it is tried again by itself), `ask` (a person decides),
    /// `none`.
    pub action: String,
    /// When it goes on by itself, RFC 3339 UTC.
    pub at: Option<String>,
    /// What a person can do, where one decides.
    pub advice: Option<String>,
}

/// Token counts of a workspace's attempts, as far as the agent reports them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tokens {
    /// Input tokens, cache reads included.
    pub input: u64,
    /// Output tokens.
    pub output: u64,
}

/// What a workspace's newest attempt has used, as its agent reports it, and what is known of that.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Used {
    /// What it has cost, in US dollars.
    pub cost_usd: Option<f64>,
    /// Tokens used.
    pub tokens: Option<Tokens>,
    /// When it was last active, and what its person knows of it: these fields are the workspace's own, too.
    #[serde(flatten)]
    pub attention: Attention,
}

/// How a workspace stands against its base.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// Why its folder is not there; `None` when it is.
    pub missing: Option<Missing>,
    /// The base as it was named.
    pub base: Option<String>,
    /// The commit the work started from.
    pub base_sha: Option<String>,
    /// The commit that is checked out now.
    pub head_sha: Option<String>,
    /// What is checked out instead of the workspace's branch: another one, or `HEAD` when HEAD is on none. `None` as
    /// long as all is as it was made, and where nobody can tell.
    pub switched_to: Option<String>,
    /// Commits since the base.
    pub commits_ahead: Option<u32>,
    /// Commits on the base branch that are not here.
    pub commits_behind: Option<u32>,
    /// Files that differ from HEAD.
    pub dirty_files: Option<u32>,
}

/// What a workspace has for itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outfit {
    /// The first of its ten ports (`OWT_PORT`); `None` until it has them.
    pub port: Option<u16>,
    /// Its containers' project name (`COMPOSE_PROJECT_NAME`).
    pub compose_project: Option<String>,
    /// The end of its databases' names (`OWT_DATABASE_SUFFIX`).
    pub database_suffix: Option<String>,
    /// How far the install of its packages is: `off`, `waiting`, `running`, `done` or `failed`.
    pub install: String,
    /// How far the commands are that set it up: `off`, `unapproved`, `waiting`, `running`, `done` or `failed`.
    pub setup: String,
    /// What a person should know of its files, packages and ports, as `show` says it.
    #[serde(default)]
    pub notices: Vec<String>,
}

/// What was brought into a workspace's folder, and what is installed there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Furnishing {
    /// Its projects: folder, package manager, and what told so.
    pub projects: Vec<String>,
    /// Private files that were copied from the main checkout.
    pub copied: Vec<String>,
    /// Caches that share their data with those of the main checkout.
    pub carried: Vec<String>,
    /// Caches that are built anew, with the reason.
    pub rebuilt: Vec<String>,
    /// What could not be installed.
    pub install_failures: Vec<String>,
    /// The output of the install; `None` when there was none.
    pub install_log: Option<String>,
    /// Which of the commands that set it up failed, and how.
    pub setup_failure: Option<String>,
    /// The output of the commands that set it up; `None` when none ran.
    pub setup_log: Option<String>,
    /// What a person should know.
    pub notices: Vec<String>,
}

/// One workspace as `list --json` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its branch; `None` in a plain folder.
    pub branch: Option<String>,
    /// Its folder.
    pub path: String,
    /// The repository's root.
    pub repository: String,
    /// Where its files are.
    pub kind: WorkspaceKind,
    /// The agent.
    pub agent: Option<String>,
    /// The model, when known.
    pub model: Option<String>,
    /// `headless`, `structured`, `tmux` or `pty`.
    pub backend: Option<String>,
    /// The session's id (its attempt); `None` when none runs.
    pub session: Option<String>,
    /// What the agent is doing.
    pub status: Status,
    /// Since when, RFC 3339 UTC.
    pub status_since: String,
    /// What kind of evidence says so.
    pub status_source: String,
    /// What a person should know or do about it.
    pub status_detail: Option<String>,
    /// What its agent asks now, where that is answered by `answer`.
    #[serde(default)]
    pub pending: Vec<PendingQuestion>,
    /// How its work failed; `None` where nothing has.
    #[serde(default)]
    pub failure: Option<AgentFailure>,
    /// The job.
    pub job: Option<String>,
    /// The job's title.
    pub title: Option<String>,
    /// The task, whole.
    pub task: Option<String>,
    /// `ask`, `edits`, `bypass` or `unmanaged`.
    pub permissions: Option<String>,
    /// How it stands against its base: these fields are the workspace's own in JSON.
    #[serde(flatten)]
    pub standing: Standing,
    /// Its ports, its names, its packages.
    #[serde(default)]
    pub outfit: Outfit,
    /// Workspaces that it would conflict with.
    pub conflicts_with: Vec<String>,
    /// What it has used: these fields are the workspace's own in JSON.
    #[serde(flatten)]
    pub used: Used,
    /// Its dates: these fields are the workspace's own in JSON.
    #[serde(flatten)]
    pub dates: Dates,
}

/// When something was made, and when something about it last changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Dates {
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC.
    pub updated_at: String,
}

/// A delivery: `{id, state}` and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id; `None` when it was not sent (`dry_run`).
    pub id: Option<String>,
    /// `accepted`, `queued`, `injected`, `observed`, `uncertain`, `failed`, or `not_sent`.
    pub state: String,
    /// The workspace it goes to.
    pub workspace: String,
    /// Why it is in that state, for people.
    pub detail: Option<String>,
}

/// `new`: the workspace with what was started in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Created {
    /// The workspace.
    #[serde(flatten)]
    pub workspace: Workspace,
    /// The prompt's delivery; `None` when there was no prompt.
    pub delivery: Option<Delivery>,
    /// What the person should know: uncommitted changes not carried, permissions, approvals pending.
    pub notices: Vec<String>,
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

/// A commit of a workspace's branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// The full id.
    pub sha: String,
    /// The first line of its message.
    pub subject: String,
}

/// What the agent asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingQuestion {
    /// The program's id of the request.
    pub request: String,
    /// The tool, or `question`.
    pub tool: String,
    /// What it wants to do, or to know, in words.
    pub summary: String,
    /// What it asks in words; none when it asks for permission.
    #[serde(default)]
    pub questions: Vec<Question>,
    /// The command that answers it.
    #[serde(default)]
    pub answer: String,
}

/// A question of an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The question.
    pub text: String,
    /// The agent's short name of it.
    pub header: Option<String>,
    /// The answers that it offers.
    pub options: Vec<Choice>,
    /// Whether several of them may be chosen.
    pub multi_select: bool,
    /// Whether other words are an answer, too.
    pub free_text: bool,
}

/// An answer that is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its words.
    pub label: String,
    /// What it means.
    pub description: Option<String>,
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

/// `show`: everything about one workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkspaceDetail {
    /// The workspace.
    #[serde(flatten)]
    pub workspace: Workspace,
    /// Its attempts, oldest first.
    pub attempts: Vec<Attempt>,
    /// Its deliveries, oldest first, at most 50.
    pub deliveries: Vec<Delivery>,
    /// The programs that it has left running, oldest first.
    #[serde(default)]
    pub children: Vec<ChildProgram>,
    /// Whether the hooks of its agent report: `reporting`, `expected` (nothing had to come yet), `not_firing`; `None`
    /// where nothing rests on them.
    #[serde(default)]
    pub hooks: Option<String>,
    /// The tools that its agent uses now, in the order in which it began to.
    #[serde(default)]
    pub tools: Vec<OpenTool>,
    /// What was brought into its folder, and what is installed there.
    #[serde(default)]
    pub furnishing: Furnishing,
    /// Its last landing.
    #[serde(default)]
    pub landed: Option<crate::LandedWork>,
    /// The last lines of output.
    pub last_lines: Vec<String>,
    /// What the agent of its newest attempt was told besides its task.
    #[serde(default)]
    pub context: Option<String>,
    /// What its worktree takes of the disk; `None` where it has none of its own.
    #[serde(default)]
    pub disk: Option<DiskUse>,
    /// How it was told that; `None` when it was nothing.
    #[serde(default)]
    pub context_way: Option<ContextWay>,
}

/// How an agent is told something besides its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContextWay {
    /// By a channel of its own, beside the task.
    Channel,
    /// In front of the task.
    Prompt,
}

/// What a stop did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// The workspace's name.
    pub name: String,
    /// Whether a session ran.
    pub was_running: bool,
    /// Whether one was yet to begin, and will not.
    #[serde(default)]
    pub called_off: bool,
    /// How it ended.
    pub exit: Option<String>,
    /// Only said, not done.
    pub dry_run: bool,
}

/// What an interrupt did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interrupted {
    /// The workspace's name.
    pub name: String,
    /// Whether a turn ran.
    pub was_working: bool,
    /// Only said, not done.
    pub dry_run: bool,
}

/// What became of the wish to take up a session again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resumed {
    /// The workspace's name.
    pub name: String,
    /// Its repository's name.
    pub repository: Option<String>,
    /// What was done.
    pub outcome: ResumeOutcome,
    /// The agent.
    pub agent: Option<String>,
    /// How it lives.
    pub backend: Option<String>,
    /// The agent's own conversation that goes on.
    pub conversation: Option<String>,
    /// The number of the attempt that goes on, or that would be taken up.
    pub attempt: Option<u32>,
    /// What is not as it was, in words.
    #[serde(default)]
    pub notice: Option<String>,
    /// Why not.
    pub error: Option<Problem>,
}

/// What was done to take up a session again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResumeOutcome {
    /// Its agent goes on with its conversation.
    Resumed,
    /// It runs already, or is on its way.
    AlreadyRunning,
    /// It would be taken up again.
    WouldResume,
    /// Its agent had read nothing, and begins afresh, with its task.
    Begun,
    /// It would begin afresh.
    WouldBegin,
    /// It was not; `error` says why.
    NotResumed,
    /// It was not and never can be, as `error` says: what was asked for by name is refused instead.
    Stays,
}

/// How a person's terminal is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachPlan {
    /// The workspace's name.
    pub name: String,
    /// `tmux` or `pty`; empty from an older server.
    #[serde(default)]
    pub backend: String,
    /// Program and arguments to execute.
    pub argv: Vec<String>,
    /// Variables to remove first.
    pub unset: Vec<String>,
}

/// One waited-for workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waited {
    /// Its name.
    pub name: String,
    /// Its status when the wait ended.
    pub status: Status,
    /// Why, for people.
    pub detail: Option<String>,
    /// How its work failed; `None` where nothing has.
    #[serde(default)]
    pub failure: Option<AgentFailure>,
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitOutcome {
    /// All (or one, with `any`) reached a good end.
    Done,
    /// One failed.
    Failed,
    /// One needs a person.
    NeedsPerson,
    /// Time ran out.
    TimedOut,
}

/// `POST /v1/wait`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaitReport {
    /// How it ended.
    pub outcome: WaitOutcome,
    /// Each workspace.
    pub workspaces: Vec<Waited>,
    /// Seconds waited.
    pub elapsed_s: f64,
}

/// An agent as `owt agents` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// Where its program is; `None` when it is not installed.
    pub path: Option<String>,
    /// Where the configuration says that its program is.
    #[serde(default)]
    pub configured_path: Option<String>,
    /// What it says of its version.
    pub version: Option<String>,
    /// `built_in`, `user` or `tool`.
    pub origin: String,
    /// Whether its description was tried with the program itself.
    pub tested: bool,
    /// The session kinds it can have.
    pub modes: Vec<String>,
    /// The permission levels it can enforce, by session kind.
    pub permissions: Vec<AgentPermissions>,
    /// Whether its hooks report to us.
    pub hooks: String,
    /// How to install it.
    pub install_hint: Option<String>,
    /// The names of the variables with a key for a model that are set for it; never a value.
    #[serde(default)]
    pub model_keys: Vec<String>,
    /// Whether `owt new` would choose it here.
    pub default: bool,
}

/// The permission levels of one kind of session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentPermissions {
    /// The session kind.
    pub mode: String,
    /// The levels.
    pub levels: Vec<String>,
}

/// A part of a log: one line of the answer of `POST /v1/workspaces/logs` (newline-delimited JSON).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum LogChunk {
    /// Readable text.
    Text {
        /// `output`, `error` or `event`.
        stream: String,
        /// The attempt's number.
        attempt: u32,
        /// The text, with its newline if it had one.
        text: String,
    },
    /// Bytes as printed, base64.
    Raw {
        /// `output` or `error`.
        stream: String,
        /// The attempt's number.
        attempt: u32,
        /// Base64 (RFC 4648 section 4).
        base64: String,
    },
    /// The attempt has ended: nothing more will come of it.
    End {
        /// The attempt's number.
        attempt: u32,
        /// How it ended.
        exit: Option<String>,
    },
    /// Reading failed after the first chunk: the log is incomplete.
    Broken {
        /// Why.
        problem: Problem,
    },
}

/// A file that runs code, as a person should see it before they allow it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalContent {
    /// Its path, relative to the root.
    pub path: String,
    /// What is in it.
    pub text: String,
    /// Whether there is more of it.
    pub cut: bool,
}

/// Something that a repository brings along and that runs code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// SHA-256 of what was found, in hexadecimal.
    pub digest: String,
    /// The repository's root.
    pub repository: String,
    /// The files, relative to the root.
    pub files: Vec<String>,
    /// The commands, where it is a hook of the repository's configuration; their scripts are among the files.
    pub commands: Vec<String>,
    /// The setting that wants them run: `worktree.setup` or `worktree.teardown`.
    #[serde(default)]
    pub hook: Option<String>,
    /// What is in the files; at most 64 KiB in all.
    #[serde(default)]
    pub contents: Vec<ApprovalContent>,
    /// `pending`, `allowed` or `denied`.
    pub state: String,
}
