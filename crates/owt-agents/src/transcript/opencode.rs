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
use crate::events::ToolOutcome;
use crate::events::edits;
use crate::events::opencode_failure;
use crate::events::tool_summary;
use crate::names::ConversationId;

/// Ends of an answer after which it goes on by itself (its code).
const GOES_ON: [&str; 2] = ["tool-calls", "unknown"];

/// What it calls an answer that the person broke off (its code).
const BROKEN_OFF: &str = "MessageAbortedError";

/// Prompts that are remembered while they wait.
const MOST_WAITING: usize = 64;

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

pub(super) fn says(line: &Value, before: &mut Before) -> Vec<Said> {
    let (info, part) = (line.pointer("/data/info"), line.pointer("/data/part"));
    // Kinds end with the number of their version.
    let kind = text(line, "/type").and_then(|kind| kind.rsplit_once('.')).map(|(kind, _)| kind);
    match (kind, info, part) {
        (Some("session.created"), Some(info), _) => begun(info).into_iter().collect(),
        (Some("message.updated"), Some(info), _) => message(info, before),
        (Some("message.part.updated"), _, Some(part)) => said_in(part, before).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn text<'a>(at: &'a Value, pointer: &str) -> Option<&'a str> {
    at.pointer(pointer)?.as_str()
}

fn begun(info: &Value) -> Option<Said> {
    let conversation = ConversationId::new(text(info, "/id")?).ok()?;
    Some(Said::Begun { conversation, directory: text(info, "/directory")?.to_owned() })
}

fn message(info: &Value, before: &mut Before) -> Vec<Said> {
    let Some(id) = text(info, "/id") else { return Vec::new() };
    match text(info, "/role") {
        Some("user") => prompted(id, info, before),
        // A summary by which it makes a long conversation short answers nobody.
        Some("assistant") if info.get("summary") != Some(&Value::Bool(true)) => {
            return answered(id, info, before);
        }
        _ => {}
    }
    Vec::new()
}

/// It writes older prompts anew, too, when it has a summary of what came of them.
fn prompted(id: &str, info: &Value, before: &mut Before) {
    if before.prompt.as_deref() != Some(id) && is_newer(info, before) {
        before.prompt = Some(id.to_owned());
        before.prompted_at = created_at(info);
        before.words = None;
    }
}

fn created_at(info: &Value) -> Option<Timestamp> {
    info.pointer("/time/created")?.as_i64().map(Timestamp::from_millis)
}

fn is_newer(info: &Value, before: &Before) -> bool {
    before.prompted_at.is_none_or(|known| created_at(info).is_none_or(|at| at >= known))
}

/// An answer is begun with everything that was said before it: what waited is read then.
fn answered(id: &str, info: &Value, before: &mut Before) -> Vec<Said> {
    let mut says: Vec<Said> = match text(info, "/parentID") {
        Some(parent) => taken_up(parent, before).map(Said::Prompt).collect(),
        None => Vec::new(),
    };
    let end = ended(id, info, before);
    before.is_answering = end.is_none();
    says.extend(end);
    says
}

/// Names of messages ascend (its code).
fn taken_up(parent: &str, before: &mut Before) -> impl Iterator<Item = SeenPrompt> {
    let waiting = std::mem::take(&mut before.waiting);
    let (read, waits): (Vec<_>, _) = waiting.into_iter().partition(|(id, _)| id.as_str() <= parent);
    before.waiting = waits;
    read.into_iter().map(|(_, prompt)| SeenPrompt { stage: SeenStage::TakenUp, ..prompt })
}

fn ended(id: &str, info: &Value, before: &Before) -> Option<Said> {
    info.pointer("/time/completed")?;
    let error = info.get("error").filter(|error| error.is_object());
    match error.map(|error| text(error, "/name")) {
        Some(Some(BROKEN_OFF)) => Some(Said::Interrupted),
        Some(name) => {
            let message = text(info, "/error/data/message").or(name).unwrap_or_default().to_owned();
            Some(Said::TurnFailed { class: opencode_failure(info), message })
        }
        None => is_over(id, info, before).then(|| Said::TurnEnded { text: before.words.clone() }),
    }
}

/// Its loop goes on as long as tools were asked for, whatever the provider calls that, and as long as the newest prompt is not the
/// one that was answered (its code).
fn is_over(id: &str, info: &Value, before: &Before) -> bool {
    let is_last = text(info, "/finish").is_some_and(|finish| !GOES_ON.contains(&finish));
    let answers_newest = match (text(info, "/parentID"), &before.prompt) {
        (Some(parent), Some(newest)) => parent == newest,
        _ => true,
    };
    is_last && answers_newest && before.uses_tools.as_deref() != Some(id)
}

fn said_in(part: &Value, before: &mut Before) -> Option<Said> {
    match text(part, "/type")? {
        "text" => words(part, before),
        "tool" => tool(part, before),
        _ => None,
    }
}

