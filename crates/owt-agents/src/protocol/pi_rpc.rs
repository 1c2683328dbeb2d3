//! Pi's RPC mode (`pi --mode rpc`): commands and responses in lines; read from its documentation (docs/rpc.md) and its
//! code, 0.74.2.
//!
//! It has no permissions: its tools just run. What it asks for comes from the person's extensions, and is answered as
//! those of its terminal are.

use serde_json::Value;
use serde_json::json;

use super::Answer;
use super::Request;

/// What ids of prompts begin with; the message's own follows.
pub(crate) const PROMPT: &str = "owt-prompt-";

/// Names the conversation and the model, and shows that commands are taken.
pub(super) fn get_state(key: &str) -> String {
    json!({"id": key, "type": "get_state"}).to_string()
}

/// Answered when it was taken, or refused before anything was done with it.
pub(super) fn prompt(id: &str, text: &str) -> String {
    json!({"id": format!("{PROMPT}{id}"), "type": "prompt", "message": text}).to_string()
}

/// Words into the turn that runs: the model reads them with what its tools have come to.
pub(super) fn steer(key: &str, text: &str) -> String {
    json!({"id": key, "type": "steer", "message": text}).to_string()
}

/// Answered when the turn is over.
pub(super) fn abort(key: &str) -> String {
    json!({"id": key, "type": "abort"}).to_string()
}

pub(super) fn answer(request: &Request<'_>, answer: &Answer) -> String {
    let id = request.request;
    let confirms = request.input.get("method").and_then(Value::as_str) == Some("confirm");
    match answer {
        Answer::Allow => json!({"type": "extension_ui_response", "id": id, "confirmed": true}),
        Answer::Deny { .. } if confirms => {
            json!({"type": "extension_ui_response", "id": id, "confirmed": false})
        }
        Answer::Choices { answers } => {
            let words = answers.first().map(|reply| reply.words.join(", ")).unwrap_or_default();
            json!({"type": "extension_ui_response", "id": id, "value": words})
        }
        Answer::Deny { .. } | Answer::Unsupported => {
            json!({"type": "extension_ui_response", "id": id, "cancelled": true})
        }
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use owt_core::question::Reply;

    use super::*;

    #[test]
    fn the_reason_for_a_refusal_goes_into_the_turn_that_waits_for_the_answer() {
        let line: Value = serde_json::from_str(&steer("reason-u-1", "not that file")).unwrap();
        assert_eq!(line, json!({"id": "reason-u-1", "type": "steer", "message": "not that file"}));
    }

    #[test]
    fn dialogs_of_extensions_are_answered_as_they_want_it() {
        let said = |method: &str, answer_with: &Answer| -> Value {
            let input = json!({"method": method});
            serde_json::from_str(&answer(&Request { request: "u-1", input: &input }, answer_with)).unwrap()
        };
        let deny = Answer::Deny { reason: "no".to_owned() };
        let reply = Reply { question: "Which?".to_owned(), words: vec!["red".to_owned()] };
        let choices = Answer::Choices { answers: vec![reply] };
        assert_eq!(said("confirm", &Answer::Allow)["confirmed"], true);
        assert_eq!(said("confirm", &deny)["confirmed"], false);
        assert_eq!(said("select", &choices)["value"], "red");
        for given_up in [said("select", &deny), said("editor", &Answer::Unsupported)] {
            assert_eq!(given_up, json!({"type": "extension_ui_response", "id": "u-1", "cancelled": true}));
        }
    }
}
