//! Gemini CLI's record: `tmp/<project>/chats/session-<minute>-<first digits of the conversation>.jsonl` below its folder.
//!
//! It tells prompts, answers and failures; no line of it ends a turn: an answer is written before the tools that it calls have run
//! (`recordMessage` and `recordToolCalls` in its code).

use serde_json::Value;

use super::RecordPlace;
use super::Said;
use super::SeenPrompt;
use super::SeenStage;
use super::Wanted;
use crate::events::ErrorClass;
use crate::events::gemini_failure;
use crate::names::ConversationId;

/// So many projects of one name are looked through: the program numbers them.
const NAMESAKES: usize = 6;

/// How the program's own words for a provider's failure begin (`parseAndFormatApiError` in its code). What else it calls an error
/// is one of its commands'.
const API_ERROR: &str = "[API Error: ";

pub(super) fn place(wanted: &Wanted<'_>) -> Option<RecordPlace> {
    let root = wanted.configuration.unwrap_or(wanted.home).join(".gemini").join("tmp");
    let digits = wanted.conversation?.as_str().get(..8)?;
    let slug = slug(wanted.workspace.file_name());
    let numbered = (1..NAMESAKES).map(|number| format!("{slug}-{number}"));
    let names = std::iter::once(slug.clone()).chain(numbered);
    let folders = names.map(|name| root.join(&name).join("chats")).collect();
    Some(RecordPlace::OneOf { folders, name_ends: format!("-{digits}.jsonl") })
}

/// Gemini CLI names a project after its folder (`slugify` in its code).
fn slug(name: &str) -> String {
    let plain = name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "project".to_owned() } else { words.join("-") }
}

pub(super) fn says(line: &Value) -> Vec<Said> {
    let text = |key: &str| line.get(key).and_then(Value::as_str);
    let said = match text("type") {
        Some("user") => prompt(line),
        Some("error") => text("content").and_then(failure),
        Some("gemini") => Some(Said::Answered),
        None => begun(line),
        Some(_) => None,
    };
    said.into_iter().collect()
}

/// The first line; it names the folder by a digest alone.
fn begun(line: &Value) -> Option<Said> {
    let conversation = ConversationId::new(line.get("sessionId")?.as_str()?).ok()?;
    Some(Said::Begun { conversation, directory: String::new() })
}

fn prompt(line: &Value) -> Option<Said> {
    let parts = line.get("content")?.as_array()?;
    let texts: Vec<&str> = parts.iter().filter_map(|part| part.get("text")?.as_str()).collect();
    let id = line.get("id").and_then(Value::as_str).map(str::to_owned);
    Some(Said::Prompt(SeenPrompt { id, text: texts.concat(), stage: SeenStage::TakenUp }))
}

fn failure(message: &str) -> Option<Said> {
    let class = gemini_failure(message);
    let is_of_turn = class != ErrorClass::Other || message.starts_with(API_ERROR);
    is_of_turn.then(|| Said::TurnFailed { class, message: message.to_owned() })
}

#[cfg(test)]
mod tests {
    use owt_core::AbsPath;
    use owt_core::Timestamp;

    use super::*;
    use crate::transcript::TranscriptFormat;

    /// Lines as version 0.61.0 writes them, shortened.
    const RECORD: &str = r#"{"sessionId":"01a2019b-ba7a-42f5-8f6c-7570cf54e174","projectHash":"179b","startTime":"2026-11-22T04:55:28.865Z","kind":"main"}
{"$set":{"messages":[{"id":"d0","type":"user","content":[{"text":"<session_context>"}]}]}}
{"id":"3f5c","timestamp":"2026-11-22T04:55:29.660Z","type":"user","content":[{"text":"Say\nsomething"}]}
{"$set":{"lastUpdated":"2026-11-22T04:55:29.660Z"}}
{"id":"7a","timestamp":"2026-11-22T04:55:30.660Z","type":"gemini","content":"Done."}
{"id":"81","timestamp":"2026-11-22T04:55:33.602Z","type":"info","content":"This request failed. Press F12 for diagnostics"}
{"id":"82","timestamp":"2026-11-22T04:55:34.602Z","type":"error","content":"Unknown command: /nothing"}"#;

    #[test]
    fn a_record_shows_what_arrived() {
        let entries: Vec<_> =
            RECORD.lines().flat_map(|line| TranscriptFormat::Gemini.entries(line)).collect();
        let conversation = ConversationId::new("01a2019b-ba7a-42f5-8f6c-7570cf54e174").unwrap();
        let prompt = SeenPrompt {
            id: Some("3f5c".to_owned()),
            text: "Say\nsomething".to_owned(),
            stage: SeenStage::TakenUp,
        };
        let begun = Said::Begun { conversation, directory: String::new() };
        let says = [begun, Said::Prompt(prompt), Said::Answered];
        assert_eq!(entries.iter().map(|entry| entry.says.clone()).collect::<Vec<_>>(), says);
        assert_eq!(entries[1].at, Timestamp::from_utc_text("2026-11-22T04:55:29.660Z"));
    }

    #[test]
    fn a_turn_that_failed_says_in_which_way() {
        for (message, class) in [
            (
                r#"[API Error: {"error":{"code":401,"message":"invalid","status":"UNAUTHENTICATED"}}]"#,
                ErrorClass::Authentication,
            ),
            (
                r#"[API Error: {"error":{"code":400,"message":"The input token count (12) exceeds","status":"INVALID_ARGUMENT"}}]"#,
                ErrorClass::ContextTooLong,
            ),
            ("Model stream ended without a finish reason.", ErrorClass::Connection),
            ("[API Error: exception TypeError: fetch failed sending request]", ErrorClass::Connection),
            ("[API Error: something]", ErrorClass::Other),
        ] {
            let line = serde_json::json!({"type": "error", "content": message, "timestamp": "2026-11-22T04:55:33.602Z"});
            let says: Vec<_> =
                TranscriptFormat::Gemini.entries(&line.to_string()).into_iter().map(|it| it.says).collect();
            assert_eq!(says, [Said::TurnFailed { class, message: message.to_owned() }]);
        }
    }

    #[test]
    fn the_record_lies_below_the_name_of_the_folder() {
        let (home, workspace) = (AbsPath::new("/home/x").unwrap(), AbsPath::new("/w/Repo.topic--1").unwrap());
        let conversation = ConversationId::new("01a2019b-ba7a-42f5-8f6c-7570cf54e174").unwrap();
        let wanted = Wanted {
            home: &home,
            configuration: None,
            workspace: &workspace,
            conversation: Some(&conversation),
            started_at: Timestamp::EPOCH,
        };
        let Some(RecordPlace::OneOf { folders, name_ends }) = TranscriptFormat::Gemini.place(&wanted) else {
            panic!("a folder among others");
        };
        assert_eq!(folders[0].as_str(), "/home/x/.gemini/tmp/repo-topic-1/chats");
        assert_eq!((folders[1].as_str(), folders.len()), ("/home/x/.gemini/tmp/repo-topic-1-1/chats", 6));
        assert_eq!(name_ends, "-01a2019b.jsonl");
        assert_eq!((slug(".."), slug("É")), ("project".to_owned(), "project".to_owned()));
    }
}
