//! `opencode serve` behind `owt http-bridge`: answers to our lines, and the stream of its events; read from version
//! 1.18.33: its `/doc`, its code, and recorded runs.
//!
//! A prompt is repeated as a message with our id. The turn is over when our session is idle; sessions of its helpers
//! speak on the same stream and come to rest before. A failure is told before that, and once more behind it where the loop
//! itself broke off; one of a prompt that never became a message is told alone.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::VecDeque;

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
use super::json::items;
use super::json::number;
use super::json::one_line;
use super::json::owned;
use super::json::small;
use super::json::text;
use super::opencode;
use super::tool_summary::tool_summary;
use super::usage::MicroUsd;
use super::usage::Spent;
use super::usage::Usage;
use crate::names::ConversationId;
use crate::protocol::OPENCODE_PROMPT;
use crate::protocol::OPENCODE_SESSION;
use crate::protocol::opencode_prompt_of;

/// Events that say nothing we need, by the beginning of their name.
const SILENT: [&str; 29] = [
    "catalog.",
    "command.",
    "file.",
    "global.",
    "installation.",
    "integration.",
    "lsp.",
    "mcp.",
    "message.part.removed",
    "message.removed",
    "models-dev.",
    "plugin.",
    "project.",
    "pty.",
    "reference.",
    "server.",
    "session.compacted",
    "session.created",
    "session.deleted",
    "session.diff",
    // The old word for the status.
    "session.idle",
    "session.next.",
    "session.updated",
    "skill.",
    "todo.",
    "tui.",
    "vcs.",
    "workspace.",
    "worktree.",
];

/// More tools, messages and requests than one turn has without an end of each.
const MOST: usize = 256;

/// So many of our last messages are known again: they are told anew when their summary is made.
const REMEMBERED: usize = 64;

/// What must be remembered between lines.
#[derive(Debug, Default)]
pub(super) struct OpencodeServe {
    session: Option<String>,
    model: Option<String>,
    /// Our messages that were told.
    echoed: VecDeque<String>,
    /// The latest moment that was told, in milliseconds since the Unix epoch.
    now: u64,
    turn: Turn,
    /// Whether the last turn failed: what is told of it behind its end is nothing new.
    has_failed: bool,
    /// What is asked and was not answered.
    asks: BTreeSet<String>,
}

/// What is known of a turn.
#[derive(Debug, Default)]
struct Turn {
    runs: bool,
    words: Option<String>,
    failure: Option<ErrorClass>,
    was_aborted: bool,
    usage: Usage,
    cost: MicroUsd,
    /// Messages that are not the model's.
    of_others: BTreeSet<String>,
    /// Its tools, and whether each is done.
    tools: BTreeMap<String, bool>,
}

impl Turn {
    fn spent(&self) -> Box<Spent> {
        Box::new(Spent { usage: Some(self.usage), conversation_usage: None, cost: Some(self.cost) })
    }
}

impl OpencodeServe {
    pub(super) fn understand(&mut self, value: &Value) -> Option<Vec<AgentEvent>> {
        if let Some(event) = value.get("event") {
            let told = event.get("properties").unwrap_or(&Value::Null);
            let mut events = self.event(text(event, "/type")?, told)?;
            // What helpers do behind a turn is no turn of ours.
            events.retain(|event| self.turn.runs || !is_work(event));
            return Some(events);
        }
        match text(value, "/id") {
            Some(id) => Some(self.answered(id, value)),
            // The bridge's own.
            None => {
                Some(vec![AgentEvent::Error { class: ErrorClass::Other, message: owned(value, "/error")? }])
            }
        }
    }

