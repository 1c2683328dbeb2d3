//! Files by name, files that are not tracked, and ignored folders. Of patterns it knows `/name`, `name`, and one `*`
//! at the end of either.

use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::environment::RelPath;
use owt_ports::GitError;
use owt_ports::Standing;
use owt_ports::Untracked;

use super::Machine;
use super::checkout::is_ignored;

impl Machine {
    pub(crate) fn named_files(&self, worktree: &AbsPath, names: &[&str]) -> Result<Vec<RelPath>, GitError> {
        let (_, state) = self.checkout(worktree)?;
        let tree = self.working_tree(worktree);
        let known = tree.keys().filter(|path| state.index.contains_key(*path) || !is_ignored(path));
        let named = |path: &&String| names.contains(&path.rsplit('/').next().unwrap_or(path));
        Ok(known.filter(named).filter_map(|path| RelPath::new(path).ok()).collect())
    }

    pub(crate) fn untracked(
        &self,
        source: &AbsPath,
        worktree: &AbsPath,
        patterns: &[String],
    ) -> Result<Vec<Untracked>, GitError> {
        let (_, state) = self.checkout(source)?;
        self.checkout(worktree)?;
        let tree = self.working_tree(source);
        let wanted = |path: &&String| {
            !state.index.contains_key(*path) && patterns.iter().any(|pattern| matches(pattern, path))
        };
        let found = tree.keys().filter(wanted).filter_map(|path| {
            let standing = if is_ignored(path) { Standing::Ignored } else { Standing::Shown };
            Some(Untracked { path: RelPath::new(path).ok()?, standing })
        });
        Ok(found.collect())
    }

    pub(crate) fn ignored_folders(&self, source: &AbsPath) -> Result<Vec<RelPath>, GitError> {
        self.checkout(source)?;
        let tree = self.working_tree(source);
        let folders: BTreeSet<RelPath> = tree.keys().filter_map(|path| ignored_folder(path)).collect();
        Ok(folders.into_iter().collect())
    }

    pub(crate) fn ignored_files(&self, source: &AbsPath, names: &[&str]) -> Result<Vec<RelPath>, GitError> {
        let (_, state) = self.checkout(source)?;
        let tree = self.working_tree(source);
        let wanted = |path: &&String| {
            let name = path.rsplit('/').next().unwrap_or(path);
            let is_alone = is_ignored(path) && ignored_folder(path).is_none();
            is_alone && names.contains(&name) && !state.index.contains_key(*path)
        };
        Ok(tree.keys().filter(wanted).filter_map(|path| RelPath::new(path).ok()).collect())
    }
}

fn ignored_folder(path: &str) -> Option<RelPath> {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    let at = parts.iter().position(|part| *part == "ignored")?;
    RelPath::new(parts[..=at].join("/")).ok()
}

fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, text) = match pattern.strip_prefix('/') {
        Some(anchored) => (anchored, path),
        None => (pattern, path.rsplit('/').next().unwrap_or(path)),
    };
    match pattern.strip_suffix('*') {
        Some(beginning) => text.strip_prefix(beginning).is_some_and(|rest| !rest.contains('/')),
        None => text == pattern,
    }
}
