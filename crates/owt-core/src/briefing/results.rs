//! What came of work that the new work builds on: told with its source, never as an instruction (decision 9).

use std::fmt::Write as _;

use super::Line;
use super::inert;
use super::plain;
use super::quote::CAUTION;
use crate::status::Status;

/// The most pieces of earlier work that are told; the first ones.
pub const MAX_RESULTS: usize = 10;
/// The longest last words that are told, in characters.
pub const MAX_LAST_WORDS: usize = 4_000;

/// One piece of earlier work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierWork {
    /// Its workspace.
    pub name: String,
    /// Its title.
    pub title: String,
    /// How it stands.
    pub status: Status,
    /// Where its commits are; `None` without git.
    pub line: Option<Line>,
    /// What its agent said last, if it said anything.
    pub last_words: Option<String>,
}

/// What an agent is told of earlier work.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EarlierResults {
    /// In the order in which they were named.
    pub told: Vec<EarlierWork>,
    /// Names of those that are kept from an agent which may do everything unasked: it may look for them itself.
    pub held_back: Vec<String>,
}

impl EarlierResults {
    pub(super) fn write(&self, text: &mut String) {
        if self.told.is_empty() && self.held_back.is_empty() {
            return;
        }
        let _infallible = writeln!(text, "\n## Results of earlier work\n{CAUTION}");
        for work in self.told.iter().take(MAX_RESULTS) {
            work.write(text);
        }
        if self.told.len() > MAX_RESULTS {
            let left = self.told.len() - MAX_RESULTS;
            let _infallible = writeln!(text, "There are {left} more: `owt list` names them.");
        }
        for name in &self.held_back {
            let name = inert(name);
            let _infallible = writeln!(
                text,
                "That of workspace {name} is not shown here, and nothing asks you to read it (`owt show {name}`)."
            );
        }
    }
}

impl EarlierWork {
    fn write(&self, text: &mut String) {
        let (name, title) = (inert(&self.name), inert(&self.title));
        let status = self.status.as_str();
        let _infallible = writeln!(text, "Workspace {name} ({status}), `{title}`.");
        if let Some(Line { branch, base, commit }) = &self.line {
            let [branch, base, commit] = [branch, base, commit].map(|words| inert(words));
            let _infallible = writeln!(
                text,
                "Its commits are on the branch `{branch}`, which starts from `{base}`: `git log {commit}..{branch}`."
            );
        }
        let Some(words) = &self.last_words else { return };
        let _infallible = writeln!(text, "Its agent's last words:");
        let bounded: String = words.chars().take(MAX_LAST_WORDS).collect();
        for line in bounded.lines() {
            let _infallible = writeln!(text, "> {}", plain(line));
        }
    }
}
