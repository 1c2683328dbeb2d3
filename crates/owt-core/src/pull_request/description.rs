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

/// The longest title and text that a host takes, in characters (docs.github.com says it of neither; GitHub answers "body is too long
/// (maximum is 65536 characters)", and 256 for the title).
const MOST_TITLE: usize = 256;
const MOST_BODY: usize = 65_536;

/// What stands where the rest of a text was.
const CUT: &str = "\n\n_The rest is longer than a pull request may say, and was left out._\n";

impl Description {
    /// The same as far as a host takes it; what is left out is told in it.
    #[must_use]
    pub fn fitted(self) -> Self {
        Self { title: fitted_title(self.title), body: fitted_body(self.body) }
    }
}

fn fitted_title(title: String) -> String {
    match title.chars().count() > MOST_TITLE {
        true => title.chars().take(MOST_TITLE - 1).chain(['…']).collect(),
        false => title,
    }
}

/// Cut after a line, and where that would be next to nothing after a character; a fence that is open there is closed.
fn fitted_body(body: String) -> String {
    if body.chars().count() <= MOST_BODY {
        return body;
    }
    let room = MOST_BODY - CUT.chars().count() - FENCES[0].len() - 1;
    let beginning: String = body.chars().take(room).collect();
    let line = beginning.rfind('\n').filter(|at| *at > beginning.len() / 2);
    let kept = beginning[..line.unwrap_or(beginning.len())].trim_end();
    let close = FENCES.iter().filter(|fence| {
        let opened = kept.lines().filter(|line| line.trim_start().starts_with(**fence)).count();
        opened % 2 == 1
    });
    let close: String = close.take(1).map(|fence| format!("\n{fence}")).collect();
    format!("{kept}{close}{CUT}")
}

/// What a block of code begins and ends with.
const FENCES: [&str; 2] = ["```", "~~~"];

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

    #[test]
    fn what_is_longer_than_a_host_takes_is_cut_after_a_line_and_says_so() {
        let long = Description { title: "ä".repeat(300), body: "Ein Satz mit Ümläuten.\n".repeat(4000) };
        let fitted = long.fitted();
        assert_eq!((fitted.title.chars().count(), fitted.title.ends_with('…')), (MOST_TITLE, true));
        assert!(fitted.body.chars().count() <= MOST_BODY);
        assert!(
            fitted.body.ends_with(&format!("Ümläuten.{CUT}")),
            "{}",
            &fitted.body[fitted.body.len() - 200..]
        );
        let fenced =
            Description { title: String::new(), body: format!("Log:\n```\n{}", "x\n".repeat(70_000)) };
        assert!(fenced.fitted().body.ends_with(&format!("x\n```{CUT}")));
        let one_line = Description { title: String::new(), body: "🦀".repeat(70_000) }.fitted();
        assert!(one_line.body.chars().count() <= MOST_BODY && one_line.body.ends_with(CUT));
        let whole = Description { title: "x".repeat(MOST_TITLE), body: "y".repeat(MOST_BODY) };
        assert_eq!(whole.clone().fitted(), whole);
    }
}
