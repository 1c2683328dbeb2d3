//! What agents say by the Agent Client Protocol, version 1: answers to our frames, requests, and `session/update`; read
//! from OpenCode 1.18.33, Gemini CLI 0.61.0, Qwen Code 0.15.10, GitHub Copilot CLI 1.0.102, Kilo Code 7.7.9, Mistral Vibe
//! 3.0.2 and two adapters, `claude-agent-acp` 0.49.0 and `codex-acp` 0.16.0.
//!
//! No agent repeats a prompt. That one was read is seen from the first thing that is done about it, and at the latest
//! from the answer to it, which comes at the end of the turn and has our id. What a loaded session repeats of its past
//! comes before the answer to the loading, and is no work.

use std::collections::BTreeMap;

use serde_json::Value;

use super::AgentEvent;
use super::Author;
use super::ToolOutcome;
use super::TurnOutcome;
use super::edits::of_changes;
use super::error_class::ErrorClass;
use super::json::items;
use super::json::number;
use super::json::one_line;
use super::json::owned;
use super::json::text;
use super::usage::Spent;
use super::usage::Usage;
use crate::names::ConversationId;
use crate::protocol::ACP_PROMPT;
use crate::protocol::ACP_SESSION;

/// Updates that say nothing we need.
const SILENT: [&str; 6] = [
    "available_commands_update",
    "current_mode_update",
    "config_option_update",
    "session_info_update",
    "usage_update",
    "user_message_chunk",
];

/// What must be remembered between lines.
#[derive(Debug, Default)]
pub(super) struct Acp {
    is_open: bool,
    in_turn: bool,
    /// The last words of this turn; they come in pieces, and what comes after a tool's use is new.
    words: String,
    /// Whether a tool's use ended after them.
    words_are_old: bool,
    /// The message that the last piece of them is of, where the program says so.
    message: Option<String>,
    /// What is known of the tools in use: agents name the files when they ask, when they begin, or on the way.
    calls: BTreeMap<String, Call>,
    tokens: Tokens,
}

/// What the program tells of tokens besides the answer to a prompt, and how that is to be read.
#[derive(Debug, Default)]
struct Tokens {
    /// How its answers count.
    count: Count,
    /// What the last of their sums was; `None` before the first is known.
    before: Option<Usage>,
    /// What the answers of the model in this turn took, where they are told one by one.
    answers: Option<Usage>,
}

/// What an answer to a prompt tells of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Count {
    /// What this prompt took.
    #[default]
    OfPrompt,
    /// What all prompts since the program's start took: GitHub Copilot CLI 1.0.102 (recorded).
    SinceStart,
    /// What the whole conversation took, that of earlier processes with it, and cached tokens as input, too: Mistral Vibe
    /// 3.0.2 (recorded, and its code).
    OfConversation,
}

impl Tokens {
    fn introduce(&mut self, program: Option<&str>) {
        self.count = match program {
            Some("Copilot") => Count::SinceStart,
            Some("@mistralai/mistral-vibe") => Count::OfConversation,
            _ => Count::OfPrompt,
        };
    }

    /// Mistral Vibe tells what its conversation took before it takes a prompt, and again and again after that.
    fn begin(&mut self, told: &Value) {
        if self.count == Count::OfConversation && self.before.is_none() {
            let count = |key| number(told, key).unwrap_or(0);
            let (input, output) = (count("/promptTokens"), count("/completionTokens"));
            self.before = Some(without_cached(Usage {
                input,
                output,
                cache_read: count("/cachedTokens"),
                cache_write: 0,
            }));
        }
    }

    /// Qwen Code 0.15.10 tells them with an empty piece of the message, and counts the cached ones as input, too.
    fn answer(&mut self, told: &Value) {
        self.answers = Some(self.answers.unwrap_or_default().plus(without_cached(usage(told))));
    }

