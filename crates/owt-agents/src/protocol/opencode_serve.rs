//! `opencode serve`: HTTP and a stream of events, which `owt http-bridge` carries as lines; read from version 1.18.33: its
//! `/doc`, its code, and recorded runs.
//!
//! Each line asks for one path, and its answer has the line's id. What a prompt comes to is told by events alone.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Answer;
use super::Frame;
use super::Opening;
use super::PromptFrame;
use super::Request;

/// The id of the frame that begins or takes up the session: its answer names it.
pub(crate) const SESSION: &str = "owt-session";
/// What ids of prompts begin with; the message's own follows.
pub(crate) const PROMPT: &str = "owt-prompt-";

/// Answered as soon as it serves.
pub(super) fn health(key: &str) -> String {
    get(key, "/global/health")
}

/// What follows on the answer to the first frame. A session that is not there is answered with 404.
pub(super) fn open(opening: &Opening<'_>) -> Vec<Frame> {
    let line = match opening.resumes {
        Some(session) => get(SESSION, &format!("/session/{session}")),
        None => post(SESSION, "/session", &json!({})),
    };
    vec![Frame { key: SESSION.to_owned(), line }]
}

/// Answered with 204 when it was taken, before anything was done with it. The message is then repeated under our id.
pub(super) fn prompt(prompt: &PromptFrame<'_>, session: &str) -> String {
    let mut body = Map::new();
    body.insert("messageID".to_owned(), message_id(prompt.id).into());
    body.insert("parts".to_owned(), json!([{"type": "text", "text": prompt.text}]));
    if let Some(model) = prompt.model {
        // Its own way to read `--model`: up to the first slash it is the provider.
        let (provider, model) = model.split_once('/').unwrap_or((model, ""));
        body.insert("model".to_owned(), json!({"providerID": provider, "modelID": model}));
    }
    let path = format!("/session/{session}/prompt_async");
    post(&format!("{PROMPT}{}", prompt.id), &path, &Value::Object(body))
}

/// What is asked in its turn, and in those of its helpers, is gone with it.
pub(super) fn abort(key: &str, session: &str) -> String {
    post(key, &format!("/session/{session}/abort"), &json!({}))
}

/// A refusal without a message would end the turn; one with it reaches the model. A question is refused without a word,
/// and ends the turn.
pub(super) fn answer(asked: &Request<'_>, answer: &Answer) -> String {
    let request = asked.request;
    let about = |what: &str, body: &Value| post(&format!("owt-answer-{request}"), what, body);
    let permission = format!("/permission/{request}/reply");
    let is_question = asked.input.get("questions").is_some();
    match answer {
        Answer::Allow => about(&permission, &json!({"reply": "once"})),
        Answer::Deny { .. } | Answer::Unsupported if is_question => {
            about(&format!("/question/{request}/reject"), &json!({}))
        }
        Answer::Deny { reason } => about(&permission, &json!({"reply": "reject", "message": reason})),
        Answer::Unsupported => about(&permission, &json!({"reply": "reject"})),
        Answer::Choices { answers } => {
            let answers: Vec<&[String]> = answers.iter().map(|reply| reply.words.as_slice()).collect();
            about(&format!("/question/{request}/reply"), &json!({"answers": answers}))
        }
    }
}

/// The id of a message, from ours, which is a UUID whose first 48 bits are milliseconds.
///
/// Where two messages of one moment are to be put in order it is by their ids, and its terminal sorts by them alone: they
/// ascend with time, the lower 36 bits of milliseconds in the first nine digits and a count in the next three. Ours has the
/// whole UUID behind them, to be known again.
pub(crate) fn message_id(prompt: &str) -> String {
    let digits: String = prompt.chars().filter(|c| *c != '-').collect();
    let time = (digits.len() == UUID_DIGITS).then(|| u128::from_str_radix(&digits, 16).ok()).flatten();
    match time {
        Some(bits) => format!("msg_{:09x}000{digits}", (bits >> 80) & 0xf_ffff_ffff),
        None => format!("msg_{prompt}"),
    }
}

