//! The rules for what a change does to files: the files are told first, then the patch, in any portions.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ffi::OsStr;

use super::Found;
use super::Policy;
use super::Review;
use super::RuleName;
use super::patch::Line;
use super::patch::Mode;
use super::patch::NotAPatch;
use super::patch::Patch;
use super::secret_text;
use super::suspect;
use super::test_code;
use crate::counting::counted;
use crate::secret_rule;

/// How often one rule speaks of one file.
const MAX_OF_A_FILE: u32 = 3;

/// The repository's own rules for owt, in whatever folder somebody puts them.
const OWN_RULES: &[&str] = &[".worktreerc.toml", ".worktreerc"];

/// Settings of agents for one machine, by the ends of their paths.
const LOCAL_SETTINGS: &[&str] = &[".claude/settings.local.json", "CLAUDE.local.md"];

/// Whether a file holds an agent's settings for one machine, and has no place in a commit.
pub fn is_local_setting(path: &str) -> bool {
    LOCAL_SETTINGS
        .iter()
        .any(|end| path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/')))
}

/// What a change does to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileChange {
    /// It is new, or has another name.
    New,
    /// It is changed.
    Changed,
    /// It is gone.
    Gone,
}

/// Looks at a change.
#[derive(Debug)]
pub struct Reviewer {
    policy: Policy,
    review: Review,
    files: BTreeMap<String, FileChange>,
    withheld: BTreeSet<String>,
    patch: Patch,
    current: Option<Current>,
    torn: bool,
}

/// The file whose content is read.
#[derive(Debug, Default)]
struct Current {
    path: String,
    stays: bool,
    is_link: bool,
    is_test: bool,
    added: u64,
    beginning: Vec<u8>,
    tests: (u32, u32),
    markers: (Option<u64>, bool),
    told: BTreeMap<RuleName, u32>,
}

