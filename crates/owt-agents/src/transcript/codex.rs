//! Codex's record: `sessions/<year>/<month>/<day>/rollout-<time>-<thread>.jsonl` below its home, by the day on which the
//! thread was begun where the program runs.

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::Timestamp;
use serde_json::Value;

use super::RecordPlace;
use super::Said;
use super::SeenPrompt;
use super::SeenStage;
use super::Wanted;
use crate::events::ToolOutcome;
use crate::events::codex_error;
use crate::events::edits;
use crate::events::one_line;
use crate::events::tool_summary;
use crate::names::ConversationId;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Days of one session that are looked through for helpers.
const MOST_DAYS: usize = 60;

pub(super) fn place(wanted: &Wanted<'_>) -> RecordPlace {
    let root = wanted.configuration.cloned().unwrap_or_else(|| wanted.home.join(".codex"));
    let begun = wanted.conversation.and_then(begun_at).unwrap_or(wanted.started_at);
    // The day is the local one of whoever started it.
    let folder = |at: Timestamp| folder_of_day(&root.join("sessions"), at);
    let folders = [begun, begun.minus(DAY), begun.plus(DAY)].map(folder).to_vec();
    let name_ends = wanted.conversation.map_or(".jsonl".to_owned(), |id| format!("-{}.jsonl", id.as_str()));
    RecordPlace::OneOf { folders, name_ends }
}

/// The folders in which those lie that helped in a conversation during this time, among others.
pub(super) fn folders_of_helpers(
    record: &AbsPath,
    (from, to): (Timestamp, Timestamp),
) -> Option<Vec<AbsPath>> {
    let root = record.parent()?.parent()?.parent()?.parent()?;
    // The day is the local one of whoever started it. The newest matter most.
    let days = std::iter::successors(Some(to.plus(DAY)), |day| {
        Some(day.minus(DAY)).filter(|earlier| *earlier >= from.minus(DAY).minus(DAY))
    });
    Some(days.take(MOST_DAYS).map(|day| folder_of_day(&root, day)).collect())
}

fn folder_of_day(sessions: &AbsPath, day: Timestamp) -> AbsPath {
    let (year, month, day) = day.utc_date();
    sessions.join(&format!("{year:04}")).join(&format!("{month:02}")).join(&format!("{day:02}"))
}

/// The conversation in which the thread of this first line helps: a thread that another one has started names the first of
/// them, however deep (0.169.0). Its own history may begin with a copy of the other's, without prompts and counts of tokens.
pub(super) fn helps(first: &Value) -> Option<ConversationId> {
    let payload = first.get("payload")?;
    let is_helper = payload.get("thread_source").and_then(Value::as_str) == Some("subagent");
    ConversationId::new(payload.get("session_id").filter(|_| is_helper)?.as_str()?).ok()
}

/// When a rollout file was begun: its name ends with its thread.
pub(super) fn named_at(name: &str) -> Option<Timestamp> {
    let stem = name.strip_suffix(".jsonl")?;
    let thread = stem.get(stem.len().checked_sub(36)?..)?;
    begun_at(&ConversationId::new(thread).ok()?)
}

/// Threads are named by UUIDs of version 7 (RFC 9562), which begin with their time.
fn begun_at(thread: &ConversationId) -> Option<Timestamp> {
    let hex: String = thread.as_str().chars().filter(|c| *c != '-').collect();
    let is_timed = hex.len() == 32 && hex.as_bytes()[12] == b'7';
    let millis = i64::from_str_radix(hex.get(..12)?, 16).ok()?;
    is_timed.then(|| Timestamp::from_millis(millis))
}

