//! What is wrong with a configuration: every fault, with its place and what would be right.

use std::fmt;

use crate::declaration::Declaration;
use crate::declaration::Refusal;
use crate::old_words::Advice;
use crate::origin::Origin;
use owt_core::AbsPath;
use owt_core::spelling::nearest;

/// Texts from files are shown up to this many characters.
const SHOWN: usize = 60;

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problem {
    /// Where it is.
    pub origin: Origin,
    /// The key with dots; empty where the fault is the whole text's.
    pub key: String,
    /// What is wrong.
    pub kind: ProblemKind,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// The text is not TOML.
    #[error("not valid TOML: {0}")]
    Syntax(String),
    /// There is no such setting.
    #[error("unknown key{}", meant(.nearest.as_deref()))]
    UnknownKey {
        /// The key that was probably meant.
        nearest: Option<String>,
    },
    /// The value has another TOML type than the setting.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// The right type.
        expected: String,
        /// The type that is there.
        found: String,
    },
    /// The value has the right type and is no value of this setting.
    #[error("'{value}' is not {expected}{}{}", because(.reason), meant(.nearest.as_deref()))]
    WrongValue {
        /// The value, shortened and without control characters.
        value: String,
        /// What a value looks like, or all values.
        expected: String,
        /// Why it is none, where that says more.
        reason: Option<String>,
        /// The value that was probably meant.
        nearest: Option<String>,
    },
    /// Good in the person's file, not in a repository's.
    #[error("not in a repository's file: {reason}; set it in your own configuration")]
    NotInRepository {
        /// Why.
        reason: String,
    },
    /// A setting of the original program.
    #[error("{0}")]
    OldWord(Advice),
    /// Said twice, under two of the setting's keys.
    #[error("says the same as '{other}' in the same file; keep one of them")]
    SaidTwice {
        /// The key that came first.
        other: String,
    },
    /// The file cannot be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
    /// Both names of the repository's file exist.
    #[error("'{other}' exists beside it, and only one of the two can hold; keep one of them")]
    TwoFiles {
        /// The other one's name.
        other: String,
    },
    /// Both files that could be the person's exist.
    #[error(
        "'{}' exists, too, and only one of the two can hold; move what you need from it into this file and remove it",
        other.as_str()
    )]
    TwoFilesOfUser {
        /// The other one.
        other: AbsPath,
    },
    /// Refused by whoever acts on the setting.
    #[error("{0}")]
    Refused(String),
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map(|word| format!("; did you mean '{word}'?")).unwrap_or_default()
}

fn because(reason: &Option<String>) -> String {
    reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default()
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.origin)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        self.kind.fmt(f)
    }
}

/// Everything that is wrong, in the order of the places. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct InvalidConfiguration {
    /// The faults.
    pub problems: Vec<Problem>,
}

impl fmt::Display for InvalidConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl ProblemKind {
    /// Why `text` was refused as a value of `declaration`.
    pub(crate) fn refused(declaration: &Declaration, text: &str, refusal: Refusal) -> Self {
        let reason = match refusal {
            Refusal::NotInRepository(reason) => return Self::NotInRepository { reason: reason.to_owned() },
            Refusal::NoValue(reason) => reason,
        };
        let words = declaration.words;
        if words.is_empty() {
            let expected = declaration.expects.to_owned();
            return Self::WrongValue { value: shown(text), expected, reason: Some(reason), nearest: None };
        }
        Self::WrongValue {
            value: shown(text),
            expected: format!("{} ({})", declaration.expects, words.join(", ")),
            reason: None,
            nearest: nearest(text, words.iter().copied()).map(str::to_owned),
        }
    }
}

/// A text of somebody else's file, fit for a terminal: short, and control characters visible.
pub(crate) fn shown(text: &str) -> String {
    let visible = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    let short: String = text.chars().take(SHOWN).map(visible).collect();
    if text.chars().nth(SHOWN).is_some() { format!("{short}…") } else { short }
}
