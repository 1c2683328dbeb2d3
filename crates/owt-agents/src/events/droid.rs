//! `droid exec --output-format stream-json`, read from version 0.215.0. No cost; a turn's tokens come with its end.

use serde_json::Value;

use super::AgentEvent;
use super::Author;
use super::ToolOutcome;
use super::TurnOutcome;
use super::edits::edits;
use super::error_class::ErrorClass;
use super::json::number;
use super::json::one_line;
use super::json::owned;
use super::json::text;
use super::tool_summary::tool_summary;
use super::usage::Spent;
use super::usage::Usage;
use crate::names::ConversationId;

/// What must be remembered between lines.
#[derive(Debug, Default)]
pub(super) struct Droid {
    /// A failure that was told and has no end yet: after an `error` there is no `completion`.
    failure: Option<(ErrorClass, String)>,
}

impl Droid {
    pub(super) fn understand(&mut self, value: &Value) -> Option<Vec<AgentEvent>> {
        match text(value, "/type")? {
            "system" if text(value, "/subtype") == Some("init") => Some(vec![AgentEvent::SessionStarted {
                conversation: text(value, "/session_id").and_then(|id| ConversationId::new(id).ok()),
                model: owned(value, "/model"),
                directory: owned(value, "/cwd"),
            }]),
            "message" => message(value),
            "reasoning" => Some(vec![AgentEvent::Working]),
            "tool_call" => Some(vec![AgentEvent::ToolCall {
                call: owned(value, "/id")?,
                tool: owned(value, "/toolName")?,
                summary: tool_summary(&value["parameters"]),
                edits: edits(text(value, "/toolName")?, &value["parameters"]),
            }]),
            "tool_result" => Some(vec![tool_result(value)?]),
            "error" => Some(vec![self.error(value)?]),
            "completion" => Some(vec![self.completion(value)]),
            _ => None,
        }
    }

    /// What the end of the stream says of a turn that failed.
    pub(super) fn end(&mut self) -> Option<AgentEvent> {
        let (class, message) = self.failure.take()?;
        let spent = Box::new(Spent::default());
        Some(AgentEvent::TurnEnded {
            outcome: TurnOutcome::Failed(class),
            text: Some(message),
            spent,
            denied: 0,
        })
    }

    fn error(&mut self, value: &Value) -> Option<AgentEvent> {
        let message = owned(value, "/message")?;
        let class = class(&message);
        // The second error, `Exec failed`, only repeats that there was a first.
        self.failure.get_or_insert_with(|| (class, message.clone()));
        Some(AgentEvent::Error { class, message })
    }

    fn completion(&mut self, value: &Value) -> AgentEvent {
        self.failure = None;
        let count = |name: &str| number(value, &format!("/usage/{name}")).unwrap_or(0);
        let usage = Usage {
            input: count("input_tokens"),
            cache_read: count("cache_read_input_tokens"),
            cache_write: count("cache_creation_input_tokens"),
            output: count("output_tokens"),
        };
        let spent = Box::new(Spent { usage: Some(usage), ..Spent::default() });
        let text = owned(value, "/finalText").filter(|text| !text.is_empty());
        AgentEvent::TurnEnded { outcome: TurnOutcome::Completed, text, spent, denied: 0 }
    }
}

/// How its messages begin where the connection broke, or where it could not be made again (version 0.215.0).
const BROKEN_OFF: [&str; 2] = ["The socket connection was closed unexpectedly", "Connection error."];

/// Its messages begin with the provider's status; there is no field for it.
pub(crate) fn class(message: &str) -> ErrorClass {
    if BROKEN_OFF.iter().any(|begin| message.starts_with(begin)) {
        return ErrorClass::Connection;
    }
    ErrorClass::leading_status(message).unwrap_or(ErrorClass::Other)
}

fn message(value: &Value) -> Option<Vec<AgentEvent>> {
    let words = owned(value, "/text")?;
    match text(value, "/role")? {
        "user" => Some(vec![AgentEvent::TurnStarted, AgentEvent::PromptEchoed { id: None, text: words }]),
        "assistant" => Some(vec![AgentEvent::MessageText { text: words, author: Author::Agent }]),
        _ => None,
    }
}

fn tool_result(value: &Value) -> Option<AgentEvent> {
    let failed = value.pointer("/isError").and_then(Value::as_bool) == Some(true);
    let output = text(value, "/value").or_else(|| text(value, "/error/message")).unwrap_or_default();
    Some(AgentEvent::ToolResult {
        call: owned(value, "/id")?,
        outcome: if failed { ToolOutcome::Failed } else { ToolOutcome::Done },
        summary: one_line(output),
        edits: Vec::new(),
    })
}
