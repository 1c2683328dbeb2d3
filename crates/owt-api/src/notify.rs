//! The ways by which the person is told.

use serde::Deserialize;
use serde::Serialize;

/// `POST /v1/notify`: how the ways go, and which are to be tried.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReadNotify {
    /// What is to be tried.
    #[serde(default)]
    pub test: NotifyTest,
}

/// What is to be tried.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotifyTest {
    /// Nothing.
    #[default]
    Nothing,
    /// Every way that is switched on.
    All,
    /// This one: `bell`, `desktop`, `command` or `webhook`.
    One(String),
}

/// What the person is told, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// Of what: `needs_person`, `done`, `failed`, `warning`, `status`, or `any`.
    pub events: String,
    /// When not: `22:00-07:00`, or `none`.
    pub quiet_hours: String,
    /// The ways.
    pub channels: Vec<NotifyChannel>,
}

/// One way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyChannel {
    /// `bell`, `desktop`, `command` or `webhook`.
    pub channel: String,
    /// Whether it is switched on.
    pub on: bool,
    /// How many notices went it since the server started.
    pub told: u64,
    /// How many did not arrive.
    pub failed: u64,
    /// How many were dropped, because too many waited.
    pub dropped: u64,
    /// Why the newest did not arrive, if it did not.
    pub error: Option<String>,
    /// When that was, RFC 3339 UTC.
    pub error_at: Option<String>,
    /// How the trial went: `told` or `failed`; `None` where it was not tried.
    pub test: Option<String>,
}

/// Something about an agent at work that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// `no_output`, `long_running`, `near_time_limit`, `near_turn_limit` or `near_budget`.
    pub kind: String,
    /// Since when, RFC 3339 UTC: the last output, the beginning of the work.
    pub since: String,
}

/// What the person was told of a workspace, or would have been if they had wanted to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its number among those of its workspace, from 1.
    pub number: u64,
    /// `needs_person`, `done`, `failed`, `warning` or `status`.
    pub kind: String,
    /// RFC 3339, UTC.
    pub at: String,
    /// What it said besides.
    pub detail: Option<String>,
    /// The ways that it went; none in quiet hours, and where the person does not want to be told of such.
    pub channels: Vec<String>,
}

/// When a workspace was last active, and what its person knows of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attention {
    /// When something last came from its agent, RFC 3339 UTC; `None` before the first.
    #[serde(default)]
    pub last_activity_at: Option<String>,
    /// Whether its agent has come to rest, asked or ended, and nobody has looked since: at its log, its terminal, its
    /// changes or all about it.
    #[serde(default)]
    pub unread: bool,
    /// Whether a message waits for a person to send or clear what stands in the agent's prompt box.
    #[serde(default)]
    pub held_message: bool,
    /// Whether nobody knows if its agent has read a message, and its person has not looked since.
    #[serde(default)]
    pub uncertain_message: bool,
    /// What about its work is not as it should be.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// What its person was told last.
    #[serde(default)]
    pub notice: Option<Notice>,
}
