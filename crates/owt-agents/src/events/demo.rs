//! The built-in demo agent's lines (`owt demo-agent --output jsonl`): one JSON object a line, the same words as
//! [`AgentEvent`] where there is no reason for others.
//!
//! ```text
//! {"type":"session","session_id":"…","model":"…","cwd":"/…"}
//! {"type":"turn"}
//! {"type":"prompt","id":"…","text":"…"}                       the prompt it has read, with our id
//! {"type":"message","text":"…"}
//! {"type":"tool_call","id":"…","tool":"…","summary":"…","edits":["…"]}
//! {"type":"tool_result","id":"…","ok":true,"summary":"…"}
//! {"type":"permission","request_id":"…","tool":"…","input":{…}}
//! {"type":"question","request_id":"…","question":"…","options":["…"]}
//! {"type":"answered","request_id":"…","error":"…"}
//! {"type":"rate_limit","resets_at":1767323045}                 the end of a limit, in seconds since the Unix epoch
//! {"type":"error","class":"rate_limit","message":"…"}
//! {"type":"spent","usage":{"input":0,"output":0},"cost_usd":0.0}    what the turn has taken so far
//! {"type":"done","text":"…","outcome":"completed|interrupted|failed","usage":{"input":0,"output":0},"cost_usd":0.0}
//! ```

use owt_core::question::Question;
use serde_json::Value;

use super::AgentEvent;
use super::Author;
use super::ToolOutcome;
use super::TurnOutcome;
use super::choices::choice;
use super::error_class::ErrorClass;
use super::json::items;
use super::json::number;
use super::json::owned;
use super::json::text;
use super::tool_summary::tool_summary;
use super::usage::MicroUsd;
use super::usage::Spent;
use super::usage::Usage;
use crate::names::ConversationId;

pub(super) fn understand(value: &Value) -> Option<Vec<AgentEvent>> {
    let event = match text(value, "/type")? {
        "session" => AgentEvent::SessionStarted {
            conversation: text(value, "/session_id").and_then(|id| ConversationId::new(id).ok()),
            model: owned(value, "/model"),
            directory: owned(value, "/cwd"),
        },
        "turn" => AgentEvent::TurnStarted,
        "prompt" => AgentEvent::PromptEchoed { id: owned(value, "/id"), text: owned(value, "/text")? },
        "message" => AgentEvent::MessageText { text: owned(value, "/text")?, author: Author::Agent },
        "tool_call" => AgentEvent::ToolCall {
            call: owned(value, "/id")?,
            tool: owned(value, "/tool")?,
            summary: owned(value, "/summary").unwrap_or_default(),
            edits: items(value, "/edits").filter_map(Value::as_str).map(str::to_owned).collect(),
        },
        "tool_result" => AgentEvent::ToolResult {
            call: owned(value, "/id")?,
            outcome: if value["ok"] == true { ToolOutcome::Done } else { ToolOutcome::Failed },
            summary: owned(value, "/summary").unwrap_or_default(),
            edits: Vec::new(),
        },
        "permission" => AgentEvent::PermissionRequest {
            request: owned(value, "/request_id")?,
            tool: owned(value, "/tool")?,
            summary: tool_summary(&value["input"]),
            input: value["input"].clone(),
        },
        "question" => AgentEvent::Question {
            request: owned(value, "/request_id")?,
            questions: vec![Question {
                options: items(value, "/options").filter_map(Value::as_str).map(choice).collect(),
                ..Question::plain(owned(value, "/question")?)
            }],
            input: Value::Null,
        },
        "answered" => {
            AgentEvent::Answered { request: owned(value, "/request_id")?, error: owned(value, "/error") }
        }
        "rate_limit" => AgentEvent::RateLimited { resets_at: value["resets_at"].as_i64() },
        "error" => AgentEvent::Error { class: class(value), message: owned(value, "/message")? },
        "spent" => AgentEvent::Spending { spent: spent(value) },
        "done" => done(value),
        _ => return None,
    };
    Some(vec![event])
}

fn class(value: &Value) -> ErrorClass {
    value
        .get("class")
        .and_then(|class| serde_json::from_value(class.clone()).ok())
        .unwrap_or(ErrorClass::Other)
}

fn done(value: &Value) -> AgentEvent {
    let outcome = match text(value, "/outcome") {
        Some("failed") => TurnOutcome::Failed(class(value)),
        Some("interrupted") => TurnOutcome::Interrupted,
        _ => TurnOutcome::Completed,
    };
    AgentEvent::TurnEnded { outcome, text: owned(value, "/text"), spent: spent(value), denied: 0 }
}

fn spent(value: &Value) -> Box<Spent> {
    let usage = value.get("usage").map(|usage| Usage {
        input: number(usage, "/input").unwrap_or(0),
        output: number(usage, "/output").unwrap_or(0),
        ..Usage::default()
    });
    let cost = value.get("cost_usd").and_then(Value::as_f64).map(MicroUsd::from_dollars);
    Box::new(Spent { usage, conversation_usage: None, cost })
}
