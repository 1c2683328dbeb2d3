//! `codex app-server`'s notifications, requests and answers, read from version 0.169.0 and the schema that it generates.
//!
//! `thread/tokenUsage/updated` counts the whole thread, resumed ones included, and comes twice where a turn is
//! interrupted: a turn's own usage is a difference. Threads of helpers, and those in which the program asks for a title, speak
//! on the same line, also after the turn; they are no turns of ours.
//! Requests are named by their id as JSON: it may be a number or a text.

use std::collections::BTreeMap;

use owt_core::question::Beside;
use owt_core::question::Picks;
use owt_core::question::Question;
use serde_json::Value;

use super::AgentEvent;
use super::Author;
use super::ToolOutcome;
use super::TurnOutcome;
use super::choices::choices;
use super::codex;
use super::edits::of_changes;
use super::error_class::ErrorClass;
use super::json::items;
use super::json::number;
use super::json::one_line;
use super::json::owned;
use super::json::text;
use super::tool_summary::tool_summary;
use super::usage::Spent;
use super::usage::Usage;
use crate::names::ConversationId;
use crate::protocol::CODEX_THREAD;

/// Notifications that say nothing we need, by the first part of their name.
const SILENT: [&str; 24] = [
    "account/",
    "app/",
    "command/",
    "configWarning",
    "deprecationNotice",
    "externalAgentConfig/",
    "fs/",
    "fuzzyFileSearch/",
    "guardianWarning",
    "hook/",
    "item/autoApprovalReview/",
    "mcpServer/",
    "model/",
    "modelProvider/",
    "process/",
    "project/",
    "remoteControl/",
    "autoApprovalReview/",
    "skills/",
    "thread/",
    "turn/diff/",
    "turn/moderationMetadata",
    "windows/",
    "windowsSandbox/",
];

/// Notifications that are a sign of life within a turn.
const SIGNS_OF_LIFE: [&str; 11] = [
    "item/agentMessage/delta",
    "item/plan/delta",
    "item/commandExecution/outputDelta",
    "item/commandExecution/terminalInteraction",
    "item/fileChange/outputDelta",
    "item/fileChange/patchUpdated",
    "item/mcpToolCall/progress",
    "item/reasoning/summaryTextDelta",
    "item/reasoning/summaryPartAdded",
    "item/reasoning/textDelta",
    "turn/plan/updated",
];

/// The most items of one turn that are kept for the requests about them.
const MAX_ITEMS: usize = 64;

/// The most bytes of an item's changes that are kept.
const MAX_CHANGES: usize = 64 * 1024;

/// An item that a request may be about.
#[derive(Debug)]
struct Item {
    summary: String,
    /// What is to be changed in files, as the program has it.
    changes: Option<Value>,
}

impl Item {
    fn of(item: &Value, summary: String) -> Self {
        let changes = item.get("changes").map(|changes| match changes.to_string().len() {
            ..=MAX_CHANGES => changes.clone(),
            bytes => format!("{bytes} bytes, which are too many to be shown").into(),
        });
        Self { summary, changes }
    }
}

/// What must be remembered between lines.
#[derive(Debug, Default)]
pub(super) struct CodexAppServer {
    thread: Option<String>,
    /// The last words of this turn.
    words: Option<String>,
    /// What the thread had taken when the last turn ended, and has taken by now.
    before: Option<Usage>,
    taken: Option<Usage>,
    /// What the items of this turn are used on.
    items: BTreeMap<String, Item>,
}

impl CodexAppServer {
    pub(super) fn understand(&mut self, value: &Value) -> Option<Vec<AgentEvent>> {
        let params = value.get("params").unwrap_or(&Value::Null);
        match (value.get("id"), text(value, "/method")) {
            (Some(id), None) => Some(self.answered(id, value)),
            (Some(id), Some(method)) => Some(vec![self.request(&id.to_string(), method, params)]),
            (None, Some(method)) => self.notification(method, params),
            (None, None) => None,
        }
    }

