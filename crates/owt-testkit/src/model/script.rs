//! What the model is to say: scenarios of turns, as data, and how a prompt names or carries one.
//!
//! It must not know any API's wire format nor any agent's tools.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

/// Opens an inline scenario in a prompt: `[[turns:[{"say":"hello"}]]]`.
const INLINE_OPEN: &str = "[[turns:";

/// Opens the name of a scenario in a prompt: `[[scn:commit]]`.
const NAME_OPEN: &str = "[[scn:";

/// What the model does in one answer.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(from = "TurnSource")]
pub struct Turn {
    /// Text, before the tool calls.
    pub say: Option<String>,
    /// Tools that it calls, in this order.
    pub calls: Vec<ToolCall>,
    /// How long it thinks before its first word.
    pub delay: Duration,
    /// How long it pauses between two pieces of a stream.
    pub chunk_pause: Duration,
    /// What goes wrong instead.
    pub fault: Option<Fault>,
    /// The token counts it reports; estimated from the lengths where this is not given.
    pub usage: Option<Usage>,
}

/// Token counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Tokens read.
    pub input: u64,
    /// Tokens written.
    pub output: u64,
}

/// A tool call in words of no agent: it is translated into the tools that the request offers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolCall {
    /// Run this command line.
    Bash(String),
    /// Read this file.
    Read(String),
    /// Write a whole file.
    Write {
        /// Where, absolute or relative to the agent's folder.
        path: String,
        /// All of its text.
        text: String,
    },
    /// Replace a piece of a file.
    Edit {
        /// Where, absolute or relative to the agent's folder.
        path: String,
        /// The piece, whole lines.
        old: String,
        /// What takes its place.
        new: String,
    },
    /// Exactly this tool with exactly this input.
    Raw {
        /// The tool's name in the request.
        name: String,
        /// Its input, as it is; text for a freeform tool.
        input: Value,
    },
}

/// What goes wrong with an answer. `times` says how often before the same request is answered properly; without
/// it, always.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The provider refuses.
    Error {
        /// The HTTP status.
        status: u16,
        /// The message in the error's body.
        #[serde(default = "scripted_error")]
        message: String,
        /// Headers beside: `retry-after`.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// How often.
        #[serde(default)]
        times: Option<u32>,
    },
    /// The provider refuses until a point in time, and says until when as its API does.
    Limit {
        /// In how many seconds it ends.
        resets_in_s: u64,
        /// How often.
        #[serde(default)]
        times: Option<u32>,
    },
    /// The provider has no capacity, and says so as its API does.
    Overload {
        /// How often.
        #[serde(default)]
        times: Option<u32>,
    },
    /// The conversation is longer than the model reads, as its API says it.
    Overflow {
        /// How often.
        #[serde(default)]
        times: Option<u32>,
    },
    /// The provider says nothing and keeps the connection.
    Hang {
        /// How often.
        #[serde(default)]
        times: Option<u32>,
    },
    /// The connection breaks in the middle of the answer.
    Cut {
        /// How often.
        #[serde(default)]
        times: Option<u32>,
    },
}

impl Fault {
    /// How often it strikes; `None` is always.
    pub(super) const fn times(&self) -> Option<u32> {
        match self {
            Self::Error { times, .. }
            | Self::Limit { times, .. }
            | Self::Overload { times }
            | Self::Overflow { times }
            | Self::Hang { times }
            | Self::Cut { times } => *times,
        }
    }
}

fn scripted_error() -> String {
    "scripted error".to_owned()
}

/// How a turn is written: one tool may stand in the turn itself (`{"bash": "ls"}`), several in `calls`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TurnSource {
    say: Option<String>,
    bash: Option<String>,
    read: Option<String>,
    write: Option<WriteSource>,
    edit: Option<EditSource>,
    raw: Option<RawSource>,
    #[serde(default)]
    calls: Vec<ToolCall>,
    #[serde(default)]
    delay_ms: u64,
    #[serde(default)]
    chunk_ms: u64,
    fault: Option<Fault>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WriteSource {
    path: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditSource {
    path: String,
    old: String,
    new: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    name: String,
    input: Value,
}

impl From<TurnSource> for Turn {
    fn from(source: TurnSource) -> Self {
        let single = [
            source.bash.map(ToolCall::Bash),
            source.read.map(ToolCall::Read),
            source.write.map(|WriteSource { path, text }| ToolCall::Write { path, text }),
            source.edit.map(|EditSource { path, old, new }| ToolCall::Edit { path, old, new }),
            source.raw.map(|RawSource { name, input }| ToolCall::Raw { name, input }),
        ];
        Self {
            say: source.say,
            calls: single.into_iter().flatten().chain(source.calls).collect(),
            delay: Duration::from_millis(source.delay_ms),
            chunk_pause: Duration::from_millis(source.chunk_ms),
            fault: source.fault,
            usage: source.usage,
        }
    }
}

impl Turn {
    /// A turn that only says this.
    pub fn saying(text: impl Into<String>) -> Self {
        Self { say: Some(text.into()), ..Self::default() }
    }
}

/// The turns that follow one prompt.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Scenario(pub Vec<Turn>);

impl Scenario {
    /// What the model does after so many answers; past the end it says that it is done.
    pub(super) fn turn(&self, index: usize) -> Turn {
        self.0.get(index).cloned().unwrap_or_else(|| Turn::saying("All done."))
    }
}

/// The named scenarios that a server knows.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Scenarios(BTreeMap<String, Scenario>);

impl Default for Scenarios {
    fn default() -> Self {
        serde_json::from_str(include_str!("scenarios.json")).expect("the built-in scenarios are tested")
    }
}

impl Scenarios {
    /// These, and the built-in ones where a name is free.
    ///
    /// # Errors
    /// When the text is not a JSON object of scenarios.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        let given: Self = serde_json::from_str(json)?;
        let mut all = Self::default();
        all.0.extend(given.0);
        Ok(all)
    }
}

