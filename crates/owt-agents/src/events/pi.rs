//! `pi --mode json`, read from version 0.74.2. It leaves with code 0 even when its provider failed: what counts
//! is the `stopReason` of the last message. After a failure it may try again by itself, so that the turn's end
//! is known only from what follows.

use serde_json::Value;

use super::AgentEvent;
use super::Author;
use super::ToolOutcome;
use super::TurnOutcome;
use super::error_class::ErrorClass;
use super::json::content_text;
use super::json::items;
use super::json::number;
use super::json::one_line;
use super::json::owned;
use super::json::small;
use super::json::text;
use super::tool_summary::tool_summary;
use super::usage::MicroUsd;
use super::usage::Spent;
use super::usage::Usage;
use crate::names::ConversationId;

/// What must be remembered between lines.
#[derive(Debug, Default)]
pub(super) struct Pi {
    usage: Usage,
    cost: f64,
    words: Option<String>,
    /// How the last message of the model ended.
    outcome: Option<TurnOutcome>,
    /// A turn that failed and is over unless another try follows.
    held: bool,
}

impl Pi {
    pub(super) fn understand(&mut self, value: &Value) -> Option<Vec<AgentEvent>> {
        match text(value, "/type")? {
            "session" => Some(vec![AgentEvent::SessionStarted {
                conversation: text(value, "/id").and_then(|id| ConversationId::new(id).ok()),
                model: None,
                directory: owned(value, "/cwd"),
            }]),
            "agent_start" => {
                self.held = false;
                Some(vec![AgentEvent::TurnStarted])
            }
            "message_end" => self.message_end(value.get("message")?),
            "tool_execution_start" => Some(vec![AgentEvent::ToolCall {
                call: owned(value, "/toolCallId")?,
                tool: owned(value, "/toolName")?,
                summary: tool_summary(&value["args"]),
            }]),
            "tool_execution_end" => Some(vec![tool_end(value)?]),
            "agent_end" => Some(self.agent_end()),
            "auto_retry_start" => {
                self.held = false;
                Some(vec![AgentEvent::Retrying {
                    attempt: small(value, "/attempt"),
                    of: small(value, "/maxAttempts"),
                    delay_ms: number(value, "/delayMs"),
                    class: class(text(value, "/errorMessage").unwrap_or_default()),
                }])
            }
            "auto_retry_end" => Some(self.end().into_iter().collect()),
            "compaction_start" => Some(self.compaction(value)),
            "turn_start" | "turn_end" | "message_start" | "message_update" | "tool_execution_update" => {
                Some(Vec::new())
            }
            _ => None,
        }
    }

    /// What the end of the stream, or of the tries, says.
    pub(super) fn end(&mut self) -> Option<AgentEvent> {
        std::mem::take(&mut self.held).then(|| self.ended())
    }

    fn agent_end(&mut self) -> Vec<AgentEvent> {
        self.held = true;
        match self.outcome {
            Some(TurnOutcome::Failed(_)) => Vec::new(),
            _ => self.end().into_iter().collect(),
        }
    }

    /// It says why it shortens its conversation: the provider's refusal of one that is too long is but a 400.
    fn compaction(&mut self, value: &Value) -> Vec<AgentEvent> {
        if let (Some("overflow"), Some(TurnOutcome::Failed(_))) = (text(value, "/reason"), self.outcome) {
            self.outcome = Some(TurnOutcome::Failed(ErrorClass::ContextTooLong));
        }
        vec![AgentEvent::Working]
    }

    fn ended(&mut self) -> AgentEvent {
        let spent = Spent {
            usage: Some(std::mem::take(&mut self.usage)),
            conversation_usage: None,
            cost: Some(MicroUsd::from_dollars(std::mem::take(&mut self.cost))),
        };
        AgentEvent::TurnEnded {
            outcome: self.outcome.take().unwrap_or(TurnOutcome::Completed),
            text: self.words.take(),
            spent: Box::new(spent),
            denied: 0,
        }
    }

    fn message_end(&mut self, message: &Value) -> Option<Vec<AgentEvent>> {
        match text(message, "/role")? {
            "user" => {
                Some(vec![AgentEvent::PromptEchoed { id: None, text: content_text(message.get("content")?) }])
            }
            "assistant" => Some(self.assistant(message)),
            _ => Some(Vec::new()),
        }
    }

    fn assistant(&mut self, message: &Value) -> Vec<AgentEvent> {
        let count = |pointer: &str| number(message, pointer).unwrap_or(0);
        self.usage = self.usage.plus(Usage {
            input: count("/usage/input"),
            cache_read: count("/usage/cacheRead"),
            cache_write: count("/usage/cacheWrite"),
            output: count("/usage/output"),
        });
        self.cost += message.pointer("/usage/cost/total").and_then(Value::as_f64).unwrap_or(0.0);
        let mut events: Vec<AgentEvent> = items(message, "/content")
            .filter(|block| text(block, "/type") == Some("text"))
            .filter_map(|block| {
                Some(AgentEvent::MessageText { text: owned(block, "/text")?, author: Author::Agent })
            })
            .collect();
        if let Some(AgentEvent::MessageText { text, .. }) = events.last() {
            self.words = Some(text.clone());
        }
        self.outcome = Some(match text(message, "/stopReason") {
            Some("error") => {
                let message = owned(message, "/errorMessage").unwrap_or_default();
                let class = class(&message);
                self.words = Some(message.clone());
                events.push(AgentEvent::Error { class, message });
                TurnOutcome::Failed(class)
            }
            Some("aborted") => TurnOutcome::Interrupted,
            _ => TurnOutcome::Completed,
        });
        events
    }
}

/// The class of a failure: its messages begin with the status (`401 invalid x-api-key`); a connection that broke or was
/// never made has one of these two instead (version 0.74.2).
fn class(message: &str) -> ErrorClass {
    match message {
        "terminated" | "Connection error." => ErrorClass::Connection,
        _ => ErrorClass::leading_status(message).unwrap_or(ErrorClass::Other),
    }
}

fn tool_end(value: &Value) -> Option<AgentEvent> {
    let failed = value.pointer("/isError").and_then(Value::as_bool) == Some(true);
    let output = value.pointer("/result/content").map(content_text).unwrap_or_default();
    Some(AgentEvent::ToolResult {
        call: owned(value, "/toolCallId")?,
        outcome: if failed { ToolOutcome::Failed } else { ToolOutcome::Done },
        summary: one_line(&output),
    })
}
