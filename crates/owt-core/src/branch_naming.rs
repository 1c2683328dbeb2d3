//! Branch names from a task's words: `Add user authentication with JWT` → `feat/add-user-authentication-jwt`.
//!
//! The keyword rules are those of Open Orchestrator 0.4 (`core/branch_namer.py`), with two differences: a verb
//! that already is the prefix is not said twice (`fix/login-redirect-bug`, not `fix/fix-login-redirect-bug`),
//! and letters of all scripts are kept instead of dropped.

use crate::text::without_sequences;
use crate::vcs::BranchName;

/// At most this many words of the task.
const MAX_WORDS: usize = 6;
/// At most this many characters of slug.
const MAX_SLUG: usize = 50;

const KEYWORDS: &[(&str, &[&str])] = &[
    ("fix", &["fix", "bugfix", "bug", "patch", "repair", "resolve"]),
    ("hotfix", &["hotfix"]),
    (
        "feat",
        &[
            "add",
            "feature",
            "implement",
            "create",
            "build",
            "introduce",
            "update",
            "remove",
            "delete",
            "improve",
            "enhance",
            "optimize",
        ],
    ),
    ("refactor", &["refactor", "restructure", "reorganize", "clean", "cleanup"]),
    ("docs", &["docs", "document", "documentation"]),
    ("test", &["test", "testing"]),
    ("experiment", &["experiment", "explore", "research", "spike"]),
    ("chore", &["chore", "upgrade", "migrate"]),
    ("perf", &["perf", "performance"]),
    ("security", &["security", "secure"]),
];

/// First words that stay in the slug, because they say more than the prefix does.
const KEPT: &[&str] =
    &["add", "remove", "delete", "update", "improve", "enhance", "optimize", "create", "build"];

const FILLERS: &[&str] = &[
    "a", "an", "the", "and", "or", "but", "in", "on", "at", "to", "for", "of", "with", "by", "from", "is",
    "are", "was", "were", "be", "been", "being", "have", "has", "had", "do", "does", "did", "will", "would",
    "could", "should", "may", "might", "shall", "can", "need", "must", "that", "this", "these", "those",
    "it", "its", "my", "our", "your", "their", "we", "i", "me", "us", "them", "so", "if", "then", "than",
    "when", "where", "how", "what", "which", "who", "whom",
];

/// Why no name can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NamingError {
    /// Nothing but white space.
    #[error("the task is empty")]
    Empty,
    /// No letter or digit in it.
    #[error("the task has no word that a branch name can be made of")]
    NoUsableWord,
    /// The prefix breaks git's rules.
    #[error(transparent)]
    Invalid(#[from] crate::vcs::BranchNameError),
}

/// The branch name that a task's words give. `prefix` overrides the keyword's.
///
/// # Errors
/// [`NamingError`].
pub fn branch_for_task(task: &str, prefix: Option<&str>) -> Result<BranchName, NamingError> {
    if task.trim().is_empty() {
        return Err(NamingError::Empty);
    }
    let words = words_of(task);
    let first = words.first().ok_or(NamingError::NoUsableWord)?;
    let keyword = keyword_prefix(first);
    let chosen = prefix.map_or_else(|| keyword.unwrap_or("feat"), |prefix| prefix.trim_matches('/'));
    let drop_first = keyword.is_some() && !KEPT.contains(&first.as_str()) && words.len() > 1;
    let slug = slug_of(&words[usize::from(drop_first)..]);
    let name = if chosen.is_empty() { slug } else { format!("{chosen}/{slug}") };
    Ok(BranchName::new(name)?)
}

/// The same name with a number: `feat/x` → `feat/x-2`.
///
/// # Panics
/// Never: a valid name with digits added stays valid (at most 200 bytes are kept by construction).
pub fn numbered(branch: &BranchName, number: u32) -> BranchName {
    BranchName::new(format!("{branch}-{number}")).unwrap_or_else(|_| branch.clone())
}

/// A title for people: the task's first line, shortened at a word.
pub fn title_for_task(task: &str) -> String {
    const MAX_TITLE: usize = 72;
    let task = without_sequences(task);
    let line = task.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let clean: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.chars().count() <= MAX_TITLE {
        return clean;
    }
    let cut: String = clean.chars().take(MAX_TITLE - 1).collect();
    let whole_words = cut.rfind(' ').filter(|&at| at > MAX_TITLE / 2).map_or(cut.as_str(), |at| &cut[..at]);
    format!("{}…", whole_words.trim_end())
}

fn keyword_prefix(word: &str) -> Option<&'static str> {
    KEYWORDS.iter().find(|(_, words)| words.contains(&word)).map(|(prefix, _)| *prefix)
}

