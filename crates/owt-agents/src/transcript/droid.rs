//! Droid's record: `sessions/<folder>/<conversation>.jsonl` below its folder.
//!
//! What its provider refuses stands there as words to the person alone, before its hook tells of the end of the turn.

use serde_json::Value;

use super::RecordPlace;
use super::Said;
use super::SeenPrompt;
use super::SeenStage;
use super::Wanted;
use crate::events::droid_failure;
use crate::names::ConversationId;

/// How its words for a provider's failure begin; the provider's status follows (version 0.215.0).
const FAILED: [&str; 3] = ["BYOK Error: ", "API Error: ", "Error: "];

/// How what is put before the model beside the prompt begins.
const REMINDER: &str = "<system-reminder>";

pub(super) fn place(wanted: &Wanted<'_>) -> Option<RecordPlace> {
    let root = wanted.configuration.unwrap_or(wanted.home).join(".factory").join("sessions");
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let slashes = wanted.workspace.as_str().replace('/', "-");
    let all: String = wanted.workspace.as_str().chars().map(plain).collect();
    let folders = [slashes, all].map(|name| root.join(&name)).to_vec();
    Some(RecordPlace::OneOf { folders, name_ends: format!("{}.jsonl", wanted.conversation?.as_str()) })
}

pub(super) fn says(line: &Value) -> Vec<Said> {
    let of = |pointer: &str| line.pointer(pointer).and_then(Value::as_str);
    let said = match (of("/type"), of("/message/role"), of("/message/visibility")) {
        (Some("session_start"), _, _) => begun(line),
        (Some("message"), Some("user"), None) => words(line).and_then(|text| {
            let id = of("/id").map(str::to_owned);
            let is_prompt = !text.starts_with(REMINDER);
            is_prompt.then_some(Said::Prompt(SeenPrompt { id, text, stage: SeenStage::TakenUp }))
        }),
        (Some("message"), Some("user"), Some("user_only")) => words(line).as_deref().and_then(failure),
        _ => None,
    };
    said.into_iter().collect()
}

fn begun(line: &Value) -> Option<Said> {
    let conversation = ConversationId::new(line.get("id")?.as_str()?).ok()?;
    Some(Said::Begun { conversation, directory: line.get("cwd")?.as_str()?.to_owned() })
}

/// The text of a message; `None` where it has anything else, or nothing.
fn words(line: &Value) -> Option<String> {
    let parts = line.pointer("/message/content")?.as_array()?;
    let texts: Option<Vec<&str>> = parts.iter().map(|part| part.get("text")?.as_str()).collect();
    texts.filter(|texts| !texts.is_empty()).map(|texts| texts.join("\n"))
}

fn failure(text: &str) -> Option<Said> {
    let sentence = FAILED.iter().find_map(|begin| text.strip_prefix(begin))?;
    let class = droid_failure(sentence);
    let message = text.lines().next().unwrap_or_default().to_owned();
    Some(Said::TurnFailed { class, message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::ErrorClass;
    use crate::transcript::TranscriptFormat;

    /// Lines as version 0.215.0 writes them, shortened.
    const RECORD: &str = r#"{"type":"session_start","id":"98e6b5fc-0ced-4a01-93ab-f03a1206cbec","title":"t","version":2,"cwd":"/w/r"}
{"type":"message","id":"52","timestamp":"2026-11-22T05:11:15.787Z","message":{"role":"user","content":[],"visibility":"user_only","hookEventName":"SessionStart"}}
{"type":"message","id":"context-5e","timestamp":"2026-11-22T05:11:19.165Z","message":{"role":"user","content":[{"type":"text","text":"<system-reminder>\nThe tools"}]}}
{"type":"message","id":"5e","timestamp":"2026-11-22T05:11:19.257Z","message":{"role":"user","content":[{"type":"text","text":"Say something"}],"interactionMode":"auto"}}
{"type":"message","id":"6f","timestamp":"2026-11-22T05:11:19.357Z","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t"}]}}
{"type":"message","id":"e8","timestamp":"2026-11-22T05:11:20.505Z","message":{"role":"user","content":[{"type":"text","text":"BYOK Error: 401 invalid x-api-key\n\nUpstream error: invalid x-api-key"}],"visibility":"user_only"}}
{"type":"agent_turn_outcome","turnId":"5e","reason":"model_authentication_failed","resultKind":"text"}
{"type":"message","id":"e9","timestamp":"2026-11-22T05:11:21.505Z","message":{"role":"user","content":[{"type":"text","text":"BYOK Error: The socket connection was closed unexpectedly."}],"visibility":"user_only"}}"#;

    #[test]
    fn a_record_shows_what_arrived_and_what_failed() {
        let entries: Vec<_> = RECORD.lines().flat_map(|line| TranscriptFormat::Droid.entries(line)).collect();
        let conversation = ConversationId::new("98e6b5fc-0ced-4a01-93ab-f03a1206cbec").unwrap();
        let (id, text) = (Some("5e".to_owned()), "Say something".to_owned());
        let failed = |class, message: &str| Said::TurnFailed { class, message: message.to_owned() };
        let says = [
            Said::Begun { conversation, directory: "/w/r".to_owned() },
            Said::Prompt(SeenPrompt { id, text, stage: SeenStage::TakenUp }),
            failed(ErrorClass::Authentication, "BYOK Error: 401 invalid x-api-key"),
            failed(ErrorClass::Connection, "BYOK Error: The socket connection was closed unexpectedly."),
        ];
        assert_eq!(entries.into_iter().map(|entry| entry.says).collect::<Vec<_>>(), says);
    }
}