    fn answered(&mut self, id: &str, value: &Value) -> Vec<AgentEvent> {
        let error = refusal(value);
        if id.starts_with(OPENCODE_PROMPT) {
            return error.map(|error| self.prompt_refused(error)).into_iter().collect();
        }
        let mut events = Vec::new();
        if let (OPENCODE_SESSION, None, Some(body)) = (id, &error, value.get("body")) {
            self.session = owned(body, "/id");
            self.model = model(body.get("model"));
            events.push(self.started(owned(body, "/directory")));
        }
        events.push(AgentEvent::Answered { request: id.to_owned(), error });
        events
    }

    fn started(&self, directory: Option<String>) -> AgentEvent {
        let conversation = self.session.as_deref().and_then(|id| ConversationId::new(id).ok());
        AgentEvent::SessionStarted { conversation, model: self.model.clone(), directory }
    }

    /// Nothing was done with it, and no event tells of it.
    fn prompt_refused(&mut self, error: String) -> AgentEvent {
        self.turn.failure = Some(ErrorClass::InvalidRequest);
        self.turn.words = Some(error);
        self.end()
    }

    fn event(&mut self, kind: &str, told: &Value) -> Option<Vec<AgentEvent>> {
        self.look_at_the_clock(told);
        let is_ours = text(told, "/sessionID").is_none_or(|id| Some(id) == self.session.as_deref());
        match kind {
            "message.updated" => Some(self.message(told, is_ours)),
            "message.part.updated" => self.part(told.get("part")?, is_ours),
            "message.part.delta" => Some(vec![AgentEvent::Working]),
            "session.status" => self.status(told.get("status")?, is_ours),
            "session.error" if is_ours => Some(self.error(told)),
            // Whoever started that one is told by its tool.
            "session.error" => Some(vec![AgentEvent::Working]),
            "permission.asked" => Some(vec![self.permission(told)?]),
            "question.asked" => Some(vec![self.question(told)?]),
            "permission.replied" | "question.replied" | "question.rejected" => {
                let request = owned(told, "/requestID")?;
                self.asks.remove(&request);
                Some(vec![AgentEvent::RequestWithdrawn { request }])
            }
            silent if SILENT.iter().any(|known| silent.starts_with(known)) => Some(Vec::new()),
            _ => None,
        }
    }

    fn look_at_the_clock(&mut self, told: &Value) {
        let times =
            ["/time", "/status/next", "/info/time/created", "/info/time/completed", "/info/time/updated"];
        let latest = times.iter().filter_map(|time| number(told, time)).max();
        self.now = self.now.max(latest.unwrap_or(0));
    }

    fn message(&mut self, told: &Value, is_ours: bool) -> Vec<AgentEvent> {
        let is_users = text(told, "/info/role") == Some("user");
        let Some(id) = text(told, "/info/id").filter(|_| is_users) else { return vec![AgentEvent::Working] };
        if self.turn.of_others.len() < MOST {
            self.turn.of_others.insert(id.to_owned());
        }
        // Its summary is made while nobody waits for that.
        let Some(prompt) = opencode_prompt_of(id).filter(|_| is_ours) else { return Vec::new() };
        let is_new = !self.echoed.iter().any(|known| known == id);
        if !is_new {
            return Vec::new();
        }
        self.echoed.push_back(id.to_owned());
        if self.echoed.len() > REMEMBERED {
            self.echoed.pop_front();
        }
        self.turn.runs = true;
        let mut events = vec![AgentEvent::PromptEchoed { id: Some(prompt), text: String::new() }];
        let model = model(told.pointer("/info/model"));
        if model.is_some() && model != self.model {
            self.model = model;
            events.insert(0, self.started(None));
        }
        events
    }

    fn part(&mut self, part: &Value, is_ours: bool) -> Option<Vec<AgentEvent>> {
        if text(part, "/messageID").is_some_and(|message| self.turn.of_others.contains(message)) {
            return Some(Vec::new());
        }
        match text(part, "/type")? {
            "text" => Some(vec![self.words(part, is_ours)]),
            "tool" => self.tool(part),
            "step-finish" => Some(vec![self.step_finish(part)]),
            _ => Some(vec![AgentEvent::Working]),
        }
    }

