//! Every crate takes the workspace's lints: a lint that a crate forgets holds nothing.

use std::path::Path;

use super::Finding;
use crate::failure::Failure;
use crate::workspace::Package;
use crate::workspace::Workspace;

const RULE: &str = "manifests";

/// Checks each crate's manifest.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Finding>, Failure> {
    let mut found = Vec::new();
    for package in &workspace.packages {
        let path = &package.manifest_path;
        let text = std::fs::read_to_string(path).map_err(|error| Failure::at(path, error))?;
        let manifest = text.parse::<toml::Table>().map_err(|error| Failure::at(path, error))?;
        found.extend(check_manifest(workspace, package, &manifest));
    }
    Ok(found)
}

fn check_manifest(workspace: &Workspace, package: &Package, manifest: &toml::Table) -> Option<Finding> {
    if inherits_lints(manifest) {
        return None;
    }
    let path = package.manifest_path.strip_prefix(&workspace.root).unwrap_or(Path::new("Cargo.toml"));
    Some(Finding::error(path, 0, RULE, "the manifest needs `[lints] workspace = true`"))
}

fn inherits_lints(manifest: &toml::Table) -> bool {
    let inherited = manifest.get("lints").and_then(|lints| lints.get("workspace"));
    inherited.and_then(toml::Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_without_the_workspaces_lints_is_found() {
        let inherits = |text: &str| inherits_lints(&text.parse().unwrap());
        assert!(inherits("[lints]\nworkspace = true"));
        assert!(!inherits("[lints]\nworkspace = false"));
        assert!(!inherits("[lints.rust]\nunsafe_code = 'deny'"));
        assert!(!inherits("[package]\nname = 'x'"));
    }
}
