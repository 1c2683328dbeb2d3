//! Which files that git does not track go along into a new workspace.

use super::Project;
use super::RelPath;

/// The lines of a `.worktreeinclude` (gitignore syntax), sorted into those that can be followed and those that cannot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncludeRules {
    /// Patterns in their order, later ones win; for git to match against what it does not track.
    pub patterns: Vec<String>,
    /// Patterns that lead out of the checkout, with their line numbers from 1; they are not followed.
    pub refused: Vec<(usize, String)>,
    /// Patterns that git never matches with anything, with their line numbers from 1 and what is wrong with them.
    pub void: Vec<(usize, String, &'static str)>,
}

/// Files that agents read and that people often keep out of git. One that git does not ignore must not be copied into
/// a worktree, where it would enter a commit: it goes to the agent another way.
pub const AGENT_FILE_PATTERNS: &[&str] = &[
    "/AGENTS.md",
    "/AGENTS.override.md",
    "/CLAUDE.md",
    "/CLAUDE.local.md",
    "/GEMINI.md",
    "/.claude/CLAUDE.md",
    "/.claude/settings.json",
    "/.claude/settings.local.json",
    "/.mcp.json",
    "/opencode.json",
    "/opencode.jsonc",
];

/// Folders of the same kind: a pattern names all that is in them. Not `.claude` as a whole, where agents keep worktrees
/// of their own.
pub const AGENT_FOLDER_PATTERNS: &[&str] = &[
    "/.claude/agents",
    "/.claude/commands",
    "/.claude/hooks",
    "/.claude/output-styles",
    "/.claude/rules",
    "/.claude/skills",
    "/.codex",
    "/.factory",
    "/.gemini",
    "/.opencode",
    "/.pi",
];

/// Instructions for agents that may lie in any folder, beside the code that they are about.
pub const NESTED_AGENT_FILES: &[&str] = &["AGENTS.md", "CLAUDE.md", "CLAUDE.local.md", "GEMINI.md"];

/// Folders in those of agents that hold what they have written for themselves, or packages.
const AGENTS_OWN_RECORDS: &[&str] =
    &["archived_sessions", "cache", "log", "logs", "node_modules", "sessions", "tmp"];

/// Patterns for the files with variables that people and tools keep beside a project. A folder that is called so (a
/// virtual environment of Python) is none.
const ENVIRONMENT_FILES: &[&str] = &[".env", ".envrc", ".env.*", ".env-*", ".env_*"];

impl IncludeRules {
    /// Reads the text of a `.worktreeinclude`.
    pub fn parse(text: &str) -> Self {
        let mut rules = Self::default();
        for (index, line) in text.lines().enumerate() {
            let pattern = line.trim_end_matches(['\r', ' ', '\t']);
            match pattern {
                "" => {}
                _ if pattern.starts_with('#') => {}
                _ if leads_out(pattern) => rules.refused.push((index + 1, pattern.to_owned())),
                _ => match never_matches(pattern) {
                    Some(why) => rules.void.push((index + 1, pattern.to_owned(), why)),
                    None => rules.patterns.push(pattern.to_owned()),
                },
            }
        }
        rules
    }

    /// What goes along without being asked for: `.env`, `.envrc`, `.env.*`, `.env-*` and `.env_*` of the root and of each
    /// project's folder.
    pub fn environment_files(projects: &[Project]) -> Self {
        let mut folders: Vec<&RelPath> = projects.iter().map(|project| &project.folder).collect();
        let root = RelPath::root();
        folders.push(&root);
        folders.sort();
        folders.dedup();
        let patterns = folders
            .into_iter()
            .filter_map(pattern_of)
            .flat_map(|folder| ENVIRONMENT_FILES.iter().map(move |name| format!("{folder}/{name}")));
        Self { patterns: patterns.collect(), ..Self::default() }
    }
}

/// Whether a file lies in a folder that is called like the files with variables: it is none of them.
pub fn is_in_environment_folder(file: &RelPath) -> bool {
    let folder = file.parent().unwrap_or_default();
    let named_so = |part: &str| {
        ENVIRONMENT_FILES.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => part.starts_with(beginning),
            None => part == *pattern,
        })
    };
    folder.parts().any(|part| part.to_str().is_some_and(named_so))
}

/// Whether a file in a folder of an agent's is a record of its own making, or of a package: no worktree needs it.
pub fn is_record_of_an_agent(file: &RelPath) -> bool {
    let folder = file.parent().unwrap_or_default();
    folder.parts().any(|part| part.to_str().is_some_and(|part| AGENTS_OWN_RECORDS.contains(&part)))
}

