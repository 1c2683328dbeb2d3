//! The built-in demo agent's protocol (`owt demo-agent --input jsonl`).

use serde_json::json;

use super::Answer;
use super::Request;

pub(super) fn hello(key: &str) -> String {
    json!({"type": "hello", "request_id": key}).to_string()
}

pub(super) fn prompt(id: &str, text: &str) -> String {
    json!({"type": "prompt", "id": id, "text": text}).to_string()
}

pub(super) fn interrupt(key: &str) -> String {
    json!({"type": "interrupt", "request_id": key}).to_string()
}

pub(super) fn answer(request: &Request<'_>, answer: &Answer) -> String {
    let (allow, text) = match answer {
        Answer::Allow => (true, String::new()),
        Answer::Deny { reason } => (false, reason.clone()),
        Answer::Choices { answers } => {
            (true, answers.iter().map(|reply| reply.words.join(", ")).collect::<Vec<_>>().join("\n"))
        }
        Answer::Unsupported => (false, "not supported by this client".to_owned()),
    };
    json!({"type": "answer", "request_id": request.request, "allow": allow, "text": text}).to_string()
}
