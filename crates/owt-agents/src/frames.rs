//! Frames of the machine protocols that we speak: JSON lines for an agent's standard input, without the newline.
//! Must not know when they are sent.

use serde_json::Value;
use serde_json::json;

use crate::manifest::OutputFormat;

/// A machine protocol on standard input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Claude Code's control protocol (`--input-format stream-json --permission-prompt-tool stdio`), 2.1.197.
    ClaudeControl,
    /// The demo agent's (`owt demo-agent --input jsonl`).
    Demo,
}

/// One frame, and the key that makes it unique within its attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The key; also the frame's own id where the protocol has one.
    pub key: String,
    /// The line.
    pub line: String,
}

/// The answer to a request of an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The tool may be used with this input (the request's own, unless the person changed it).
    Allow {
        /// The tool's whole input.
        input: Value,
    },
    /// It may not; the model reads why.
    Deny {
        /// Why.
        reason: String,
    },
    /// The person's words for each question, in order.
    Choices {
        /// The input of the question.
        input: Value,
        /// Question and answer.
        answers: Vec<(String, String)>,
    },
    /// Nobody here can answer this kind of request.
    Unsupported,
}

impl Protocol {
    /// The protocol that goes with an output format, if any.
    pub fn of(format: OutputFormat) -> Option<Self> {
        match format {
            OutputFormat::ClaudeStreamJson => Some(Self::ClaudeControl),
            OutputFormat::DemoJsonl => Some(Self::Demo),
            _ => None,
        }
    }

    /// What is said first, before any prompt; its answer shows that the program is ready.
    pub fn first_frame(self) -> Frame {
        let key = "owt-initialize".to_owned();
        let line = match self {
            Self::ClaudeControl => control(&key, &json!({"subtype": "initialize", "hooks": null})),
            Self::Demo => json!({"type": "hello", "request_id": key}).to_string(),
        };
        Frame { key, line }
    }

    /// A prompt. The program repeats `id` when it has read it (Claude Code: `--replay-user-messages`, and the id
    /// must be a UUID).
    pub fn prompt(self, id: &str, text: &str) -> String {
        match self {
            Self::ClaudeControl => json!({
                "type": "user",
                "uuid": id,
                "message": {"role": "user", "content": [{"type": "text", "text": text}]},
                "parent_tool_use_id": null,
                "session_id": "",
            })
            .to_string(),
            Self::Demo => json!({"type": "prompt", "id": id, "text": text}).to_string(),
        }
    }

    /// The answer to a request.
    pub fn answer(self, request: &str, answer: &Answer) -> String {
        match self {
            Self::ClaudeControl => claude_answer(request, answer),
            Self::Demo => demo_answer(request, answer),
        }
    }

    /// Stop this turn, keep the conversation. `id` makes the frame unique.
    pub fn interrupt(self, id: &str) -> Frame {
        let line = match self {
            Self::ClaudeControl => control(id, &json!({"subtype": "interrupt"})),
            Self::Demo => json!({"type": "interrupt", "request_id": id}).to_string(),
        };
        Frame { key: id.to_owned(), line }
    }
}

fn control(request: &str, body: &Value) -> String {
    json!({"type": "control_request", "request_id": request, "request": body}).to_string()
}

fn claude_answer(request: &str, answer: &Answer) -> String {
    let body = match answer {
        Answer::Allow { input } => json!({"behavior": "allow", "updatedInput": input}),
        Answer::Deny { reason } => json!({"behavior": "deny", "message": reason}),
        Answer::Choices { input, answers } => {
            let mut input = input.clone();
            let answers: serde_json::Map<String, Value> =
                answers.iter().map(|(question, answer)| (question.clone(), answer.clone().into())).collect();
            if let Some(fields) = input.as_object_mut() {
                fields.insert("answers".to_owned(), Value::Object(answers));
            }
            json!({"behavior": "allow", "updatedInput": input})
        }
        Answer::Unsupported => {
            return json!({"type": "control_response", "response": {
                "subtype": "error", "request_id": request, "error": "not supported by this client"}})
            .to_string();
        }
    };
    json!({"type": "control_response", "response": {
        "subtype": "success", "request_id": request, "response": body}})
    .to_string()
}

fn demo_answer(request: &str, answer: &Answer) -> String {
    let (allow, text) = match answer {
        Answer::Allow { .. } => (true, String::new()),
        Answer::Deny { reason } => (false, reason.clone()),
        Answer::Choices { answers, .. } => {
            (true, answers.iter().map(|(_, answer)| answer.as_str()).collect::<Vec<_>>().join("\n"))
        }
        Answer::Unsupported => (false, "not supported by this client".to_owned()),
    };
    json!({"type": "answer", "request_id": request, "allow": allow, "text": text}).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_control_frames_are_those_of_the_recorded_session() {
        let protocol = Protocol::ClaudeControl;
        let frame: Value = serde_json::from_str(&protocol.first_frame().line).unwrap();
        assert_eq!(frame["request"], json!({"subtype": "initialize", "hooks": null}));
        let input = json!({"command": "touch touched.txt"});
        let allow = protocol.answer("r1", &Answer::Allow { input: input.clone() });
        assert_eq!(
            serde_json::from_str::<Value>(&allow).unwrap(),
            json!({"type": "control_response", "response": {"subtype": "success", "request_id": "r1",
                "response": {"behavior": "allow", "updatedInput": input}}})
        );
        let deny = protocol.answer("r2", &Answer::Deny { reason: "no".to_owned() });
        assert_eq!(
            serde_json::from_str::<Value>(&deny).unwrap()["response"]["response"],
            json!({"behavior": "deny", "message": "no"})
        );
        let interrupt: Value = serde_json::from_str(&protocol.interrupt("r9").line).unwrap();
        assert_eq!(
            interrupt,
            json!({"type": "control_request", "request_id": "r9", "request": {"subtype": "interrupt"}})
        );
    }

    #[test]
    fn answers_to_questions_keep_the_question() {
        let input = json!({"questions": [{"question": "Which colour?"}]});
        let answers = vec![("Which colour?".to_owned(), "Red".to_owned())];
        let line = Protocol::ClaudeControl.answer("r", &Answer::Choices { input, answers });
        let updated = &serde_json::from_str::<Value>(&line).unwrap()["response"]["response"]["updatedInput"];
        assert_eq!(updated["answers"], json!({"Which colour?": "Red"}));
        assert_eq!(updated["questions"][0]["question"], "Which colour?");
    }

    proptest! {
        #[test]
        fn any_prompt_is_one_line_and_comes_back_whole(text in "(.|\n|\r|\"|\\\\|\u{2028}|\x1b)*") {
            for protocol in [Protocol::ClaudeControl, Protocol::Demo] {
                let line = protocol.prompt("7", &text);
                prop_assert!(!line.contains('\n') && !line.contains('\r'));
                let value: Value = serde_json::from_str(&line).unwrap();
                let back = value.pointer("/message/content/0/text").or_else(|| value.get("text"));
                prop_assert_eq!(back.and_then(Value::as_str), Some(text.as_str()));
            }
        }
    }
}