pub(super) fn says(line: &Value) -> Vec<Said> {
    let payload = line.get("payload").unwrap_or(&Value::Null);
    let text = |pointer: &str| payload.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let said = match (line.get("type").and_then(Value::as_str), text("/type").as_deref()) {
        (Some("session_meta"), _) => begun(payload),
        (Some("event_msg"), Some("item_completed")) => prompt(payload),
        (Some("event_msg"), Some("task_complete")) => Some(ended(payload)),
        // Another reason is that a further message took the turn's place.
        (Some("event_msg"), Some("turn_aborted")) => {
            (text("/reason").as_deref() == Some("interrupted")).then_some(Said::Interrupted)
        }
        (Some("response_item"), Some("function_call" | "custom_tool_call")) => opened(payload),
        (Some("response_item"), Some("function_call_output" | "custom_tool_call_output")) => {
            text("/call_id").map(|call| Said::ToolClosed { call, outcome: outcome(payload) })
        }
        _ => None,
    };
    said.into_iter().collect()
}

/// A turn that failed says in which way, in the words of the app server's errors but written in snake_case (0.169.0).
fn ended(payload: &Value) -> Said {
    let text = |pointer: &str| payload.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    match payload.get("error").filter(|error| error.is_object()) {
        None => Said::TurnEnded { text: text("/last_agent_message") },
        Some(error) => Said::TurnFailed {
            class: codex_error(error),
            message: text("/error/message").unwrap_or_default(),
        },
    }
}

fn begun(payload: &Value) -> Option<Said> {
    let conversation = ConversationId::new(payload.get("id")?.as_str()?).ok()?;
    Some(Said::Begun { conversation, directory: payload.get("cwd")?.as_str()?.to_owned() })
}

fn prompt(payload: &Value) -> Option<Said> {
    let item =
        payload.get("item").filter(|item| item.get("type").and_then(Value::as_str) == Some("UserMessage"))?;
    let parts = item.get("content")?.as_array()?;
    let texts: Vec<&str> = parts.iter().filter_map(|part| part.get("text")?.as_str()).collect();
    let id = item.get("client_id").and_then(Value::as_str).map(str::to_owned);
    Some(Said::Prompt(SeenPrompt { id, text: texts.join("\n"), stage: SeenStage::TakenUp }))
}

/// What it answers to a patch that was made (0.169.0).
const PATCHED: &str = "Success. Updated the following files:";

/// Whether a patch was made; of commands nothing is told here but what they have printed.
fn outcome(payload: &Value) -> ToolOutcome {
    let said = payload.get("output").map(Value::to_string).unwrap_or_default();
    if said.contains(PATCHED) { ToolOutcome::Done } else { ToolOutcome::Failed }
}

