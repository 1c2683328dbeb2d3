//! Of what a person wants to be told.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

use super::NoticeKind;

/// The word for every kind.
const ANY: &str = "any";

/// Kinds of notices: `needs_person,done,failed`, or `any`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interests(BTreeSet<NoticeKind>);

/// Why a text names no kinds of notices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is none of needs_person, done, failed, warning, status, any")]
pub struct WrongInterests(String);

impl Interests {
    /// Whether they are told this.
    pub fn include(&self, kind: NoticeKind) -> bool {
        self.0.contains(&kind)
    }
}

impl Default for Interests {
    fn default() -> Self {
        Self([NoticeKind::NeedsPerson, NoticeKind::Done, NoticeKind::Failed].into())
    }
}

impl FromStr for Interests {
    type Err = WrongInterests;

    fn from_str(text: &str) -> Result<Self, WrongInterests> {
        let mut kinds = BTreeSet::new();
        for word in text.split(',').map(str::trim) {
            match NoticeKind::ALL.into_iter().find(|kind| kind.as_str() == word) {
                Some(kind) => drop(kinds.insert(kind)),
                None if word == ANY => kinds.extend(NoticeKind::ALL),
                None => return Err(WrongInterests(word.to_owned())),
            }
        }
        Ok(Self(kinds))
    }
}

impl fmt::Display for Interests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.len() == NoticeKind::ALL.len() {
            return f.write_str(ANY);
        }
        let words: Vec<&str> = self.0.iter().map(|kind| kind.as_str()).collect();
        f.write_str(&words.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_named_one_by_one_or_all_at_once() {
        let some: Interests = "failed, needs_person".parse().unwrap();
        assert!(some.include(NoticeKind::Failed) && !some.include(NoticeKind::Done));
        assert_eq!(some.to_string(), "needs_person,failed");
        let any: Interests = "any".parse().unwrap();
        assert!(NoticeKind::ALL.into_iter().all(|kind| any.include(kind)));
        assert_eq!(any.to_string(), "any");
        assert_eq!(Interests::default().to_string(), "needs_person,done,failed");
        for wrong in ["", "done,", "nothing", "done failed"] {
            assert!(wrong.parse::<Interests>().is_err(), "{wrong:?}");
        }
    }
}
