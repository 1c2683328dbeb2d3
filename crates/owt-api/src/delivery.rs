//! A message to an agent, and how far it came.

use serde::Deserialize;
use serde::Serialize;

/// Who sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sender {
    /// The person.
    Person,
    /// Another agent.
    Agent,
    /// The program itself: what failed meanwhile, how a session goes on.
    Owt,
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
    /// Who sent it; `None` when it was not sent.
    #[serde(default)]
    pub sender: Option<Sender>,
}