    /// Those of the turn that is over.
    fn of_turn(&mut self, told: Option<&Value>) -> Option<Usage> {
        let answers = self.answers.take();
        let Some(told) = told.map(usage) else { return answers };
        let sum = match self.count {
            Count::OfPrompt => return Some(told),
            Count::SinceStart => told,
            Count::OfConversation => without_cached(told),
        };
        Some(sum.since(self.before.replace(sum).unwrap_or_default()))
    }
}

/// Of a program that counts the cached ones as input, too.
fn without_cached(told: Usage) -> Usage {
    Usage { input: told.input.saturating_sub(told.cache_read), ..told }
}

/// More tools than an agent uses in one turn without an end of each.
const MOST_CALLS: usize = 256;

/// What is known of a tool's use before it is over.
#[derive(Debug, Default)]
struct Call {
    is_edit: bool,
    files: Vec<String>,
    kind: Option<String>,
    title: Option<String>,
}

impl Call {
    /// Where the tool is at work says more than a diff: that of Qwen Code 0.15.10 has the file's name alone.
    fn learn(&mut self, told: &Value) {
        let changed = of_changes(items(told, "/content").filter(|part| text(part, "/type") == Some("diff")));
        let kind = text(told, "/kind");
        self.is_edit |= !changed.is_empty() || matches!(kind, Some("edit" | "delete" | "move"));
        self.kind = kind.map(str::to_owned).or_else(|| self.kind.take());
        self.title = owned(told, "/title").or_else(|| self.title.take());
        let located = of_changes(items(told, "/locations"));
        match (located.is_empty(), self.files.is_empty()) {
            (false, _) => self.files = located,
            (true, true) => self.files = changed,
            (true, false) => {}
        }
    }
}

impl Acp {
    pub(super) fn understand(&mut self, value: &Value) -> Option<Vec<AgentEvent>> {
        let params = value.get("params").unwrap_or(&Value::Null);
        match (value.get("id"), text(value, "/method")) {
            (Some(id), None) => Some(self.answered(id, value)),
            (Some(id), Some(method)) => Some(self.request(&id.to_string(), method, params)),
            (None, Some("session/update")) => self.update(params.get("update")?),
            (None, Some(_)) => Some(Vec::new()),
            (None, None) => None,
        }
    }

    fn answered(&mut self, id: &Value, value: &Value) -> Vec<AgentEvent> {
        let request = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let result = value.get("result").unwrap_or(&Value::Null);
        if let Some(message) = request.strip_prefix(ACP_PROMPT) {
            return self.turn_ended(message, value);
        }
        if let Some(program) = result.get("agentInfo") {
            self.tokens.introduce(text(program, "/name"));
        }
        let mut events = Vec::new();
        if request == ACP_SESSION {
            self.is_open = true;
            if let Some(id) = text(result, "/sessionId") {
                events.push(AgentEvent::SessionStarted {
                    conversation: ConversationId::new(id).ok(),
                    model: model(result),
                    directory: None,
                });
            }
        }
        let error = value.get("error").map(failure_words);
        events.push(AgentEvent::Answered { request, error });
        events
    }

    fn turn_ended(&mut self, message: &str, value: &Value) -> Vec<AgentEvent> {
        self.in_turn = false;
        self.calls.clear();
        self.words_are_old = false;
        let words = std::mem::take(&mut self.words);
        let said = (!words.is_empty()).then_some(words);
        let (outcome, said) = match value.get("error") {
            Some(error) => {
                let words = failure_words(error);
                (TurnOutcome::Failed(class(error)), Some(words))
            }
            None => (outcome(text(value, "/result/stopReason")), said),
        };
        let usage = self.tokens.of_turn(value.pointer("/result/usage"));
        let spent = Box::new(Spent { usage, conversation_usage: None, cost: None });
        let echo = AgentEvent::PromptEchoed { id: Some(message.to_owned()), text: String::new() };
        vec![echo, AgentEvent::TurnEnded { outcome, text: said, spent, denied: 0 }]
    }