/// Lower-case runs of letters and digits; an apostrophe inside a word vanishes (`don't` → `dont`), and so does what
/// tells a terminal to do something.
fn words_of(task: &str) -> Vec<String> {
    without_sequences(task)
        .to_lowercase()
        .replace(['\'', '’'], "")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn slug_of(words: &[String]) -> String {
    let telling: Vec<&String> = words.iter().filter(|word| !FILLERS.contains(&word.as_str())).collect();
    let chosen = if telling.is_empty() { words.iter().collect() } else { telling };
    let mut slug = String::new();
    let mut length = 0;
    for word in chosen.into_iter().take(MAX_WORDS) {
        let added = word.chars().count() + usize::from(length > 0);
        if length > 0 && length + added > MAX_SLUG {
            break;
        }
        if length > 0 {
            slug.push('-');
        }
        slug.extend(word.chars().take(MAX_SLUG));
        length += added;
    }
    slug
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(task: &str) -> String {
        branch_for_task(task, None).unwrap().to_string()
    }

    #[test]
    fn known_tasks_get_their_names() {
        for (task, expected) in [
            ("Add user authentication with JWT", "feat/add-user-authentication-jwt"),
            ("Fix login redirect bug", "fix/login-redirect-bug"),
            ("Refactor database queries", "refactor/database-queries"),
            ("Patch CVE", "fix/cve"),
            ("fix", "fix/fix"),
            ("Implement the thing", "feat/thing"),
            ("Ünïcode in names: größer", "feat/ünïcode-names-größer"),
            ("日本語 を 追加", "feat/日本語-を-追加"),
            ("the and of", "feat/the-and-of"),
            ("Don't break; `rm -rf` $(x)", "feat/dont-break-rm-rf-x"),
            ("- leading dash", "feat/leading-dash"),
            ("one two three four five six seven", "feat/one-two-three-four-five-six"),
        ] {
            assert_eq!(name(task), expected, "{task}");
        }
    }

    #[test]
    fn empty_and_wordless_tasks_are_refused() {
        assert_eq!(branch_for_task("  \n", None), Err(NamingError::Empty));
        assert_eq!(branch_for_task("!!! ???", None), Err(NamingError::NoUsableWord));
    }

    #[test]
    fn a_prefix_overrides_and_may_be_empty() {
        assert_eq!(branch_for_task("Fix it all", Some("team/x")).unwrap().as_str(), "team/x/all");
        assert_eq!(branch_for_task("Fix login", Some("")).unwrap().as_str(), "login");
        assert!(branch_for_task("Fix it", Some("a..b")).is_err());
    }

    #[test]
    fn titles_and_names_hold_nothing_of_a_sequence() {
        assert_eq!(name("two\nlines \u{1b}[31mred\u{1b}[0m"), "feat/two-lines-red");
        assert_eq!(title_for_task("\u{1b}[31m\n\u{1b}[1mRed\u{1b}[0m line"), "Red line");
        assert_eq!(branch_for_task("\u{1b}[31m", None), Err(NamingError::NoUsableWord));
    }

    /// A sequence of any kind, whose letters and digits no word of the test has.
    fn sequence() -> impl Strategy<Value = String> {
        prop_oneof![
            "\u{1b}\\[[0-9;]{0,8}[A-Zm-z]",
            "\u{9b}[0-9;?]{0,8}[ -/]{0,2}[@-~]",
            "\u{1b}\\][0-9]{1,3};[A-Z0-9 /:.]{0,20}(\u{7}|\u{1b}\\\\)",
            "\u{1b}[P^_X][A-Z0-9 ]{0,20}(\u{9c}|\u{1b}\\\\)",
            "\u{1b}[(-/][0-9A-Z]",
        ]
    }

    proptest! {
        #[test]
        fn sequences_leave_no_fragment(
            parts in proptest::collection::vec(("[ghi]{1,6}( [ghi]{1,6}){0,2}", sequence()), 1..5),
        ) {
            let plain: Vec<&str> = parts.iter().map(|(text, _)| text.as_str()).collect();
            let coloured: Vec<String> =
                parts.iter().map(|(text, sequence)| format!("{sequence}{text}{sequence}")).collect();
            prop_assert_eq!(name(&coloured.join(" ")), name(&plain.join(" ")));
            prop_assert_eq!(title_for_task(&coloured.join(" ")), title_for_task(&plain.join(" ")));
        }

        #[test]
        fn every_task_gives_a_valid_short_name_or_an_error(task in "\\PC{0,200}") {
            if let Ok(branch) = branch_for_task(&task, None) {
                let slug = branch.as_str().split_once('/').unwrap().1;
                prop_assert!(slug.chars().count() <= MAX_SLUG);
                prop_assert!(!slug.contains("--") && !slug.starts_with('-') && !slug.ends_with('-'));
            }
        }

        #[test]
        fn titles_are_one_short_line(task in "(.|\n){0,300}") {
            let title = title_for_task(&task);
            prop_assert!(title.chars().count() <= 72 && !title.contains('\n'));
        }
    }
}
