//! What was used.

use serde::Deserialize;
use serde::Serialize;

use crate::Cost;
use crate::Tokens;

/// `POST /v1/usage`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadUsage {
    /// The caller's folder.
    pub cwd: String,
    /// Of every repository instead of the caller's.
    pub all_repos: bool,
    /// Today and the days before it, so many in all.
    pub days: u32,
}

/// What was used in a span of time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// The first day, `2026-01-02`, UTC.
    pub since: String,
    /// How many days.
    pub days: u32,
    /// All together.
    pub total: UsageCounts,
    /// By agent, in the order of their names.
    pub by_agent: Vec<AgentUsage>,
    /// By model, without the name of its maker, in the order of their names: sessions, their time, tokens and costs.
    #[serde(default)]
    pub by_model: Vec<ModelUsage>,
    /// By repository, in the order of their folders.
    #[serde(default)]
    pub by_repository: Vec<RepositoryUsage>,
    /// By workspace, removed ones included: the dearest first, at most 200.
    #[serde(default)]
    pub by_workspace: Vec<WorkspaceUsage>,
    /// By job, the dearest first, at most 200.
    #[serde(default)]
    pub by_job: Vec<JobUsage>,
    /// By attempt, the dearest first, at most 200: sessions, their time, tokens and costs.
    #[serde(default)]
    pub by_attempt: Vec<AttemptUsage>,
    /// By day, the newest first, of those with anything.
    pub by_day: Vec<DayUsage>,
}

/// What one agent used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentUsage {
    /// The agent's name.
    pub agent: String,
    /// What it used.
    #[serde(flatten)]
    pub counts: UsageCounts,
}

/// What the sessions of one model used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelUsage {
    /// The model's name; `None` of sessions whose agents named none.
    pub model: Option<String>,
    /// What they used.
    #[serde(flatten)]
    pub counts: UsageCounts,
}

/// What was used in one repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RepositoryUsage {
    /// The folder of its main checkout; `None` of plain folders.
    pub repository: Option<String>,
    /// What was used.
    #[serde(flatten)]
    pub counts: UsageCounts,
}

/// What one workspace and its job used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkspaceUsage {
    /// The workspace's name.
    pub workspace: String,
    /// Its job.
    pub job: String,
    /// What it used.
    #[serde(flatten)]
    pub counts: UsageCounts,
}

/// What one job used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobUsage {
    /// The job.
    pub job: String,
    /// Its title.
    pub title: String,
    /// The workspace that it is done in.
    pub workspace: String,
    /// Its agent.
    pub agent: String,
    /// What it used.
    #[serde(flatten)]
    pub counts: UsageCounts,
}

/// What one attempt used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttemptUsage {
    /// The attempt.
    pub attempt: String,
    /// Which of its job's it is, from 1.
    pub number: u32,
    /// Its job.
    pub job: String,
    /// The workspace that it works in.
    pub workspace: String,
    /// Its agent.
    pub agent: String,
    /// The model, as the agent calls it; `None` where it has named none.
    pub model: Option<String>,
    /// When it was started.
    pub started_at: String,
    /// What it used.
    #[serde(flatten)]
    pub counts: UsageCounts,
}

/// What was used on one day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DayUsage {
    /// The day, `2026-01-02`, UTC.
    pub day: String,
    /// What was used.
    #[serde(flatten)]
    pub counts: UsageCounts,
}

/// What there is to count. What no agent said is `None`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct UsageCounts {
    /// Workspaces that were made.
    pub workspaces: u64,
    /// Their jobs by how they ended.
    pub jobs: JobEnds,
    /// Sessions that were started.
    pub attempts: u64,
    /// Messages, prompts included.
    pub deliveries: u64,
    /// Seconds for which sessions ran.
    pub running_s: u64,
    /// Tokens, as the agents say.
    pub tokens: Option<Tokens>,
    /// Cost in US dollars.
    pub cost_usd: Option<f64>,
    /// Whether a part of it was reckoned from tokens and the person's prices; otherwise the agents say it.
    #[serde(default)]
    pub cost_estimated: bool,
    /// Whether there are sessions in it of which no cost is known: it is at least so much.
    #[serde(default)]
    pub cost_partial: bool,
    /// How many those are.
    #[serde(default)]
    pub attempts_without_cost: u64,
    /// Whether there are sessions in it of which no tokens are known: they are at least so many.
    #[serde(default)]
    pub tokens_partial: bool,
    /// How many those are.
    #[serde(default)]
    pub attempts_without_tokens: u64,
}

impl UsageCounts {
    /// What it has cost.
    pub fn cost(&self) -> Option<Cost> {
        self.cost_usd.map(|usd| Cost { usd, is_estimated: self.cost_estimated })
    }
}

/// Jobs by how they ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JobEnds {
    /// The agent said that its work is done.
    pub done: u64,
    /// Failed, ended by a limit, or never started.
    pub failed: u64,
    /// Ended without a word on the work, or on request.
    pub exited: u64,
    /// Not ended.
    pub open: u64,
}