    fn request(&mut self, request: &str, method: &str, params: &Value) -> Vec<AgentEvent> {
        let request = request.to_owned();
        if method != "session/request_permission" {
            return vec![AgentEvent::UnsupportedRequest { request, what: method.to_owned() }];
        }
        let call = params.get("toolCall").unwrap_or(&Value::Null);
        self.learn(call);
        // Mistral Vibe 3.0.2 names the call alone, which it has told of before.
        let known = text(call, "/toolCallId").and_then(|call| self.calls.get(call));
        let told = |place, known: Option<&String>| owned(call, place).or_else(|| known.cloned());
        let tool = told("/kind", known.and_then(|call| call.kind.as_ref()));
        let title = told("/title", known.and_then(|call| call.title.as_ref()));
        let asks = AgentEvent::PermissionRequest {
            request,
            tool: tool.unwrap_or_else(|| "tool".to_owned()),
            summary: one_line(&title.unwrap_or_default()),
            input: params.clone(),
        };
        self.in_turn(asks)
    }

    fn update(&mut self, update: &Value) -> Option<Vec<AgentEvent>> {
        let kind = text(update, "/sessionUpdate")?;
        if let ("usage_update", Some(told)) = (kind, update.get("_meta")) {
            self.tokens.begin(told);
        }
        if !self.is_open || SILENT.contains(&kind) {
            return Some(Vec::new());
        }
        if matches!(kind, "tool_call" | "tool_call_update") {
            self.learn(update);
        }
        let event = match kind {
            "agent_message_chunk" => {
                if let Some(told) = update.pointer("/_meta/usage") {
                    self.tokens.answer(told);
                }
                let text = text(update, "/content/text").unwrap_or_default().to_owned();
                self.say(&text, owned(update, "/messageId"));
                AgentEvent::MessageText { text, author: Author::Agent }
            }
            "agent_thought_chunk" | "plan" => AgentEvent::Working,
            "tool_call" => {
                self.words.clear();
                AgentEvent::ToolCall {
                    call: owned(update, "/toolCallId")?,
                    tool: owned(update, "/kind").unwrap_or_else(|| "tool".to_owned()),
                    summary: used_on(update),
                    edits: Vec::new(),
                }
            }
            "tool_call_update" => match text(update, "/status") {
                Some("completed") => self.tool_result(update, ToolOutcome::Done)?,
                Some("failed") => self.tool_result(update, ToolOutcome::Failed)?,
                _ => AgentEvent::Working,
            },
            _ => return None,
        };
        Some(self.in_turn(event))
    }

    /// Another message is not the end of the one before, whose last word may be without a blank behind it. GitHub Copilot
    /// CLI 1.0.102 says what a tool is about while that is in use, and no message has a name there (recorded).
    fn say(&mut self, text: &str, message: Option<String>) {
        if !text.is_empty() && std::mem::take(&mut self.words_are_old) && message.is_none() {
            self.words.clear();
        }
        let is_another = message.is_some() && message != self.message;
        if is_another && !self.words.is_empty() && !text.is_empty() {
            self.words.truncate(self.words.trim_end().len());
            self.words.push_str("\n\n");
        }
        if !text.is_empty() {
            self.message = message;
        }
        self.words.push_str(text);
    }

    fn learn(&mut self, told: &Value) {
        let Some(call) = text(told, "/toolCallId") else { return };
        if self.calls.len() < MOST_CALLS || self.calls.contains_key(call) {
            self.calls.entry(call.to_owned()).or_default().learn(told);
        }
    }

    fn tool_result(&mut self, update: &Value, outcome: ToolOutcome) -> Option<AgentEvent> {
        self.words_are_old = true;
        let said = items(update, "/content").find_map(|part| text(part, "/content/text"));
        let call = owned(update, "/toolCallId")?;
        let edits = self.calls.remove(&call).filter(|known| known.is_edit).map(|known| known.files);
        Some(AgentEvent::ToolResult {
            call,
            outcome,
            summary: said.map_or_else(|| used_on(update), one_line),
            edits: edits.unwrap_or_default(),
        })
    }

