//! The rules of a screen as a manifest writes them.

use std::fmt;

use regex_lite::Regex;
use serde::Deserialize;

use super::region::Region;

/// What a program's screen can say.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreenRules {
    /// The keys that end a turn in its terminal without ending the program, where that is known.
    pub interrupt_keys: Option<String>,
    /// What a row near its lower edge shows when it wants those keys once more.
    pub interrupt_again: Option<Pattern>,
    /// The keys that empty its input box, where the prompt of a turn that was interrupted early comes back into it.
    pub clear_keys: Option<String>,
    /// How its input box is found.
    pub prompt_box: Option<PromptBox>,
    /// The rules; the one with the highest priority wins, the first of equals.
    #[serde(default)]
    pub rules: Vec<ScreenRule>,
}

impl ScreenRules {
    /// Whether some rule can conclude this state.
    pub fn can_tell(&self, state: ScreenState) -> bool {
        self.rules.iter().any(|rule| rule.state == state)
    }
}

/// How a program's input box is found.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromptBox {
    /// Its first row begins like this; the marker is not part of what stands in the box.
    pub marker: Pattern,
    /// Rows that only look like its first (lists of choices with the same mark): when one is the lowest that
    /// bears the mark, there is no box.
    pub except: Option<Pattern>,
    /// How many filled rows there may be below it; a mark further up is an earlier prompt in the conversation.
    pub below: Option<usize>,
    /// The row above its first and below its last, where it has such rows; without it a blank row ends the box.
    pub fence: Option<Pattern>,
    /// The row right below it, where the program draws one that is no fence.
    pub floor: Option<Pattern>,
    /// By which of its rows it is found.
    #[serde(default)]
    pub found_by: FoundBy,
    /// What is drawn at the sides of its rows, and is not part of what stands in it.
    pub edge: Option<Pattern>,
    /// Rows inside it that are always the program's own (the model's name).
    #[serde(default)]
    pub own: Vec<Pattern>,
    /// What the program itself shows in an empty box.
    #[serde(default)]
    pub placeholders: Vec<Pattern>,
}

impl PromptBox {
    /// Whether it could never be found.
    fn lacks_its_floor(&self) -> bool {
        self.found_by == FoundBy::Floor && self.floor.is_none()
    }
}

/// By which of its rows an input box is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FoundBy {
    /// By the lowest row with its marker; it reaches down from there.
    #[default]
    Marker,
    /// By the lowest floor; it reaches up from there, to the nearest fence, else as far as rows begin with the marker.
    Floor,
}

/// What a screen says about its program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScreenState {
    /// It waits for a prompt.
    Ready,
    /// It works.
    Working,
    /// It works, and its provider makes it wait and try again.
    Retrying,
    /// A dialog of its own (trust, login, an upgrade offer) that a person must answer. Never typed into.
    Dialog,
    /// It asks whether it may do something.
    Permission,
    /// It asks the person a question.
    Question,
    /// Its last turn failed, or it cannot go on.
    Error,
    /// It said good-bye.
    Exited,
}

/// What a rule wants of the input box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PromptNeed {
    /// Nothing.
    #[default]
    Any,
    /// There is one.
    Present,
    /// There is none.
    Absent,
    /// There is one, and nothing stands in it.
    Empty,
    /// There is one with text in it.
    Draft,
}

/// One rule: when all its gates hold, the screen says `state`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScreenRule {
    /// What the rule is called in explanations.
    pub name: String,
    /// What it concludes.
    pub state: ScreenState,
    /// Where its gates look, unless they say otherwise.
    #[serde(default, rename = "in")]
    pub region: Region,
    /// What it wants of the input box.
    #[serde(default)]
    pub prompt: PromptNeed,
    /// Each of these holds.
    #[serde(default)]
    pub all: Vec<Gate>,
    /// At least one of these holds, if there are any.
    #[serde(default)]
    pub any: Vec<Gate>,
    /// None of these holds.
    #[serde(default)]
    pub none: Vec<Gate>,
    /// Higher wins.
    #[serde(default)]
    pub priority: i32,
    /// For dialogs and errors: what the person must do.
    pub person: Option<String>,
    /// For permissions and questions where no hook tells what for: in the lowest row that this matches, its first group.
    pub asks: Option<Pattern>,
    /// Whether a prompt may be pasted now; true for `ready` with an empty box, false otherwise, unless said.
    pub accepts_input: Option<bool>,
}

