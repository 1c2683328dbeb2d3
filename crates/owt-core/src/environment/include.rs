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
    "/.claude/settings.local.json",
    "/.mcp.json",
];

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
                _ => rules.patterns.push(pattern.to_owned()),
            }
        }
        rules
    }

    /// What goes along without being asked for: `.env` and `.env.*` of the root and of each project's folder.
    pub fn environment_files(projects: &[Project]) -> Self {
        let mut folders: Vec<&RelPath> = projects.iter().map(|project| &project.folder).collect();
        let root = RelPath::root();
        folders.push(&root);
        folders.sort();
        folders.dedup();
        let patterns = folders
            .into_iter()
            .filter_map(anchored)
            .flat_map(|folder| [format!("{folder}/.env"), format!("{folder}/.env.*")]);
        Self { patterns: patterns.collect(), refused: Vec::new() }
    }
}

fn leads_out(pattern: &str) -> bool {
    pattern.trim_start_matches('!').split('/').any(|part| part == "..")
}

/// A folder as a pattern that matches it alone. git reads a backslash as "take the next one as it is".
fn anchored(folder: &RelPath) -> Option<String> {
    let mut pattern = String::new();
    for part in folder.parts() {
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
    fn a_folder_of_any_name_is_matched_as_it_is() {
        assert_eq!(IncludeRules::environment_files(&[]).patterns, ["/.env", "/.env.*"]);
        let folder = RelPath::new("we b/[x]").unwrap();
        assert_eq!(anchored(&folder).unwrap(), "/we\\ b/\\[x\\]");
    }
}
