//! Claude Code's `stream-json` and control protocol, read from version 2.1.197.
//!
//! Judged by `is_error`, not by `subtype` (a failed provider is `subtype: success, is_error: true`). Tokens and
//! cost come from `result` only: what single messages carry is the state at their start. `usage` of a result is
//! that turn's, `total_cost_usd` is the process's until now. A prompt taken for an unknown command of the program
//! ends in a "success" that asked no model. With `--replay-user-messages` our own answers to requests are repeated
//! too, and become [`AgentEvent::Answered`] with the program's request id.

use owt_core::question::Beside;
use owt_core::question::Picks;
use owt_core::question::Question;
use serde_json::Value;

use super::AgentEvent;
use super::Author;
use super::ToolOutcome;
use super::TurnOutcome;
use super::choices::choices;
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

/// Lines that say nothing we need.
const SILENT_TYPES: [&str; 6] = [
    "stream_event",
    "keep_alive",
    "auth_status",
    "prompt_suggestion",
    "tool_use_summary",
    "rate_limit_event",
];
const SILENT_SYSTEM: [&str; 17] = [
    "hook_started",
    "hook_progress",
    "hook_response",
    "compact_boundary",
    "local_command_output",
    "files_persisted",
    "session_state_changed",
    "task_started",
    "task_progress",
    "task_updated",
    "task_notification",
    "notification",
    "informational",
    "thinking_tokens",
    "commands_changed",
    "turn_duration",
    "post_turn_summary",
];

/// What must be remembered between lines.
#[derive(Debug, Default)]
pub(super) struct Claude {
    conversation: Option<String>,
    /// What the process had cost when the last turn ended.
    cost: MicroUsd,
    /// What the last message of this turn that told of a failure called it.
    failure: Option<String>,
}

impl Claude {
    pub(super) fn understand(&mut self, value: &Value) -> Option<Vec<AgentEvent>> {
        match text(value, "/type")? {
            "system" => self.system(value),
            "assistant" => Some(self.assistant(value)),
            "user" => Some(user(value)),
            "result" => Some(vec![self.result(value)]),
            "control_request" => Some(vec![control_request(value)?]),
            "control_response" => Some(vec![AgentEvent::Answered {
                request: owned(value, "/response/request_id")?,
                error: (text(value, "/response/subtype") == Some("error"))
                    .then(|| owned(value, "/response/error").unwrap_or_default()),
            }]),
            "control_cancel_request" => {
                Some(vec![AgentEvent::RequestWithdrawn { request: owned(value, "/request_id")? }])
            }
            "tool_progress" => Some(vec![AgentEvent::Working]),
            "rate_limit_event" if text(value, "/rate_limit_info/status") == Some("rejected") => {
                let resets_at = value.pointer("/rate_limit_info/resetsAt").and_then(Value::as_i64);
                Some(vec![AgentEvent::RateLimited { resets_at }])
            }
            silent if SILENT_TYPES.contains(&silent) => Some(Vec::new()),
            _ => None,
        }
    }

