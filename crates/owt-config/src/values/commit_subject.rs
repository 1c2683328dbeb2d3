//! What a commit of left work is called.

use std::fmt;
use std::str::FromStr;

use super::SettingValue;

const PLACEHOLDERS: [&str; 3] = ["{subject}", "{name}", "{branch}"];

/// The first line of a commit's message: a text with `{subject}` (the task's first line), `{name}` and `{branch}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitSubject(String);

/// Why a text is no first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongSubject {
    /// Every commit would be called the same.
    #[error("without {{subject}}, {{name}} or {{branch}} every commit would have the same name")]
    Same,
    /// Braces around something else.
    #[error("only {{subject}}, {{name}} and {{branch}} can stand in braces")]
    UnknownPlaceholder,
    /// Several lines, or a control character.
    #[error("it is one line")]
    NotOneLine,
    /// Longer than any first line.
    #[error("longer than 200 bytes")]
    TooLong,
}

impl FromStr for CommitSubject {
    type Err = WrongSubject;

    fn from_str(text: &str) -> Result<Self, WrongSubject> {
        let plain = PLACEHOLDERS.iter().fold(text.to_owned(), |plain, name| plain.replace(name, ""));
        match () {
            () if text.len() > 200 => Err(WrongSubject::TooLong),
            () if plain == text => Err(WrongSubject::Same),
            () if plain.contains(['{', '}']) => Err(WrongSubject::UnknownPlaceholder),
            () if plain.contains(char::is_control) => Err(WrongSubject::NotOneLine),
            () => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for CommitSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl SettingValue for CommitSubject {
    const EXPECTS: &'static str = "a line with {subject}, {name} or {branch}";
    const EXAMPLES: &'static [&'static str] = &["{subject}", "feat: {subject}", "{subject} ({name})"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_line_names_something_of_the_work() {
        for good in CommitSubject::EXAMPLES {
            assert_eq!(good.parse::<CommitSubject>().unwrap().to_string(), *good);
        }
        for bad in ["", "work", "{subject} {what}", "{subject}\nmore", "{subject"] {
            assert!(bad.parse::<CommitSubject>().is_err(), "{bad:?}");
        }
    }
}
