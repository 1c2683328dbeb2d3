//! `pi --mode json` and `--mode rpc`, read from version 0.74.2. In the first it leaves with code 0 even when its provider failed: what counts
//! is the `stopReason` of the last message. After a failure it may try again by itself, so that the turn's end
//! is known only from what follows.

use owt_core::question::Beside;
use owt_core::question::Question;
use serde_json::Value;

use super::AgentEvent;
use super::Author;
use super::ToolOutcome;
use super::TurnOutcome;
use super::choices::choice;
use super::edits::edits;
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
use crate::protocol::INITIALIZE;
use crate::protocol::PI_PROMPT;

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
    setting: Setting,
}

/// Where the events are said.
#[derive(Debug, Default, PartialEq, Eq)]
enum Setting {
    /// A run of one prompt: the end of the stream settles what is open.
    #[default]
    OneRun,
    /// RPC: responses to commands of ours stand between the events, and the stream goes on after a turn.
    Conversation,
}

/// What the program tries again after (`_isRetryableError` in its code), without blanks and signs.
const TRIED_AGAIN: [&str; 31] = [
    "overloaded",
    "providerreturnederror",
    "ratelimit",
    "toomanyrequests",
    "429",
    "500",
    "502",
    "503",
    "504",
    "serviceunavailable",
    "servererror",
    "internalerror",
    "networkerror",
    "connectionerror",
    "connectionrefused",
    "connectionlost",
    "websocketclosed",
    "websocketerror",
    "othersideclosed",
    "fetchfailed",
    "upstreamconnect",
    "resetbeforeheaders",
    "sockethangup",
    "endedwithout",
    "streamendedbeforemessagestop",
    "http2requestdidnotgetaresponse",
    "timedout",
    "timeout",
    "terminated",
    "retrydelay",
    // It shortens the conversation first.
    "contextlength",
];

impl Pi {
    /// A stream of RPC mode.
    pub(super) fn in_conversation() -> Self {
        Self { setting: Setting::Conversation, ..Self::default() }
    }

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
                edits: edits(text(value, "/toolName")?, &value["args"]),
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
            "compaction_end" if self.setting == Setting::Conversation => Some(self.compacted(value)),
            "response" => Some(self.response(value)),
            "extension_ui_request" => Some(dialog(value)?.into_iter().collect()),
            "extension_error" => Some(vec![AgentEvent::Notice { message: owned(value, "/error")? }]),
            "queue_update" => Some(Vec::new()),
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
            Some(TurnOutcome::Failed(_)) if self.goes_on_by_itself() => Vec::new(),
            _ => self.end().into_iter().collect(),
        }
    }

    /// Whether something follows the end of a turn that failed: another try, a shorter conversation, the end of the stream.
    fn goes_on_by_itself(&self) -> bool {
        let words = self.words.as_deref().unwrap_or_default().to_lowercase();
        let words: String = words.chars().filter(char::is_ascii_alphanumeric).collect();
        self.setting == Setting::OneRun || TRIED_AGAIN.iter().any(|known| words.contains(known))
    }

    fn compacted(&mut self, value: &Value) -> Vec<AgentEvent> {
        self.note_overflow(value);
        match value.pointer("/willRetry").and_then(Value::as_bool) {
            Some(true) => Vec::new(),
            _ => self.end().into_iter().collect(),
        }
    }

    /// A prompt that was taken is in the conversation; one that was refused is not, and there is no turn.
    fn response(&mut self, value: &Value) -> Vec<AgentEvent> {
        let request = owned(value, "/id").unwrap_or_default();
        let failed = value.pointer("/success").and_then(Value::as_bool) != Some(true);
        let error = failed.then(|| owned(value, "/error").unwrap_or_default());
        if let Some(message) = request.strip_prefix(PI_PROMPT) {
            return match error {
                None => vec![AgentEvent::PromptEchoed { id: Some(message.to_owned()), text: String::new() }],
                Some(error) => {
                    self.outcome = Some(TurnOutcome::Failed(class(&error)));
                    self.words = Some(error);
                    vec![self.ended()]
                }
            };
        }
        let started = (request == INITIALIZE).then(|| AgentEvent::SessionStarted {
            conversation: text(value, "/data/sessionId").and_then(|id| ConversationId::new(id).ok()),
            model: owned(value, "/data/model/id"),
            directory: None,
        });
        started.into_iter().chain([AgentEvent::Answered { request, error }]).collect()
    }

    /// It says why it shortens its conversation: the provider's refusal of one that is too long is but a 400.
    fn compaction(&mut self, value: &Value) -> Vec<AgentEvent> {
        self.note_overflow(value);
        vec![AgentEvent::Working]
    }

    fn note_overflow(&mut self, value: &Value) {
        if let (Some("overflow"), Some(TurnOutcome::Failed(_))) = (text(value, "/reason"), self.outcome) {
            self.outcome = Some(TurnOutcome::Failed(ErrorClass::ContextTooLong));
        }
    }

    fn ended(&mut self) -> AgentEvent {
        let spent = self.spent();
        (self.usage, self.cost) = (Usage::default(), 0.0);
        AgentEvent::TurnEnded {
            outcome: self.outcome.take().unwrap_or(TurnOutcome::Completed),
            text: self.words.take(),
            spent,
            denied: 0,
        }
    }

    fn spent(&self) -> Box<Spent> {
        let cost = Some(MicroUsd::from_dollars(self.cost));
        Box::new(Spent { usage: Some(self.usage), conversation_usage: None, cost })
    }

    fn message_end(&mut self, message: &Value) -> Option<Vec<AgentEvent>> {
        match text(message, "/role")? {
            // The response to the prompt says which one it was.
            "user" if self.setting == Setting::Conversation => Some(vec![AgentEvent::Working]),
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
            // Of the last message the end of the turn tells.
            Some("toolUse") => {
                events.push(AgentEvent::Spending { spent: self.spent() });
                TurnOutcome::Completed
            }
            _ => TurnOutcome::Completed,
        });
        events
    }
}

