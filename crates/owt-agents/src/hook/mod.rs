//! What agents' hooks tell, as one set of signals. Pure: `owt hook` brings the payload, the engine draws the
//! conclusions. An event hook never makes an agent fail, so nothing here is more than a report.

mod claude;
mod codex;
mod codex_notify;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use crate::names::ConversationId;

/// How a hook's payload is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookFormat {
    /// Claude Code's: JSON on standard input with `hook_event_name` (2.1.197; the demo agent speaks it too).
    Claude,
    /// Codex's (0.169.0).
    Codex,
    /// Codex's `notify` program: JSON as the last argument (0.169.0).
    CodexNotify,
}

/// One report of a hook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookReport {
    /// The conversation it is about.
    pub conversation: Option<ConversationId>,
    /// The folder that the agent names as its own.
    pub directory: Option<String>,
    /// The agent's transcript of the conversation.
    pub transcript: Option<String>,
    /// The helpers that work on in the background; `None` where this report says nothing of them.
    #[serde(default)]
    pub helpers: Option<Vec<Helper>>,
    /// What happened.
    pub signal: HookSignal,
}

/// A helper of an agent (another agent inside the same program) that works in the background.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Helper {
    /// The program's own id of it.
    pub id: String,
    /// What it is at, in one line.
    pub task: String,
}

/// What a hook tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "signal")]
pub enum HookSignal {
    /// A conversation began or was taken up (`startup`, `resume`, `clear`, `compact`).
    SessionStarted {
        /// How.
        source: String,
    },
    /// The program has read this prompt: the delivery that carried it is observed.
    PromptSubmitted {
        /// The prompt, as the program got it.
        prompt: String,
    },
    /// A tool is about to be used.
    ToolStarting {
        /// The call.
        call: Option<String>,
        /// The tool.
        tool: String,
        /// What it is used on, in one line.
        summary: String,
    },
    /// A tool was used.
    ToolFinished {
        /// The call.
        call: Option<String>,
        /// The tool.
        tool: String,
        /// The files that it has changed, as the agent names them.
        #[serde(default)]
        edits: Vec<String>,
    },
    /// The agent waits for a permission.
    PermissionAsked {
        /// The tool. Where it is not told this may be a reminder of something that was told as what it is.
        tool: Option<String>,
        /// In the agent's words.
        message: String,
    },
    /// The agent waits for words of the person.
    InputAsked {
        /// In the agent's words.
        message: String,
    },
    /// The turn is over.
    TurnEnded {
        /// The agent's last words.
        text: Option<String>,
        /// The prompts of that turn, where they are told: those deliveries are observed.
        prompts: Vec<String>,
    },
    /// The turn ended in a failure of the provider.
    TurnFailed {
        /// What kind.
        class: crate::events::ErrorClass,
        /// In the agent's words.
        message: String,
    },
    /// A helper of the agent is done; the agent itself goes on.
    SubagentEnded,
    /// The conversation is closed; the program is about to leave.
    SessionEnded {
        /// Why, in the agent's words.
        reason: String,
    },
    /// Something else that says nothing of its work. Still a sign of life.
    Other {
        /// The event's name.
        event: String,
    },
    /// An event of which nobody here knows what it says.
    Unknown {
        /// The event's name.
        event: String,
    },
}

/// The payload is not what the format promises.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookError {
    /// No JSON object.
    #[error("the hook's payload is not a JSON object")]
    NotJson,
    /// A field is missing.
    #[error("the payload of hook '{event}' has no '{field}'")]
    Missing {
        /// The event.
        event: String,
        /// The field.
        field: &'static str,
    },
}

/// Reads a payload. `event` is the name that our hook command was installed with; the payload's own name wins.
///
/// # Errors
/// [`HookError`].
pub fn parse(format: HookFormat, event: &str, payload: &str) -> Result<HookReport, HookError> {
    let value: Value = serde_json::from_str(payload).map_err(|_| HookError::NotJson)?;
    if !value.is_object() {
        return Err(HookError::NotJson);
    }
    match format {
        HookFormat::Claude => claude::parse(event, &value),
        HookFormat::Codex => codex::parse(event, &value),
        HookFormat::CodexNotify => codex_notify::parse(event, &value),
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn required(value: &Value, event: &str, field: &'static str) -> Result<String, HookError> {
    text(value, field).ok_or_else(|| HookError::Missing { event: event.to_owned(), field })
}