    fn answered(&mut self, id: &Value, value: &Value) -> Vec<AgentEvent> {
        let request = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let error =
            value.get("error").map(|error| owned(error, "/message").unwrap_or_else(|| error.to_string()));
        let mut events = Vec::new();
        if let (CODEX_THREAD, Some(thread)) = (request.as_str(), value.pointer("/result/thread")) {
            events.push(self.thread_is(thread));
        }
        events.push(AgentEvent::Answered { request, error });
        events
    }

    fn thread_is(&mut self, thread: &Value) -> AgentEvent {
        self.thread = owned(thread, "/id");
        AgentEvent::SessionStarted {
            conversation: self.thread.as_deref().and_then(|id| ConversationId::new(id).ok()),
            model: owned(thread, "/model"),
            directory: owned(thread, "/cwd"),
        }
    }

    fn request(&self, request: &str, method: &str, params: &Value) -> AgentEvent {
        let request = request.to_owned();
        let input = params.clone();
        let asks = |tool: &str, summary: String| AgentEvent::PermissionRequest {
            request: request.clone(),
            tool: tool.to_owned(),
            summary,
            input: input.clone(),
        };
        match method {
            "item/commandExecution/requestApproval" => {
                asks("command_execution", one_line(text(params, "/command").unwrap_or_default()))
            }
            "item/fileChange/requestApproval" => {
                let item = text(params, "/itemId").and_then(|id| self.items.get(id));
                let summary = item.map(|item| item.summary.clone()).unwrap_or_default();
                // The request names its item alone: what is to be allowed stands there.
                let mut input = params.clone();
                if let (Some(known), Some(changes)) =
                    (input.as_object_mut(), item.and_then(|it| it.changes.clone()))
                {
                    known.insert("changes".to_owned(), changes);
                }
                AgentEvent::PermissionRequest { request, tool: "file_change".to_owned(), summary, input }
            }
            "item/tool/requestUserInput" => AgentEvent::Question {
                request,
                questions: items(params, "/questions").map(asked).collect(),
                input,
            },
            _ => AgentEvent::UnsupportedRequest { request, what: method.to_owned() },
        }
    }

    fn notification(&mut self, method: &str, params: &Value) -> Option<Vec<AgentEvent>> {
        if self.is_of_another_thread(params) {
            return Some(Vec::new());
        }
        match method {
            "thread/started" if self.thread.is_none() => Some(vec![self.thread_is(params.get("thread")?)]),
            "turn/started" => {
                self.words = None;
                let named = owned(params, "/turn/id").map(|turn| AgentEvent::TurnNamed { turn });
                Some([AgentEvent::TurnStarted].into_iter().chain(named).collect())
            }
            "turn/completed" => Some(vec![self.turn_completed(params.get("turn")?)]),
            "item/started" => self.item_started(params.get("item")?),
            "item/completed" => self.item_completed(params.get("item")?),
            "thread/tokenUsage/updated" => {
                self.count(params);
                Some(Vec::new())
            }
            "account/rateLimits/updated" => Some(limit_reached(params).into_iter().collect()),
            "serverRequest/resolved" => {
                Some(vec![AgentEvent::RequestWithdrawn { request: params.get("requestId")?.to_string() }])
            }
            "error" => Some(vec![failure(params)?]),
            "warning" => Some(vec![AgentEvent::Notice { message: owned(params, "/message")? }]),
            life if SIGNS_OF_LIFE.contains(&life) => Some(vec![AgentEvent::Working]),
            silent if SILENT.iter().any(|known| silent.starts_with(known)) => Some(Vec::new()),
            _ => None,
        }
    }

    fn is_of_another_thread(&self, params: &Value) -> bool {
        let thread = text(params, "/threadId");
        thread.is_some() && self.thread.is_some() && thread != self.thread.as_deref()
    }

    fn item_started(&mut self, item: &Value) -> Option<Vec<AgentEvent>> {
        match text(item, "/type")? {
            "userMessage" => Some(vec![AgentEvent::PromptEchoed {
                id: owned(item, "/clientId"),
                text: items(item, "/content")
                    .filter_map(|part| text(part, "/text"))
                    .collect::<Vec<_>>()
                    .join("\n"),
            }]),
            kind if is_quiet(kind) => Some(vec![AgentEvent::Working]),
            kind => {
                let (tool, summary) = tool(kind, item)?;
                let call = owned(item, "/id")?;
                if self.items.len() < MAX_ITEMS {
                    self.items.insert(call.clone(), Item::of(item, summary.clone()));
                }
                let edits = of_changes(items(item, "/changes"));
                Some(vec![AgentEvent::ToolCall { call, tool, summary, edits }])
            }
        }
    }

