//! What a landing has reached on its way, besides where it is.

use serde::Deserialize;
use serde::Serialize;

use crate::vcs::ObjectId;

/// What was committed for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// The branch's tip from then on.
    pub tip: ObjectId,
    /// How many files that commit has; `None`: it was there already when the server began anew.
    pub files: Option<u32>,
    /// What was held back.
    pub withheld: Vec<String>,
}

/// What the repository's checks have to do with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verified {
    /// The tree that is to land.
    pub tree: ObjectId,
    /// How that is known.
    pub how: Verification,
}

/// How a tree is known to be good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// The checks ran on it and passed.
    Passed,
    /// They had passed on this very tree before.
    PassedBefore,
    /// The repository declares none.
    NoneDeclared,
    /// The person has said that they may not run.
    MayNotRun,
}

impl Verification {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::PassedBefore => "passed_before",
            Self::NoneDeclared => "none_declared",
            Self::MayNotRun => "may_not_run",
        }
    }
}
