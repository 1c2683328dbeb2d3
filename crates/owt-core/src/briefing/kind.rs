//! What kind of work a task is, judged from its words.

use serde::Deserialize;
use serde::Serialize;

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// Something new.
    Feature,
    /// Something is wrong.
    Bugfix,
    /// The same, better built.
    Refactor,
    /// Tests for what is there.
    Test,
    /// Words about what is there.
    Docs,
}

/// Words that decide, lower case. Verbs that go with every kind (`add`, `write`, `update`) decide nothing.
const WORDS: [(TaskKind, &[&str]); 4] = [
    (
        TaskKind::Bugfix,
        &[
            "fix",
            "fixes",
            "fixed",
            "fixing",
            "bug",
            "bugs",
            "bugfix",
            "hotfix",
            "broken",
            "crash",
            "crashes",
            "crashing",
            "regression",
            "regressions",
            "repair",
            "leak",
            "leaks",
            "deadlock",
            "panic",
            "panics",
        ],
    ),
    (
        TaskKind::Refactor,
        &[
            "refactor",
            "refactoring",
            "restructure",
            "reorganize",
            "reorganise",
            "simplify",
            "clean",
            "cleanup",
            "rename",
            "extract",
            "inline",
            "deduplicate",
            "move",
            "split",
        ],
    ),
    (TaskKind::Test, &["test", "tests", "testing", "coverage", "spec", "specs"]),
    (
        TaskKind::Docs,
        &[
            "doc",
            "docs",
            "docstring",
            "docstrings",
            "document",
            "documentation",
            "readme",
            "changelog",
            "comment",
            "comments",
            "guide",
            "tutorial",
            "typo",
            "typos",
        ],
    ),
];

/// Words that tell of a fault, where a task does not begin by asking for something else.
const FAULTS: [&str; 18] = [
    "error",
    "errors",
    "exception",
    "exceptions",
    "fails",
    "failing",
    "failed",
    "wrong",
    "incorrect",
    "incorrectly",
    "cannot",
    "can't",
    "doesn't",
    "isn't",
    "issue",
    "issues",
    "stuck",
    "hangs",
];

/// Verbs that begin a task which asks for something else than a repair.
const ASKS: [&str; 15] = [
    "add",
    "implement",
    "create",
    "build",
    "support",
    "introduce",
    "allow",
    "enable",
    "write",
    "update",
    "improve",
    "change",
    "show",
    "handle",
    "provide",
];

/// Words after which "test" is a thing to be written; before others it says of what kind they are ("a test command").
const AFTER_TEST: [&str; 12] =
    ["for", "that", "of", "to", "in", "on", "with", "which", "and", "case", "cases", "suite"];

impl TaskKind {
    /// The kind that the first deciding word of a task's first paragraph names; a feature if there is none.
    pub fn of(task: &str) -> Self {
        let opening = task.trim_start().split("\n\n").next().unwrap_or_default();
        let opening = opening.to_lowercase().replace('’', "'");
        let is_apart = |c: char| !c.is_alphanumeric() && c != '_' && c != '\'';
        let words: Vec<&str> = opening.split(is_apart).filter(|word| !word.is_empty()).collect();
        let asks = words.first().is_some_and(|first| ASKS.contains(first));
        let mut kinds = words.iter().enumerate().map(|(at, word)| {
            let names_another =
                *word == "test" && at > 0 && words.get(at + 1).is_some_and(|next| !AFTER_TEST.contains(next));
            let tells_of_fault = !asks && FAULTS.contains(word);
            if tells_of_fault { Some(Self::Bugfix) } else { Self::named_by(word).filter(|_| !names_another) }
        });
        kinds.find_map(|kind| kind).unwrap_or(Self::Feature)
    }

    fn named_by(word: &str) -> Option<Self> {
        WORDS.iter().find(|(_, words)| words.contains(&word)).map(|(kind, _)| *kind)
    }

    /// The kinds with their words in files.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("feature", Self::Feature),
        ("bugfix", Self::Bugfix),
        ("refactor", Self::Refactor),
        ("test", Self::Test),
        ("docs", Self::Docs),
    ];

    /// Its name in a sentence.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Feature => "a feature",
            Self::Bugfix => "a bug fix",
            Self::Refactor => "a refactoring",
            Self::Test => "tests",
            Self::Docs => "documentation",
        }
    }

    /// The steps to go by, up to the commit.
    pub(super) const fn steps(self) -> [&'static str; 5] {
        match self {
            Self::Feature => [
                "Orient: read the README and the guides for contributors and agents.",
                "Explore: find the code that this touches and how the project does such things.",
                "Implement: the smallest change that does the whole task, in the style of its surroundings.",
                "Test: add tests for what is new, in the project's own way.",
                "Verify: run the project's tests and look at your own diff as a reviewer would.",
            ],
            Self::Bugfix => [
                "Orient: read the report again; find where the code meets what it describes.",
                "Reproduce: write a test that fails because of the fault.",
                "Diagnose: find the root cause, not the nearest symptom.",
                "Fix: the smallest change that mends the cause; the test passes now.",
                "Verify: run the project's tests, and look for the same fault elsewhere.",
            ],
            Self::Refactor => [
                "Orient: run the tests first, so that you know what holds now.",
                "Explore: find everything that uses what you will change.",
                "Implement: in small steps, behaviour unchanged; the tests pass after each.",
                "Test: where behaviour was not held by a test, add one before you change it.",
                "Verify: run the project's tests; nothing dead is left behind.",
            ],
            Self::Test => [
                "Orient: see how the project tests, and run what there is.",
                "Explore: find the behaviour that matters and is not held by any test.",
                "Implement: tests that fail when the behaviour breaks; no change of the code under test unless it is wrong.",
                "Test: break the code once, to see that each new test can fail; put it back.",
                "Verify: run the project's tests twice; a flaky test is a fault.",
            ],
            Self::Docs => [
                "Orient: read what is there and whom it is for.",
                "Explore: check each claim against the code; run each command.",
                "Implement: write short and true, in the voice of what is there.",
                "Test: examples compile or run.",
                "Verify: links lead somewhere; nothing contradicts the code.",
            ],
        }
    }
}
