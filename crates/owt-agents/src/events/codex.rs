//! `codex exec --json`, read from version 0.169.0.
//!
//! `usage` counts the whole conversation, resumed ones included, so a turn's own is a difference. Items of type
//! `error` also carry mere warnings. A command that the sandbox refuses may leave no item at all: the stream
//! does not say what really changed in the workspace.

use serde_json::Value;

use super::AgentEvent;
use super::Author;
use super::ToolOutcome;
use super::TurnOutcome;
use super::edits::of_changes;
use super::error_class::ErrorClass;
use super::json::items;
use super::json::one_line;
use super::json::owned;
use super::json::text;
use super::parser::Start;
use super::tool_summary::tool_summary;
use super::usage::Spent;
use super::usage::Usage;
use crate::names::ConversationId;

/// What must be remembered between lines.
#[derive(Debug)]
pub(super) struct Codex {
    /// What the conversation had taken when the last turn ended; `None` when that is not known.
    taken: Option<Usage>,
    /// The last words of this turn.
    words: Option<String>,
}

impl Codex {
    pub(super) fn new(start: Start) -> Self {
        let taken = match start {
            Start::Fresh => Some(Usage::default()),
            Start::Resumed(taken) => taken,
        };
        Self { taken, words: None }
    }

    pub(super) fn understand(&mut self, value: &Value) -> Option<Vec<AgentEvent>> {
        match text(value, "/type")? {
            "thread.started" => Some(vec![AgentEvent::SessionStarted {
                conversation: text(value, "/thread_id").and_then(|id| ConversationId::new(id).ok()),
                model: None,
                directory: None,
            }]),
            "turn.started" => {
                self.words = None;
                Some(vec![AgentEvent::TurnStarted])
            }
            "item.started" => item_started(value.get("item")?),
            "item.updated" => Some(vec![AgentEvent::Working]),
            "item.completed" => self.item_completed(value.get("item")?),
            "turn.completed" => Some(vec![self.ended(TurnOutcome::Completed, usage(value))]),
            "turn.failed" => {
                let message = owned(value, "/error/message").unwrap_or_default();
                let outcome = TurnOutcome::Failed(class(&message));
                self.words = Some(plain_message(&message));
                Some(vec![self.ended(outcome, usage(value))])
            }
            "error" => Some(vec![error(text(value, "/message")?)]),
            _ => None,
        }
    }

    fn item_completed(&mut self, item: &Value) -> Option<Vec<AgentEvent>> {
        let kind = text(item, "/type")?;
        match kind {
            "agent_message" => {
                let text = owned(item, "/text")?;
                self.words = Some(text.clone());
                Some(vec![AgentEvent::MessageText { text, author: Author::Agent }])
            }
            "error" => Some(vec![AgentEvent::Notice { message: owned(item, "/message")? }]),
            "reasoning" | "todo_list" => Some(vec![AgentEvent::Working]),
            _ => {
                let (_, summary) = tool(item)?;
                Some(vec![AgentEvent::ToolResult {
                    call: owned(item, "/id")?,
                    outcome: tool_outcome(item),
                    summary: tool_output(item).unwrap_or(summary),
                    edits: of_changes(items(item, "/changes")),
                }])
            }
        }
    }

    fn ended(&mut self, outcome: TurnOutcome, total: Option<Usage>) -> AgentEvent {
        let turn = total.zip(self.taken).map(|(total, taken)| total.since(taken));
        self.taken = total.or(self.taken);
        let spent = Spent { usage: turn, conversation_usage: total, cost: None };
        AgentEvent::TurnEnded { outcome, text: self.words.take(), spent: Box::new(spent), denied: 0 }
    }
}

fn item_started(item: &Value) -> Option<Vec<AgentEvent>> {
    let kind = text(item, "/type")?;
    if matches!(kind, "agent_message" | "reasoning" | "todo_list") {
        return Some(vec![AgentEvent::Working]);
    }
    let (tool, summary) = tool(item)?;
    let edits = of_changes(items(item, "/changes"));
    Some(vec![AgentEvent::ToolCall { call: owned(item, "/id")?, tool, summary, edits }])
}

