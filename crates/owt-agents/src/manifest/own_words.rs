//! Words of the person's own, or of the repository, whose place an agent's channel for additional context takes: they
//! are told first, then. Must not read a file.

use std::collections::BTreeMap;

use owt_core::AbsPath;
use serde::Deserialize;

use crate::launch::RepositoryExtras;

/// The longest that are told again, in bytes: they may travel in an argument.
const MOST_BYTES: usize = 32 * 1024;

/// Where such words are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnWordsRule {
    /// Names the program's folder; where it is not set, that is `folder` below the home.
    pub variable: String,
    /// Below the person's home.
    pub folder: String,
    /// In that folder.
    pub file: String,
    /// In the workspace: it wins, where the repository is let in.
    pub repository_file: String,
    /// The key in a TOML file; without it the whole file is meant.
    pub key: Option<String>,
}

/// A place to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnWordsPlace {
    /// The file.
    pub file: AbsPath,
    /// Whether its words may be told again by us.
    pub may_be_told: bool,
}

/// There may be words, and which cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the agent's own instructions of the person cannot be read")]
pub struct OwnWordsUnknown;

impl OwnWordsRule {
    /// The files, in the order in which the program prefers them.
    ///
    /// # Errors
    /// [`OwnWordsUnknown`] when the environment does not say where they are.
    pub fn places(
        &self,
        environment: &BTreeMap<String, String>,
        workspace: &AbsPath,
        extras: RepositoryExtras,
    ) -> Result<Vec<OwnWordsPlace>, OwnWordsUnknown> {
        let named = environment.get(&self.variable).filter(|folder| !folder.is_empty());
        let folder = match (named, environment.get("HOME")) {
            (Some(folder), _) => AbsPath::new(folder).map_err(|_| OwnWordsUnknown)?,
            (None, Some(home)) => AbsPath::new(home).map_err(|_| OwnWordsUnknown)?.join(&self.folder),
            (None, None) => return Err(OwnWordsUnknown),
        };
        let own = OwnWordsPlace { file: folder.join(&self.file), may_be_told: true };
        let repositorys = match extras {
            RepositoryExtras::KeepOut | RepositoryExtras::Nothing => None,
            RepositoryExtras::LetIn => Some(true),
            RepositoryExtras::ProgramAsks => Some(false),
        };
        let file = workspace.join(&self.repository_file);
        let repositorys = repositorys.map(|may_be_told| OwnWordsPlace { file, may_be_told });
        Ok(repositorys.into_iter().chain([own]).collect())
    }

    /// The words in a file of this content; `None` when it has none.
    ///
    /// # Errors
    /// [`OwnWordsUnknown`] when that cannot be told.
    pub fn in_file(&self, bytes: &[u8]) -> Result<Option<String>, OwnWordsUnknown> {
        let text = std::str::from_utf8(bytes).map_err(|_| OwnWordsUnknown)?;
        let words = match &self.key {
            None => Some(text.to_owned()),
            Some(key) => match text.parse::<toml::Table>().map_err(|_| OwnWordsUnknown)?.get(key) {
                None => None,
                Some(value) => Some(value.as_str().ok_or(OwnWordsUnknown)?.to_owned()),
            },
        };
        match words.filter(|words| !words.trim().is_empty()) {
            Some(words) if words.len() > MOST_BYTES || words.contains('\0') => Err(OwnWordsUnknown),
            words => Ok(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codex() -> OwnWordsRule {
        let text = |text: &str| text.to_owned();
        OwnWordsRule {
            variable: text("CODEX_HOME"),
            folder: text(".codex"),
            file: text("config.toml"),
            repository_file: text(".codex/config.toml"),
            key: Some(text("developer_instructions")),
        }
    }

    #[test]
    fn a_file_has_words_has_none_or_cannot_be_told() {
        let rule = codex();
        let found = |text: &str| rule.in_file(text.as_bytes());
        assert_eq!(
            found("developer_instructions = \"Be brief\"\nmodel = \"x\""),
            Ok(Some("Be brief".to_owned()))
        );
        assert_eq!(found("model = \"x\"\n[profiles.a]\ndeveloper_instructions = \"no\""), Ok(None));
        assert_eq!(found("developer_instructions = \" \\n\""), Ok(None));
        for unknown in ["developer_instructions = 1", "model = ", "developer_instructions = \"a\\u0000\""] {
            assert_eq!(found(unknown), Err(OwnWordsUnknown), "{unknown}");
        }
        assert_eq!(rule.in_file(b"\xff"), Err(OwnWordsUnknown));
        let long = format!("developer_instructions = \"{}\"", "x".repeat(MOST_BYTES + 1));
        assert_eq!(found(&long), Err(OwnWordsUnknown));
        let whole = OwnWordsRule { key: None, ..rule.clone() };
        assert_eq!(whole.in_file(b"Be brief\n"), Ok(Some("Be brief\n".to_owned())));
    }

    #[test]
    fn what_a_repository_brings_counts_only_where_it_is_let_in() {
        let rule = codex();
        let workspace = AbsPath::new("/w").unwrap();
        let places = |variables: &[(&str, &str)], extras| {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            let environment = variables.iter().map(owned).collect();
            let places = rule.places(&environment, &workspace, extras)?;
            Ok(places.into_iter().map(|it| (it.file.to_string(), it.may_be_told)).collect::<Vec<_>>())
        };
        let home = [("HOME", "/home/me")];
        let own = ("/home/me/.codex/config.toml".to_owned(), true);
        for extras in [RepositoryExtras::Nothing, RepositoryExtras::KeepOut] {
            assert_eq!(places(&home, extras), Ok(vec![own.clone()]));
        }
        let theirs = |told| ("/w/.codex/config.toml".to_owned(), told);
        assert_eq!(places(&home, RepositoryExtras::LetIn), Ok(vec![theirs(true), own.clone()]));
        assert_eq!(places(&home, RepositoryExtras::ProgramAsks), Ok(vec![theirs(false), own]));
        let elsewhere = [("HOME", "/home/me"), ("CODEX_HOME", "/c")];
        assert_eq!(
            places(&elsewhere, RepositoryExtras::Nothing),
            Ok(vec![("/c/config.toml".to_owned(), true)])
        );
        assert_eq!(places(&[], RepositoryExtras::Nothing), Err(OwnWordsUnknown));
        assert_eq!(places(&[("CODEX_HOME", "c")], RepositoryExtras::Nothing), Err(OwnWordsUnknown));
    }
}