    fn system(&mut self, value: &Value) -> Option<Vec<AgentEvent>> {
        match text(value, "/subtype")? {
            "init" => Some(self.init(value)),
            "status" => Some(text(value, "/status").map(|_| AgentEvent::Working).into_iter().collect()),
            "api_retry" => Some(vec![AgentEvent::Retrying {
                attempt: small(value, "/attempt"),
                of: small(value, "/max_retries"),
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "the cast saturates; the delay is a positive number of milliseconds with a fraction"
                )]
                delay_ms: value.pointer("/retry_delay_ms").and_then(Value::as_f64).map(|delay| delay as u64),
                class: class(text(value, "/error"), status(value, "/error_status")),
            }]),
            silent if SILENT_SYSTEM.contains(&silent) => Some(Vec::new()),
            _ => None,
        }
    }

    /// One `init` a turn; the conversation is new to us only the first time.
    fn init(&mut self, value: &Value) -> Vec<AgentEvent> {
        self.failure = None;
        let conversation = owned(value, "/session_id");
        let mut events = Vec::new();
        if conversation.is_none() || conversation != self.conversation {
            events.push(AgentEvent::SessionStarted {
                conversation: conversation.as_deref().and_then(|id| ConversationId::new(id).ok()),
                model: owned(value, "/model"),
                directory: owned(value, "/cwd"),
            });
            self.conversation = conversation;
        }
        events.push(AgentEvent::TurnStarted);
        events
    }

    fn assistant(&mut self, value: &Value) -> Vec<AgentEvent> {
        let author = author(value);
        if let Some(error) = text(value, "/error") {
            let message = value.pointer("/message/content").map(content_text).unwrap_or_default();
            self.failure = Some(error.to_owned());
            return vec![AgentEvent::Error { class: class(Some(error), Status::Untold), message }];
        }
        items(value, "/message/content")
            .filter_map(|block| match text(block, "/type")? {
                "text" => Some(AgentEvent::MessageText { text: owned(block, "/text")?, author }),
                "tool_use" => Some(AgentEvent::ToolCall {
                    call: owned(block, "/id")?,
                    tool: owned(block, "/name")?,
                    summary: tool_summary(&block["input"]),
                    edits: text(block, "/name").map(|name| edits(name, &block["input"])).unwrap_or_default(),
                }),
                _ => Some(AgentEvent::Working),
            })
            .collect()
    }

    fn result(&mut self, value: &Value) -> AgentEvent {
        let total = value.pointer("/total_cost_usd").and_then(Value::as_f64).map(MicroUsd::from_dollars);
        let cost = total.map(|total| MicroUsd(total.0.saturating_sub(self.cost.0)));
        self.cost = total.unwrap_or(self.cost);
        let errors: Vec<&str> = items(value, "/errors").filter_map(Value::as_str).collect();
        let final_text = owned(value, "/result").or_else(|| (!errors.is_empty()).then(|| errors.join("\n")));
        let outcome = self.outcome(value, final_text.as_deref().unwrap_or_default());
        self.failure = None;
        AgentEvent::TurnEnded {
            outcome,
            text: final_text,
            spent: Box::new(Spent { usage: usage(value), conversation_usage: None, cost }),
            denied: u32::try_from(items(value, "/permission_denials").count()).unwrap_or(u32::MAX),
        }
    }

    fn outcome(&self, value: &Value, words: &str) -> TurnOutcome {
        let subtype = text(value, "/subtype").unwrap_or_default();
        let failed = value.pointer("/is_error").and_then(Value::as_bool).unwrap_or(false);
        if !failed
            && words.starts_with("Unknown command: ")
            && number(value, "/usage/output_tokens") == Some(0)
        {
            return TurnOutcome::Failed(ErrorClass::InvalidRequest);
        }
        if !failed && !subtype.starts_with("error_") {
            return TurnOutcome::Completed;
        }
        let reason = text(value, "/terminal_reason").unwrap_or_default();
        match (subtype, reason) {
            (_, reason) if reason.starts_with("aborted") => TurnOutcome::Interrupted,
            (_, "prompt_too_long") => TurnOutcome::Failed(ErrorClass::ContextTooLong),
            ("error_max_turns", _) | (_, "max_turns") => TurnOutcome::Failed(ErrorClass::TurnLimit),
            ("error_max_budget_usd", _) => TurnOutcome::Failed(ErrorClass::BudgetLimit),
            ("error_during_execution", _) if is_unknown_conversation(value) => {
                TurnOutcome::Failed(ErrorClass::NoConversation)
            }
            _ => TurnOutcome::Failed(class(self.failure.as_deref(), status(value, "/api_error_status"))),
        }
    }
}

fn author(value: &Value) -> Author {
    if text(value, "/parent_tool_use_id").is_some() { Author::Subagent } else { Author::Agent }
}

/// What a line says of the provider's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    /// Nothing: the field is not there.
    Untold,
    /// There was no answer: the field is null.
    NoAnswer,
    /// This status.
    Answered(u64),
}

fn status(value: &Value, pointer: &str) -> Status {
    match value.pointer(pointer) {
        None => Status::Untold,
        Some(status) => status.as_u64().map_or(Status::NoAnswer, Status::Answered),
    }
}

