//! OpenCode's record: `opencode/opencode.db` below the person's folder of data, one database for all conversations, with a line for
//! each thing that was written: messages, and their parts, each time anew when it has grown (version 1.18.33).

use owt_core::Timestamp;
use serde_json::Value;

use super::Before;
use super::RecordPlace;
use super::Said;
use super::SeenPrompt;
use super::SeenStage;
use super::Wanted;
use crate::events::opencode_failure;
use crate::events::tool_summary;
use crate::names::ConversationId;

/// Ends of an answer after which it goes on by itself (its code).
const GOES_ON: [&str; 2] = ["tool-calls", "unknown"];

/// What it calls an answer that the person broke off (its code).
const BROKEN_OFF: &str = "MessageAbortedError";

pub(super) fn place(wanted: &Wanted<'_>) -> RecordPlace {
    let data = wanted.configuration.cloned().unwrap_or_else(|| wanted.home.join(".local").join("share"));
    RecordPlace::Database(data.join("opencode").join("opencode.db"))
}

/// When something was said: an answer when it was whole.
pub(super) fn at(line: &Value) -> Option<Timestamp> {
    let places =
        ["/data/info/time/completed", "/data/info/time/created", "/data/part/state/time/start", "/data/time"];
    let millis = places.iter().find_map(|place| line.pointer(place)?.as_i64())?;
    Some(Timestamp::from_millis(millis))
}

pub(super) fn says(line: &Value, before: &mut Before) -> Option<Said> {
    let (info, part) = (line.pointer("/data/info"), line.pointer("/data/part"));
    // Kinds end with the number of their version.
    match line.get("type")?.as_str()?.rsplit_once('.')?.0 {
        "session.created" => begun(info?),
        "message.updated" => message(info?, before),
        "message.part.updated" => said_in(part?, before),
        _ => None,
    }
}

fn text<'a>(at: &'a Value, pointer: &str) -> Option<&'a str> {
    at.pointer(pointer)?.as_str()
}

fn begun(info: &Value) -> Option<Said> {
    let conversation = ConversationId::new(text(info, "/id")?).ok()?;
    Some(Said::Begun { conversation, directory: text(info, "/directory")?.to_owned() })
}

fn message(info: &Value, before: &mut Before) -> Option<Said> {
    let id = text(info, "/id")?;
    match text(info, "/role")? {
        // It writes older ones anew, too, when it has a summary of what came of them.
        "user" if before.prompt.as_deref() != Some(id) && is_newer(info, before) => {
            let prompted_at = created_at(info);
            *before = Before { prompt: Some(id.to_owned()), prompted_at, ..Before::default() };
            None
        }
        // A summary by which it makes a long conversation short answers nobody.
        "assistant" if info.get("summary") != Some(&Value::Bool(true)) => ended(info, before),
        _ => None,
    }
}

fn created_at(info: &Value) -> Option<Timestamp> {
    info.pointer("/time/created")?.as_i64().map(Timestamp::from_millis)
}

fn is_newer(info: &Value, before: &Before) -> bool {
    before.prompted_at.is_none_or(|known| created_at(info).is_none_or(|at| at >= known))
}

fn ended(info: &Value, before: &mut Before) -> Option<Said> {
    info.pointer("/time/completed")?;
    let error = info.get("error").filter(|error| error.is_object());
    match error.map(|error| text(error, "/name")) {
        Some(Some(BROKEN_OFF)) => Some(Said::Interrupted),
        Some(name) => {
            let message = text(info, "/error/data/message").or(name).unwrap_or_default().to_owned();
            Some(Said::TurnFailed { class: opencode_failure(info), message })
        }
        None => {
            let is_over = text(info, "/finish").is_some_and(|finish| !GOES_ON.contains(&finish));
            is_over.then(|| Said::TurnEnded { text: before.words.clone() })
        }
    }
}

fn said_in(part: &Value, before: &mut Before) -> Option<Said> {
    match text(part, "/type")? {
        "text" => words(part, before),
        "tool" => tool(part),
        _ => None,
    }
}

/// A prompt, or words of an answer. What the program puts before the model by itself is neither.
fn words(part: &Value, before: &mut Before) -> Option<Said> {
    let words = text(part, "/text")?.to_owned();
    let is_its_own = ["synthetic", "ignored"].iter().any(|mark| part.get(mark) == Some(&Value::Bool(true)));
    if before.prompt.is_none() || text(part, "/messageID") != before.prompt.as_deref() {
        before.words = Some(words);
        return None;
    }
    let id = text(part, "/id").map(str::to_owned);
    (!is_its_own).then_some(Said::Prompt(SeenPrompt { id, text: words, stage: SeenStage::TakenUp }))
}

