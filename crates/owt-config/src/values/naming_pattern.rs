//! What a worktree's folder is called.

use std::fmt;
use std::str::FromStr;

use super::SettingValue;

const PROJECT: &str = "{project}";
const BRANCH: &str = "{branch}";

/// The name of a worktree's folder: a text with `{branch}` and, if wanted, `{project}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamingPattern(String);

/// Why a text is no naming pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongPattern {
    /// Two branches would get one folder.
    #[error("without {{branch}} every worktree would have the same name")]
    NoBranch,
    /// Braces around something else.
    #[error("only {{project}} and {{branch}} can stand in braces")]
    UnknownPlaceholder,
    /// A slash, or a control character.
    #[error("it names one folder: no '/' and no control characters (worktree.base_directory says where)")]
    NotOneFolder,
    /// A dot at the start hides the folder or means the folder itself; a dash looks like an option.
    #[error("a folder's name starts with neither '.' nor '-'")]
    Start,
    /// Longer than any folder's name.
    #[error("longer than 100 bytes")]
    TooLong,
}

impl NamingPattern {
    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for NamingPattern {
    type Err = WrongPattern;

    fn from_str(text: &str) -> Result<Self, WrongPattern> {
        let plain = text.replace(PROJECT, "").replace(BRANCH, "");
        match () {
            () if text.len() > 100 => Err(WrongPattern::TooLong),
            () if !text.contains(BRANCH) => Err(WrongPattern::NoBranch),
            () if plain.contains(['{', '}']) => Err(WrongPattern::UnknownPlaceholder),
            () if plain.contains(|c: char| c == '/' || c.is_control()) => Err(WrongPattern::NotOneFolder),
            () if text.starts_with(['.', '-']) => Err(WrongPattern::Start),
            () => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for NamingPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl SettingValue for NamingPattern {
    const EXPECTS: &'static str = "a folder's name with {branch} and, if wanted, {project}";
    const EXAMPLES: &'static [&'static str] = &["{project}-{branch}", "{branch}"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_names_one_folder_a_branch() {
        for (text, wrong) in [
            ("{project}", WrongPattern::NoBranch),
            ("{branch}-{id}", WrongPattern::UnknownPlaceholder),
            ("{branch", WrongPattern::NoBranch),
            ("x/{branch}", WrongPattern::NotOneFolder),
            ("../{branch}", WrongPattern::NotOneFolder),
            ("{branch}\n", WrongPattern::NotOneFolder),
            (".{branch}", WrongPattern::Start),
            ("-{branch}", WrongPattern::Start),
        ] {
            assert_eq!(text.parse::<NamingPattern>(), Err(wrong), "{text}");
        }
        assert!("wt {project}@{branch}".parse::<NamingPattern>().is_ok());
    }
}