    fn item_completed(&mut self, item: &Value) -> Option<Vec<AgentEvent>> {
        match text(item, "/type")? {
            "userMessage" => Some(Vec::new()),
            "agentMessage" => {
                let text = owned(item, "/text")?;
                self.words = Some(text.clone());
                Some(vec![AgentEvent::MessageText { text, author: Author::Agent }])
            }
            kind if is_quiet(kind) => Some(vec![AgentEvent::Working]),
            kind => {
                let (_, summary) = tool(kind, item)?;
                let output = text(item, "/aggregatedOutput").or_else(|| text(item, "/error/message"));
                Some(vec![AgentEvent::ToolResult {
                    call: owned(item, "/id")?,
                    outcome: tool_outcome(item),
                    summary: output.map_or(summary, one_line),
                    edits: of_changes(items(item, "/changes")),
                }])
            }
        }
    }

    fn turn_completed(&mut self, turn: &Value) -> AgentEvent {
        let outcome = match text(turn, "/status") {
            Some("interrupted") => TurnOutcome::Interrupted,
            Some("failed") => TurnOutcome::Failed(class(turn.get("error").unwrap_or(&Value::Null))),
            _ => TurnOutcome::Completed,
        };
        let usage = self.taken.map(|taken| taken.since(self.before.unwrap_or_default()));
        self.before = self.taken.or(self.before);
        self.items.clear();
        let words = self.words.take();
        let text = owned(turn, "/error/message").or(words);
        let spent = Spent { usage, conversation_usage: self.taken, cost: None };
        AgentEvent::TurnEnded { outcome, text, spent: Box::new(spent), denied: 0 }
    }

    /// What a resumed thread had taken before is the total without the last request.
    fn count(&mut self, params: &Value) {
        let (total, last) = (usage(params, "total"), usage(params, "last"));
        if self.before.is_none() {
            self.before = total.zip(last).map(|(total, last)| total.since(last));
        }
        self.taken = total.or(self.taken);
    }
}

/// Items that are neither words nor a tool's use.
fn is_quiet(kind: &str) -> bool {
    matches!(
        kind,
        "agentMessage"
            | "reasoning"
            | "plan"
            | "hookPrompt"
            | "functionCallOutput"
            | "subAgentActivity"
            | "sleep"
            | "enteredReviewMode"
            | "exitedReviewMode"
            | "contextCompaction"
    )
}

/// A tool item's name, as `codex exec` has it, and what it is used on.
fn tool(kind: &str, item: &Value) -> Option<(String, String)> {
    let (name, summary) = match kind {
        "commandExecution" => ("command_execution".to_owned(), one_line(text(item, "/command")?)),
        "fileChange" => {
            let paths: Vec<&str> =
                items(item, "/changes").filter_map(|change| text(change, "/path")).collect();
            ("file_change".to_owned(), one_line(&paths.join(" ")))
        }
        "mcpToolCall" => {
            let name = format!("{}.{}", text(item, "/server")?, text(item, "/tool")?);
            (name, tool_summary(item.get("arguments").unwrap_or(&Value::Null)))
        }
        "dynamicToolCall" | "collabAgentToolCall" => (text(item, "/tool")?.to_owned(), tool_summary(item)),
        "webSearch" => ("web_search".to_owned(), one_line(text(item, "/query").unwrap_or_default())),
        "imageView" => ("image_view".to_owned(), one_line(text(item, "/path").unwrap_or_default())),
        "imageGeneration" => ("image_generation".to_owned(), String::new()),
        _ => return None,
    };
    Some((name, summary))
}