    /// A text is told whole when it is at its end.
    fn words(&mut self, part: &Value, is_ours: bool) -> AgentEvent {
        let Some(text) = owned(part, "/text").filter(|_| number(part, "/time/end").is_some()) else {
            return AgentEvent::Working;
        };
        if is_ours && !text.trim().is_empty() {
            self.turn.words = Some(text.clone());
        }
        AgentEvent::MessageText { text, author: if is_ours { Author::Agent } else { Author::Subagent } }
    }

    /// Told again and again while it is in use; what it is used on is known from `running` on.
    fn tool(&mut self, part: &Value) -> Option<Vec<AgentEvent>> {
        let (call, state) = (owned(part, "/id")?, part.get("state")?);
        let outcome = match text(state, "/status")? {
            "pending" => return Some(vec![AgentEvent::Working]),
            "completed" => Some(ToolOutcome::Done),
            "error" => Some(ToolOutcome::Failed),
            _ => None,
        };
        let known = self.turn.tools.get(&call).copied();
        if known == Some(true) || (known.is_none() && self.turn.tools.len() >= MOST) {
            return Some(vec![AgentEvent::Working]);
        }
        self.turn.tools.insert(call.clone(), outcome.is_some());
        let mut events = Vec::new();
        if known.is_none() {
            let (tool, input) = (owned(part, "/tool")?, state.get("input").unwrap_or(&Value::Null));
            let (summary, edits) = (tool_summary(input), edits(&tool, input));
            events.push(AgentEvent::ToolCall { call: call.clone(), tool, summary, edits });
        }
        match outcome {
            Some(outcome) => {
                let output = text(state, "/error").or_else(|| text(state, "/output")).unwrap_or_default();
                let summary = one_line(output);
                events.push(AgentEvent::ToolResult { call, outcome, summary, edits: Vec::new() });
            }
            None if events.is_empty() => events.push(AgentEvent::Working),
            None => {}
        }
        Some(events)
    }

    /// What helpers took is the person's, too. Of the last step the end of the turn tells.
    fn step_finish(&mut self, part: &Value) -> AgentEvent {
        let (usage, cost) = opencode::of_step(part);
        self.turn.usage = self.turn.usage.plus(usage);
        self.turn.cost = MicroUsd(self.turn.cost.0.saturating_add(cost.0));
        match text(part, "/reason") {
            Some("tool-calls") => AgentEvent::Spending { spent: self.turn.spent() },
            _ => AgentEvent::Working,
        }
    }

    fn status(&mut self, status: &Value, is_ours: bool) -> Option<Vec<AgentEvent>> {
        match text(status, "/type")? {
            "busy" => {
                self.turn.runs |= is_ours;
                Some(vec![AgentEvent::Working])
            }
            "retry" => Some(vec![AgentEvent::Retrying {
                attempt: small(status, "/attempt"),
                of: None,
                delay_ms: None,
                class: text(status, "/message").map_or(ErrorClass::Other, class_of_retry),
            }]),
            "idle" if is_ours && self.turn.runs => {
                let withdrawn = std::mem::take(&mut self.asks).into_iter();
                let withdrawn = withdrawn.map(|request| AgentEvent::RequestWithdrawn { request });
                Some(withdrawn.chain([self.end()]).collect())
            }
            "idle" => Some(Vec::new()),
            _ => None,
        }
    }

    fn end(&mut self) -> AgentEvent {
        let turn = std::mem::take(&mut self.turn);
        let spent = turn.spent();
        let outcome = match turn.failure {
            Some(class) => TurnOutcome::Failed(class),
            None if turn.was_aborted => TurnOutcome::Interrupted,
            None => TurnOutcome::Completed,
        };
        self.has_failed = turn.failure.is_some();
        AgentEvent::TurnEnded { outcome, text: turn.words, spent, denied: 0 }
    }