    /// The first thing that is done about a prompt shows that it was read.
    fn in_turn(&mut self, event: AgentEvent) -> Vec<AgentEvent> {
        let begins = !std::mem::replace(&mut self.in_turn, true);
        begins.then_some(AgentEvent::TurnStarted).into_iter().chain([event]).collect()
    }
}

fn model(result: &Value) -> Option<String> {
    let chosen = items(result, "/configOptions").find(|option| text(option, "/id") == Some("model"));
    owned(result, "/models/currentModelId").or_else(|| owned(chosen?, "/currentValue"))
}

/// A title, or the file that it is about where the title is but the tool's name.
fn used_on(update: &Value) -> String {
    let title = text(update, "/title").unwrap_or_default();
    let file = items(update, "/locations").find_map(|location| text(location, "/path"));
    one_line(file.filter(|_| !title.contains([' ', '.', '/'])).unwrap_or(title))
}

fn outcome(reason: Option<&str>) -> TurnOutcome {
    match reason {
        Some("cancelled") => TurnOutcome::Interrupted,
        Some("max_tokens") => TurnOutcome::Failed(ErrorClass::ContextTooLong),
        Some("max_turn_requests") => TurnOutcome::Failed(ErrorClass::TurnLimit),
        Some("refusal") => TurnOutcome::Failed(ErrorClass::InvalidRequest),
        _ => TurnOutcome::Completed,
    }
}

/// By the code: the protocol's own for a missing login, or a provider's status (Gemini CLI 0.61.0); then by the status
/// at the beginning of the message or its detail.
fn class(error: &Value) -> ErrorClass {
    let code = error.get("code").and_then(Value::as_i64);
    let sentence = |place: &&str| text(error, place).and_then(ErrorClass::leading_status);
    match code {
        Some(-32000) => ErrorClass::Authentication,
        Some(400) => answer(error).unwrap_or(ErrorClass::InvalidRequest),
        Some(code @ 400..600) => ErrorClass::from_status(code.unsigned_abs()),
        _ => ["/message", "/data/details", "/data/message"]
            .iter()
            .find_map(sentence)
            .or_else(|| of_opencode(error))
            .unwrap_or(ErrorClass::Other),
    }
}

/// OpenCode 1.18.33 says the name of its own error; the provider's status only in words of the provider, which do not
/// count. One sentence is its own.
fn of_opencode(error: &Value) -> Option<ErrorClass> {
    match text(error, "/data/errorName")? {
        "ContextOverflowError" => Some(ErrorClass::ContextTooLong),
        "ProviderAuthError" => Some(ErrorClass::Authentication),
        _ => text(error, "/message")?
            .starts_with("Internal error: Cannot connect to API: ")
            .then_some(ErrorClass::Connection),
    }
}

/// What the provider's own answer says, where the message is that.
fn answer(error: &Value) -> Option<ErrorClass> {
    let answer: Value = serde_json::from_str(text(error, "/message")?).ok()?;
    ErrorClass::of_provider(answer.get("error")?)
}

/// The message, and what the provider said where the message is but JSON-RPC's own.
fn failure_words(error: &Value) -> String {
    let message = owned(error, "/message").unwrap_or_else(|| error.to_string());
    let detail =
        ["/data/details", "/data/message", "/data/error"].iter().find_map(|place| text(error, place));
    detail.map_or_else(|| message.clone(), |detail| format!("{message}: {detail}"))
}