/// A prompt, or words of an answer. What the program puts before the model by itself is neither.
fn words(part: &Value, before: &mut Before) -> Option<Said> {
    let words = text(part, "/text")?.to_owned();
    let is_its_own = ["synthetic", "ignored"].iter().any(|mark| part.get(mark) == Some(&Value::Bool(true)));
    let message = before.prompt.clone().filter(|newest| text(part, "/messageID") == Some(newest.as_str()));
    let Some(message) = message else {
        before.words = Some(words);
        return None;
    };
    let id = text(part, "/id").map(str::to_owned);
    let prompt = |stage| SeenPrompt { id, text: words, stage };
    match (is_its_own, before.is_answering) {
        (true, _) => None,
        (false, false) => Some(Said::Prompt(prompt(SeenStage::TakenUp))),
        (false, true) => {
            let prompt = prompt(SeenStage::Queued);
            if before.waiting.len() < MOST_WAITING {
                before.waiting.push((message, prompt.clone()));
            }
            Some(Said::Prompt(prompt))
        }
    }
}

fn tool(part: &Value, before: &mut Before) -> Option<Said> {
    let call = text(part, "/callID")?.to_owned();
    if part.pointer("/metadata/providerExecuted") != Some(&Value::Bool(true)) {
        before.uses_tools = text(part, "/messageID").map(str::to_owned);
    }
    match text(part, "/state/status")? {
        "running" => {
            let summary = part.pointer("/state/input").map(tool_summary).unwrap_or_default();
            let tool = text(part, "/tool")?.to_owned();
            let edits = part.pointer("/state/input").map(|input| edits(&tool, input)).unwrap_or_default();
            Some(Said::ToolOpened { call, tool, summary, edits })
        }
        "completed" => Some(Said::ToolClosed { call, outcome: ToolOutcome::Done }),
        "error" => Some(Said::ToolClosed { call, outcome: ToolOutcome::Failed }),
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
            Said::ToolOpened {
                call: call(),
                tool: "bash".to_owned(),
                summary: "ls".to_owned(),
                edits: vec![],
            },
            Said::ToolClosed { call: call(), outcome: ToolOutcome::Done },
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

    fn user(id: &str) -> String {
        let info = serde_json::json!({"id": id, "role": "user", "time": {"created": 1}});
        serde_json::json!({"type": "message.updated.1", "data": {"info": info}}).to_string()
    }

    fn words_of(message: &str, words: &str) -> String {
        let part = serde_json::json!({"messageID": message, "type": "text", "text": words});
        serde_json::json!({"type": "message.part.updated.1", "data": {"part": part, "time": 1}}).to_string()
    }

    /// An answer as it is begun, and as it ends.
    fn answer(id: &str, parent: &str, finish: &str) -> [String; 2] {
        let line = |more: Value| {
            let mut info = serde_json::json!({"id": id, "role": "assistant", "parentID": parent});
            info.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            serde_json::json!({"type": "message.updated.1", "data": {"info": info}}).to_string()
        };
        [
            line(serde_json::json!({"time": {"created": 2}})),
            line(serde_json::json!({"time": {"created": 2, "completed": 3}, "finish": finish})),
        ]
    }

    fn says<'a>(lines: impl IntoIterator<Item = &'a String>) -> Vec<String> {
        let told = |entry: Entry| match entry.says {
            Said::Prompt(prompt) => format!("{:?}: {}", prompt.stage, prompt.text),
            Said::TurnEnded { text } => format!("over: {}", text.unwrap_or_default()),
            other => format!("{other:?}"),
        };
        let record: String = lines.into_iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        entries(&record).into_iter().map(told).collect()
    }

    /// Its loop answers what came meanwhile before it rests (its code).
    #[test]
    fn while_a_prompt_waits_the_end_of_an_answer_is_no_end_of_the_turn() {
        let ([begun, ended], [next, last]) = (answer("m2", "m1", "stop"), answer("m5", "m4", "stop"));
        let (first, second, third) = (user("m1"), user("m3"), user("m4"));
        let (one, two, three) = (words_of("m1", "one"), words_of("m3", "two"), words_of("m4", "three"));
        let (done, and_done) = (words_of("m2", "Done."), words_of("m5", "And done."));
        let lines =
            [&first, &one, &begun, &second, &two, &done, &third, &three, &ended, &next, &and_done, &last];
        let expected = [
            "TakenUp: one",
            "Queued: two",
            "Queued: three",
            "TakenUp: two",
            "TakenUp: three",
            "over: And done.",
        ];
        assert_eq!(says(lines), expected);
        // A turn that was broken off is over all the same, and what waited is read with the next prompt.
        let broken_off = ended.replace(r#""finish":"stop""#, r#""error":{"name":"MessageAbortedError"}"#);
        let lines = [&first, &one, &begun, &second, &two, &broken_off, &third, &three, &next, &last];
        let expected =
            ["TakenUp: one", "Queued: two", "Interrupted", "TakenUp: three", "TakenUp: two", "over: "];
        assert_eq!(says(lines), expected);
    }

    /// Some providers call it a stop all the same (its code).
    #[test]
    fn an_answer_that_uses_tools_goes_on_whatever_its_end_is_called() {
        let part = |more: &str| {
            format!(
                r#"{{"type":"message.part.updated.1","data":{{"part":{{"messageID":"m2","type":"tool","callID":"c","tool":"bash","state":{{"status":"completed"}}{more}}},"time":1}}}}"#
            )
        };
        let ([begun, ended], first) = (answer("m2", "m1", "stop"), user("m1"));
        let closed = "ToolClosed { call: \"c\", outcome: Done }";
        assert_eq!(says([&first, &begun, &part(""), &ended]), [closed]);
        let by_provider = part(r#","metadata":{"providerExecuted":true}"#);
        assert_eq!(says([&first, &begun, &by_provider, &ended]), [closed, "over: "]);
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