fn tool(part: &Value) -> Option<Said> {
    let call = text(part, "/callID")?.to_owned();
    match text(part, "/state/status")? {
        "running" => {
            let summary = part.pointer("/state/input").map(tool_summary).unwrap_or_default();
            Some(Said::ToolOpened { call, tool: text(part, "/tool")?.to_owned(), summary })
        }
        "completed" | "error" => Some(Said::ToolClosed { call }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use owt_core::AbsPath;

    use super::*;
    use crate::events::ErrorClass;
    use crate::transcript::Entry;
    use crate::transcript::TranscriptFormat;

    /// Lines as version 1.18.33 writes them, shortened.
    const RECORD: &str = r#"{"type":"session.created.1","data":{"sessionID":"ses_1","info":{"id":"ses_1","directory":"/w","time":{"created":1795348642848}}}}
{"type":"message.updated.1","data":{"info":{"id":"msg_1","role":"user","time":{"created":1795348643354}}}}
{"type":"message.part.updated.1","data":{"part":{"id":"prt_1","messageID":"msg_1","type":"text","text":"go\non"},"time":1795348647190}}
{"type":"message.updated.1","data":{"info":{"id":"msg_2","role":"assistant","time":{"created":1795348647391},"parentID":"msg_1","tokens":{"input":0}}}}
{"type":"message.updated.1","data":{"info":{"id":"msg_1","role":"user","time":{"created":1795348643354},"summary":{"diffs":[]}}}}
{"type":"message.part.updated.1","data":{"part":{"id":"prt_2","messageID":"msg_2","type":"text","text":"I will.","time":{"start":1,"end":2}},"time":1795348652921}}
{"type":"message.part.updated.1","data":{"part":{"messageID":"msg_2","type":"tool","callID":"call_1","tool":"bash","state":{"status":"pending","input":{}}},"time":1795348652922}}
{"type":"message.part.updated.1","data":{"part":{"messageID":"msg_2","type":"tool","callID":"call_1","tool":"bash","state":{"status":"running","input":{"command":"ls"},"time":{"start":1795348652990}}},"time":1795348653000}}
{"type":"message.part.updated.1","data":{"part":{"messageID":"msg_2","type":"tool","callID":"call_1","tool":"bash","state":{"status":"completed","time":{"start":1795348652990}}},"time":1795348653021}}
{"type":"message.updated.1","data":{"info":{"id":"msg_2","role":"assistant","time":{"created":1795348647391,"completed":1795348654988},"finish":"tool-calls"}}}
{"type":"message.part.updated.1","data":{"part":{"messageID":"msg_3","type":"text","text":"Done.","time":{"start":1}},"time":1795348656000}}
{"type":"message.updated.1","data":{"info":{"id":"msg_3","role":"assistant","time":{"created":1795348655019},"finish":"stop"}}}
{"type":"message.updated.1","data":{"info":{"id":"msg_3","role":"assistant","time":{"created":1795348655019,"completed":1795348657722},"finish":"stop"}}}
{"type":"message.updated.1","data":{"info":{"id":"msg_4","role":"user","time":{"created":1795348658000}}}}
{"type":"message.part.updated.1","data":{"part":{"messageID":"msg_4","type":"text","text":"Continue if","synthetic":true},"time":1795348658001}}
{"type":"message.updated.1","data":{"info":{"id":"msg_5","role":"assistant","summary":true,"time":{"created":1,"completed":2},"finish":"stop"}}}
{"type":"message.updated.1","data":{"info":{"id":"msg_6","role":"assistant","time":{"created":1,"completed":1795348659000},"error":{"name":"MessageAbortedError","data":{"message":"Aborted"}}}}}
{"type":"message.part.removed.1","data":null}"#;

    fn entries(record: &str) -> Vec<Entry> {
        let mut before = Before::default();
        record.lines().flat_map(|line| TranscriptFormat::Opencode.entries_after(&mut before, line)).collect()
    }

    #[test]
    fn a_record_shows_what_arrived_and_how_it_went() {
        let call = || "call_1".to_owned();
        let (id, text) = (Some("prt_1".to_owned()), "go\non".to_owned());
        let says = [
            Said::Begun { conversation: ConversationId::new("ses_1").unwrap(), directory: "/w".to_owned() },
            Said::Prompt(SeenPrompt { id, text, stage: SeenStage::TakenUp }),
            Said::ToolOpened { call: call(), tool: "bash".to_owned(), summary: "ls".to_owned() },
            Said::ToolClosed { call: call() },
            Said::TurnEnded { text: Some("Done.".to_owned()) },
            Said::Interrupted,
        ];
        let entries = entries(RECORD);
        assert_eq!(entries.iter().map(|entry| entry.says.clone()).collect::<Vec<_>>(), says);
        let at: Vec<_> =
            entries.iter().map(|entry| entry.at.unwrap().as_millis() - 1_795_348_640_000).collect();
        assert_eq!(at, [2848, 7190, 12990, 12990, 17722, 19000]);
    }

    /// As a recorded conversation of two prompts has it.
    #[test]
    fn an_older_prompt_that_is_written_anew_is_not_the_newest() {
        let anew = r#"{"type":"message.updated.1","data":{"info":{"id":"msg_1","role":"user","time":{"created":1795348643354},"summary":{"diffs":[]}}}}"#;
        let user = |id: &str, at: i64| {
            format!(
                r#"{{"type":"message.updated.1","data":{{"info":{{"id":"{id}","role":"user","time":{{"created":{at}}}}}}}}}"#
            )
        };
        let part = |message: &str, text: &str| {
            format!(
                r#"{{"type":"message.part.updated.1","data":{{"part":{{"messageID":"{message}","type":"text","text":"{text}"}},"time":1}}}}"#
            )
        };
        let end = r#"{"type":"message.updated.1","data":{"info":{"id":"msg_4","role":"assistant","time":{"created":1,"completed":2},"finish":"stop"}}}"#;
        let second = user("msg_3", 1_795_348_650_000);
        let record = [
            &user("msg_1", 1_795_348_643_354),
            &second,
            anew,
            &part("msg_3", "and now"),
            &part("msg_4", "Done."),
            anew,
            end,
        ];
        let says: Vec<Said> = entries(&record.join("\n")).into_iter().map(|it| it.says).collect();
        let prompt = SeenPrompt { id: None, text: "and now".to_owned(), stage: SeenStage::TakenUp };
        assert_eq!(says, [Said::Prompt(prompt), Said::TurnEnded { text: Some("Done.".to_owned()) }]);
    }

    #[test]
    fn a_turn_that_failed_says_in_which_way() {
        for (error, class) in [
            (r#""name":"APIError","data":{"message":"no","statusCode":401}"#, ErrorClass::Authentication),
            (r#""name":"APIError","data":{"message":"no","isRetryable":true}"#, ErrorClass::Connection),
            (r#""name":"ContextOverflowError","data":{"message":"no"}"#, ErrorClass::ContextTooLong),
            (r#""name":"no""#, ErrorClass::Other),
        ] {
            let line = |time: &str| {
                format!(
                    r#"{{"type":"message.updated.1","data":{{"info":{{"id":"m","role":"assistant","time":{time},"error":{{{error}}}}}}}}}"#
                )
            };
            let says = |time: &str| entries(&line(time)).into_iter().map(|it| it.says).collect::<Vec<_>>();
            assert_eq!(
                says(r#"{"created":1,"completed":2}"#),
                [Said::TurnFailed { class, message: "no".to_owned() }]
            );
            assert_eq!(says(r#"{"created":1}"#), [], "it may try again");
        }
    }

    #[test]
    fn all_conversations_share_a_database() {
        let path = |text: &str| AbsPath::new(text).unwrap();
        let of = |configuration: Option<&AbsPath>| {
            let (home, workspace) = (path("/home/x"), path("/w"));
            let (conversation, started_at) = (None, Timestamp::EPOCH);
            let wanted =
                Wanted { home: &home, configuration, workspace: &workspace, conversation, started_at };
            TranscriptFormat::Opencode.place(&wanted)
        };
        let at = |text: &str| Some(RecordPlace::Database(path(text)));
        assert_eq!(of(None), at("/home/x/.local/share/opencode/opencode.db"));
        assert_eq!(of(Some(&path("/data"))), at("/data/opencode/opencode.db"));
    }
}
