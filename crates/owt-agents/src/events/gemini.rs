//! `gemini -p --output-format stream-json`, read from version 0.61.0. No cost; a turn's tokens come with its end.
//!
//! The kind of a failure is nowhere in the stream where the program has put words of its own around the provider's; its
//! exit code is the provider's status then, modulo 256.

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
pub(super) struct Gemini {
    /// The words since the last tool: they come in pieces.
    words: String,
    /// The failure that was told of last.
    failure: Option<(ErrorClass, String)>,
    /// The end of a turn that failed, and no field says how.
    unsettled: Option<(Option<String>, Box<Spent>)>,
}

/// What the program says after a provider's refusal with status 429 (`parseAndFormatApiError` in its code).
const AFTER_429: &str = "]\nPlease wait and try again later. To increase your limits, ";

/// What it says of a stream that broke off.
const BROKEN_OFF: &str = "Model stream ended without a finish reason";

/// What it says of a provider that could not be reached, all tries made.
const NOT_REACHED: &str = "exception TypeError: fetch failed";

/// Statuses that its exit codes stand for.
const STATUSES: [u16; 10] = [400, 401, 402, 403, 404, 429, 500, 502, 503, 504];

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
                    edits: edits(text(value, "/tool_name")?, &value["parameters"]),
                }])
            }
            "tool_result" => Some(vec![AgentEvent::ToolResult {
                call: owned(value, "/tool_id")?,
                outcome: match text(value, "/status")? {
                    "success" => ToolOutcome::Done,
                    _ => ToolOutcome::Failed,
                },
                summary: one_line(text(value, "/output").unwrap_or_default()),
                edits: Vec::new(),
            }]),
            "error" => {
                let message = owned(value, "/message")?;
                let class = class(&message);
                self.failure = Some((class, message.clone()));
                Some(vec![AgentEvent::Error { class, message }])
            }
            "result" => Some(self.result(value).into_iter().collect()),
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

    /// What the end of the stream says of a turn that failed; `code` is the program's exit code.
    pub(super) fn end(&mut self, code: Option<i32>) -> Option<AgentEvent> {
        let (text, spent) = self.unsettled.take()?;
        let class = code.and_then(class_of_code).unwrap_or(ErrorClass::Other);
        Some(AgentEvent::TurnEnded { outcome: TurnOutcome::Failed(class), text, spent, denied: 0 })
    }

    fn result(&mut self, value: &Value) -> Option<AgentEvent> {
        let words = std::mem::take(&mut self.words);
        let failure = self.failure.take();
        let usage = value.get("stats").map(|stats| Usage {
            input: number(stats, "/input").unwrap_or(0),
            cache_read: number(stats, "/cached").unwrap_or(0),
            cache_write: 0,
            output: number(stats, "/output_tokens").unwrap_or(0),
        });
        let spent = Box::new(Spent { usage, ..Spent::default() });
        if text(value, "/status") == Some("success") {
            let text = (!words.is_empty()).then_some(words);
            return Some(AgentEvent::TurnEnded { outcome: TurnOutcome::Completed, text, spent, denied: 0 });
        }
        let told = owned(value, "/error/message").map(|message| (class(&message), message));
        let (class, message) = told.or(failure).unzip();
        let class = class.unwrap_or(ErrorClass::Other);
        if class == ErrorClass::Other {
            self.unsettled = Some((message, spent));
            return None;
        }
        let outcome = TurnOutcome::Failed(class);
        Some(AgentEvent::TurnEnded { outcome, text: message, spent, denied: 0 })
    }
}

fn class_of_code(code: i32) -> Option<ErrorClass> {
    let stands_for = |status: &u16| i32::from(*status % 256) == code;
    STATUSES.into_iter().find(stands_for).map(|status| ErrorClass::from_status(status.into()))
}

/// The class of a failure. `error.type` is `unknown` for all of them (version 0.61.0): the sentence is `[API Error: ..]`
/// around the provider's answer, or around the one word `terminated` of a connection that broke.
pub(crate) fn class(message: &str) -> ErrorClass {
    if message.starts_with(BROKEN_OFF) {
        return ErrorClass::Connection;
    }
    if message.starts_with("[API Error: ") && message.contains(AFTER_429) {
        return ErrorClass::RateLimit;
    }
    let inside = message.strip_prefix("[API Error: ").and_then(|rest| rest.strip_suffix(']'));
    match inside {
        Some("terminated") => ErrorClass::Connection,
        Some(words) if words.starts_with(NOT_REACHED) => ErrorClass::Connection,
        Some(answer) => serde_json::from_str::<Value>(answer)
            .ok()
            .and_then(|answer| ErrorClass::of_provider(answer.get("error")?))
            .unwrap_or(ErrorClass::Other),
        None => ErrorClass::Other,
    }
}