fn leads_out(pattern: &str) -> bool {
    pattern.trim_start_matches('!').split('/').any(|part| part == "..")
}

/// Why git matches nothing with a pattern (git 2.47: wildmatch.c gives up; gitignore(5) on a backslash at the end).
fn never_matches(pattern: &str) -> Option<&'static str> {
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' if rest.next().is_none() => return Some("it ends with a single backslash"),
            '[' if !close_bracket(&mut rest) => {
                return Some("its '[' is never closed (\\[ is the bracket itself)");
            }
            _ => {}
        }
    }
    None
}

/// Goes to the end of a bracket expression; whether there is one.
fn close_bracket(rest: &mut std::str::Chars<'_>) -> bool {
    let negated = rest.clone().next().is_some_and(|c| matches!(c, '!' | '^'));
    if negated {
        rest.next();
    }
    // One that comes first is a member.
    let mut is_first = true;
    while let Some(c) = rest.next() {
        match c {
            ']' if !is_first => return true,
            '\\' => drop(rest.next()),
            '[' if rest.as_str().starts_with(':') && rest.as_str().contains(":]") => {
                let class = rest.as_str().find(":]").expect("it was just found there");
                *rest = rest.as_str()[class + 2..].chars();
            }
            _ => {}
        }
        is_first = false;
    }
    false
}

/// A path as a pattern that matches it alone; `None` when it is no text. git reads a backslash as "take the next one as it is".
pub fn pattern_of(path: &RelPath) -> Option<String> {
    let mut pattern = String::new();
    for part in path.parts() {
        pattern.push('/');
        for c in part.to_str()?.chars() {
            if matches!(c, '*' | '?' | '[' | ']' | '\\' | '!' | '#' | ' ') {
                pattern.push('\\');
            }
            pattern.push(c);
        }
    }
    Some(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_leads_out_is_refused_with_its_line() {
        let text = "# secrets\n.env.local\r\n../other/.env\n\n!config/x\na/../b\nfoo..bar  \n/..";
        let rules = IncludeRules::parse(text);
        assert_eq!(rules.patterns, [".env.local", "!config/x", "foo..bar"]);
        let refused = [(3, "../other/.env"), (6, "a/../b"), (8, "/..")];
        assert_eq!(rules.refused, refused.map(|(line, pattern)| (line, pattern.to_owned())));
    }

    #[test]
    fn a_pattern_that_git_never_matches_is_told_with_its_line() {
        let text = "a[b\n\\[c\n[]x]\n[!]]\n[[:alpha:]\n[[:alpha:]]\nd\\\ne\\\\\n[a\\]\n";
        let rules = IncludeRules::parse(text);
        let void: Vec<(usize, &str)> =
            rules.void.iter().map(|(line, pattern, _)| (*line, pattern.as_str())).collect();
        assert_eq!(void, [(1, "a[b"), (5, "[[:alpha:]"), (7, "d\\"), (9, "[a\\]")]);
        assert_eq!(rules.patterns, ["\\[c", "[]x]", "[!]]", "[[:alpha:]]", "e\\\\"]);
    }

    #[test]
    fn what_is_in_a_folder_called_env_is_no_file_with_variables() {
        let is_inside = |path: &str| is_in_environment_folder(&RelPath::new(path).unwrap());
        assert!(is_inside(".env/bin/python") && is_inside("web/.env/pyvenv.cfg"));
        assert!(!is_inside(".environments/a/.env"));
        assert!(!is_inside(".env") && !is_inside("web/.env.local") && !is_inside(".claude/CLAUDE.md"));
    }

    #[test]
    fn what_an_agent_wrote_for_itself_is_a_record() {
        let is_record = |path: &str| is_record_of_an_agent(&RelPath::new(path).unwrap());
        assert!(is_record(".opencode/node_modules/a/index.js") && is_record(".codex/sessions/2026/a.jsonl"));
        assert!(!is_record(".opencode/agent/a.md") && !is_record(".gemini/tmp"));
    }

    #[test]
    fn a_folder_of_any_name_is_matched_as_it_is() {
        let patterns = IncludeRules::environment_files(&[]).patterns;
        assert_eq!(patterns, ["/.env", "/.envrc", "/.env.*", "/.env-*", "/.env_*"]);
        let folder = RelPath::new("we b/[x]").unwrap();
        assert_eq!(pattern_of(&folder).unwrap(), "/we\\ b/\\[x\\]");
    }
}
