//! Which folders belong to a project further out: the members of workspaces of cargo, Node's managers, uv and go.

use std::collections::BTreeSet;

use owt_core::environment::Ecosystem;
use owt_core::environment::Project;
use owt_core::environment::RelPath;

use super::Site;
use super::cargo;
use super::go;
use super::node;
use super::python_manifest;

/// The members that a workspace names: patterns relative to its folder, in gitignore's way of ordering.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Patterns {
    pub(crate) members: Vec<String>,
    pub(crate) excluded: Vec<String>,
}

/// All workspaces that were met so far.
#[derive(Debug, Default)]
pub(crate) struct Members {
    workspaces: Vec<(Ecosystem, RelPath, Patterns)>,
    /// Folders of Cargo packages and the like that their workspace does not name but reaches by path.
    reached: BTreeSet<(Ecosystem, RelPath)>,
}

impl Members {
    pub(crate) fn learn(&mut self, ecosystem: Ecosystem, site: &Site<'_>) {
        let patterns = match ecosystem {
            Ecosystem::Python => python_manifest::workspace(site),
            Ecosystem::Node => node::workspace(site),
            Ecosystem::Rust => cargo::workspace(site),
            Ecosystem::Go => go::workspace(site),
            Ecosystem::Php => None,
        };
        if let Some(patterns) = patterns {
            self.workspaces.push((ecosystem, site.folder.clone(), patterns));
        }
        if ecosystem == Ecosystem::Rust {
            let reached = cargo::reached_by_path(site).into_iter().map(|folder| (ecosystem, folder));
            self.reached.extend(reached);
        }
    }

    pub(crate) fn has(&self, ecosystem: Ecosystem, folder: &RelPath) -> bool {
        let inside = |(of, root, patterns): &(Ecosystem, RelPath, Patterns)| {
            *of == ecosystem && folder.below(root).is_some_and(|below| patterns.name(&below))
        };
        self.reached.contains(&(ecosystem, folder.clone())) || self.workspaces.iter().any(inside)
    }

    /// Lets the project that a member belongs to know where its install makes folders too.
    pub(crate) fn note(&self, ecosystem: Ecosystem, folder: &RelPath, projects: &mut [Project]) {
        let owner = projects
            .iter_mut()
            .rev()
            .find(|project| project.ecosystem == ecosystem && folder.starts_with(&project.folder));
        if let Some(project) = owner {
            project.installs_below.push(folder.clone());
        }
    }
}

impl Patterns {
    /// Whether a folder below the workspace's is one of its members. The workspace's own folder is not.
    fn name(&self, folder: &RelPath) -> bool {
        let Some(text) = folder.to_str().filter(|text| !text.is_empty()) else { return false };
        let fits = |pattern: &String| matches(pattern, text);
        self.members.iter().any(fits) && !self.excluded.iter().any(fits)
    }
}

/// Whether a path fits a pattern of `*`, `?` and `**` (any number of folders).
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let parts = |text: &str| -> Vec<String> {
        text.split('/').filter(|part| !part.is_empty() && *part != ".").map(str::to_owned).collect()
    };
    fits_parts(&parts(pattern), &parts(path))
}

fn fits_parts(pattern: &[String], path: &[String]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((first, rest)), _) if first == "**" => {
            fits_parts(rest, path) || path.split_first().is_some_and(|(_, below)| fits_parts(pattern, below))
        }
        (Some((first, rest)), Some((name, below))) => {
            fits_name(first.as_bytes(), name.as_bytes()) && fits_parts(rest, below)
        }
        _ => false,
    }
}

/// Linear in the name for each star: a repository's pattern must not cost more than it is worth.
fn fits_name(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut in_name) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, in_name));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == name[in_name] => {
                at += 1;
                in_name += 1;
            }
            _ => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    at = star_at + 1;
                    in_name = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_folders() {
        for (pattern, path, expected) in [
            ("crates/*", "crates/a", true),
            ("crates/*", "crates/a/b", false),
            ("./packages/**", "packages/a/b", true),
            ("packages/*-app", "packages/web-app", true),
            ("packages/*-app", "packages/web-lib", false),
            ("**/x", "a/b/x", true),
            ("a?c", "abc", true),
            ("tools/", "tools", true),
            ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }
}
