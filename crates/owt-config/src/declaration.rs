//! What is said about a setting, once: everything else about it is derived from here.

use std::fmt::Display;

use crate::key_pattern::Fit;
use crate::key_pattern::fit;
use crate::origin::FileLayer;
use crate::panes;
use crate::settings::Settings;
use crate::tools;
use crate::values::SettingValue;

/// One setting.
#[derive(Debug)]
pub struct Declaration {
    /// The key with dots; a part that the person chooses is `<name>` (`tools.<name>.binary`).
    pub key: &'static str,
    /// Other keys that mean the same.
    pub aliases: &'static [&'static str],
    /// The TOML type.
    pub shape: Shape,
    /// The value that holds when nobody says anything, as text; `None` where that is "not set".
    pub default: Option<&'static str>,
    /// What it does, as a doc comment has it: with a space before each line.
    pub(crate) doc: &'static str,
    /// Who may set it.
    pub scope: Scope,
    /// The variable of the environment that sets it.
    pub variable: Option<&'static str>,
    /// What a value looks like, for error messages.
    pub expects: &'static str,
    /// All values, where there are few.
    pub words: &'static [&'static str],
    /// Values that are good, one at least differing from the default.
    pub examples: &'static [&'static str],
    /// Whether a text is a value of this setting, in this file (`None`: in a variable or flag).
    pub(crate) check: Check,
}

/// The check of a setting's text.
pub(crate) type Check = fn(&str, Option<FileLayer>) -> Result<(), Refusal>;

/// The TOML type of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `"text"`
    Text,
    /// `true` or `false`
    Boolean,
    /// `["text", "text"]`
    TextList,
    /// `[["program", "argument"], ["program"]]`
    Commands,
}

impl Shape {
    /// The type in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Boolean => "true or false",
            Self::TextList => "an array of strings",
            Self::Commands => "an array of commands, each an array of words",
        }
    }
}

/// Who may set a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Both files.
    UserAndRepository,
    /// The person's file only; the reason is given to whoever tries.
    UserOnly(&'static str),
}

/// Why a text was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is no value of this setting.
    NoValue(String),
    /// It is one, but not in a repository's file.
    NotInRepository(&'static str),
}

/// The check for settings of type `T`.
pub(crate) fn check<T: SettingValue>(text: &str, layer: Option<FileLayer>) -> Result<(), Refusal>
where
    T::Err: Display,
{
    let value: T = text.parse().map_err(|error: T::Err| Refusal::NoValue(error.to_string()))?;
    match (layer, value.refused_in_repository()) {
        (Some(FileLayer::Repository), Some(reason)) => Err(Refusal::NotInRepository(reason)),
        _ => Ok(()),
    }
}

/// Every setting there is, in the order of the reference.
pub fn declarations() -> impl Iterator<Item = &'static Declaration> {
    Settings::SECTIONS.into_iter().chain([panes::DECLARATIONS, tools::DECLARATIONS]).flatten()
}

impl Declaration {
    /// What it does, for people.
    pub fn doc(&self) -> &'static str {
        self.doc.trim_start()
    }

    /// Whether `path` is this setting's key or one of its other keys.
    pub(crate) fn is_named(&self, path: &[&str]) -> bool {
        self.keys().any(|key| fit(key, path) == Fit::Same)
    }

    /// Whether `path` is a table on the way to this setting.
    pub(crate) fn is_below(&self, path: &[&str]) -> bool {
        self.keys().any(|key| fit(key, path) == Fit::Above)
    }

    /// Its key and its other keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> + '_ {
        std::iter::once(self.key).chain(self.aliases.iter().copied())
    }
}