/// The class of a failure.
fn class(message: &str) -> ErrorClass {
    ErrorClass::of_sentence(message).unwrap_or(ErrorClass::Other)
}

/// What an extension of the person asks. The rest is for a screen and wants no answer.
fn dialog(value: &Value) -> Option<Option<AgentEvent>> {
    let request = owned(value, "/id")?;
    let title = owned(value, "/title").unwrap_or_default();
    let message = text(value, "/message").unwrap_or_default();
    let question = one_line(&format!("{title} {message}"));
    let options = items(value, "/options").filter_map(Value::as_str).map(choice).collect();
    Some(match text(value, "/method")? {
        "confirm" => Some(AgentEvent::PermissionRequest {
            request,
            tool: "extension".to_owned(),
            summary: question,
            input: value.clone(),
        }),
        "select" | "input" | "editor" => Some(AgentEvent::Question {
            request,
            questions: vec![Question { options, beside: Beside::Nothing, ..Question::plain(question) }],
            input: value.clone(),
        }),
        _ => None,
    })
}

fn tool_end(value: &Value) -> Option<AgentEvent> {
    let failed = value.pointer("/isError").and_then(Value::as_bool) == Some(true);
    let output = value.pointer("/result/content").map(content_text).unwrap_or_default();
    Some(AgentEvent::ToolResult {
        call: owned(value, "/toolCallId")?,
        outcome: if failed { ToolOutcome::Failed } else { ToolOutcome::Done },
        summary: one_line(&output),
        edits: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(pi: &mut Pi, value: &Value) -> Vec<AgentEvent> {
        pi.understand(value).unwrap()
    }

    fn failed_turn(pi: &mut Pi, error: &str) -> Vec<AgentEvent> {
        said(pi, &json!({"type": "agent_start"}));
        let message =
            json!({"role": "assistant", "content": [], "stopReason": "error", "errorMessage": error});
        said(pi, &json!({"type": "message_end", "message": message}));
        said(pi, &json!({"type": "agent_end", "messages": []}))
    }

    #[test]
    fn in_rpc_mode_it_is_open_when_it_has_named_its_conversation_and_says_which_prompt_it_took() {
        let mut pi = Pi::in_conversation();
        let state = json!({"sessionId": "c-1", "model": {"id": "m"}});
        let opened = said(
            &mut pi,
            &json!({"id": INITIALIZE, "type": "response", "command": "get_state", "success": true, "data": state}),
        );
        let started = AgentEvent::SessionStarted {
            conversation: ConversationId::new("c-1").ok(),
            model: Some("m".to_owned()),
            directory: None,
        };
        let answered = AgentEvent::Answered { request: INITIALIZE.to_owned(), error: None };
        assert_eq!(opened, [started, answered]);
        let prompt = |success: bool| {
            json!({"id": format!("{PI_PROMPT}7"), "type": "response", "command": "prompt", "success": success,
                   "error": "No API key found"})
        };
        let echo = AgentEvent::PromptEchoed { id: Some("7".to_owned()), text: String::new() };
        assert_eq!(said(&mut pi, &prompt(true)), [echo]);
        let refused = said(&mut pi, &prompt(false));
        assert!(
            matches!(&refused[..], [AgentEvent::TurnEnded { outcome: TurnOutcome::Failed(_), text, .. }]
                if text.as_deref() == Some("No API key found")),
            "{refused:?}"
        );
    }

    #[test]
    fn in_rpc_mode_a_failed_turn_is_over_unless_it_is_tried_again() {
        let mut pi = Pi::in_conversation();
        let over = failed_turn(&mut pi, "401 invalid x-api-key");
        assert!(matches!(over[..], [AgentEvent::TurnEnded { .. }]), "{over:?}");
        assert_eq!(failed_turn(&mut pi, "429 Too Many Requests"), []);
        said(&mut pi, &json!({"type": "auto_retry_start", "attempt": 1, "maxAttempts": 3, "delayMs": 1}));
        assert_eq!(failed_turn(&mut pi, "429 Too Many Requests"), []);
        // One that is too long is shortened, once.
        let too_long = "400 This model's maximum context length is 200000 tokens.";
        failed_turn(&mut pi, too_long);
        said(&mut pi, &json!({"type": "compaction_start", "reason": "overflow"}));
        said(&mut pi, &json!({"type": "compaction_end", "reason": "overflow", "willRetry": true}));
        failed_turn(&mut pi, too_long);
        let ended =
            said(&mut pi, &json!({"type": "compaction_end", "reason": "overflow", "willRetry": false}));
        let outcome = TurnOutcome::Failed(ErrorClass::ContextTooLong);
        assert!(
            matches!(&ended[..], [AgentEvent::TurnEnded { outcome: it, .. }] if *it == outcome),
            "{ended:?}"
        );
        failed_turn(&mut pi, "429 Too Many Requests");
        said(&mut pi, &json!({"type": "auto_retry_start", "attempt": 3, "maxAttempts": 3, "delayMs": 1}));
        assert_eq!(failed_turn(&mut pi, "429 Too Many Requests"), []);
        let given_up = said(&mut pi, &json!({"type": "auto_retry_end", "success": false, "attempt": 3}));
        assert!(matches!(given_up[..], [AgentEvent::TurnEnded { .. }]), "{given_up:?}");
    }
}