    fn error(&mut self, told: &Value) -> Vec<AgentEvent> {
        if text(told, "/error/name") == Some("MessageAbortedError") {
            self.turn.was_aborted = true;
            return Vec::new();
        }
        let message =
            owned(told, "/error/data/message").or_else(|| owned(told, "/error/name")).unwrap_or_default();
        let class = opencode::class(told);
        let limit = (class == ErrorClass::RateLimit).then(|| opencode::resets_at(told, self.now)).flatten();
        let limit = limit.map(|resets_at| AgentEvent::RateLimited { resets_at: Some(resets_at) });
        let error = AgentEvent::Error { class, message: message.clone() };
        let mut events: Vec<AgentEvent> = limit.into_iter().chain([error]).collect();
        if self.turn.runs || !self.has_failed {
            self.turn.failure = Some(class);
            self.turn.words = Some(message);
        }
        if !self.turn.runs && self.turn.failure.is_some() {
            events.push(self.end());
        }
        events
    }

    fn permission(&mut self, told: &Value) -> Option<AgentEvent> {
        let request = self.asked(told)?;
        let metadata = told.get("metadata").unwrap_or(&Value::Null);
        let patterns: Vec<&str> = items(told, "/patterns").filter_map(Value::as_str).collect();
        let telling = ["/command", "/filepath", "/url", "/query"].iter().find_map(|key| text(metadata, key));
        Some(AgentEvent::PermissionRequest {
            request,
            tool: owned(told, "/permission")?,
            summary: one_line(telling.unwrap_or(&patterns.join(" "))),
            input: told.clone(),
        })
    }

    fn question(&mut self, told: &Value) -> Option<AgentEvent> {
        let request = self.asked(told)?;
        let questions = items(told, "/questions").map(asked).collect();
        Some(AgentEvent::Question { request, questions, input: told.clone() })
    }

    fn asked(&mut self, told: &Value) -> Option<String> {
        let request = owned(told, "/id")?;
        if self.asks.len() < MOST {
            self.asks.insert(request.clone());
        }
        Some(request)
    }
}

fn is_work(event: &AgentEvent) -> bool {
    matches!(
        event,
        AgentEvent::Working
            | AgentEvent::MessageText { .. }
            | AgentEvent::ToolCall { .. }
            | AgentEvent::ToolResult { .. }
            | AgentEvent::Spending { .. }
    )
}

/// Why a line of ours was not done: the bridge's reason, or that of the program (three shapes of it in one version).
fn refusal(value: &Value) -> Option<String> {
    if let Some(error) = owned(value, "/error") {
        return Some(error);
    }
    let status = number(value, "/status").filter(|status| !(200..300).contains(status))?;
    let places = ["/body/data/message", "/body/message", "/body/name", "/body/_tag"];
    let said = places.iter().find_map(|place| text(value, place));
    Some(said.map_or_else(|| format!("it answered {status}"), str::to_owned))
}

/// As its command line has it.
fn model(told: Option<&Value>) -> Option<String> {
    let told = told?;
    let model = text(told, "/modelID").or_else(|| text(told, "/id"))?;
    Some(format!("{}/{model}", text(told, "/providerID")?))
}

/// Its own sentences for what it tries again (1.18.33); others are the provider's.
fn class_of_retry(message: &str) -> ErrorClass {
    match message {
        "Too Many Requests" | "Rate Limited" => ErrorClass::RateLimit,
        "Provider is overloaded" => ErrorClass::Overloaded,
        _ => ErrorClass::Other,
    }
}

fn asked(question: &Value) -> Question {
    let flag = |key: &str| question.get(key).and_then(Value::as_bool);
    Question {
        text: owned(question, "/question").unwrap_or_default(),
        header: owned(question, "/header"),
        options: choices(question),
        picks: if flag("multiple") == Some(true) { Picks::Several } else { Picks::One },
        beside: if flag("custom") == Some(false) { Beside::Nothing } else { Beside::Words },
    }
}

#[cfg(test)]
mod tests;
