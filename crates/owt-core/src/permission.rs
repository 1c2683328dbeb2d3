//! How much an agent may do without asking.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

/// A permission level (decision 5). Ordered: a later level allows more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permissions {
    /// Each edit and command is asked for. Without a person this needs a machine protocol that asks.
    Ask,
    /// Files may be edited freely; commands are asked for or confined by the agent's own sandbox.
    Edits,
    /// Nothing is asked.
    Bypass,
}

impl Permissions {
    /// All levels, least first.
    pub const ALL: [Self; 3] = [Self::Ask, Self::Edits, Self::Bypass];

    /// The word used on the command line and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Edits => "edits",
            Self::Bypass => "bypass",
        }
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The word is no permission level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a permission level (ask, edits, bypass)")]
pub struct UnknownPermissions(String);

impl FromStr for Permissions {
    type Err = UnknownPermissions;

    fn from_str(word: &str) -> Result<Self, UnknownPermissions> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str() == word)
            .ok_or_else(|| UnknownPermissions(word.to_owned()))
    }
}
