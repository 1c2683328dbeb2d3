//! `codex app-server`: JSON-RPC in lines, without the member `jsonrpc`; read from version 0.169.0 and its own
//! `generate-json-schema`. Sandbox, approvals, model and instructions come by command line (`-c`).
//!
//! Ids of ours are texts; those of its requests may be numbers, so that a request is named by its id as JSON. A decision
//! has no room for a reason: that goes into the turn by `turn/steer` before it.

use owt_core::question::Reply;
use serde_json::Value;
use serde_json::json;

use super::Answer;
use super::Frame;
use super::Opening;
use super::Request;

/// The id of the frame that begins or takes up the thread: its answer names it.
pub(crate) const THREAD: &str = "owt-thread";

/// JSON-RPC 2.0, section 5.1: the method does not exist or is not available.
const METHOD_NOT_FOUND: i64 = -32601;

pub(super) fn initialize(key: &str) -> String {
    // The capability lets `turn/start` carry an id of ours, which the echo of the message repeats.
    let params = json!({
        "clientInfo": {"name": "owt", "title": "Open Orchestrator", "version": env!("CARGO_PKG_VERSION")},
        "capabilities": {"experimentalApi": true},
    });
    json!({"id": key, "method": "initialize", "params": params}).to_string()
}

/// What follows on the answer to the first frame.
pub(super) fn open(opening: &Opening<'_>) -> Vec<Frame> {
    let initialized =
        Frame { key: "owt-initialized".to_owned(), line: json!({"method": "initialized"}).to_string() };
    let mut params = opening.members.clone();
    params.insert("cwd".to_owned(), opening.directory.as_str().into());
    let method = match opening.resumes {
        Some(thread) => {
            params.insert("threadId".to_owned(), thread.into());
            params.insert("excludeTurns".to_owned(), true.into());
            "thread/resume"
        }
        None => "thread/start",
    };
    let line = json!({"id": THREAD, "method": method, "params": params}).to_string();
    vec![initialized, Frame { key: THREAD.to_owned(), line }]
}

pub(super) fn prompt(id: &str, thread: &str, text: &str) -> String {
    let input = json!([{"type": "text", "text": text}]);
    let params = json!({"threadId": thread, "clientUserMessageId": id, "input": input});
    json!({"id": format!("owt-turn-{id}"), "method": "turn/start", "params": params}).to_string()
}

/// The turn then completes as interrupted; requests that are open are resolved by the program.
pub(super) fn interrupt(key: &str, thread: &str, turn: &str) -> String {
    let params = json!({"threadId": thread, "turnId": turn});
    json!({"id": key, "method": "turn/interrupt", "params": params}).to_string()
}

/// Words for the turn that runs: the model reads them with what comes of the request that it waits for.
pub(super) fn steer(key: &str, thread: &str, turn: &str, words: &str) -> String {
    let input = json!([{"type": "text", "text": words}]);
    let params =
        json!({"threadId": thread, "expectedTurnId": turn, "clientUserMessageId": key, "input": input});
    json!({"id": key, "method": "turn/steer", "params": params}).to_string()
}

pub(super) fn answer(request: &Request<'_>, answer: &Answer) -> String {
    let id = request.id();
    match answer {
        Answer::Allow => json!({"id": id, "result": {"decision": "accept"}}),
        // A question that nobody answers: why goes into the turn.
        Answer::Deny { .. } if request.input.get("questions").is_some() => {
            json!({"id": id, "result": {"answers": {}}})
        }
        Answer::Deny { .. } => json!({"id": id, "result": {"decision": "decline"}}),
        Answer::Choices { answers } => {
            json!({"id": id, "result": {"answers": choices(request.input, answers)}})
        }
        Answer::Unsupported => {
            let error = json!({"code": METHOD_NOT_FOUND, "message": "not supported by this client"});
            json!({"id": id, "error": error})
        }
    }
    .to_string()
}

/// Answers by the ids of the questions, in whose order they are.
fn choices(input: &Value, answers: &[Reply]) -> Value {
    let questions = input.get("questions").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let by_id = questions.iter().zip(answers).filter_map(|(question, reply)| {
        let id = question.get("id")?.as_str()?;
        Some((id.to_owned(), json!({"answers": reply.words})))
    });
    Value::Object(by_id.collect())
}

#[cfg(test)]
mod tests {
    use owt_core::AbsPath;

    use super::*;

    fn parsed(line: &str) -> Value {
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn a_thread_begins_or_is_taken_up_where_the_agent_works() {
        let directory = AbsPath::new("/w").unwrap();
        let members = json!({"approvalPolicy": "untrusted"}).as_object().unwrap().clone();
        let method = |resumes| {
            let frames = open(&Opening { directory: &directory, resumes, members: &members });
            assert_eq!(parsed(&frames[0].line), json!({"method": "initialized"}));
            parsed(&frames[1].line)
        };
        let params = json!({"cwd": "/w", "approvalPolicy": "untrusted"});
        assert_eq!(method(None), json!({"id": THREAD, "method": "thread/start", "params": params}));
        assert_eq!(method(Some("t"))["params"]["threadId"], "t");
    }

    #[test]
    fn a_request_is_answered_under_its_own_id_whatever_its_type() {
        let answer = |request, said: &Answer| answer(&Request { request, input: &Value::Null }, said);
        let allow = Answer::Allow;
        assert_eq!(parsed(&answer("0", &allow)), json!({"id": 0, "result": {"decision": "accept"}}));
        assert_eq!(parsed(&answer("\"a\"", &allow))["id"], "a");
        let deny = Answer::Deny { reason: "no".to_owned() };
        assert_eq!(parsed(&answer("1", &deny))["result"], json!({"decision": "decline"}));
        assert_eq!(parsed(&answer("2", &Answer::Unsupported))["error"]["code"], METHOD_NOT_FOUND);
    }

    #[test]
    fn words_go_to_the_questions_they_answer() {
        let input =
            json!({"questions": [{"id": "a", "question": "Which?"}, {"id": "b", "question": "Why?"}]});
        let request = Request { request: "0", input: &input };
        let reply = |question: &str, words: &str| Reply {
            question: question.to_owned(),
            words: vec![words.to_owned()],
        };
        let answers = vec![reply("Which?", "Red"), reply("Why?", "So")];
        let result = parsed(&answer(&request, &Answer::Choices { answers }));
        let expected = json!({"a": {"answers": ["Red"]}, "b": {"answers": ["So"]}});
        assert_eq!(result["result"]["answers"], expected);
        let refused = parsed(&answer(&request, &Answer::Deny { reason: "no".to_owned() }));
        assert_eq!(refused["result"], json!({"answers": {}}));
    }
}
