//! `owt doctor`: what is not as it should be, and what became of it.

use serde::Deserialize;
use serde::Serialize;

/// `POST /v1/checkup`: look, and mend what is named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkup {
    /// What to mend, as it was found before. Nothing else is touched.
    pub mend: Vec<FindingName>,
    /// The caller's folder: a repository that was moved is known in the place where it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
}

/// What a finding is known by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FindingName {
    /// Its kind.
    pub code: String,
    /// What it concerns: a path, a name, an id.
    pub subject: String,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its kind: a stable word.
    pub code: String,
    /// What it concerns: a path, a name, an id.
    pub subject: String,
    /// What it is, in words.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What `--fix` does about it, or what a person can do.
    pub remedy: String,
    /// Whether `--fix` mends it.
    pub fixable: bool,
    /// What became of it.
    pub state: FindingState,
    /// Why it stays, where mending was tried.
    pub error: Option<String>,
}

impl Finding {
    /// What it is known by.
    pub fn name(&self) -> FindingName {
        FindingName { code: self.code.clone(), subject: self.subject.clone() }
    }
}

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    /// It was found.
    Found,
    /// It is mended.
    Mended,
    /// It was tried, and stays.
    Stays,
}

/// What a checkup came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckupReport {
    /// Everything that was found.
    pub findings: Vec<Finding>,
    /// Only said, not done.
    pub dry_run: bool,
}
