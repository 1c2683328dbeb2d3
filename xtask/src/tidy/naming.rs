//! The folder tree explains the program: a file is named after the thing in it.

use std::path::Path;

use super::Finding;

const RULE: &str = "naming";

/// Names that say nothing about what is inside.
const EMPTY_WORDS: [&str; 10] =
    ["util", "utils", "helper", "helpers", "manager", "managers", "common", "misc", "shared", "stuff"];

/// Checks every part of a Rust file's path.
pub(super) fn check(path: &Path) -> Option<Finding> {
    if path.extension().is_none_or(|extension| extension != "rs") {
        return None;
    }
    let stem = path.with_extension("");
    let word = stem
        .components()
        .filter_map(|part| part.as_os_str().to_str())
        .flat_map(|part| part.split(['_', '-']))
        .find(|word| EMPTY_WORDS.contains(word))?;
    let message = format!("'{word}' says nothing about what is inside: name the file after the thing in it");
    Some(Finding::error(path, 0, RULE, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_say_nothing_are_refused_anywhere_in_the_path() {
        for path in ["crates/a/src/utils.rs", "crates/a/src/helpers/x.rs", "crates/a/src/merge_manager.rs"] {
            assert!(check(Path::new(path)).is_some(), "{path}");
        }
    }

    #[test]
    fn names_of_things_pass() {
        for path in ["crates/a/src/utilisation.rs", "crates/owt-git/src/trash.rs", "docs/utils.md"] {
            assert_eq!(check(Path::new(path)), None, "{path}");
        }
    }
}
