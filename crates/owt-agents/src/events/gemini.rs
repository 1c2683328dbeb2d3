//! `gemini -p --output-format stream-json`, read from version 0.61.0. No cost; a turn's tokens come with its end.

use serde_json::Value;

use super::AgentEvent;
use super::Author;
use super::ToolOutcome;
use super::TurnOutcome;
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
pub(super) struct Gemini {
    /// The words since the last tool: they come in pieces.
    words: String,
}

impl Gemini {
    pub(super) fn understand(&mut self, value: &Value) -> Option<Vec<AgentEvent>> {
        match text(value, "/type")? {
            "init" => Some(vec![AgentEvent::SessionStarted {
                conversation: text(value, "/session_id").and_then(|id| ConversationId::new(id).ok()),
                model: owned(value, "/model"),
                directory: None,
            }]),
            "message" => self.message(value),
            "tool_use" => {
                self.words.clear();
                Some(vec![AgentEvent::ToolCall {
                    call: owned(value, "/tool_id")?,
                    tool: owned(value, "/tool_name")?,
                    summary: tool_summary(&value["parameters"]),
                }])
            }
            "tool_result" => Some(vec![AgentEvent::ToolResult {
                call: owned(value, "/tool_id")?,
                outcome: match text(value, "/status")? {
                    "success" => ToolOutcome::Done,
                    _ => ToolOutcome::Failed,
                },
                summary: one_line(text(value, "/output").unwrap_or_default()),
            }]),
            "error" => {
                let message = owned(value, "/message")?;
                Some(vec![AgentEvent::Error { class: class(&message), message }])
            }
            "result" => Some(vec![self.result(value)]),
            _ => None,
        }
    }

    fn message(&mut self, value: &Value) -> Option<Vec<AgentEvent>> {
        let text = owned(value, "/content")?;
        match value.get("role").and_then(Value::as_str)? {
            "user" => Some(vec![AgentEvent::TurnStarted, AgentEvent::PromptEchoed { id: None, text }]),
            "assistant" => {
                self.words.push_str(&text);
                Some(vec![AgentEvent::MessageText { text, author: Author::Agent }])
            }
            _ => None,
        }
    }

    fn result(&mut self, value: &Value) -> AgentEvent {
        let words = std::mem::take(&mut self.words);
        let (outcome, text) = match text(value, "/status") {
            Some("success") => (TurnOutcome::Completed, (!words.is_empty()).then_some(words)),
            _ => {
                let message = owned(value, "/error/message").unwrap_or_default();
                (TurnOutcome::Failed(class(&message)), Some(message))
            }
        };
        let usage = value.get("stats").map(|stats| Usage {
            input: number(stats, "/input").unwrap_or(0),
            cache_read: number(stats, "/cached").unwrap_or(0),
            cache_write: 0,
            output: number(stats, "/output_tokens").unwrap_or(0),
        });
        let spent = Box::new(Spent { usage, ..Spent::default() });
        AgentEvent::TurnEnded { outcome, text, spent, denied: 0 }
    }
}

/// The class of a failure. `error.type` is `unknown` for all of them (version 0.61.0): the sentence is `[API Error: ..]`
/// around the provider's answer, or around the one word `terminated` of a connection that broke.
fn class(message: &str) -> ErrorClass {
    let inside = message.strip_prefix("[API Error: ").and_then(|rest| rest.strip_suffix(']'));
    match inside {
        Some("terminated") => ErrorClass::Connection,
        Some(answer) => serde_json::from_str::<Value>(answer)
            .ok()
            .and_then(|answer| ErrorClass::of_provider(answer.get("error")?))
            .unwrap_or(ErrorClass::Other),
        None => ErrorClass::Other,
    }
}
