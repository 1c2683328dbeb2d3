//! Whether a folder of installed packages fits the worktree.

use std::fs;
use std::path::Path;

use owt_core::AbsPath;
use owt_core::environment::MovedPaths;
use owt_core::environment::RelPath;
use serde_json::Value;

/// Lock files of Node's managers, then PHP's, then Go's.
const LOCKS: &[(&str, &[&str])] = &[
    (
        "node_modules",
        &["bun.lock", "bun.lockb", "pnpm-lock.yaml", "yarn.lock", "npm-shrinkwrap.json", "package-lock.json"],
    ),
    ("vendor", &["composer.lock", "go.sum"]),
];

/// Files beside the packages in which managers write where they are.
const NOTES: &[&str] = &[".modules.yaml", ".yarn-state.yml", ".package-map.json"];

/// A program's start script is not longer than this.
const MOST_OF_A_SHIM: u64 = 64 * 1024;

/// The lock file that says what is in a folder of packages, if it is the same in both checkouts.
///
/// # Errors
/// Why it is not.
pub(crate) fn common_lock(source: &AbsPath, worktree: &AbsPath, folder: &RelPath) -> Result<RelPath, String> {
    let kind = folder.file_name().to_str().unwrap_or_default();
    let names = LOCKS.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, names)| names);
    let mut above = folder.parent();
    while let Some(place) = above {
        let locks = names.iter().filter_map(|name| place.join(name).ok());
        if let Some(lock) = locks.into_iter().find(|lock| lock.within(source).is_file()) {
            let text = |root: &AbsPath| fs::read(lock.within(root)).ok();
            return match (text(source), text(worktree)) {
                (Some(a), Some(b)) if a == b => Ok(lock),
                _ => Err(format!("{lock} differs between the two checkouts")),
            };
        }
        above = place.parent();
    }
    Err("no lock file says what is in it".to_owned())
}

/// A file in which the other checkout's path is written.
pub(crate) fn names_other_checkout(packages: &Path, paths: &MovedPaths) -> Option<String> {
    let shims = fs::read_dir(packages.join(".bin")).into_iter().flatten().flatten();
    let shims = shims.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())).map(|e| e.path());
    let notes = NOTES.iter().map(|name| packages.join(name));
    let names_it = |file: &std::path::PathBuf| {
        file.metadata().is_ok_and(|meta| meta.len() <= MOST_OF_A_SHIM)
            && fs::read(file).is_ok_and(|bytes| paths.occurs_in(&String::from_utf8_lossy(&bytes)))
    };
    shims
        .chain(notes)
        .find(names_it)
        .map(|file| file.strip_prefix(packages).unwrap_or(&file).display().to_string())
}

/// Whether npm's record of what it installed (`.package-lock.json`, npm 7 and later) holds all that the lock file
/// asks for, and the folders are there. Only then can the install be skipped.
pub(crate) fn npm_is_complete(lock: &Path, packages: &Path) -> bool {
    let read = |path: &Path| -> Option<Value> { serde_json::from_slice(&fs::read(path).ok()?).ok() };
    let (Some(lock), Some(record)) = (read(lock), read(&packages.join(".package-lock.json"))) else {
        return false;
    };
    let (Some(wanted), Some(installed)) = (lock.get("packages"), record.get("packages")) else {
        return false;
    };
    let Some(wanted) = wanted.as_object() else { return false };
    wanted.iter().filter(|(path, _)| !path.is_empty()).all(|(path, entry)| {
        let flag = |name: &str| entry.get(name).and_then(Value::as_bool) == Some(true);
        let same =
            |other: &Value| ["version", "integrity"].iter().all(|key| other.get(*key) == entry.get(*key));
        let is_there = |inside: &str| packages.join(inside).is_dir();
        match (installed.get(path), path.strip_prefix("node_modules/")) {
            (Some(other), Some(inside)) => same(other) && is_there(inside),
            (None, Some(_)) => flag("optional") || flag("devOptional"),
            // A package of the workspace, or what is installed beside one.
            (_, None) => false,
        }
    })
}
