//! `docs/architecture.md` names, for each thing that must never be true, the check that holds it; here each
//! named check is looked for in the tree, so that the page cannot promise more than there is.
//!
//! In the last column of the table a check stands in backticks: `crate::test_function`, `xtask TASK`, or
//! `FILE: words that stand in it`.

use std::path::Path;
use std::path::PathBuf;

use super::Finding;
use super::TextFile;
use crate::failure::Failure;
use crate::workspace::Workspace;

const RULE: &str = "invariants";
const PAGE: &str = "docs/architecture.md";
const HEADING: &str = "What must never be true";
const TABLES: [&str; 2] = [HEADING, "Bad input"];
const TASKS: [&str; 2] = ["xtask layers", "xtask tidy"];

/// Checks the page's table.
pub(super) fn check(workspace: &Workspace, files: &[TextFile]) -> Result<Vec<Finding>, Failure> {
    Ok(check_page(&workspace.text(PAGE)?, &Tree { workspace, files }))
}

/// The tree in which named checks must exist.
struct Tree<'a> {
    workspace: &'a Workspace,
    files: &'a [TextFile],
}

fn check_page(page: &str, tree: &Tree<'_>) -> Vec<Finding> {
    let rows: Vec<(usize, &str)> = rows(page).collect();
    let mut found: Vec<Finding> = rows.iter().flat_map(|(line, row)| check_row(*line, row, tree)).collect();
    if rows.is_empty() {
        let message = format!("no table of invariants under a heading '{HEADING}'");
        found.push(Finding::error(Path::new(PAGE), 0, RULE, message));
    }
    found
}

/// The numbered rows of the tables under the headings, with their line numbers.
fn rows(page: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_inside = false;
    let in_table = page.lines().enumerate().filter(move |(_, line)| {
        if line.starts_with('#') {
            is_inside = TABLES.iter().any(|heading| line.contains(heading));
        }
        let cells = line.strip_prefix('|').map(str::trim_start);
        is_inside && cells.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    in_table.map(|(index, line)| (index + 1, line))
}

fn check_row(line: usize, row: &str, tree: &Tree<'_>) -> Vec<Finding> {
    let column = row.trim().trim_end_matches('|').rsplit('|').next().unwrap_or("");
    let named: Vec<&str> = column.split('`').skip(1).step_by(2).collect();
    if named.is_empty() {
        let message = "no check holds this invariant yet";
        return vec![Finding::warning(Path::new(PAGE), line, RULE, message)];
    }
    let missing = named.into_iter().filter(|check| !tree.has(check));
    let report = |check| {
        let message = format!("'{check}' does not exist in the tree");
        Finding::error(Path::new(PAGE), line, RULE, message)
    };
    missing.map(report).collect()
}

impl Tree<'_> {
    fn has(&self, check: &str) -> bool {
        match (check.split_once(": "), check.rsplit_once("::")) {
            _ if TASKS.contains(&check) => true,
            (Some((file, words)), _) => self.file_says(file, words),
            (None, Some((place, function))) => self.has_test(place, function),
            (None, None) => false,
        }
    }

    fn file_says(&self, file: &str, words: &str) -> bool {
        self.files.iter().any(|known| known.path == Path::new(file) && known.text.contains(words))
    }

    /// Whether the crate that `place` starts with has a function of this name, in a file with tests.
    fn has_test(&self, place: &str, function: &str) -> bool {
        let name = place.split("::").next().unwrap_or(place);
        let Some(folder) = self.crate_folder(name) else { return false };
        let definitions = [format!("fn {function}("), format!("fn {function}<")];
        let mut inside = self.files.iter().filter(|file| file.is_rust() && file.path.starts_with(&folder));
        inside.any(|file| definitions.iter().any(|definition| file.text.contains(definition)))
    }

    fn crate_folder(&self, name: &str) -> Option<PathBuf> {
        let package = self.workspace.packages.iter().find(|package| package.name == name)?;
        let folder = package.manifest_path.parent()?;
        folder.strip_prefix(&self.workspace.root).ok().map(Path::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Severity;
    use super::*;
    use crate::workspace::Package;

    fn findings(column: &str) -> Vec<Severity> {
        let workspace = Workspace {
            root: PathBuf::from("/r"),
            packages: vec![Package {
                name: "owt-git".to_owned(),
                manifest_path: PathBuf::from("/r/crates/owt-git/Cargo.toml"),
                dependencies: Vec::new(),
            }],
        };
        let file = |path: &str, text: &str| TextFile { path: PathBuf::from(path), text: text.to_owned() };
        let files = [
            file("crates/owt-git/tests/it/main.rs", "#[test]\nfn keeps_the_index() {}"),
            file("clippy.toml", "std::process::Command::new"),
        ];
        let page = format!(
            "## 4. What must never be true\n\n| | a | b |\n|-|-|-|\n| 1 | No. | {column} |\n## 5\n| 2 | x | `no::y` |"
        );
        let tree = Tree { workspace: &workspace, files: &files };
        check_page(&page, &tree).into_iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn checks_that_exist_pass() {
        assert_eq!(findings("`owt-git::keeps_the_index`, `xtask tidy`"), Vec::new());
        assert_eq!(findings("`clippy.toml: std::process::Command::new`"), Vec::new());
    }

    #[test]
    fn checks_that_do_not_exist_fail() {
        for column in
            ["`owt-git::keeps`", "`owt-x::keeps_the_index`", "`clippy.toml: abc`", "`xtask magic`", "`x`"]
        {
            assert_eq!(findings(column), vec![Severity::Error], "{column}");
        }
    }

    #[test]
    fn a_row_without_a_check_is_said_aloud() {
        assert_eq!(findings("nothing holds it yet"), vec![Severity::Warning]);
    }

    #[test]
    fn a_page_without_the_table_fails() {
        let workspace = Workspace { root: PathBuf::new(), packages: Vec::new() };
        let tree = Tree { workspace: &workspace, files: &[] };
        assert_eq!(check_page("# Rooms\n| 1 | x | `y::z` |", &tree).len(), 1);
    }
}