impl Reviewer {
    /// With what the configuration says.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            review: Review::default(),
            files: BTreeMap::new(),
            withheld: BTreeSet::new(),
            patch: Patch::default(),
            current: None,
            torn: false,
        }
    }

    /// Files of the change that stay out of the commit, whatever is in them.
    pub fn withhold(&mut self, paths: &[String]) {
        for path in paths {
            self.find(Found::of(RuleName::WithheldFiles, "stays out of the commit").at(path, None));
        }
        self.withheld.extend(paths.iter().cloned());
    }

    /// Takes one file of the change. `lines`: how many lines it adds and takes away; `None` where it is binary.
    pub fn file(&mut self, path: &str, change: FileChange, lines: Option<(u64, u64)>) {
        if self.withheld.contains(path) {
            return;
        }
        self.files.insert(path.to_owned(), change);
        if !self.policy.is_in_scope(path) {
            self.find(Found::of(RuleName::OutOfScope, "lies outside of where changes belong").at(path, None));
        }
        if change == FileChange::Gone {
            if test_code::is_test(path) {
                self.find(Found::of(RuleName::DeletedTests, "is taken away with its tests").at(path, None));
            }
            return;
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        if OWN_RULES.contains(&name) {
            let what = "changes the rules of this repository; this landing is judged by those of the target";
            self.find(Found::of(RuleName::Rules, what).at(path, None));
        }
        if is_local_setting(path) {
            let what = "holds an agent's settings for one machine";
            self.find(Found::of(RuleName::LocalSettings, what).at(path, None));
        }
        match lines {
            None => self.find(Found::of(RuleName::Binary, "is no text").at(path, None)),
            // No patch tells of it: an empty file, or another name for what there was.
            Some((0, 0)) if change == FileChange::New => self.name_of_secret(path, change, || None),
            Some(_) => {}
        }
    }

    /// Takes the next bytes of the patch.
    pub fn patch(&mut self, bytes: &[u8]) {
        let mut patch = std::mem::take(&mut self.patch);
        let read = patch.take(bytes, &mut |line| self.line(line));
        self.patch = patch;
        self.torn |= read == Err(NotAPatch);
    }

    /// What was found. A patch that did not read as one is a finding.
    pub fn end(mut self) -> Review {
        let patch = std::mem::take(&mut self.patch);
        self.torn |= patch.end(&mut |line| self.line(line)) == Err(NotAPatch);
        self.file_ends();
        if self.torn {
            self.find(Found::of(RuleName::Unreadable, "the change could not be read to its end"));
        }
        self.review
    }

    fn find(&mut self, found: Found) {
        self.review.add(&self.policy, found);
    }

    fn line(&mut self, line: Line<'_>) {
        match line {
            Line::File { path, mode, stays } => {
                self.file_ends();
                if self.withheld.contains(&path) {
                    return;
                }
                if mode == Mode::Submodule {
                    self.find(Found::of(RuleName::Submodule, "is a submodule that is moved").at(&path, None));
                }
                self.current = Some(Current {
                    is_test: test_code::is_test(&path),
                    is_link: mode == Mode::Link,
                    path,
                    stays,
                    ..Current::default()
                });
            }
            Line::Removed { text } => {
                let Some(current) = &mut self.current else { return };
                let is_test = current.stays && test_code::begins_test(&String::from_utf8_lossy(text));
                current.tests.0 += u32::from(is_test);
            }
            Line::Added { number, text, is_cut } => self.added(number, text, is_cut),
        }
    }

    fn added(&mut self, number: u64, text: &[u8], is_cut: bool) {
        let Some(current) = &mut self.current else { return };
        current.added = current.added.saturating_add(text.len() as u64 + 1);
        let room = usize::try_from(secret_rule::LOOKED_AT).unwrap_or(usize::MAX);
        let room = room.saturating_sub(current.beginning.len());
        current.beginning.extend_from_slice(&text[..text.len().min(room)]);
        current.beginning.push(b'\n');
        let line = readable(text);
        if current.is_link {
            return self.secrets_in(number, &line);
        }
        current.tests.1 += u32::from(test_code::begins_test(&line));
        if line.starts_with("<<<<<<< ") {
            current.markers.0.get_or_insert(number);
        }
        current.markers.1 |= line.starts_with(">>>>>>> ");
        // Bytes of a binary file have no lines that could be too long.
        if is_cut && !text.contains(&0) {
            self.speak(RuleName::Unreadable, number, "a line is too long to be looked at".to_owned());
        }
        self.look_at(number, &line);
    }

    fn look_at(&mut self, number: u64, line: &str) {
        let Some(current) = &self.current else { return };
        let mut found: Vec<(RuleName, String)> = Vec::new();
        if let Some(word) = test_code::switches_off(line) {
            found.push((RuleName::SkippedTests, format!("switches a test off: {word}")));
        }
        if !current.is_test {
            found.extend(
                suspect::in_line(&current.path, line)
                    .map(|(rule, word, what)| (rule, format!("'{word}' {what}"))),
            );
        }
        self.secrets_in(number, line);
        for (rule, what) in found {
            self.speak(rule, number, what);
        }
    }

    fn secrets_in(&mut self, number: u64, line: &str) {
        if let Some(what) = secret_text::token(line) {
            self.speak(RuleName::SecretText, number, format!("has the form of {what}"));
        } else if let Some(what) = secret_text::likely(line) {
            self.speak(RuleName::SecretEntropy, number, what);
        }
    }

    /// Says something of a line, unless the rule has spoken often enough of this file.
    fn speak(&mut self, rule: RuleName, number: u64, what: String) {
        let Some(current) = &mut self.current else { return };
        let told = current.told.entry(rule).or_default();
        *told += 1;
        if *told <= MAX_OF_A_FILE {
            let found = Found::of(rule, what).at(&current.path, Some(number));
            self.review.add(&self.policy, found);
        }
    }

    fn file_ends(&mut self) {
        let Some(current) = self.current.take() else { return };
        for (rule, times) in &current.told {
            if let Some(more) = times.checked_sub(MAX_OF_A_FILE).filter(|more| *more > 0) {
                let what = format!("and {} more like these", counted(more, "line", "lines"));
                self.find(Found::of(*rule, what).at(&current.path, None));
            }
        }
        if !current.stays {
            return;
        }
        let path = current.path.as_str();
        let change = self.files.get(path).copied().unwrap_or(FileChange::New);
        if let (Some(line), true) = current.markers {
            let what = "has the marks of a conflict that is not settled";
            self.find(Found::of(RuleName::ConflictMarkers, what).at(path, Some(line)));
        }
        if current.tests.0 > current.tests.1 {
            let gone = current.tests.0 - current.tests.1;
            let what = format!("has {} less", counted(gone, "test", "tests"));
            self.find(Found::of(RuleName::DeletedTests, what).at(path, None));
        }
        if self.policy.max_file.is_some_and(|most| current.added > most) {
            let what = format!("grows by {} bytes", current.added);
            self.find(Found::of(RuleName::LargeFile, what).at(path, None));
        }
        if current.is_link && leads_out(path, &String::from_utf8_lossy(&current.beginning)) {
            self.find(
                Found::of(RuleName::LinkOut, "is a link that leads out of the repository").at(path, None),
            );
        }
        let beginning = current.beginning;
        self.name_of_secret(&current.path, change, || Some(beginning));
    }

    fn name_of_secret(&mut self, path: &str, change: FileChange, content: impl FnOnce() -> Option<Vec<u8>>) {
        let Some(line) = secret_rule::secret(OsStr::new(path), content) else { return };
        let rule = match change {
            FileChange::New => RuleName::SecretFile,
            // It is in the repository already, whatever that means.
            FileChange::Changed | FileChange::Gone => RuleName::SecretChanged,
        };
        self.find(
            Found::of(rule, format!("is a secret by its name or content: {}", line.what)).at(path, None),
        );
    }
}

/// A line to be read. In UTF-16 each byte of ASCII has a NUL beside it: a key in it is a key.
fn readable(text: &[u8]) -> Cow<'_, str> {
    match text.contains(&0) {
        true => {
            let rest: Vec<u8> = text.iter().copied().filter(|&byte| byte != 0).collect();
            Cow::Owned(String::from_utf8_lossy(&rest).into_owned())
        }
        false => String::from_utf8_lossy(text),
    }
}

/// Whether the target of a link at `path` lies outside of the repository.
fn leads_out(path: &str, target: &str) -> bool {
    let target = target.trim_end_matches('\n');
    if target.starts_with('/') {
        return true;
    }
    let mut depth = path.split('/').count() - 1;
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}
