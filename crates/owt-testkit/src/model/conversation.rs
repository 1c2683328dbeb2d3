//! What a request says, in words of no API: who said what, which tools are offered, what form the answer takes.
//!
//! The server keeps no state: how far a scenario has come is read from the conversation itself.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::Digest as _;
use sha2::Sha256;

use super::script::Marker;
use super::tools;

/// One thing in the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// A text that a person, or the agent in a person's place, sent.
    User(String),
    /// Something the model said or called.
    Assistant(String),
    /// What a tool answered.
    ToolResult(String),
}

impl Entry {
    /// Its text, whoever's it is.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::User(text) | Self::Assistant(text) | Self::ToolResult(text) => text,
        }
    }
}

/// How a tool takes its input.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ToolInput {
    /// An object of this JSON schema.
    Schema(Value),
    /// Plain text.
    Freeform,
}

/// A tool that the request offers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OfferedTool {
    pub(super) name: String,
    pub(super) input: ToolInput,
}

/// How the answer is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    Whole,
    Streamed,
}

/// A request, read.
#[derive(Debug)]
pub(super) struct Conversation {
    pub(super) model: String,
    pub(super) delivery: Delivery,
    pub(super) entries: Vec<Entry>,
    pub(super) tools: Vec<OfferedTool>,
    /// The JSON schema that the answer must follow.
    pub(super) answer_schema: Option<Value>,
    /// The agent's folder, where its system prompt tells it.
    pub(super) directory: Option<String>,
    /// System prompt, instructions of developers.
    pub(super) told: String,
}

/// Openings of texts that an agent program itself puts among the user's.
const INJECTED: [&str; 6] = [
    "<system-reminder>",
    "<environment_context>",
    "<user_instructions>",
    "# AGENTS.md instructions",
    "<permissions",
    "<session_context>",
];

impl Conversation {
    /// A request that cannot act asks for a title or the like, and never takes a turn of a scenario: it offers no
    /// tools, or wants an answer of a given form and offers no command line (Codex 0.169.0 leaves `apply_patch` in
    /// its question for a title).
    pub(super) fn is_auxiliary(&self) -> bool {
        self.tools.is_empty() || (self.answer_schema.is_some() && !tools::offers_a_shell(&self.tools))
    }

    /// The texts that came from outside the agent program, oldest first.
    pub(super) fn user_texts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::User(text) if !is_injected(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// All that the program tells the model besides what came from outside: some of it stands among the messages.
    pub(super) fn all_told(&self) -> String {
        let among = self.entries.iter().filter_map(|entry| match entry {
            Entry::User(text) if is_injected(text) => Some(text.as_str()),
            _ => None,
        });
        [self.told.as_str()].into_iter().chain(among).collect::<Vec<_>>().join("\n")
    }

    /// The last marker, and how many times the model has answered since.
    pub(super) fn position(&self) -> (Option<Marker>, usize) {
        let last = self.entries.iter().enumerate().rev().find_map(|(at, entry)| match entry {
            Entry::User(text) => Some((at, Marker::last_in(text)?)),
            _ => None,
        });
        match last {
            Some((at, marker)) => (Some(marker), answers(&self.entries[at..])),
            None => (None, answers(self.since_last_user_text())),
        }
    }

    fn since_last_user_text(&self) -> &[Entry] {
        let last =
            self.entries.iter().rposition(|entry| matches!(entry, Entry::User(text) if !is_injected(text)));
        &self.entries[last.unwrap_or(0)..]
    }

    /// A fingerprint of the whole conversation: two requests that share it ask the same thing.
    pub(super) fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.directory.as_deref().unwrap_or_default());
        for entry in &self.entries {
            let (kind, text) = match entry {
                Entry::User(text) => ("user", text),
                Entry::Assistant(text) => ("assistant", text),
                Entry::ToolResult(text) => ("tool", text),
            };
            hash.update(format!("{kind} {}\n", text.len()));
            hash.update(text);
        }
        hex(&hash.finalize())
    }
}

fn is_injected(text: &str) -> bool {
    let text = text.trim_start();
    INJECTED.iter().any(|opening| text.starts_with(opening))
}

/// How many runs of assistant entries there are.
fn answers(entries: &[Entry]) -> usize {
    let is_answer = |entry: &Entry| matches!(entry, Entry::Assistant(_));
    entries.windows(2).filter(|pair| !is_answer(&pair[0]) && is_answer(&pair[1])).count()
        + usize::from(entries.first().is_some_and(is_answer))
}

/// The SHA-256 of a text, in hexadecimal.
pub(super) fn fingerprint_of(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _infallible = write!(out, "{byte:02x}");
        out
    })
}

/// Words that agents put before their folder in the system prompt or the first message.
const DIRECTORY_WORDS: [(&str, char); 5] = [
    ("Primary working directory: ", '\n'),
    ("Working directory: ", '\n'),
    ("<cwd>", '<'),
    ("current working directory: ", '\n'),
    ("currently working in the directory: ", '\n'),
];

/// Finds the agent's folder in a text.
pub(super) fn directory_in(text: &str) -> Option<String> {
    DIRECTORY_WORDS.iter().find_map(|(word, end)| {
        let after = &text[text.find(word)? + word.len()..];
        let path = after.split(*end).next()?.trim();
        path.starts_with('/').then(|| path.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(entries: Vec<Entry>) -> Conversation {
        Conversation {
            model: String::new(),
            delivery: Delivery::Whole,
            entries,
            tools: Vec::new(),
            answer_schema: None,
            directory: None,
            told: String::new(),
        }
    }

    #[test]
    fn a_turn_is_a_run_of_answers_after_the_last_marker() {
        let user = |text: &str| Entry::User(text.to_owned());
        let said = || Entry::Assistant(String::new());
        let result = || Entry::ToolResult("[[scn:evil]]".to_owned());
        let entries = vec![
            user("[[scn:a]]"),
            said(),
            result(),
            said(),
            user("[[scn:b]] now"),
            said(),
            said(),
            result(),
            user("<system-reminder>x"),
            said(),
            result(),
        ];
        let (marker, turn) = conversation(entries.clone()).position();
        assert_eq!((marker.expect("a marker").name.as_str(), turn), ("b", 2));
        let (marker, turn) = conversation(entries[..4].to_vec()).position();
        assert_eq!((marker.expect("a marker").name.as_str(), turn), ("a", 2));
        assert_eq!(conversation(vec![user("hi"), said(), user("again")]).position(), (None, 0));
    }

    #[test]
    fn the_fingerprint_tells_apart_what_only_looks_alike() {
        let one = conversation(vec![Entry::User("ab".into()), Entry::User("c".into())]).fingerprint();
        let two = conversation(vec![Entry::User("a".into()), Entry::User("bc".into())]).fingerprint();
        assert_ne!(one, two);
    }

    #[test]
    fn the_folder_is_read_from_either_form() {
        assert_eq!(directory_in("x\n - Primary working directory: /a b/c\ny").as_deref(), Some("/a b/c"));
        assert_eq!(directory_in("<cwd>/w</cwd>").as_deref(), Some("/w"));
        assert_eq!(directory_in("I'm currently working in the directory: /w\nx").as_deref(), Some("/w"));
        assert_eq!(directory_in("Working directory: relative"), None);
    }
}
