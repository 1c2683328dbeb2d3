//! `opencode run --format json`, read from version 1.18.33. There is no final line: the turn is over when the
//! stream ends. Tokens and cost are sums over its steps; cost is by the prices in the person's configuration.

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
use super::usage::MicroUsd;
use super::usage::Spent;
use super::usage::Usage;
use crate::names::ConversationId;

/// What must be remembered between lines.
#[derive(Debug, Default)]
pub(super) struct Opencode {
    conversation: Option<String>,
    usage: Usage,
    cost: MicroUsd,
    words: Option<String>,
    failure: Option<ErrorClass>,
    /// Whether a step was finished for any other reason than to use a tool.
    stopped: bool,
}

impl Opencode {
    pub(super) fn understand(&mut self, value: &Value) -> Option<Vec<AgentEvent>> {
        let mut events = self.session(value);
        match text(value, "/type")? {
            "step_start" => events.push(AgentEvent::Working),
            "text" => {
                let text = owned(value, "/part/text")?;
                self.words = Some(text.clone());
                events.push(AgentEvent::MessageText { text, author: Author::Agent });
            }
            "reasoning" => events.push(AgentEvent::Working),
            "tool_use" => events.extend(tool_use(value)?),
            "step_finish" => events.extend(self.step_finish(value)),
            "error" => events.extend(self.error(value)),
            _ => return None,
        }
        Some(events)
    }

    /// What the end of the stream says.
    pub(super) fn end(&mut self) -> Option<AgentEvent> {
        let outcome = match self.failure {
            Some(class) => TurnOutcome::Failed(class),
            None if self.stopped => TurnOutcome::Completed,
            // It ends after the step in which a permission was refused, with code 0 (agents.md section 6).
            None if self.conversation.is_some() => TurnOutcome::Interrupted,
            None => return None,
        };
        Some(AgentEvent::TurnEnded { outcome, text: self.words.take(), spent: self.spent(), denied: 0 })
    }

    fn spent(&self) -> Box<Spent> {
        Box::new(Spent { usage: Some(self.usage), conversation_usage: None, cost: Some(self.cost) })
    }

    fn session(&mut self, value: &Value) -> Vec<AgentEvent> {
        let conversation = owned(value, "/sessionID");
        if conversation.is_none() || conversation == self.conversation {
            return Vec::new();
        }
        self.conversation = conversation;
        let conversation = self.conversation.as_deref().and_then(|id| ConversationId::new(id).ok());
        vec![
            AgentEvent::SessionStarted { conversation, model: None, directory: None },
            AgentEvent::TurnStarted,
        ]
    }

    /// Of the last step the end of the turn tells.
    fn step_finish(&mut self, value: &Value) -> Option<AgentEvent> {
        let (usage, cost) = of_step(value.get("part").unwrap_or(&Value::Null));
        self.usage = self.usage.plus(usage);
        self.cost = MicroUsd(self.cost.0.saturating_add(cost.0));
        self.stopped = text(value, "/part/reason") != Some("tool-calls");
        (!self.stopped).then(|| AgentEvent::Spending { spent: self.spent() })
    }

    fn error(&mut self, value: &Value) -> Vec<AgentEvent> {
        let message =
            owned(value, "/error/data/message").or_else(|| owned(value, "/error/name")).unwrap_or_default();
        let class = class(value);
        self.failure = Some(class);
        self.words = Some(message.clone());
        let resets_at = || resets_at(value, number(value, "/timestamp")?);
        let limit = (class == ErrorClass::RateLimit).then(resets_at).flatten();
        let limit = limit.map(|resets_at| AgentEvent::RateLimited { resets_at: Some(resets_at) });
        limit.into_iter().chain([AgentEvent::Error { class, message }]).collect()
    }
}

/// By the error's name, then by the provider's own answer, then by its status.
pub(crate) fn class(value: &Value) -> ErrorClass {
    let answer = || serde_json::from_str::<Value>(text(value, "/error/data/responseBody")?).ok();
    match text(value, "/error/name") {
        Some("ContextOverflowError") => ErrorClass::ContextTooLong,
        Some("ProviderAuthError") => ErrorClass::Authentication,
        _ => match number(value, "/error/data/statusCode") {
            // Of these the answer says more: nothing left to spend comes as 429, much as 400.
            Some(400 | 429) | None => {
                answer().and_then(|answer| ErrorClass::of_provider(answer.get("error")?))
            }
            Some(_) => None,
        }
        .or_else(|| number(value, "/error/data/statusCode").map(ErrorClass::from_status))
        .or_else(|| broke_off(value).then_some(ErrorClass::Connection))
        .unwrap_or(ErrorClass::Other),
    }
}

/// A request that may be made again, and to which there was no answer (version 1.18.33).
fn broke_off(value: &Value) -> bool {
    text(value, "/error/name") == Some("APIError")
        && value.pointer("/error/data/isRetryable") == Some(&Value::Bool(true))
        && value.pointer("/error/data/statusCode").is_none()
}

/// When a limit ends, in seconds since the Unix epoch: the provider's `retry-after` counts from the moment of the failure,
/// in milliseconds.
pub(super) fn resets_at(value: &Value, moment: u64) -> Option<i64> {
    let wait: u64 = text(value, "/error/data/responseHeaders/retry-after")?.trim().parse().ok()?;
    i64::try_from(moment.div_ceil(1000).saturating_add(wait)).ok()
}

/// What a step took, by the part that ends it.
pub(super) fn of_step(part: &Value) -> (Usage, MicroUsd) {
    let count = |pointer: &str| number(part, pointer).unwrap_or(0);
    let usage = Usage {
        input: count("/tokens/input"),
        cache_read: count("/tokens/cache/read"),
        cache_write: count("/tokens/cache/write"),
        output: count("/tokens/output").saturating_add(count("/tokens/reasoning")),
    };
    (usage, MicroUsd::from_dollars(part.get("cost").and_then(Value::as_f64).unwrap_or(0.0)))
}

/// A tool's use is told once, when it is over.
fn tool_use(value: &Value) -> Option<[AgentEvent; 2]> {
    let call = owned(value, "/part/callID")?;
    let state = value.pointer("/part/state")?;
    let failed = text(state, "/status") == Some("error");
    let output = text(state, "/error").or_else(|| text(state, "/output")).unwrap_or_default();
    let called = AgentEvent::ToolCall {
        call: call.clone(),
        tool: owned(value, "/part/tool")?,
        summary: tool_summary(&state["input"]),
        edits: edits(text(value, "/part/tool")?, &state["input"]),
    };
    let outcome = if failed { ToolOutcome::Failed } else { ToolOutcome::Done };
    Some([called, AgentEvent::ToolResult { call, outcome, summary: one_line(output), edits: Vec::new() }])
}
