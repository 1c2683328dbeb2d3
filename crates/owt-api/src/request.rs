//! What a face asks. Paths are absolute; a face brings its own folder and environment with each request,
//! because the server serves many.
//!
//! Everything that carries a struct is a `POST` with JSON; `GET` is for `/v1/handshake` and `/v1/server`, and
//! `POST /v1/server/stop` has no body.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

/// How the agent should live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// As the configuration says (a terminal, in tmux where that is installed).
    #[default]
    Default,
    /// One prompt, no terminal, ends by itself.
    Headless,
    /// The machine protocol, stays open.
    Structured,
    /// A terminal in tmux.
    Tmux,
    /// A terminal of our own.
    Pty,
}

/// Where the work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A linked worktree.
    #[default]
    Worktree,
    /// A branch in the caller's checkout (`--in-place`).
    InPlace,
    /// A plain folder without git (`--no-git`).
    Folder,
}

/// `POST /v1/workspaces`: a workspace, an agent in it, a prompt on its way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "mirrors the independent flags of the command line")]
pub struct NewWorkspace {
    /// The caller's folder.
    pub cwd: String,
    /// The caller's environment: the agent's program is looked for on its `PATH` and started with it.
    pub environment: BTreeMap<String, String>,
    /// The prompt; `None` starts the agent without one.
    pub task: Option<String>,
    /// The job's title; made from the task when absent.
    pub title: Option<String>,
    /// The branch; named from the task when absent.
    pub branch: Option<String>,
    /// The base; the branch of the caller's checkout when absent.
    pub base: Option<String>,
    /// The branch's prefix (`feat`, `fix`, ...); from the task's first word when absent.
    pub prefix: Option<String>,
    /// The agents, each with a workspace of its own; detected when empty.
    pub agents: Vec<String>,
    /// Whether the caller can ask the person: with several agents installed and none named, the answer is then
    /// `choose_agent` with the candidates; otherwise the preferred one is taken.
    pub ask_agent: bool,
    /// A branch that exists is taken as it is (`owt create`), instead of being an error.
    pub adopt_branch: bool,
    /// The model, in the agent's own words.
    pub model: Option<String>,
    /// The way of working, by its name.
    pub template: Option<String>,
    /// Workspaces whose results the agent is told of.
    pub from: Vec<String>,
    /// Read-only planning, as far as the program enforces it.
    pub plan_mode: bool,
    /// Tell the agent nothing but its task; as configured when false.
    pub no_context: bool,
    /// How the agent lives.
    pub mode: Mode,
    /// Where the work is done.
    pub place: Place,
    /// `ask`, `edits` or `bypass`; from the configuration when absent.
    pub permissions: Option<String>,
    /// So many turns for each session without a terminal; from the configuration when absent.
    pub max_turns: Option<u32>,
    /// So much money for each session without a terminal, in millionths of a US dollar; from the configuration when absent.
    pub budget_micro_usd: Option<u64>,
    /// Carry the uncommitted work of the caller's checkout as a snapshot commit.
    pub with_changes: bool,
    /// Leave the packages of the workspace's projects to whoever works there.
    pub no_deps: bool,
    /// Take a text that starts like one of the agent's commands as that command.
    pub as_command: bool,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
}

/// What a name is looked up with; the whole body of `POST /v1/workspaces/show`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selector {
    /// The caller's folder: names are looked up in its repository.
    pub cwd: String,
    /// Exact name, exact branch, path, or a unique abbreviation of its words.
    pub name: String,
}

/// `POST /v1/workspaces/list`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListWorkspaces {
    /// The caller's folder.
    pub cwd: String,
    /// Of every repository instead of the caller's.
    pub all_repos: bool,
}

/// Who gets a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// One workspace.
    One(String),
    /// Every workspace of the repository with a running session.
    All,
    /// Those whose agent is working.
    Working,
}

/// `POST /v1/deliveries`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendMessage {
    /// The caller's folder.
    pub cwd: String,
    /// Who gets it.
    pub to: Audience,
    /// The text.
    pub text: String,
    /// Take a text that starts like one of the agent's commands as that command.
    #[serde(default)]
    pub as_command: bool,
    /// Wait until it is observed, uncertain or failed, at most this long (milliseconds); 0 returns at once.
    #[serde(default)]
    pub wait_ms: u64,
    /// Say what would be done, and do nothing.
    #[serde(default)]
    pub dry_run: bool,
    /// The sender's own id of this message (`req_` and 26 characters): sent again under it, because no answer came, it is
    /// the same message and reaches an agent once. Without one, each request is another message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

