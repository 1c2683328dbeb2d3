//! The critic: what a person would want to know before work lands or goes, by rules that are data and decide the same way
//! each time. It is given the change as git prints it and what is known of the workspace, and answers with findings.
//!
//! It must not know where the change comes from, and reads nothing by itself.

mod opinion;
mod patch;
mod policy;
mod reviewer;
mod rule;
mod secret_text;
mod standing;
mod suspect;
mod test_code;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::Serialize;

use crate::vcs::ObjectId;

pub use opinion::Opinion;
pub use opinion::Stand;
pub use policy::Policy;
pub use policy::Scope;
pub use policy::ScopeError;
pub use reviewer::FileChange;
pub use reviewer::Reviewer;
pub use reviewer::is_local_setting;
pub use rule::RULES;
pub use rule::Rule;
pub use rule::RuleName;
pub use rule::Severity;
pub use rule::UnknownRule;
pub use standing::Checked;
pub use standing::Deed;
pub use standing::History;
pub use standing::Overlap;
pub use standing::Standing;
pub use standing::judge;
pub use standing::judge_brought;

/// How many findings are kept; the verdict knows of all.
const MAX_FINDINGS: usize = 100;

/// Something that a rule has found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// By which rule.
    pub rule: RuleName,
    /// How much it weighs here.
    pub severity: Severity,
    /// In which file, where it is in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// On which line of it, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What, for the person. Never a secret itself.
    pub what: String,
}

/// What the critic says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// What was found: what weighs most first.
    pub findings: Vec<Finding>,
    /// How many more there are.
    #[serde(default)]
    pub more: u32,
    /// The weight of the heaviest finding, of all.
    #[serde(default)]
    pub heaviest: Option<Severity>,
}

impl Review {
    /// Whether it keeps the work from landing.
    pub fn is_denied(&self) -> bool {
        self.heaviest == Some(Severity::Deny)
    }

    /// Takes in what a rule has found, unless the policy leaves the rule out.
    pub(crate) fn add(&mut self, policy: &Policy, found: Found) {
        let Some(severity) = policy.severity(found.rule) else { return };
        self.heaviest = self.heaviest.max(Some(severity));
        let finding =
            Finding { rule: found.rule, severity, path: found.path, line: found.line, what: found.what };
        // What weighs most is at the front, and stays.
        let at = self.findings.partition_point(|other| other.severity >= severity);
        self.findings.insert(at, finding);
        if self.findings.len() > MAX_FINDINGS {
            self.findings.pop();
            self.more = self.more.saturating_add(1);
        }
    }

    /// Too many commits land at once for each to be looked at by itself.
    pub fn of_unread_history(policy: &Policy, most: usize) -> Self {
        let mut review = Self::default();
        let what = format!(
            "more than {most} commits would land, too many to look through each for what the others take away again: \
             land them as one, with --squash"
        );
        review.add(policy, Found::of(RuleName::Unreadable, what));
        review
    }

    /// Words that go along: the message of a commit, or what a pull request says. `whose` they are is for the person.
    pub fn of_words(policy: &Policy, whose: &str, words: &str) -> Self {
        let mut review = Self::default();
        let found: BTreeSet<&str> = words.lines().filter_map(secret_text::token).collect();
        for what in found {
            review.add(
                policy,
                Found::of(RuleName::SecretText, format!("{whose} has the form of {what} in it")),
            );
        }
        review
    }

    /// Submodules stand at commits that are neither at a remote of theirs nor in the person's checkout.
    pub fn of_unpushed(policy: &Policy, paths: &[String]) -> Self {
        let mut review = Self::default();
        for path in paths {
            let what = "stands at a commit that none of its remotes has: push it there first";
            review.add(policy, Found::of(RuleName::UnpushedWork, what).at(path, None));
        }
        review
    }

    /// What was found in one commit of a history, without what is found in the whole.
    #[must_use]
    pub fn of_commit(mut self, commit: &ObjectId, whole: &Self) -> Self {
        let is_known = |it: &Finding| {
            whole.findings.iter().any(|other| (other.rule, &other.path) == (it.rule, &it.path))
        };
        self.findings.retain(|finding| !is_known(finding));
        for finding in &mut self.findings {
            finding.what = format!(
                "{}, in commit {}: what a later one takes away stays in the history (--squash leaves it out)",
                finding.what,
                commit.short()
            );
        }
        // Of what there was no room for nobody knows whether it is known.
        if self.more == 0 {
            self.heaviest = self.findings.iter().map(|finding| finding.severity).max();
        }
        self
    }

    /// Both reviews in one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.heaviest = self.heaviest.max(other.heaviest);
        self.more = self.more.saturating_add(other.more);
        self.findings.extend(other.findings);
        self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let over = self.findings.len().saturating_sub(MAX_FINDINGS);
        self.findings.truncate(MAX_FINDINGS);
        self.more = self.more.saturating_add(u32::try_from(over).unwrap_or(u32::MAX));
        self
    }
}

/// What a rule has found, before it is weighed.
pub(crate) struct Found {
    rule: RuleName,
    path: Option<String>,
    line: Option<u64>,
    what: String,
}

impl Found {
    fn of(rule: RuleName, what: impl Into<String>) -> Self {
        Self { rule, path: None, line: None, what: what.into() }
    }

    fn at(self, path: &str, line: Option<u64>) -> Self {
        Self { path: Some(path.to_owned()), line, ..self }
    }
}

#[cfg(test)]
mod tests;
