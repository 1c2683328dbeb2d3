//! Claude Code's record: `projects/<folder>/<conversation>.jsonl` below its configuration.

use serde_json::Value;

use super::RecordPlace;
use super::Said;
use super::SeenPrompt;
use super::SeenStage;
use super::Wanted;
use crate::events::ErrorClass;
use crate::events::ToolOutcome;
use crate::events::claude_failure;
use crate::events::edits;
use crate::events::tool_summary;

/// The longest folder name that is the plain one; a longer one is cut and gets a hash that only the program knows.
const LONGEST_SLUG: usize = 200;

/// What it writes as the person's words when they break a turn off (its code).
const INTERRUPTED: &str = "[Request interrupted by user";

/// Stop reasons of an answer after which it goes on by itself with nothing. What a failed provider leaves has the
/// second.
const LAST: [&str; 2] = ["end_turn", "stop_sequence"];

pub(super) fn place(wanted: &Wanted<'_>) -> Option<RecordPlace> {
    let root = wanted.configuration.cloned().unwrap_or_else(|| wanted.home.join(".claude"));
    let name = format!("{}.jsonl", wanted.conversation?.as_str());
    Some(RecordPlace::File(root.join("projects").join(&slug(wanted.workspace.as_str())?).join(&name)))
}

/// Claude Code names the folder of a project's records after its path: every UTF-16 unit that is no ASCII letter or
/// digit becomes a dash.
fn slug(workspace: &str) -> Option<String> {
    let plain =
        |unit: u16| char::from_u32(u32::from(unit)).filter(char::is_ascii_alphanumeric).unwrap_or('-');
    let slug: String = workspace.encode_utf16().map(plain).collect();
    (slug.len() <= LONGEST_SLUG).then_some(slug)
}