/// Of this turn. Cached tokens are not among the input tokens.
fn usage(usage: &Value) -> Usage {
    let count = |key| number(usage, key).unwrap_or(0);
    Usage {
        input: count("/inputTokens"),
        cache_read: count("/cachedReadTokens"),
        cache_write: count("/cachedWriteTokens"),
        output: count("/outputTokens"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn update(update: &Value) -> Value {
        json!({"jsonrpc": "2.0", "method": "session/update", "params": {"sessionId": "s", "update": update}})
    }

    fn said(acp: &mut Acp, value: &Value) -> Vec<AgentEvent> {
        acp.understand(value).expect("it is understood")
    }

    fn opened() -> Acp {
        let mut acp = Acp::default();
        let models = json!([{"id": "model", "currentValue": "lab/scripted-1"}]);
        let result = json!({"sessionId": "ses_1", "configOptions": models});
        let events = said(&mut acp, &json!({"jsonrpc": "2.0", "id": ACP_SESSION, "result": result}));
        let started = AgentEvent::SessionStarted {
            conversation: ConversationId::new("ses_1").ok(),
            model: Some("lab/scripted-1".to_owned()),
            directory: None,
        };
        let answered = AgentEvent::Answered { request: ACP_SESSION.to_owned(), error: None };
        assert_eq!(events, [started, answered]);
        acp
    }

    #[test]
    fn a_turn_begins_with_its_first_deed_and_ends_with_the_answer_to_its_prompt() {
        let mut acp = opened();
        let words =
            |text: &str| update(&json!({"sessionUpdate": "agent_message_chunk", "content": {"text": text}}));
        let call = update(
            &json!({"sessionUpdate": "tool_call", "toolCallId": "c", "title": "write", "kind": "edit",
            "locations": [{"path": "/w/a.txt"}]}),
        );
        let done = update(
            &json!({"sessionUpdate": "tool_call_update", "toolCallId": "c", "status": "completed",
            "title": "a.txt", "content": [{"type": "content", "content": {"type": "text", "text": "Written."}}]}),
        );
        let commands =
            update(&json!({"sessionUpdate": "available_commands_update", "availableCommands": []}));
        assert_eq!(said(&mut acp, &commands), [], "no work");
        assert_eq!(said(&mut acp, &words("I ")).first(), Some(&AgentEvent::TurnStarted));
        let used = AgentEvent::ToolCall {
            call: "c".into(),
            tool: "edit".into(),
            summary: "/w/a.txt".into(),
            edits: vec![],
        };
        assert_eq!(said(&mut acp, &call), [used]);
        let result = AgentEvent::ToolResult {
            call: "c".into(),
            outcome: ToolOutcome::Done,
            summary: "Written.".into(),
            edits: vec!["/w/a.txt".into()],
        };
        assert_eq!(said(&mut acp, &done), [result]);
        said(&mut acp, &words("Do"));
        said(&mut acp, &words("ne."));
        let usage = json!({"inputTokens": 7, "outputTokens": 2, "cachedReadTokens": 1});
        let end = json!({"jsonrpc": "2.0", "id": format!("{ACP_PROMPT}u-1"),
            "result": {"stopReason": "end_turn", "usage": usage}});
        let events = said(&mut acp, &end);
        assert_eq!(events[0], AgentEvent::PromptEchoed { id: Some("u-1".to_owned()), text: String::new() });
        let AgentEvent::TurnEnded { outcome: TurnOutcome::Completed, text, spent, .. } = &events[1] else {
            panic!("{events:?}");
        };
        assert_eq!(text.as_deref(), Some("Done."));
        assert_eq!(spent.usage, Some(Usage { input: 7, output: 2, cache_read: 1, cache_write: 0 }));
        assert_eq!(said(&mut acp, &words("More")).first(), Some(&AgentEvent::TurnStarted), "the next turn");
    }

    /// OpenCode 1.18.33 and Claude Code's adapter name the message of each piece.
    #[test]
    fn messages_of_one_word_stand_apart_and_pieces_of_one_message_do_not() {
        let last_word = |pieces: &[(&str, Option<&str>)]| {
            let mut acp = opened();
            for (text, message) in pieces {
                let content = json!({"type": "text", "text": text});
                let mut piece = json!({"sessionUpdate": "agent_message_chunk", "content": content});
                if let Some(message) = message {
                    piece["messageId"] = json!(message);
                }
                said(&mut acp, &update(&piece));
            }
            let end = json!({"id": format!("{ACP_PROMPT}u-1"), "result": {"stopReason": "end_turn"}});
            match said(&mut acp, &end).pop() {
                Some(AgentEvent::TurnEnded { text, .. }) => text,
                other => panic!("{other:?}"),
            }
        };
        let (one, two) = (Some("m1"), Some("m2"));
        for (pieces, expected) in [
            (
                &[("The fi", one), ("rst.", one), ("", two), ("Sec", two), ("ond.", two)][..],
                "The first.\n\nSecond.",
            ),
            (&[("The first.\n", one), ("Second.", two)], "The first.\n\nSecond."),
            (&[("", one), ("Second.", two)], "Second."),
            (&[("Do", None), ("ne.", None)], "Done."),
            (&[("Do", one), ("ne.", None)], "Done."),
        ] {
            assert_eq!(last_word(pieces).as_deref(), Some(expected), "{pieces:?}");
        }
    }

    /// The tokens of each of these turns.
    fn taken(lines: &[&str]) -> Vec<Option<Usage>> {
        let mut acp = Acp::default();
        let lines = lines.iter().map(|line| serde_json::from_str(line).expect("it is JSON"));
        let ends = lines.flat_map(|line| said(&mut acp, &line)).filter_map(|event| match event {
            AgentEvent::TurnEnded { spent, .. } => Some(spent.usage),
            _ => None,
        });
        ends.collect()
    }

    #[test]
    fn tokens_that_copilot_counts_from_its_start_are_told_of_each_turn() {
        let end = |id: u8, input: u64, output: u64| {
            format!(
                r#"{{"jsonrpc":"2.0","id":"{ACP_PROMPT}{id}","result":{{"stopReason":"end_turn","usage":{{"inputTokens":{input},"outputTokens":{output},"totalTokens":{},"cachedReadTokens":0,"cachedWriteTokens":0}}}}}}"#,
                input + output
            )
        };
        let program = r#"{"jsonrpc":"2.0","id":"owt-initialize","result":{"protocolVersion":1,"agentCapabilities":{"loadSession":true},"agentInfo":{"name":"Copilot","title":"Copilot","version":"1.0.102"}}}"#;
        let (first, second) = (end(0, 186, 51), end(1, 319, 53));
        let of = |input, output| Some(Usage { input, output, ..Usage::default() });
        assert_eq!(taken(&[program, &first, &second]), [of(186, 51), of(133, 2)]);
        assert_eq!(taken(&[&first, &second]), [of(186, 51), of(319, 53)], "others say them of the turn");
    }

    /// A conversation that is taken up again: what it took before is told first.
    #[test]
    fn tokens_that_vibe_counts_from_the_beginning_of_a_conversation_are_told_of_each_turn() {
        let told = |input: u64, output: u64| {
            format!(
                r#"{{"jsonrpc":"2.0","method":"session/update","params":{{"sessionId":"560f8188","update":{{"used":0,"size":200000,"_meta":{{"steps":0,"promptTokens":{input},"completionTokens":{output},"cachedTokens":0,"totalTokens":0,"tokensPerSecond":0.0}},"sessionUpdate":"usage_update"}}}}}}"#
            )
        };
        let end = |input: u64, output: u64, cached: u64| {
            format!(
                r#"{{"jsonrpc":"2.0","id":"{ACP_PROMPT}u","result":{{"stopReason":"end_turn","usage":{{"totalTokens":0,"inputTokens":{input},"outputTokens":{output},"cachedReadTokens":{cached}}}}}}}"#
            )
        };
        let program = r#"{"jsonrpc":"2.0","id":"owt-initialize","result":{"protocolVersion":1,"agentInfo":{"name":"@mistralai/mistral-vibe","title":"Mistral Vibe","version":"3.0.2"}}}"#;
        let lines = [told(70, 23), told(150, 25), end(150, 25, 0), told(250, 30), end(250, 30, 60)];
        let lines: Vec<&str> = std::iter::once(program).chain(lines.iter().map(String::as_str)).collect();
        let of = |input, cache_read, output| Some(Usage { input, cache_read, cache_write: 0, output });
        assert_eq!(taken(&lines), [of(80, 0, 2), of(40, 60, 5)]);
    }

    #[test]
    fn tokens_that_qwen_tells_answer_by_answer_are_told_of_the_turn() {
        let session =
            format!(r#"{{"jsonrpc":"2.0","id":"{ACP_SESSION}","result":{{"sessionId":"f2649d9c"}}}}"#);
        let first = r#"{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"f2649d9c","update":{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":""},"_meta":{"usage":{"inputTokens":117,"outputTokens":19,"totalTokens":136,"thoughtTokens":0,"cachedReadTokens":0},"durationMs":200}}}}"#;
        let second = r#"{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"f2649d9c","update":{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":""},"_meta":{"usage":{"inputTokens":159,"outputTokens":16,"totalTokens":175,"thoughtTokens":0,"cachedReadTokens":100},"durationMs":148}}}}"#;
        let end =
            format!(r#"{{"jsonrpc":"2.0","id":"{ACP_PROMPT}u-1","result":{{"stopReason":"end_turn"}}}}"#);
        let sum = Usage { input: 176, cache_read: 100, cache_write: 0, output: 35 };
        assert_eq!(taken(&[&session, first, second, &end, &end]), [Some(sum), None]);
    }

    /// As GitHub Copilot CLI 1.0.102 tells it: the piece in between is of no message of the model's.
    #[test]
    fn what_is_said_while_a_tool_is_in_use_is_not_the_last_word() {
        let mut acp = opened();
        let words = |text: &str| {
            update(
                &json!({"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}}),
            )
        };
        let (call, done) = ("tool_call", "tool_call_update");
        said(
            &mut acp,
            &update(&json!({"sessionUpdate": call, "toolCallId": "c", "kind": "edit", "status": "pending"})),
        );
        said(&mut acp, &words("Info: /w/hello.txt"));
        said(&mut acp, &update(&json!({"sessionUpdate": done, "toolCallId": "c", "status": "completed"})));
        said(&mut acp, &words("I wrote "));
        said(&mut acp, &words("it."));
        let end = json!({"id": format!("{ACP_PROMPT}u-1"), "result": {"stopReason": "end_turn"}});
        let Some(AgentEvent::TurnEnded { text, .. }) = said(&mut acp, &end).pop() else { panic!("it ends") };
        assert_eq!(text.as_deref(), Some("I wrote it."));
    }

    /// As Claude Code's adapter, Codex's, Gemini CLI, OpenCode and Qwen Code tell it (recorded).
    #[test]
    fn the_files_that_a_tool_changes_are_told_with_its_end_wherever_they_were_named() {
        let diff = |path: &str| json!([{"type": "diff", "path": path, "newText": "x"}]);
        let at = |path: &str| json!([{"path": path}]);
        let call = |more: Value| {
            let mut call = json!({"sessionUpdate": "tool_call_update", "toolCallId": "c"});
            call.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            call
        };
        let (pending, edit) =
            (json!({"status": "pending", "kind": "edit"}), json!({"kind": "edit", "locations": at("/w/a")}));
        let done = json!({"status": "completed"});
        for (told, files) in [
            (vec![pending.clone(), edit.clone(), done.clone()], vec!["/w/a"]),
            (
                vec![json!({"status": "completed", "content": diff("/w/a"), "locations": at("/w/a")})],
                vec!["/w/a"],
            ),
            (vec![edit.clone(), json!({"status": "completed", "content": diff("a")})], vec!["/w/a"]),
            (vec![json!({"status": "completed", "content": diff("a")})], vec!["a"]),
            (vec![json!({"kind": "read", "locations": at("/w/a")}), done], vec![]),
        ] {
            let mut acp = opened();
            let events: Vec<_> =
                told.iter().flat_map(|told| said(&mut acp, &update(&call(told.clone())))).collect();
            let Some(AgentEvent::ToolResult { edits, .. }) = events.last() else { panic!("{events:?}") };
            assert_eq!(*edits, files, "{told:?}");
        }
    }

    #[test]
    fn what_a_loaded_session_repeats_is_no_work() {
        let mut acp = Acp::default();
        let old = update(&json!({"sessionUpdate": "agent_message_chunk", "content": {"text": "long ago"}}));
        assert_eq!(said(&mut acp, &old), []);
        let events = said(&mut acp, &json!({"jsonrpc": "2.0", "id": ACP_SESSION, "result": null}));
        assert_eq!(events, [AgentEvent::Answered { request: ACP_SESSION.to_owned(), error: None }]);
    }

    #[test]
    fn what_was_refused_to_us_says_why() {
        let mut acp = Acp::default();
        let error =
            json!({"code": -32603, "message": "Internal error", "data": {"details": "no such session"}});
        let events = said(&mut acp, &json!({"jsonrpc": "2.0", "id": ACP_SESSION, "error": error}));
        let words = Some("Internal error: no such session".to_owned());
        assert_eq!(events, [AgentEvent::Answered { request: ACP_SESSION.to_owned(), error: words }]);
        let failed = json!({"jsonrpc": "2.0", "id": format!("{ACP_PROMPT}u"),
            "error": {"code": -32603, "message": "429 Too Many Requests"}});
        let outcome = TurnOutcome::Failed(ErrorClass::RateLimit);
        assert!(
            matches!(&said(&mut acp, &failed)[1], AgentEvent::TurnEnded { outcome: it, .. } if *it == outcome)
        );
    }

    #[test]
    fn a_failure_is_judged_by_its_fields_and_by_the_programs_own_words() {
        let too_long = json!({"error": {"code": 400, "status": "INVALID_ARGUMENT",
            "message": "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."}});
        let opencode = |name: &str, words: &str| {
            json!({"code": -32603, "message": format!("Internal error: {words}"),
                "data": {"service": "session", "errorName": name}})
        };
        for (error, expected) in [
            (json!({"code": 400, "message": too_long.to_string()}), ErrorClass::ContextTooLong),
            (json!({"code": 400, "message": "prompt is too long"}), ErrorClass::InvalidRequest),
            (json!({"code": 429, "message": "You exceeded your current quota."}), ErrorClass::RateLimit),
            (opencode("ContextOverflowError", "x"), ErrorClass::ContextTooLong),
            (opencode("ProviderAuthError", "x"), ErrorClass::Authentication),
            (
                opencode("APIError", "Cannot connect to API: The socket connection was closed unexpectedly."),
                ErrorClass::Connection,
            ),
            (opencode("APIError", "Rate limited, overloaded, 401"), ErrorClass::Other),
        ] {
            assert_eq!(class(&error), expected, "{error}");
        }
    }

    #[test]
    fn a_request_for_permission_keeps_its_options_and_others_are_none_of_ours() {
        let mut acp = opened();
        let params = json!({"options": [{"optionId": "x", "kind": "allow_once"}],
            "toolCall": {"title": "Writing to a.txt", "kind": "edit"}});
        let asked =
            json!({"jsonrpc": "2.0", "id": 0, "method": "session/request_permission", "params": params});
        let events = said(&mut acp, &asked);
        let asks = AgentEvent::PermissionRequest {
            request: "0".into(),
            tool: "edit".into(),
            summary: "Writing to a.txt".into(),
            input: params,
        };
        assert_eq!(events, [AgentEvent::TurnStarted, asks.clone()]);
        let called = json!({"sessionUpdate": "tool_call", "toolCallId": "c", "title": "Writing to a.txt", "kind": "edit"});
        said(&mut acp, &update(&called));
        let mut asked = asked;
        asked["params"]["toolCall"] = json!({"toolCallId": "c"});
        let events = said(&mut acp, &asked);
        let [AgentEvent::PermissionRequest { tool, summary, .. }] = &events[..] else { panic!("{events:?}") };
        assert_eq!(
            (tool.as_str(), summary.as_str()),
            ("edit", "Writing to a.txt"),
            "as it was told of before"
        );
        let other = json!({"jsonrpc": "2.0", "id": 1, "method": "fs/read_text_file", "params": {}});
        assert!(matches!(said(&mut acp, &other)[..], [AgentEvent::UnsupportedRequest { .. }]));
    }
}