/// Which scenario a text asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Marker {
    /// The scenario's name; `inline` for one that the text carries.
    pub(super) name: String,
    inline: Option<Scenario>,
}

impl Marker {
    /// The last marker in a text. A broken one names the scenario `broken`, whose turn says what is wrong.
    pub(super) fn last_in(text: &str) -> Option<Self> {
        let inline = text.rfind(INLINE_OPEN).map(|at| (at, Self::inline(&text[at + INLINE_OPEN.len()..])));
        let named = text.rfind(NAME_OPEN).and_then(|at| {
            let (name, _) = text[at + NAME_OPEN.len()..].split_once("]]")?;
            Some((at, Self { name: name.to_owned(), inline: None }))
        });
        inline.into_iter().chain(named).max_by_key(|(at, _)| *at).map(|(_, marker)| marker)
    }

    /// A scenario that the base URL names (`/s/NAME`).
    pub(super) fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), inline: None }
    }

    fn inline(rest: &str) -> Self {
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Scenario>();
        let parsed = values.next();
        let is_closed = rest[values.byte_offset()..].trim_start().starts_with("]]");
        match parsed {
            Some(Ok(scenario)) if is_closed => Self { name: "inline".to_owned(), inline: Some(scenario) },
            Some(Err(error)) => Self::broken(&error.to_string()),
            _ => Self::broken("no ]] at its end"),
        }
    }

    fn broken(why: &str) -> Self {
        let turn = Turn::saying(format!("scripted model: the inline scenario is broken: {why}"));
        Self { name: "broken".to_owned(), inline: Some(Scenario(vec![turn])) }
    }

    /// What to play.
    pub(super) fn scenario(&self, known: &Scenarios) -> Scenario {
        self.inline.clone().or_else(|| known.0.get(&self.name).cloned()).unwrap_or_else(|| {
            let known: Vec<&str> = known.0.keys().map(String::as_str).collect();
            let why = format!("scripted model: no scenario {:?}; known: {}", self.name, known.join(", "));
            Scenario(vec![Turn::saying(why)])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_marker_of_a_text_counts() {
        let marker = |text: &str| Marker::last_in(text).map(|marker| marker.name);
        assert_eq!(marker("do it"), None);
        assert_eq!(marker("[[scn:commit]] and [[scn:slow]] now"), Some("slow".to_owned()));
        assert_eq!(marker("[[scn:commit]] [[turns:[]]] x"), Some("inline".to_owned()));
        assert_eq!(marker("[[turns:[]]] [[scn:commit]]"), Some("commit".to_owned()));
        assert_eq!(marker("[[scn:open"), None);
    }

    #[test]
    fn an_inline_scenario_may_hold_brackets_and_is_played_as_written() {
        let text = r#"go [[turns:[{"bash":"[[ -f x ]] && echo ]]"},{"say":"end","delay_ms":5}]]] please"#;
        let scenario = Marker::last_in(text).expect("a marker").scenario(&Scenarios::default());
        assert_eq!(scenario.turn(0).calls, [ToolCall::Bash("[[ -f x ]] && echo ]]".to_owned())]);
        assert_eq!(scenario.turn(1).say.as_deref(), Some("end"));
        assert_eq!(scenario.turn(1).delay, Duration::from_millis(5));
        assert_eq!(scenario.turn(2).say.as_deref(), Some("All done."));
    }

    #[test]
    fn what_is_broken_or_unknown_says_so_in_the_answer() {
        for text in ["[[turns:[{\"bsh\":1}]]]", "[[turns:[]", "[[turns:", "[[scn:nosuch]]"] {
            let turn = Marker::last_in(text).expect("a marker").scenario(&Scenarios::default()).turn(0);
            assert!(turn.say.expect("says why").starts_with("scripted model: "), "{text}");
        }
    }
}