impl ScreenRule {
    /// What is wrong with it, if anything.
    pub(crate) fn check(&self, screen: &ScreenRules) -> Result<(), String> {
        let gates = || self.all.iter().chain(&self.any).chain(&self.none);
        let uses_box = self.prompt != PromptNeed::Any
            || self.region.needs_prompt_box()
            || gates().any(|gate| gate.region.is_some_and(Region::needs_prompt_box));
        let positive = !self.all.is_empty() || !self.any.is_empty();
        let floorless = screen.prompt_box.as_ref().is_some_and(PromptBox::lacks_its_floor);
        match () {
            () if floorless => {
                Err("screen.prompt_box is found by its floor, and 'floor' is missing".to_owned())
            }
            () if uses_box && screen.prompt_box.is_none() => {
                Err("it looks for an input box, and screen.prompt_box is missing".to_owned())
            }
            () if !positive && matches!(self.prompt, PromptNeed::Any | PromptNeed::Absent) => {
                Err("it would hold for any screen: give it 'all' or 'any'".to_owned())
            }
            () if self.asks.as_ref().is_some_and(|asks| !asks.has_group()) => {
                Err("'asks' needs a group around what is asked".to_owned())
            }
            () if self.state == ScreenState::Dialog && self.person.is_none() => {
                Err("a dialog needs 'person': what the person must do".to_owned())
            }
            () => Ok(()),
        }
    }
}

/// A test on the rows of a region.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "GateForm")]
pub struct Gate {
    /// Where it looks, if not where its rule does.
    pub region: Option<Region>,
    /// What it looks for.
    pub test: GateTest,
}

/// What a gate looks for in one row.
#[derive(Debug, Clone, PartialEq)]
pub enum GateTest {
    /// This text anywhere in it.
    Text(String),
    /// This pattern.
    Line(Pattern),
}

impl Gate {
    /// Whether a row passes.
    pub fn is_match(&self, row: &str) -> bool {
        match &self.test {
            GateTest::Text(text) => row.contains(text),
            GateTest::Line(pattern) => pattern.is_match(row),
        }
    }
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a gate is a text, { text = \"...\" } or { line = \"^...$\" }, with 'in' if it looks elsewhere"
)]
enum GateForm {
    Plain(String),
    Table(GateTable),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GateTable {
    text: Option<String>,
    line: Option<Pattern>,
    #[serde(rename = "in")]
    region: Option<Region>,
}

/// The table is no gate.
#[derive(Debug, thiserror::Error)]
#[error("a gate needs exactly one of 'text' and 'line', and it must not be empty")]
struct GateError;

impl TryFrom<GateForm> for Gate {
    type Error = GateError;

    fn try_from(form: GateForm) -> Result<Self, GateError> {
        let (text, line, region) = match form {
            GateForm::Plain(text) => (Some(text), None, None),
            GateForm::Table(table) => (table.text, table.line, table.region),
        };
        match (text, line) {
            (Some(text), None) if !text.is_empty() => Ok(Self { region, test: GateTest::Text(text) }),
            (None, Some(line)) => Ok(Self { region, test: GateTest::Line(line) }),
            _ => Err(GateError),
        }
    }
}

/// A pattern on one row: regular expressions in linear time, classes such as `\s` are ASCII.
#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(Regex);

impl Pattern {
    /// Whether a row matches.
    pub fn is_match(&self, row: &str) -> bool {
        self.0.is_match(row)
    }

    /// Whether it marks a part of what it matches.
    fn has_group(&self) -> bool {
        self.0.captures_len() > 1
    }

    /// What its first group holds of a row.
    pub(super) fn group_of<'r>(&self, row: &'r str) -> Option<&'r str> {
        self.0.captures(row)?.get(1).map(|part| part.as_str().trim())
    }

    /// The row without any of its matches.
    pub(super) fn remove_all_from(&self, row: &str) -> String {
        self.0.replace_all(row, regex_lite::NoExpand("")).into_owned()
    }

    /// The row without its first match.
    pub(super) fn remove_from(&self, row: &str) -> String {
        self.0.replacen(row, 1, regex_lite::NoExpand("")).into_owned()
    }
}

impl TryFrom<String> for Pattern {
    type Error = regex_lite::Error;

    fn try_from(text: String) -> Result<Self, regex_lite::Error> {
        Regex::new(&text).map(Self)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0.as_str(), f)
    }
}
