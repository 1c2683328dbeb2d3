//! Which notes of its repository an attempt's agent was started with. Later ones come as messages.

use serde::Deserialize;
use serde::Serialize;

/// The notes that there were when an attempt was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotesTold {
    /// The newest one's number; 0 when there was none.
    pub up_to: u64,
    /// How the agent knows them.
    pub channel: NotesChannel,
}

/// How an agent knows the notes that there were when it was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotesChannel {
    /// They are part of what it is told besides its task.
    Briefing,
    /// Its program has no channel for that: they come as its first message after the start.
    Message,
}
