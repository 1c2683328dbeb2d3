//! The message of a commit of left work, or of one that takes several together: from its task, and from what it has.

use crate::vcs::BranchName;

/// The longest first line, in characters: what `git log --oneline` and code hosts show.
const MAX_SUBJECT: usize = 72;
/// How many files are named, and how many commits.
const MAX_FILES: usize = 10;
const MAX_COMMITS: usize = 50;
/// How much of a task goes along, in characters.
const MAX_TASK: usize = 2000;

/// What a message is made of.
#[derive(Debug, Clone, Copy)]
pub struct LeftWork<'a> {
    /// What the agent was asked to do, where that is known.
    pub task: Option<&'a str>,
    /// The workspace's name.
    pub name: &'a str,
    /// Its branch.
    pub branch: &'a BranchName,
    /// The first lines of the commits that it takes together, oldest first; none: it takes only what was left.
    pub commits: &'a [String],
    /// The files that are committed.
    pub files: &'a [String],
}

/// The message: `template` is its first line, with `{subject}`, `{name}` and `{branch}`.
pub fn commit_message(template: &str, work: &LeftWork<'_>) -> String {
    let task = work.task.map(str::trim).filter(|task| !task.is_empty());
    let only = match work.commits {
        [only] => Some(only.as_str()),
        _ => None,
    };
    let first = task.and_then(|task| task.lines().next()).or(only).unwrap_or(work.name);
    let subject = template
        .replace("{name}", work.name)
        .replace("{branch}", work.branch.as_str())
        // The last: what a task says is no template.
        .replace("{subject}", &plain(first));
    let (subject, is_cut) = shortened(subject.trim(), MAX_SUBJECT);
    let mut message = subject;
    let says_more = task.filter(|task| is_cut || task.lines().nth(1).is_some());
    if let Some(task) = says_more {
        let lines: Vec<String> = task.lines().map(|line| plain(line).trim_end().to_owned()).collect();
        message.push_str(&format!("\n\n{}", shortened(&lines.join("\n"), MAX_TASK).0));
    }
    let said = message.lines().next().unwrap_or_default();
    if work.commits.iter().any(|commit| commit != said) {
        message.push_str(&format!("\n\n{}", listed("Commits:", work.commits, MAX_COMMITS)));
    }
    message.push_str(&format!("\n\n{}\n", listed("Changed:", work.files, MAX_FILES)));
    message
}

/// Commits or files, each on a line.
fn listed(heading: &str, all: &[String], most: usize) -> String {
    let named = all.iter().take(most).map(|one| format!("- {}", plain(one)));
    let more = all.len().saturating_sub(most);
    let more = (more > 0).then(|| format!("- and {more} more"));
    std::iter::once(heading.to_owned()).chain(named).chain(more).collect::<Vec<_>>().join("\n")
}

/// A line without what a terminal would obey.
fn plain(line: &str) -> String {
    line.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect()
}

fn shortened(text: &str, most: usize) -> (String, bool) {
    if text.chars().count() <= most {
        return (text.to_owned(), false);
    }
    let kept: String = text.chars().take(most - 1).collect();
    (format!("{}…", kept.trim_end()), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(template: &str, task: Option<&str>, files: &[&str]) -> String {
        let branch = BranchName::new("feat/x").unwrap();
        let files: Vec<String> = files.iter().map(|path| (*path).to_owned()).collect();
        commit_message(template, &LeftWork { task, name: "x", branch: &branch, commits: &[], files: &files })
    }

    #[test]
    fn one_that_takes_commits_together_has_their_words() {
        let branch = BranchName::new("feat/x").unwrap();
        let (commits, files) = (["Add login".to_owned(), "Test it".to_owned()], ["a.rs".to_owned()]);
        let message = |task, commits| {
            let files = files.as_slice();
            commit_message("{subject}", &LeftWork { task, name: "x", branch: &branch, commits, files })
        };
        let all = message(Some("Make it"), &commits);
        assert_eq!(all, "Make it\n\nCommits:\n- Add login\n- Test it\n\nChanged:\n- a.rs\n");
        assert_eq!(message(None, &commits[..1]), "Add login\n\nChanged:\n- a.rs\n");
    }

    #[test]
    fn it_says_what_was_asked_for_and_what_changed() {
        assert_eq!(message("{subject}", Some("Add login\n"), &["a.rs"]), "Add login\n\nChanged:\n- a.rs\n");
        assert_eq!(message("{subject} ({name})", None, &["a"]), "x (x)\n\nChanged:\n- a\n");
        assert_eq!(
            message("{branch}: {subject}", Some("Add login\nwith {name}"), &["a"]),
            "feat/x: Add login\n\nAdd login\nwith {name}\n\nChanged:\n- a\n"
        );
    }

    #[test]
    fn what_is_long_is_cut_and_nothing_in_it_is_obeyed() {
        let text = message("{subject}", Some(&"word ".repeat(40)), &["a\nb\u{1b}[31m"]);
        let first = text.lines().next().unwrap();
        assert!(first.chars().count() <= MAX_SUBJECT && first.ends_with('…'), "{first}");
        assert!(text.contains("- a b [31m\n"), "{text}");
        let files: Vec<String> = (0..12).map(|number| number.to_string()).collect();
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        assert!(message("{subject}", None, &files).ends_with("- 9\n- and 2 more\n"));
    }
}