/// The digits of a UUID.
const UUID_DIGITS: usize = 32;

/// The prompt whose id this message has; `None` where the message is not ours.
pub(crate) fn prompt_of(message: &str) -> Option<String> {
    let digits = message.strip_prefix("msg_")?.get(12..)?;
    if digits.len() != UUID_DIGITS || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|group| &digits[group]);
    Some(groups.join("-"))
}

fn get(id: &str, path: &str) -> String {
    json!({"id": id, "method": "GET", "path": path}).to_string()
}

fn post(id: &str, path: &str, body: &Value) -> String {
    json!({"id": id, "method": "POST", "path": path, "body": body}).to_string()
}

#[cfg(test)]
mod tests {
    use owt_core::AbsPath;
    use owt_core::question::Reply;

    use super::*;

    const PROMPT_ID: &str = "01a1b2c3-d4e5-7f00-8123-456789abcdef";

    fn parsed(line: &str) -> Value {
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn a_session_begins_or_is_looked_for() {
        let directory = AbsPath::new("/w").unwrap();
        let line = |resumes| {
            let opening = Opening { directory: &directory, resumes, members: &Map::new() };
            parsed(&open(&opening)[0].line)
        };
        assert_eq!(line(None), json!({"id": SESSION, "method": "POST", "path": "/session", "body": {}}));
        assert_eq!(line(Some("ses_1")), json!({"id": SESSION, "method": "GET", "path": "/session/ses_1"}));
    }

    #[test]
    fn a_prompt_has_an_id_by_which_it_is_known_again_and_which_ascends() {
        let said = |model| {
            let frame = PromptFrame { id: PROMPT_ID, conversation: Some("ses_1"), text: "Do", model };
            parsed(&prompt(&frame, "ses_1"))
        };
        let line = said(Some("lab/a/b"));
        assert_eq!(line["path"], "/session/ses_1/prompt_async");
        assert_eq!(line["body"]["parts"], json!([{"type": "text", "text": "Do"}]));
        assert_eq!(line["body"]["model"], json!({"providerID": "lab", "modelID": "a/b"}));
        assert_eq!(said(None)["body"].get("model"), None);
        let message = line["body"]["messageID"].as_str().unwrap();
        assert_eq!(prompt_of(message).as_deref(), Some(PROMPT_ID));
        // 0x01a1b2c3d4e5 ms, without the upper bits, before one of the next millisecond that it has made itself.
        assert!(
            message.starts_with("msg_1b2c3d4e5000") && message < "msg_1b2c3d4e6001fQm20p23lKWmUX",
            "{message}"
        );
        for other in ["msg_1fc3ef2d6001fQm20p23lKWmUX", "msg_7", "msg_", "x", "msg_äääääääääää"] {
            assert_eq!(prompt_of(other), None, "{other}");
        }
    }

    #[test]
    fn requests_are_answered_where_they_belong() {
        let permission = json!({"id": "per_1", "permission": "bash"});
        let question = json!({"id": "que_1", "questions": [{"question": "Which?"}]});
        let said = |input: &Value, given: &Answer| {
            let request = input["id"].as_str().unwrap();
            let line = parsed(&answer(&Request { request, input }, given));
            (line["path"].as_str().unwrap().to_owned(), line["body"].clone())
        };
        let deny = Answer::Deny { reason: "not that".to_owned() };
        let path = "/permission/per_1/reply".to_owned();
        assert_eq!(said(&permission, &Answer::Allow), (path.clone(), json!({"reply": "once"})));
        assert_eq!(said(&permission, &deny), (path, json!({"reply": "reject", "message": "not that"})));
        assert_eq!(said(&question, &deny), ("/question/que_1/reject".to_owned(), json!({})));
        let words = ["S", "L"].map(str::to_owned).to_vec();
        let answers = vec![Reply { question: "Which?".to_owned(), words }];
        let replied = said(&question, &Answer::Choices { answers });
        assert_eq!(replied, ("/question/que_1/reply".to_owned(), json!({"answers": [["S", "L"]]})));
    }
}