pub(super) fn says(line: &Value) -> Vec<Said> {
    let is_set = |key: &str| line.get(key).and_then(Value::as_bool) == Some(true);
    if is_set("isSidechain") || is_set("isMeta") {
        return Vec::new();
    }
    let text_of = |pointer: &str| line.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let prompt = |id: Option<String>, content: Option<&Value>, stage| {
        prompt_text(content?).map(|text| Said::Prompt(SeenPrompt { id, text, stage }))
    };
    match line.get("type").and_then(Value::as_str) {
        Some("user") => user(line.pointer("/message/content"), text_of("/uuid")),
        Some("assistant") => assistant(line),
        Some("attachment") if text_of("/attachment/type").as_deref() == Some("queued_command") => {
            let (id, content) = (text_of("/attachment/source_uuid"), line.pointer("/attachment/prompt"));
            prompt(id, content, SeenStage::TakenUp).into_iter().collect()
        }
        Some("queue-operation") if text_of("/operation").as_deref() == Some("enqueue") => {
            prompt(None, line.get("content"), SeenStage::Queued).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn user(content: Option<&Value>, id: Option<String>) -> Vec<Said> {
    let Some(content) = content else { return Vec::new() };
    match prompt_text(content) {
        Some(text) if text.starts_with(INTERRUPTED) => vec![Said::Interrupted],
        Some(text) => vec![Said::Prompt(SeenPrompt { id, text, stage: SeenStage::TakenUp })],
        None => {
            let results = content.as_array().into_iter().flatten();
            results.filter_map(closed).collect()
        }
    }
}

fn closed(block: &Value) -> Option<Said> {
    let call = block.get("tool_use_id")?.as_str()?.to_owned();
    let failed = block.get("is_error").and_then(Value::as_bool) == Some(true);
    Some(Said::ToolClosed { call, outcome: if failed { ToolOutcome::Failed } else { ToolOutcome::Done } })
}

fn assistant(line: &Value) -> Vec<Said> {
    let blocks = || line.pointer("/message/content").and_then(Value::as_array).into_iter().flatten();
    let of = |block: &Value, key: &str| block.get(key).and_then(Value::as_str).map(str::to_owned);
    let tools = blocks().filter(|block| of(block, "type").as_deref() == Some("tool_use"));
    let tools = tools.filter_map(|block| {
        let summary = block.get("input").map(tool_summary).unwrap_or_default();
        let tool = of(block, "name")?;
        let edits = block.get("input").map(|input| edits(&tool, input)).unwrap_or_default();
        Some(Said::ToolOpened { call: of(block, "id")?, tool, summary, edits })
    });
    let stopped = line.pointer("/message/stop_reason").and_then(Value::as_str);
    let over = stopped.is_some_and(|reason| LAST.contains(&reason));
    // What its provider refused stands there as if the model had said it.
    let is_error = line.get("isApiErrorMessage").and_then(Value::as_bool) == Some(true);
    let text = blocks().find_map(|block| of(block, "text"));
    let end = match (over, is_error) {
        (true, true) => Some(failed(line, text.unwrap_or_default())),
        (true, false) => Some(Said::TurnEnded { text }),
        (false, _) => None,
    };
    tools.chain(end).collect()
}

fn failed(line: &Value, message: String) -> Said {
    let error = line.get("error").and_then(Value::as_str).unwrap_or_default();
    let status = line.get("apiErrorStatus").and_then(Value::as_u64);
    let class = claude_failure(error, status, &message).unwrap_or(ErrorClass::Other);
    Said::TurnFailed { class, message }
}

/// A prompt is a string, or blocks of text alone; blocks with tool results are no prompt.
fn prompt_text(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(blocks) => {
            let texts: Option<Vec<&str>> = blocks.iter().map(|block| block.get("text")?.as_str()).collect();
            texts.filter(|texts| !texts.is_empty()).map(|texts| texts.join("\n"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use owt_core::AbsPath;
    use owt_core::Timestamp;

    use super::*;
    use crate::names::ConversationId;
    use crate::transcript::TranscriptFormat;

    /// Lines as version 2.1.197 writes them, shortened.
    const RECORD: &str = r#"{"type":"queue-operation","operation":"enqueue","content":"first"}
{"type":"queue-operation","operation":"dequeue"}
{"isSidechain":false,"type":"user","message":{"role":"user","content":"first"},"uuid":"u1","timestamp":"2026-11-21T06:30:15.871Z"}
{"isSidechain":false,"message":{"role":"assistant","content":[{"type":"tool_use","id":"toolu_3","name":"Bash","input":{"command":"ls"}}],"stop_reason":"tool_use"},"type":"assistant"}
{"isSidechain":false,"type":"user","message":{"role":"user","content":[{"tool_use_id":"toolu_3","type":"tool_result","content":"hi"}]},"uuid":"u2"}
{"isSidechain":true,"type":"user","message":{"role":"user","content":"to a helper"},"uuid":"u3"}
{"isSidechain":true,"type":"assistant","message":{"content":[{"type":"text","text":"a helper is done"}],"stop_reason":"end_turn"}}
{"isSidechain":false,"attachment":{"type":"queued_command","prompt":"second\nline","source_uuid":"u4","commandMode":"prompt"},"type":"attachment","uuid":"u5"}
{"isSidechain":false,"type":"user","message":{"role":"user","content":[{"type":"text","text":"third"}]},"uuid":"u6"}
{"isSidechain":false,"type":"assistant","message":{"content":[{"type":"text","text":"bye"}],"stop_reason":"end_turn"},"timestamp":"2026-11-21T06:30:17Z"}
{"isSidechain":false,"type":"user","message":{"role":"user","content":[{"type":"text","text":"[Request interrupted by user]"}]},"uuid":"u7"}
{"type":"user","message":{"role":"us"#;

    #[test]
    fn a_record_shows_what_arrived_and_how_it_went() {
        let prompt = |id: Option<&str>, text: &str, stage| {
            Said::Prompt(SeenPrompt { id: id.map(str::to_owned), text: text.to_owned(), stage })
        };
        let entries: Vec<_> =
            RECORD.lines().flat_map(|line| TranscriptFormat::Claude.entries(line)).collect();
        let call = "toolu_3".to_owned();
        let says = [
            prompt(None, "first", SeenStage::Queued),
            prompt(Some("u1"), "first", SeenStage::TakenUp),
            Said::ToolOpened {
                call: call.clone(),
                tool: "Bash".to_owned(),
                summary: "ls".to_owned(),
                edits: vec![],
            },
            Said::ToolClosed { call, outcome: ToolOutcome::Done },
            prompt(Some("u4"), "second\nline", SeenStage::TakenUp),
            prompt(Some("u6"), "third", SeenStage::TakenUp),
            Said::TurnEnded { text: Some("bye".to_owned()) },
            Said::Interrupted,
        ];
        assert_eq!(entries.iter().map(|entry| entry.says.clone()).collect::<Vec<_>>(), says);
        let at: Vec<_> = entries.iter().filter_map(|entry| entry.at.map(Timestamp::as_millis)).collect();
        assert_eq!(at, [1_795_242_615_871, 1_795_242_617_000]);
    }

    /// As version 2.1.197 writes them, shortened.
    #[test]
    fn a_turn_that_failed_says_in_which_way() {
        for (fields, words, class) in [
            (
                r#""error":"rate_limit","apiErrorStatus":429"#,
                "API Error: Request rejected",
                ErrorClass::RateLimit,
            ),
            (
                r#""error":"authentication_failed","apiErrorStatus":401"#,
                "Invalid API key",
                ErrorClass::Authentication,
            ),
            (
                r#""error":"server_error","apiErrorStatus":529"#,
                "API Error: 529 Overloaded.",
                ErrorClass::Overloaded,
            ),
            (
                r#""error":"server_error""#,
                "API Error: Connection to the API was lost (ECONNRESET).",
                ErrorClass::Connection,
            ),
            (
                r#""error":"invalid_request","apiErrorStatus":400"#,
                "Prompt is too long",
                ErrorClass::ContextTooLong,
            ),
            (r#""x":0"#, "no", ErrorClass::Other),
        ] {
            let line = format!(
                r#"{{"isSidechain":false,"type":"assistant","message":{{"content":[{{"type":"text","text":"{words}"}}],"stop_reason":"stop_sequence"}},{fields},"isApiErrorMessage":true}}"#
            );
            let says: Vec<Said> =
                TranscriptFormat::Claude.entries(&line).into_iter().map(|it| it.says).collect();
            assert_eq!(says, [Said::TurnFailed { class, message: words.to_owned() }], "{fields}");
        }
    }

    #[test]
    fn the_record_lies_below_the_workspaces_name() {
        let path = |text: &str| AbsPath::new(text).unwrap();
        let id = ConversationId::new("c3256ebb-acd8-468f-bab7-afbcc853dc10").unwrap();
        let of = |configuration: Option<&AbsPath>, workspace: &str| {
            let (home, workspace) = (path("/home/x"), path(workspace));
            let wanted = Wanted {
                home: &home,
                configuration,
                workspace: &workspace,
                conversation: Some(&id),
                started_at: Timestamp::EPOCH,
            };
            match TranscriptFormat::Claude.place(&wanted)? {
                RecordPlace::File(path) => Some(path.as_str().to_owned()),
                RecordPlace::OneOf { .. } | RecordPlace::Database(_) => None,
            }
        };
        assert_eq!(
            of(None, "/w/a.b/r1-wé").as_deref(),
            Some("/home/x/.claude/projects/-w-a-b-r1-w-/c3256ebb-acd8-468f-bab7-afbcc853dc10.jsonl")
        );
        assert!(of(Some(&path("/cfg")), "/w").unwrap().starts_with("/cfg/projects/-w/"));
        assert_eq!(of(None, &format!("/{}", "x".repeat(200))), None);
    }
}