fn opened(payload: &Value) -> Option<Said> {
    let of = |key: &str| payload.get(key).and_then(Value::as_str);
    let (call, tool) = (of("call_id")?.to_owned(), of("name")?.to_owned());
    let words = of("arguments").or_else(|| of("input")).unwrap_or_default();
    let edits = edits(&tool, &serde_json::json!({ "input": words }));
    let summary = match serde_json::from_str::<Value>(words) {
        Ok(Value::Object(input)) => match input.get("cmd") {
            Some(command) => tool_summary(&serde_json::json!({ "command": command })),
            None => tool_summary(&Value::Object(input)),
        },
        // A patch is no JSON.
        _ => one_line(words),
    };
    Some(Said::ToolOpened { call, tool, summary, edits })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::ErrorClass;
    use crate::transcript::TranscriptFormat;

    /// Lines as version 0.169.0 writes them, shortened.
    const RECORD: &str = r#"{"timestamp":"2026-11-21T06:31:38.066Z","ordinal":0,"type":"session_meta","payload":{"id":"01a1fccd-a48a-76a1-9dd3-23c278666b92","timestamp":"2026-11-21T06:31:37.881Z","cwd":"/w/r2","originator":"codex-tui"}}
{"timestamp":"2026-11-21T06:31:38.066Z","type":"event_msg","payload":{"type":"task_started","turn_id":"t"}}
{"timestamp":"2026-11-21T06:31:38.081Z","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"AGENTS.md instructions"}]}}
{"timestamp":"2026-11-21T06:31:38.090Z","type":"event_msg","payload":{"type":"item_completed","item":{"type":"UserMessage","client_id":"d92a","content":[{"type":"text","text":"make\nit","text_elements":[]}]}}}
{"timestamp":"2026-11-21T06:31:38.111Z","type":"response_item","payload":{"type":"function_call","name":"exec_command","arguments":"{\"cmd\": \"echo t > t.txt\"}","call_id":"call_1"}}
{"timestamp":"2026-11-21T06:31:38.175Z","type":"response_item","payload":{"type":"function_call_output","call_id":"call_1","output":"x"}}
{"timestamp":"2026-11-21T06:31:38.190Z","type":"response_item","payload":{"type":"custom_tool_call","name":"apply_patch","input":"*** Begin Patch\n*** Add File: a.txt\n+x\n*** End Patch","call_id":"call_2"}}
{"timestamp":"2026-11-21T06:31:38.192Z","type":"response_item","payload":{"type":"custom_tool_call_output","call_id":"call_2","output":"Exit code: 0\nOutput:\nSuccess. Updated the following files:\nA a.txt\n"}}
{"timestamp":"2026-11-21T06:31:38.194Z","type":"event_msg","payload":{"type":"task_complete","turn_id":"t","last_agent_message":"one two three"}}
{"timestamp":"2026-11-21T06:31:39.000Z","type":"event_msg","payload":{"type":"turn_aborted","reason":"interrupted"}}
{"timestamp":"2026-11-21T06:31"#;

    #[test]
    fn a_record_shows_what_arrived_and_how_it_went() {
        let entries: Vec<_> = RECORD.lines().flat_map(|line| TranscriptFormat::Codex.entries(line)).collect();
        let tool = |call: &str, tool: &str, summary: &str, edits: Vec<String>| Said::ToolOpened {
            call: call.to_owned(),
            tool: tool.to_owned(),
            summary: summary.to_owned(),
            edits,
        };
        let thread = "01a1fccd-a48a-76a1-9dd3-23c278666b92";
        let says = [
            Said::Begun { conversation: ConversationId::new(thread).unwrap(), directory: "/w/r2".to_owned() },
            Said::Prompt(SeenPrompt {
                id: Some("d92a".to_owned()),
                text: "make\nit".to_owned(),
                stage: SeenStage::TakenUp,
            }),
            tool("call_1", "exec_command", "echo t > t.txt", vec![]),
            Said::ToolClosed { call: "call_1".to_owned(), outcome: ToolOutcome::Failed },
            tool(
                "call_2",
                "apply_patch",
                "*** Begin Patch *** Add File: a.txt +x *** End Patch",
                vec!["a.txt".to_owned()],
            ),
            Said::ToolClosed { call: "call_2".to_owned(), outcome: ToolOutcome::Done },
            Said::TurnEnded { text: Some("one two three".to_owned()) },
            Said::Interrupted,
        ];
        assert_eq!(entries.iter().map(|entry| entry.says.clone()).collect::<Vec<_>>(), says);
        assert!(entries.iter().all(|entry| entry.at.is_some()));
    }

    /// As version 0.169.0 writes them, shortened.
    #[test]
    fn a_turn_that_failed_says_in_which_way() {
        for (info, class) in [
            (r#""usage_limit_exceeded""#, ErrorClass::RateLimit),
            (r#"{"http_connection_failed":{"http_status_code":401}}"#, ErrorClass::Authentication),
            (r#"{"http_connection_failed":{"http_status_code":529}}"#, ErrorClass::Overloaded),
            (r#"{"response_too_many_failed_attempts":{"http_status_code":429}}"#, ErrorClass::RateLimit),
            (r#""context_window_exceeded""#, ErrorClass::ContextTooLong),
        ] {
            let line = format!(
                r#"{{"timestamp":"2026-11-22T02:12:07.293Z","type":"event_msg","payload":{{"type":"task_complete","last_agent_message":null,"error":{{"message":"no","codex_error_info":{info}}}}}}}"#
            );
            let entries = TranscriptFormat::Codex.entries(&line);
            let says: Vec<Said> = entries.into_iter().map(|entry| entry.says).collect();
            assert_eq!(says, [Said::TurnFailed { class, message: "no".to_owned() }], "{info}");
        }
    }

    #[test]
    fn the_record_lies_in_the_folder_of_a_day() {
        let (home, moved, workspace) =
            (AbsPath::new("/home/x").unwrap(), AbsPath::new("/c").unwrap(), AbsPath::new("/w").unwrap());
        let place = |configuration: Option<&AbsPath>, conversation: Option<&ConversationId>| {
            let started_at = Timestamp::from_utc_text("2027-01-01T00:10:00Z").unwrap();
            let wanted =
                Wanted { home: &home, configuration, workspace: &workspace, conversation, started_at };
            match TranscriptFormat::Codex.place(&wanted) {
                Some(RecordPlace::OneOf { folders, name_ends }) => {
                    (folders.iter().map(|folder| folder.as_str().to_owned()).collect::<Vec<_>>(), name_ends)
                }
                other => panic!("{other:?}"),
            }
        };
        let days = |root: &str, days: [&str; 3]| days.map(|day| format!("{root}/sessions/{day}")).to_vec();
        let fresh = days("/home/x/.codex", ["2027/01/01", "2026/12/31", "2027/01/02"]);
        assert_eq!(place(None, None), (fresh, ".jsonl".to_owned()));
        // Taken up again: it lies where it was begun.
        let thread = ConversationId::new("01a1fccd-a48a-76a1-9dd3-23c278666b92").unwrap();
        let (folders, name_ends) = place(Some(&moved), Some(&thread));
        assert_eq!(folders, days("/c", ["2026/11/21", "2026/11/20", "2026/11/22"]));
        assert_eq!(name_ends, "-01a1fccd-a48a-76a1-9dd3-23c278666b92.jsonl");
        let begun = |name: &str| TranscriptFormat::Codex.begun_at(name).map(Timestamp::utc_date);
        assert_eq!(begun(&format!("rollout-2026-11-21T06-31-37{name_ends}")), Some((2026, 11, 21)));
        for other in ["", "rollout.jsonl", "x-c3256ebb-acd8-468f-bab7-afbcc853dc10.jsonl", &"ä".repeat(40)] {
            assert_eq!(begun(other), None, "{other}");
        }
    }

    /// First lines as version 0.169.0 writes them, shortened: of a helper, and of a person's own thread that was forked.
    #[test]
    fn a_thread_that_another_has_started_names_the_first_of_them() {
        let line = |source: &str| {
            format!(
                r#"{{"type":"session_meta","payload":{{"session_id":"01a203ed-7881-73f2-a755-fd9e4e8a60cd","id":"01a203ed-7acf-7f50-a0bd-f9995d5d969d","thread_source":"{source}","cwd":"/w"}}}}"#
            )
        };
        let first = ConversationId::new("01a203ed-7881-73f2-a755-fd9e4e8a60cd").unwrap();
        assert_eq!(TranscriptFormat::Codex.helps(&line("subagent")), Some(first));
        assert_eq!(TranscriptFormat::Codex.helps(&line("user")), None);
        assert_eq!(TranscriptFormat::Codex.helps(RECORD.lines().next().unwrap()), None);
        let record = AbsPath::new("/c/sessions/2026/11/22/rollout-x.jsonl").unwrap();
        let at = |text: &str| Timestamp::from_utc_text(text).unwrap();
        let span = (at("2026-11-30T23:00:00Z"), at("2026-12-01T01:00:00Z"));
        let folders = TranscriptFormat::Codex.folders_of_helpers(&record, span);
        let days = ["12/02", "12/01", "11/30", "11/29"].map(|day| format!("/c/sessions/2026/{day}"));
        assert_eq!(folders.iter().map(AbsPath::as_str).collect::<Vec<_>>(), days);
    }
}
