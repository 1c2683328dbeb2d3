//! Claude Code's control protocol, 2.1.197.

use serde_json::Value;
use serde_json::json;

use super::Answer;
use super::Request;

pub(super) fn initialize(key: &str) -> String {
    let request = json!({"subtype": "initialize", "hooks": null});
    json!({"type": "control_request", "request_id": key, "request": request}).to_string()
}

/// Repeated with its id when it was read (`--replay-user-messages`; the id must be a UUID).
pub(super) fn prompt(id: &str, text: &str) -> String {
    json!({
        "type": "user",
        "uuid": id,
        "message": {"role": "user", "content": [{"type": "text", "text": text}]},
        "parent_tool_use_id": null,
        "session_id": "",
    })
    .to_string()
}

/// Answered at once; the turn then ends with a result that says so.
pub(super) fn interrupt(key: &str) -> String {
    json!({"type": "control_request", "request_id": key, "request": {"subtype": "interrupt"}}).to_string()
}

pub(super) fn answer(asked: &Request<'_>, answer: &Answer) -> String {
    let request = asked.request;
    let response = match decision(asked.input, answer) {
        Some(decision) => json!({"subtype": "success", "request_id": request, "response": decision}),
        None => json!({"subtype": "error", "request_id": request, "error": "not supported by this client"}),
    };
    json!({"type": "control_response", "response": response}).to_string()
}

fn decision(input: &Value, answer: &Answer) -> Option<Value> {
    match answer {
        Answer::Allow => Some(json!({"behavior": "allow", "updatedInput": input})),
        Answer::Deny { reason } => Some(json!({"behavior": "deny", "message": reason})),
        Answer::Choices { answers } => {
            let mut input = input.clone();
            // By the question's text; of several that were chosen it makes one text (2.1.197).
            let answers: serde_json::Map<String, Value> =
                answers.iter().map(|reply| (reply.question.clone(), reply.words.join(", ").into())).collect();
            if let Some(fields) = input.as_object_mut() {
                fields.insert("answers".to_owned(), Value::Object(answers));
            }
            Some(json!({"behavior": "allow", "updatedInput": input}))
        }
        Answer::Unsupported => None,
    }
}

#[cfg(test)]
mod tests {
    use owt_core::question::Reply;

    use super::*;

    fn parsed(line: &str) -> Value {
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn the_frames_are_those_of_the_recorded_session() {
        let frame = parsed(&initialize("k"));
        assert_eq!(frame["request"], json!({"subtype": "initialize", "hooks": null}));
        let input = json!({"command": "touch touched.txt"});
        let asked = |request| Request { request, input: &input };
        assert_eq!(
            parsed(&answer(&asked("r1"), &Answer::Allow)),
            json!({"type": "control_response", "response": {"subtype": "success", "request_id": "r1",
                "response": {"behavior": "allow", "updatedInput": input}}})
        );
        let deny = parsed(&answer(&asked("r2"), &Answer::Deny { reason: "no".to_owned() }));
        assert_eq!(deny["response"]["response"], json!({"behavior": "deny", "message": "no"}));
    }

    #[test]
    fn answers_to_questions_keep_the_question() {
        let input = json!({"questions": [{"question": "Which colour?"}, {"question": "Which sizes?"}]});
        let reply = |question: &str, words: &[&str]| Reply {
            question: question.to_owned(),
            words: words.iter().map(|words| (*words).to_owned()).collect(),
        };
        let answers = vec![reply("Which colour?", &["Red"]), reply("Which sizes?", &["S", "L"])];
        let line = parsed(&answer(&Request { request: "r", input: &input }, &Answer::Choices { answers }));
        let updated = &line["response"]["response"]["updatedInput"];
        assert_eq!(updated["answers"], json!({"Which colour?": "Red", "Which sizes?": "S, L"}));
        assert_eq!(updated["questions"][0]["question"], "Which colour?");
    }
}