/// `POST /v1/workspaces/answer`: answers what the agent asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Which workspace.
    pub workspace: Selector,
    /// The answer.
    pub given: Given,
    /// Only this of what it asks, by the id of the request; else the oldest that such an answer fits.
    #[serde(default)]
    pub request: Option<String>,
    /// Say what would be done, and do nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// An answer to what an agent asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// It may.
    Allow,
    /// It may not, or its question is not answered.
    Deny {
        /// Why, for the agent.
        #[serde(default)]
        reason: Option<String>,
    },
    /// These words, one text for each question that it asks at once.
    Words(Vec<String>),
}

/// An answer to a permission request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Do it.
    Allow,
    /// Do not.
    Deny,
}

/// `POST /v1/wait`: answers [`crate::WaitReport`] once done; a closed connection cancels.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wait {
    /// The caller's folder.
    pub cwd: String,
    /// Which workspaces.
    pub names: Vec<String>,
    /// The first that ends is enough.
    pub any: bool,
    /// At most this long, in milliseconds.
    pub timeout_ms: Option<u64>,
}

/// Whose output a log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogSubject {
    /// The agent's.
    #[default]
    Agent,
    /// That of the install of packages.
    Install,
    /// That of the commands that set the workspace up.
    Setup,
}

/// `POST /v1/workspaces/logs`: streams one [`crate::LogChunk`] a line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadLogs {
    /// The caller's folder.
    pub cwd: String,
    /// Which workspace.
    pub name: String,
    /// Whose output.
    pub of: LogSubject,
    /// Which attempt, from 1; the newest when absent.
    pub attempt: Option<u32>,
    /// Exactly the bytes the program printed, instead of readable text.
    pub raw: bool,
    /// Keep the answer open and send what comes.
    pub follow: bool,
}

/// `POST /v1/workspaces/stop`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StopSession {
    /// Which workspace.
    pub workspace: Selector,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
}

/// `POST /v1/workspaces/resume`: takes up the agent's session again, with its own conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ResumeSession {
    /// Which workspace.
    pub workspace: Selector,
    /// What the agent is told first.
    pub message: Option<String>,
    /// In which kind of session; absent: the job's own, and one that runs is left alone.
    pub mode: Option<Mode>,
    /// Interrupt a turn that runs where the session changes its kind.
    pub interrupt: bool,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
}

/// `POST /v1/workspaces/resume/all`: takes up every session that ended without anybody's wish (killed, or the machine
/// restarted), of every repository.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ResumeAll {
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
}

/// `POST /v1/workspaces/interrupt`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InterruptTurn {
    /// Which workspace.
    pub workspace: Selector,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
}

/// `POST /v1/workspaces/delete`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeleteWorkspace {
    /// Which workspace.
    pub workspace: Selector,
    /// Also when it holds uncommitted or unmerged work (which is kept as a snapshot).
    pub force: bool,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
}

/// `POST /v1/workspaces/attach`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Attach {
    /// Which workspace.
    pub workspace: Selector,
    /// The caller's `TMUX` variable, when inside tmux.
    pub inside_tmux: Option<String>,
    /// The terminal that a session without one moves to.
    pub mode: Mode,
    /// Interrupt a turn that runs there.
    pub interrupt: bool,
}

/// `POST /v1/snapshots/restore`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Restore {
    /// The caller's folder.
    pub cwd: String,
    /// A deleted workspace's name, or a snapshot's id.
    pub what: String,
    /// Say what would be done, and do nothing.
    pub dry_run: bool,
}

/// `POST /v1/snapshots/list`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListSnapshots {
    /// The caller's folder.
    pub cwd: String,
}

/// `POST /v1/agents`: what is installed, seen from the caller's environment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListAgents {
    /// The caller's folder.
    pub cwd: String,
    /// The caller's environment.
    pub environment: BTreeMap<String, String>,
}

/// `POST /v1/hooks`: what an agent's hook reports. Also the format of a spooled hook file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookReport {
    /// The agent program's name in our manifests.
    pub agent: String,
    /// The program's own name of the event.
    pub event: String,
    /// The attempt it says it belongs to (`OWT_ATTEMPT`).
    pub attempt: String,
    /// That attempt's credential (`OWT_TOKEN`).
    pub token: String,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// What the program gave to the hook, as it came; how it begins where that was too large.
    pub payload: String,
    /// Whether the payload was too large, and this is its beginning.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_cut: bool,
}

/// `POST /v1/approvals/list`: what repositories bring along.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListApprovals {
    /// The caller's folder.
    pub cwd: String,
}

/// `POST /v1/approvals`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// The caller's folder.
    pub cwd: String,
    /// The content's digest, as listed (a unique beginning is enough).
    pub digest: String,
    /// The answer.
    pub decision: Decision,
    /// Say what would be done, and do nothing.
    #[serde(default)]
    pub dry_run: bool,
}
