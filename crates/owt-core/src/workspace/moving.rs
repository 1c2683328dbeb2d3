//! A workspace whose repository was moved by hand: what lay in the repository's folder is where that is now.

use super::Ground;
use super::Phase;
use super::Workspace;
use super::WorkspaceEvent;
use crate::AbsPath;
use crate::machine::Step;
use crate::vcs::Repository;

impl Workspace {
    pub(super) fn repository_moved(&self, to: &Repository) -> Step<WorkspaceEvent> {
        match self.spec.repository() {
            Some(from) if from != to => Step::event(WorkspaceEvent::RepositoryMoved { to: to.clone() }),
            _ => Step::nothing(),
        }
    }

    pub(super) fn in_repository(mut self, to: &Repository) -> Self {
        let (Ground::Worktree(line) | Ground::InPlace { line, .. }) = &mut self.spec.ground else {
            return self;
        };
        let from = std::mem::replace(&mut line.repository, to.clone());
        self.spec.path = moved_along(&self.spec.path, &from, to);
        if let Phase::Removed { report, .. } = &mut self.phase {
            report.trash = report.trash.as_ref().map(|trash| moved_along(trash, &from, to));
        }
        self
    }
}

/// Where a folder is that lay in the repository, or beside it.
fn moved_along(path: &AbsPath, from: &Repository, to: &Repository) -> AbsPath {
    match path.starts_with(&from.common_dir) {
        true => path.carried(&from.common_dir, &to.common_dir),
        false => path.carried(&from.root, &to.root),
    }
}