fn tool_outcome(item: &Value) -> ToolOutcome {
    let bad_exit = item.get("exitCode").and_then(Value::as_i64).is_some_and(|code| code != 0);
    let bad_status = matches!(text(item, "/status"), Some("failed" | "declined"));
    let error = item.get("error").is_some_and(|error| !error.is_null());
    if bad_exit || bad_status || error { ToolOutcome::Failed } else { ToolOutcome::Done }
}

/// Its clients offer words of the person's own where `isOther` says so; the answer itself takes any text.
fn asked(question: &Value) -> Question {
    let other = question.get("isOther") != Some(&Value::Bool(false));
    Question {
        text: owned(question, "/question").unwrap_or_default(),
        header: owned(question, "/header"),
        options: choices(question),
        picks: Picks::One,
        beside: if other { Beside::Words } else { Beside::Nothing },
    }
}

fn failure(params: &Value) -> Option<AgentEvent> {
    let error = params.get("error")?;
    let class = class(error);
    if params.get("willRetry") == Some(&Value::Bool(true)) {
        return Some(AgentEvent::Retrying { attempt: None, of: None, delay_ms: None, class });
    }
    Some(AgentEvent::Error { class, message: owned(error, "/message")? })
}

/// By `codexErrorInfo`, a word or an object with the provider's status; a sentence only where that says nothing.
/// The class of an error, as the protocol (camelCase) or the rollout file (snake_case) writes it.
pub(crate) fn class(error: &Value) -> ErrorClass {
    let info = error.get("codexErrorInfo").or_else(|| error.get("codex_error_info")).unwrap_or(&Value::Null);
    let by_status = || {
        let detail = info.as_object()?.values().next()?;
        let status = number(detail, "/httpStatusCode").or_else(|| number(detail, "/http_status_code"));
        Some(status.map_or(ErrorClass::Connection, ErrorClass::from_status))
    };
    match info.as_str().map(camel_case).as_deref() {
        Some("contextWindowExceeded") => ErrorClass::ContextTooLong,
        Some("sessionBudgetExceeded") => ErrorClass::BudgetLimit,
        Some("usageLimitExceeded" | "rateLimitExceeded") => ErrorClass::RateLimit,
        Some("serverOverloaded" | "flexUnavailable" | "policyCapacityUnavailable") => ErrorClass::Overloaded,
        Some("modelNotFound") => ErrorClass::ModelNotFound,
        Some("internalServerError") => ErrorClass::Server,
        Some("unauthorized") => ErrorClass::Authentication,
        Some("badRequest") => ErrorClass::InvalidRequest,
        _ => by_status().unwrap_or_else(|| codex::class(text(error, "/message").unwrap_or_default())),
    }
}

fn camel_case(words: &str) -> String {
    let capital = |word: &str| match word.split_at_checked(1) {
        Some((first, rest)) => first.to_uppercase() + rest,
        None => String::new(),
    };
    let mut words = words.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |said, word| said + &capital(word))
}

/// A window that is used up, with its end in seconds since the Unix epoch; of several the one that ends last.
fn limit_reached(params: &Value) -> Option<AgentEvent> {
    let window = |name: &str| params.pointer("/rateLimits")?.get(name);
    let used_up = |window: &&Value| {
        window.get("usedPercent").and_then(Value::as_f64).is_some_and(|percent| percent >= 100.0)
    };
    let windows = ["primary", "secondary"].into_iter().filter_map(window).filter(used_up);
    let resets_at = windows.filter_map(|window| window.get("resetsAt").and_then(Value::as_i64)).max()?;
    Some(AgentEvent::RateLimited { resets_at: Some(resets_at) })
}

/// Codex counts cached tokens among the input tokens.
fn usage(params: &Value, which: &str) -> Option<Usage> {
    let usage = params.pointer("/tokenUsage")?.get(which)?;
    let count = |key: &str| usage.get(key).and_then(Value::as_u64).unwrap_or(0);
    let (cache_read, cache_write) = (count("cachedInputTokens"), count("cacheWriteInputTokens"));
    Some(Usage {
        input: count("inputTokens").saturating_sub(cache_read).saturating_sub(cache_write),
        cache_read,
        cache_write,
        output: count("outputTokens"),
    })
}
