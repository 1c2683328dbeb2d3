//! What a configuration says of the rules.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::RULES;
use super::RuleName;
use super::Severity;

/// How the rules are taken in one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Rules that weigh something else than they would; `None`: the rule is left out.
    pub weights: BTreeMap<RuleName, Option<Severity>>,
    /// The most that a change may add to one file, in bytes; `None`: any amount.
    pub max_file: Option<u64>,
    /// Where changes belong. Empty: anywhere.
    pub scope: Vec<Scope>,
}

impl Policy {
    /// The same with no other rules than these.
    #[must_use]
    pub fn only(mut self, rules: &[RuleName]) -> Self {
        let others = RULES.iter().map(|rule| rule.name).filter(|name| !rules.contains(name));
        self.weights.extend(others.map(|name| (name, None)));
        self
    }

    /// How much a rule weighs; `None`: it is left out.
    pub fn severity(&self, rule: RuleName) -> Option<Severity> {
        self.weights.get(&rule).copied().unwrap_or(Some(rule.rule().severity))
    }

    /// Takes a repository's wish, unless the rule is one that only the person may make lighter.
    pub fn wish(&mut self, rule: RuleName, severity: Option<Severity>) {
        let lighter = severity < self.severity(rule);
        if !lighter || rule.rule().repository_may_lower {
            self.weights.insert(rule, severity);
        }
    }

    /// Whether a file at this path may be changed.
    pub(super) fn is_in_scope(&self, path: &str) -> bool {
        self.scope.is_empty() || self.scope.iter().any(|scope| scope.holds(path))
    }
}

/// A place in a repository: a file, a folder with all that is in it, or a pattern (`*` is any part of a name, `**` any
/// number of folders).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    text: String,
    parts: Vec<String>,
}

/// No place in a repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// It is absolute, or leads out.
    #[error("it is not a path below the repository's root")]
    Outside,
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let parts: Vec<String> =
            text.split('/').filter(|part| !matches!(*part, "" | ".")).map(str::to_owned).collect();
        match () {
            () if parts.is_empty() => Err(ScopeError::Empty),
            () if text.starts_with('/') || parts.iter().any(|part| part == "..") => Err(ScopeError::Outside),
            () => Ok(Self { text: text.to_owned(), parts }),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Scope {
    /// Whether a file lies in it.
    pub fn holds(&self, path: &str) -> bool {
        let path: Vec<&str> = path.split('/').collect();
        fits(&self.parts, &path)
    }
}

fn fits(parts: &[String], path: &[&str]) -> bool {
    match (parts.split_first(), path.split_first()) {
        // A folder holds what is below it.
        (None, _) => true,
        (Some((part, rest)), _) if part == "**" => {
            (0..=path.len()).any(|skipped| fits(rest, &path[skipped..]))
        }
        (Some(_), None) => false,
        (Some((part, rest)), Some((name, below))) => {
            fits_name(part.as_bytes(), name.as_bytes()) && fits(rest, below)
        }
    }
}

/// Linear but for going back to the last star.
fn fits_name(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut from, mut star) = (0, 0, None);
    while from < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(byte) if *byte == name[from] => {
                at += 1;
                from += 1;
            }
            _ => match star {
                Some((back, taken)) => {
                    star = Some((back, taken + 1));
                    at = back + 1;
                    from = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}