/// A tool item's name and what it is used on.
fn tool(item: &Value) -> Option<(String, String)> {
    let kind = text(item, "/type")?;
    match kind {
        "command_execution" => Some((kind.to_owned(), one_line(text(item, "/command")?))),
        "file_change" => {
            let paths: Vec<&str> =
                items(item, "/changes").filter_map(|change| text(change, "/path")).collect();
            Some((kind.to_owned(), one_line(&paths.join(" "))))
        }
        "mcp_tool_call" => {
            let name = format!("{}.{}", text(item, "/server")?, text(item, "/tool")?);
            Some((name, tool_summary(item.get("arguments").unwrap_or(&Value::Null))))
        }
        "web_search" => Some((kind.to_owned(), one_line(text(item, "/query").unwrap_or_default()))),
        _ => None,
    }
}

fn tool_outcome(item: &Value) -> ToolOutcome {
    let bad_exit = item.pointer("/exit_code").and_then(Value::as_i64).is_some_and(|code| code != 0);
    let bad_status = matches!(text(item, "/status"), Some("failed" | "declined"));
    let error = item.get("error").is_some_and(|error| !error.is_null());
    if bad_exit || bad_status || error { ToolOutcome::Failed } else { ToolOutcome::Done }
}

fn tool_output(item: &Value) -> Option<String> {
    let output = text(item, "/aggregated_output").or_else(|| text(item, "/error/message"))?;
    Some(one_line(output))
}

/// `Reconnecting... 1/2 (why)` is a try to come; anything else a failure.
fn error(message: &str) -> AgentEvent {
    let Some(rest) = message.strip_prefix("Reconnecting...") else {
        return AgentEvent::Error { class: class(message), message: plain_message(message) };
    };
    let reason = rest.split_once('(').map_or("", |(_, reason)| reason);
    let counts = rest.trim_start().split([' ', '(']).next().and_then(|word| word.split_once('/'));
    AgentEvent::Retrying {
        attempt: counts.and_then(|(attempt, _)| attempt.parse().ok()),
        of: counts.and_then(|(_, of)| of.parse().ok()),
        delay_ms: None,
        class: class(reason),
    }
}

/// How sentences begin before a provider's status, and sentences that stand for a failure: there is no field for it
/// (`codex exec --json` 0.169.0). Recorded in `codex-fail-*.jsonl` and agents.md section 9; "stream disconnected" and
/// "Missing environment variable" are from that section.
const BEFORE_A_STATUS: [&str; 2] = ["unexpected status ", "exceeded retry limit, last status: "];
const SENTENCES: [(&str, ErrorClass); 8] = [
    ("Codex ran out of room in the model's context window", ErrorClass::ContextTooLong),
    ("We’re currently experiencing high demand", ErrorClass::Overloaded),
    ("Quota exceeded. Check your plan and billing details.", ErrorClass::Billing),
    ("You've hit your usage limit", ErrorClass::RateLimit),
    ("You’ve hit your usage limit", ErrorClass::RateLimit),
    ("Selected model is at capacity.", ErrorClass::Overloaded),
    ("stream disconnected before completion", ErrorClass::Connection),
    ("Missing environment variable:", ErrorClass::Authentication),
];

/// The class of a failure that has no field for it: by the beginning of its sentence, or, where it is the provider's
/// raw answer, by the fields of that.
pub(super) fn class(message: &str) -> ErrorClass {
    let status = BEFORE_A_STATUS.iter().find_map(|before| message.strip_prefix(before));
    let sentence = || SENTENCES.iter().find(|(begin, _)| message.starts_with(begin)).map(|(_, class)| *class);
    let provider = || {
        let answer = serde_json::from_str::<Value>(message).ok()?;
        ErrorClass::of_provider(answer.get("error")?)
    };
    status
        .and_then(ErrorClass::leading_status)
        .or_else(sentence)
        .or_else(provider)
        .unwrap_or(ErrorClass::Other)
}

/// Some messages are the provider's raw JSON answer: then the sentence inside it.
fn plain_message(message: &str) -> String {
    serde_json::from_str::<Value>(message)
        .ok()
        .and_then(|value| owned(&value, "/error/message"))
        .unwrap_or_else(|| message.to_owned())
}

/// Codex counts cached tokens among the input tokens.
fn usage(value: &Value) -> Option<Usage> {
    let usage = value.get("usage")?;
    let count = |key: &str| usage.get(key).and_then(Value::as_u64).unwrap_or(0);
    let (cache_read, cache_write) = (count("cached_input_tokens"), count("cache_write_input_tokens"));
    Some(Usage {
        input: count("input_tokens").saturating_sub(cache_read).saturating_sub(cache_write),
        cache_read,
        cache_write,
        output: count("output_tokens"),
    })
}