/// A failure's class: what the program calls it, and where that name is coarse the provider's status. A failure of the
/// provider, or one without a name, to which there was no answer: it was not reached.
fn class(error: Option<&str>, status: Status) -> ErrorClass {
    match (error, status) {
        (Some("authentication_failed" | "oauth_org_not_allowed"), _) => ErrorClass::Authentication,
        (Some("billing_error"), _) => ErrorClass::Billing,
        (Some("rate_limit"), _) => ErrorClass::RateLimit,
        (Some("overloaded"), _) => ErrorClass::Overloaded,
        (Some("model_not_found"), _) => ErrorClass::ModelNotFound,
        (_, Status::Answered(status)) => ErrorClass::from_status(status),
        (Some("server_error" | "unknown"), Status::NoAnswer) => ErrorClass::Connection,
        (Some("server_error"), Status::Untold) => ErrorClass::Server,
        (Some("invalid_request"), _) => ErrorClass::InvalidRequest,
        _ => ErrorClass::Other,
    }
}

/// How the program's own sentences begin where the name of the failure says less (version 2.1.197, its code).
const SENTENCES: [(&str, ErrorClass); 4] = [
    ("Prompt is too long", ErrorClass::ContextTooLong),
    ("API Error: Connection to the API was lost", ErrorClass::Connection),
    ("API Error: Unable to connect to API", ErrorClass::Connection),
    ("API Error: Request timed out", ErrorClass::Connection),
];

/// The class of a failure that stands in a terminal, and in the record, as if the model had said it: `error` is what the program
/// calls it. `None` where neither says anything.
pub(crate) fn shown_failure(error: &str, status: Option<u64>, sentence: &str) -> Option<ErrorClass> {
    let by_sentence =
        SENTENCES.iter().find(|(begin, _)| sentence.starts_with(begin)).map(|(_, class)| *class);
    let answered = status.map_or(Status::Untold, Status::Answered);
    by_sentence.or_else(|| Some(class(Some(error), answered)).filter(|class| *class != ErrorClass::Other))
}

/// There is no field for it (version 2.1.197): the sentence stands in the list of errors, from its beginning.
fn is_unknown_conversation(value: &Value) -> bool {
    items(value, "/errors").filter_map(Value::as_str).any(|error| error.starts_with("No conversation found"))
}

fn usage(value: &Value) -> Option<Usage> {
    let usage = value.get("usage")?;
    let count = |key: &str| usage.get(key).and_then(Value::as_u64).unwrap_or(0);
    Some(Usage {
        input: count("input_tokens"),
        cache_read: count("cache_read_input_tokens"),
        cache_write: count("cache_creation_input_tokens"),
        output: count("output_tokens"),
    })
}

/// Tool results, and prompts repeated because of `--replay-user-messages` (with the uuid that we sent).
fn user(value: &Value) -> Vec<AgentEvent> {
    if value.pointer("/isReplay").and_then(Value::as_bool) == Some(true) {
        let text = value.pointer("/message/content").map(content_text).unwrap_or_default();
        return vec![AgentEvent::PromptEchoed { id: owned(value, "/uuid"), text }];
    }
    items(value, "/message/content")
        .filter(|block| text(block, "/type") == Some("tool_result"))
        .filter_map(|block| {
            let failed = block.pointer("/is_error").and_then(Value::as_bool) == Some(true);
            Some(AgentEvent::ToolResult {
                call: owned(block, "/tool_use_id")?,
                outcome: if failed { ToolOutcome::Failed } else { ToolOutcome::Done },
                summary: one_line(&content_text(&block["content"])),
                edits: Vec::new(),
            })
        })
        .collect()
}

fn control_request(value: &Value) -> Option<AgentEvent> {
    let request = owned(value, "/request_id")?;
    let subtype = text(value, "/request/subtype")?;
    if subtype != "can_use_tool" {
        return Some(AgentEvent::UnsupportedRequest { request, what: subtype.to_owned() });
    }
    let tool = owned(value, "/request/tool_name")?;
    let input = value.pointer("/request/input").cloned().unwrap_or(Value::Null);
    if tool == "AskUserQuestion" {
        let questions = items(&input, "/questions").filter_map(asked).collect();
        return Some(AgentEvent::Question { request, questions, input });
    }
    Some(AgentEvent::PermissionRequest { request, tool, summary: tool_summary(&input), input })
}

/// Its terminal takes words of the person's own beside the options ("Other"), and so does its tool.
fn asked(question: &Value) -> Option<Question> {
    let several = question.get("multiSelect") == Some(&Value::Bool(true));
    Some(Question {
        text: owned(question, "/question")?,
        header: owned(question, "/header"),
        options: choices(question),
        picks: if several { Picks::Several } else { Picks::One },
        beside: Beside::Words,
    })
}
