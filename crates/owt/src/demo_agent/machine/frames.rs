//! Frames of the demo agent's protocol (`owt_agents::protocol`), read from bytes in any portions.

use serde_json::Value;

use crate::demo_agent::face::Assignment;
use crate::demo_agent::face::Reply;

/// The longest line, in bytes: a prompt of the largest size, every letter of it escaped.
const MAX_LINE: usize = 16 * 1024 * 1024;

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Frame {
    Hello { request: String },
    Prompt(Assignment),
    Answer { request: String, reply: Reply },
    Interrupt { request: String },
    NotUnderstood { why: String },
}

/// Bytes on their way to being frames.
#[derive(Debug, Default)]
pub(super) struct Frames {
    partial: Vec<u8>,
    /// The line is too long, and is being skipped.
    skipping: bool,
}

impl Frames {
    /// The frames that these bytes complete.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Frame> {
        let mut frames = Vec::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.partial.extend_from_slice(part);
            let complete = part.ends_with(b"\n");
            if self.partial.len() > MAX_LINE {
                self.skipping = true;
                self.partial.clear();
            }
            if complete {
                let line = std::mem::take(&mut self.partial);
                frames.extend(match std::mem::take(&mut self.skipping) {
                    true => Some(not_understood("a line is too long")),
                    false => read(&line),
                });
            }
        }
        frames
    }
}

fn not_understood(why: &str) -> Frame {
    Frame::NotUnderstood { why: why.to_owned() }
}

/// `None` for a blank line.
fn read(line: &[u8]) -> Option<Frame> {
    if line.trim_ascii().is_empty() {
        return None;
    }
    let Ok(value) = serde_json::from_slice::<Value>(line) else {
        return Some(not_understood("a line is no JSON"));
    };
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let frame = match text("type").as_deref() {
        Some("hello") => text("request_id").map(|request| Frame::Hello { request }),
        Some("prompt") => {
            text("text").map(|prompt| Frame::Prompt(Assignment { id: text("id"), text: prompt }))
        }
        Some("answer") => text("request_id").map(|request| {
            let words = text("text").unwrap_or_default();
            let reply = if value["allow"] == true { Reply::Yes(words) } else { Reply::No(words) };
            Frame::Answer { request, reply }
        }),
        Some("interrupt") => text("request_id").map(|request| Frame::Interrupt { request }),
        _ => None,
    };
    Some(frame.unwrap_or_else(|| not_understood("a line is no frame: hello, prompt, answer, interrupt")))
}

#[cfg(test)]
mod tests {
    use owt_agents::protocol::Answer;
    use owt_agents::protocol::PromptFrame;
    use owt_agents::protocol::Protocol;
    use owt_agents::protocol::Request;
    use proptest::prelude::*;

    use super::*;

    fn frame(line: &str) -> Vec<Frame> {
        Frames::default().feed(format!("{line}\n").as_bytes())
    }

    #[test]
    fn every_frame_that_is_sent_to_demo_agents_is_understood() {
        let protocol = Protocol::Demo;
        let first = protocol.first_frame();
        assert_eq!(frame(&first.line), [Frame::Hello { request: first.key }]);
        let prompt = PromptFrame { id: "u-1", conversation: None, text: "do\nit", model: None };
        let assignment = Assignment { id: Some("u-1".to_owned()), text: "do\nit".to_owned() };
        assert_eq!(frame(&protocol.prompt(&prompt).unwrap()), [Frame::Prompt(assignment)]);
        let interrupt = r#"{"type":"interrupt","request_id":"i-1"}"#;
        assert_eq!(frame(interrupt), [Frame::Interrupt { request: "i-1".to_owned() }]);
        let choices = vec![owt_core::question::Reply {
            question: "Which?".to_owned(),
            words: vec!["the red one".to_owned()],
        }];
        for (answer, reply) in [
            (Answer::Allow, Reply::Yes(String::new())),
            (Answer::Deny { reason: "no".to_owned() }, Reply::No("no".to_owned())),
            (Answer::Choices { answers: choices }, Reply::Yes("the red one".to_owned())),
            (Answer::Unsupported, Reply::No("not supported by this client".to_owned())),
        ] {
            let line = protocol.answer(&Request { request: "r-1", input: &Value::Null }, &answer);
            assert_eq!(frame(&line), [Frame::Answer { request: "r-1".to_owned(), reply }]);
        }
    }

    #[test]
    fn what_is_no_frame_is_said_and_does_not_stop_the_next() {
        for line in ["x", "[]", "{}", r#"{"type":"prompt"}"#, r#"{"type":"hello"}"#] {
            assert!(matches!(frame(line).as_slice(), [Frame::NotUnderstood { .. }]), "{line}");
        }
        assert_eq!(frame("  \r"), []);
        let mut frames = Frames::default();
        assert_eq!(frames.feed(&vec![b'x'; MAX_LINE + 1]), []);
        assert!(frames.partial.is_empty(), "what is too long is not kept");
        let rest = frames.feed(b"x\n{\"type\":\"hello\",\"request_id\":\"h\"}\n");
        assert_eq!(rest, [not_understood("a line is too long"), Frame::Hello { request: "h".to_owned() }]);
    }

    proptest! {
        #[test]
        fn portions_do_not_matter(texts in prop::collection::vec("\\PC*|(.|\n)*", 1..5), size in 1usize..40) {
            let lines: Vec<String> = texts
                .iter()
                .map(|text| PromptFrame { id: "u", conversation: None, text, model: None })
                .map(|prompt| Protocol::Demo.prompt(&prompt).unwrap() + "\n")
                .collect();
            let mut frames = Frames::default();
            let found: Vec<Frame> =
                lines.concat().as_bytes().chunks(size).flat_map(|portion| frames.feed(portion)).collect();
            let expected: Vec<Frame> = texts
                .into_iter()
                .map(|text| Frame::Prompt(Assignment { id: Some("u".to_owned()), text }))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
