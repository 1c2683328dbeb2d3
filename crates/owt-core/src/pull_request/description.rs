//! What a pull request is called and says when nobody wrote it: from the task, the commits and what changed. The same facts
//! give the same words.

use crate::counting::counted;

/// Most commits that are named.
const COMMITS: usize = 50;
/// Most files that are named.
const FILES: usize = 50;
/// The longest title, in characters: hosts cut longer ones.
const TITLE: usize = 100;

/// What is known of the work.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// What was asked for.
    pub task: Option<&'a str>,
    /// The branch.
    pub branch: &'a str,
    /// The first lines of its commits, oldest first.
    pub commits: &'a [String],
    /// The files that differ, each with lines added and removed, where they were counted.
    pub files: &'a [(String, Option<(u64, u64)>)],
    /// The checks of the repository, as one would type them.
    pub checks: &'a [String],
}

/// Title and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// The title.
    pub title: String,
    /// The text, in Markdown.
    pub body: String,
}

/// Writes them.
pub fn describe(facts: &Facts<'_>) -> Description {
    let sections = [task(facts), commits(facts), files(facts), checks(facts)];
    let body = sections.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    Description { title: title(facts), body: body + "\n" }
}

/// A single commit says it best; otherwise the task's first line, otherwise the branch.
fn title(facts: &Facts<'_>) -> String {
    let of_task = || facts.task.and_then(|task| task.lines().map(str::trim).find(|line| !line.is_empty()));
    let text = match facts.commits {
        [only] => only.as_str(),
        _ => of_task().unwrap_or(facts.branch),
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.chars().count() > TITLE {
        true => line.chars().take(TITLE - 1).chain(['…']).collect(),
        false => line,
    }
}

fn task(facts: &Facts<'_>) -> Option<String> {
    let task = facts.task.map(str::trim).filter(|task| !task.is_empty())?;
    let quoted: Vec<String> = task.lines().map(|line| format!("> {line}").trim_end().to_owned()).collect();
    Some(format!("## Task\n\n{}", quoted.join("\n")))
}

fn commits(facts: &Facts<'_>) -> Option<String> {
    let lines = facts.commits.iter().map(|subject| format!("- {}", plain(subject)));
    listed("Commits", facts.commits.len(), lines, COMMITS, ("commit", "commits"))
}

fn files(facts: &Facts<'_>) -> Option<String> {
    let lines = facts.files.iter().map(|(path, lines)| match lines {
        Some((added, removed)) => format!("- {} (+{added} −{removed})", code(path)),
        None => format!("- {}", code(path)),
    });
    listed("Changes", facts.files.len(), lines, FILES, ("file", "files"))
}

fn checks(facts: &Facts<'_>) -> Option<String> {
    let lines = facts.checks.iter().map(|check| format!("- {}", code(check)));
    listed("Checks of the repository", facts.checks.len(), lines, FILES, ("check", "checks"))
}

fn listed(
    heading: &str,
    count: usize,
    lines: impl Iterator<Item = String>,
    most: usize,
    (one, many): (&str, &str),
) -> Option<String> {
    if count == 0 {
        return None;
    }
    let mut text: Vec<String> = lines.take(most).collect();
    if let Some(rest) = count.checked_sub(most).filter(|rest| *rest > 0) {
        text.push(format!("- and {} more", counted(u32::try_from(rest).unwrap_or(u32::MAX), one, many)));
    }
    Some(format!("## {heading}\n\n{}", text.join("\n")))
}

/// Text that mentions nobody, closes no issue of its own accord and is no mark-up: what agents write reads as it stands.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for sign in text.chars().filter(|sign| !sign.is_control()) {
        if matches!(sign, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '@' | '|') {
            plain.push('\\');
        }
        plain.push(sign);
    }
    plain
}

/// As code, whatever it holds.
fn code(text: &str) -> String {
    let text: String = text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    let longest = text.split(|sign| sign != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let blank = if longest > 0 { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Facts<'_> = Facts { task: None, branch: "feat/x", commits: &[], files: &[], checks: &[] };

    #[test]
    fn it_says_the_task_the_commits_the_changes_and_the_checks() {
        let commits = ["Sign tokens".to_owned(), "Mention @nobody in #1".to_owned()];
        let files = [("src/a.rs".to_owned(), Some((3, 1))), ("od`d".to_owned(), None)];
        let checks = ["cargo test".to_owned()];
        let task = Some("Sign tokens\nwith JWT");
        let said = describe(&Facts { task, commits: &commits, files: &files, checks: &checks, ..NOTHING });
        assert_eq!(said.title, "Sign tokens");
        assert_eq!(
            said.body,
            "## Task\n\n> Sign tokens\n> with JWT\n\n## Commits\n\n- Sign tokens\n- Mention \\@nobody in \\#1\n\n\
             ## Changes\n\n- `src/a.rs` (+3 −1)\n- `` od`d ``\n\n## Checks of the repository\n\n- `cargo test`\n"
        );
    }

    #[test]
    fn a_single_commit_gives_the_title_and_without_anything_the_branch_does() {
        let one = ["Only   one".to_owned()];
        assert_eq!(describe(&Facts { task: Some("Task"), commits: &one, ..NOTHING }).title, "Only one");
        assert_eq!(describe(&Facts { task: Some("\n Task\nmore"), ..NOTHING }).title, "Task");
        assert_eq!(describe(&NOTHING).title, "feat/x");
        let long = "x".repeat(300);
        assert_eq!(describe(&Facts { task: Some(&long), ..NOTHING }).title.chars().count(), TITLE);
    }

    #[test]
    fn long_lists_say_how_much_is_left_out() {
        let commits: Vec<String> = (0..60).map(|number| format!("Step {number}")).collect();
        let said = describe(&Facts { commits: &commits, ..NOTHING });
        assert!(said.body.ends_with("- and 10 commits more\n"), "{}", said.body);
    }
}
