//! Repositories that are not where they were, and whether one of them is where somebody asks.

use std::collections::BTreeMap;

use owt_core::AbsPath;
use owt_core::RepositoryId;
use owt_core::vcs::Repository;
use owt_ports::Found;
use owt_ports::GitError;
use owt_ports::LinkedWorktree;
use owt_ports::StoreError;

use crate::checkup::facts::AwayRepository;
use crate::checkup::facts::AwayWorkspace;
use crate::checkup::facts::SeenWorkspace;
use crate::engine::Engine;

pub(super) fn repositories(
    engine: &Engine,
    workspaces: &[SeenWorkspace],
    asked_in: Option<&AbsPath>,
) -> Result<Vec<AwayRepository>, StoreError> {
    let mut of_each: BTreeMap<RepositoryId, (&Repository, Vec<&SeenWorkspace>)> = BTreeMap::new();
    for seen in workspaces.iter().filter(|seen| seen.found == Found::NoRepository) {
        if let Some(repository) = &seen.repository {
            of_each.entry(repository.id).or_insert((repository, Vec::new())).1.push(seen);
        }
    }
    let here =
        match asked_in.filter(|_| !of_each.is_empty()).map(|folder| engine.ports().git.discover(folder)) {
            Some(Err(GitError::Crashed)) => return Err(StoreError::Crashed),
            Some(Ok(checkout)) => Some(checkout.repository),
            _ => None,
        };
    of_each.into_values().map(|(repository, seen)| away(engine, repository, &seen, here.as_ref())).collect()
}

fn away(
    engine: &Engine,
    repository: &Repository,
    workspaces: &[&SeenWorkspace],
    here: Option<&Repository>,
) -> Result<AwayRepository, StoreError> {
    let now = match here {
        Some(here) if is_it(engine, workspaces, here)? => Some(here.clone()),
        _ => None,
    };
    let is_there = |seen: &&&SeenWorkspace| {
        let path = now
            .as_ref()
            .map_or_else(|| seen.path.clone(), |to| seen.path.carried(&repository.root, &to.root));
        engine.ports().lookout.find(None, &path) == Found::Folder
    };
    let (there, lost): (Vec<&SeenWorkspace>, Vec<&SeenWorkspace>) = workspaces.iter().partition(is_there);
    let named = |of: Vec<&SeenWorkspace>| {
        of.into_iter().map(|it| AwayWorkspace { name: it.name.clone(), path: it.path.clone() }).collect()
    };
    Ok(AwayRepository { repository: repository.clone(), there: named(there), lost: named(lost), now })
}

/// Whether a repository has the worktrees of one that is away: git's record of one, or the mark on a branch that was made for
/// one. A clone has neither.
fn is_it(engine: &Engine, workspaces: &[&SeenWorkspace], here: &Repository) -> Result<bool, StoreError> {
    let git = &engine.ports().git;
    let linked = match git.linked_worktrees(here) {
        Err(GitError::Crashed) => return Err(StoreError::Crashed),
        linked => linked.unwrap_or_default(),
    };
    if workspaces.iter().any(|seen| linked.iter().any(|worktree| worktree.path == seen.path)) {
        return Ok(true);
    }
    for seen in workspaces {
        let branch = seen.branch.clone();
        let worktree = LinkedWorktree { path: seen.path.clone(), branch, made_at: None };
        match git.is_made_here(here, &worktree) {
            Err(GitError::Crashed) => return Err(StoreError::Crashed),
            Ok(true) => return Ok(true),
            Ok(false) | Err(_) => {}
        }
    }
    Ok(false)
}
