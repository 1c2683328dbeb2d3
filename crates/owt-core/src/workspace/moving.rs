//! A workspace whose repository was moved by hand: what lay in the repository's folder is where that is now.

use super::Ground;
use super::Phase;
use super::Workspace;
use super::WorkspaceEvent;
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
        self.spec.path = from.moved_along(&self.spec.path, to);
        if let Phase::Removed { report, .. } = &mut self.phase {
            report.trash = report.trash.as_ref().map(|trash| from.moved_along(trash, to));
        }
        self
    }
}
