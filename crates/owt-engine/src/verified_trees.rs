//! The trees that have passed their checks, so that none is checked twice: by the tree's id and the checks, and nothing
//! else. Whatever is forgotten is checked again.

use owt_core::vcs::ObjectId;
use owt_ports::FileError;
use owt_ports::PrivateFiles;
use serde::Deserialize;
use serde::Serialize;

use crate::home::Home;

/// How many are remembered; the oldest are forgotten first.
const MAX_TREES: usize = 1000;

/// A tree with the digest of the checks that it has passed.
type Passed = (String, String);

/// The trees, the one that passed last at the end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VerifiedTrees {
    passed: Vec<Passed>,
}

impl VerifiedTrees {
    /// Reads them; a damaged file is none.
    pub(crate) fn load(files: &dyn PrivateFiles, home: &Home) -> Self {
        let bytes = files.read(&home.verified_trees()).ok().flatten().unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Writes them.
    pub(crate) fn save(&self, files: &dyn PrivateFiles, home: &Home) -> Result<(), FileError> {
        let bytes = serde_json::to_vec(self).expect("pairs of strings are always JSON");
        files.write(&home.verified_trees(), &bytes)
    }

    /// Whether this tree has passed these checks.
    pub(crate) fn has(&self, tree: &ObjectId, checks: &str) -> bool {
        self.passed.iter().any(|(passed, by)| passed == tree.as_str() && by == checks)
    }

    /// The same with one more.
    pub(crate) fn with(mut self, tree: &ObjectId, checks: &str) -> Self {
        if !self.has(tree, checks) {
            self.passed.push((tree.to_string(), checks.to_owned()));
        }
        let over = self.passed.len().saturating_sub(MAX_TREES);
        self.passed.drain(..over);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(number: usize) -> ObjectId {
        ObjectId::new(format!("{number:040x}")).unwrap()
    }

    #[test]
    fn a_tree_has_passed_the_checks_that_it_passed_and_no_others() {
        let trees = VerifiedTrees::default().with(&tree(1), "a");
        assert!(trees.has(&tree(1), "a"));
        assert!(!trees.has(&tree(1), "b") && !trees.has(&tree(2), "a"));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let trees =
            (0..=MAX_TREES).fold(VerifiedTrees::default(), |trees, number| trees.with(&tree(number), "a"));
        assert!(!trees.has(&tree(0), "a") && trees.has(&tree(1), "a") && trees.has(&tree(MAX_TREES), "a"));
    }
}
