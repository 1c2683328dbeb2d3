//! Repositories that no record names, and that may have worktrees of ours: when the database went back to an earlier state,
//! nothing else knows of them. They are looked for where worktrees are made, and where whoever asks stands.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::RepositoryId;
use owt_core::vcs::Repository;
use owt_core::workspace::Ground;
use owt_core::workspace::Workspace;
use owt_ports::FileError;
use owt_ports::GitError;
use owt_ports::StoreError;

use crate::engine::Engine;
use crate::use_cases::worktrees_folder;

/// So many things of one folder are looked at.
const MOST_IN_A_FOLDER: usize = 5_000;

/// What a folder's file `.git` begins with that belongs to a linked worktree or a submodule (gitrepository-layout).
const LINK: &str = "gitdir: ";

type Found = BTreeMap<RepositoryId, Repository>;

pub(super) fn repositories(
    engine: &Engine,
    workspaces: &[&Workspace],
    asked_in: Option<&AbsPath>,
) -> Result<Found, StoreError> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut places: BTreeSet<AbsPath> = own_folders(engine)?;
    for workspace in workspaces {
        if let Ground::Worktree(line) = &workspace.spec.ground {
            known.insert(line.repository.common_dir.to_string());
            places.extend(workspace.spec.path.parent());
        }
    }
    let mut found = Found::new();
    if let Some(here) = asked_in.map(|folder| repository(engine, folder)).transpose()?.flatten() {
        places.extend(usual_place(engine, &here));
        found.insert(here.id, here);
    }
    for worktree in
        places.iter().map(|place| worktrees(engine, place)).collect::<Result<Vec<_>, _>>()?.concat()
    {
        if known.insert(worktree.of)
            && let Some(repository) = repository(engine, &worktree.path)?
        {
            found.insert(repository.id, repository);
        }
    }
    Ok(found)
}

/// The folders of worktrees that could not be made beside their repository.
fn own_folders(engine: &Engine) -> Result<BTreeSet<AbsPath>, StoreError> {
    let own = engine.home().worktrees();
    Ok(names(engine, &own)?.iter().map(|name| own.join(name)).collect())
}

/// Where the worktrees of a repository are made now; its configuration may be what is wrong.
fn usual_place(engine: &Engine, repository: &Repository) -> Option<AbsPath> {
    let settings = engine.ports().settings.settings(Some(repository.source()), None).ok()?;
    Some(worktrees_folder(engine, &settings, repository))
}

/// A folder that is linked to a repository.
#[derive(Clone)]
struct Linked {
    path: AbsPath,
    /// The repository, as the link names it: the folder above `worktrees/NAME`.
    of: String,
}

fn worktrees(engine: &Engine, place: &AbsPath) -> Result<Vec<Linked>, StoreError> {
    let mut found = Vec::new();
    for name in names(engine, place)?.iter().take(MOST_IN_A_FOLDER) {
        let path = place.join(name);
        let link = match engine.ports().files.read(&path.join(".git")) {
            Err(FileError::Crashed) => return Err(StoreError::Crashed),
            // A folder: the repository itself.
            Err(_) | Ok(None) => continue,
            Ok(Some(bytes)) => bytes,
        };
        if let Some(of) = linked_to(&link) {
            found.push(Linked { path, of });
        }
    }
    Ok(found)
}

fn linked_to(link: &[u8]) -> Option<String> {
    let git_dir = std::str::from_utf8(link).ok()?.strip_prefix(LINK)?.trim_end();
    let (above, _) = git_dir.rsplit_once('/')?;
    above.strip_suffix("/worktrees").map(str::to_owned)
}

/// A folder that cannot be looked into has nothing that could be mended.
fn names(engine: &Engine, folder: &AbsPath) -> Result<Vec<String>, StoreError> {
    match engine.ports().files.list(folder) {
        Err(FileError::Crashed) => Err(StoreError::Crashed),
        listed => Ok(listed.unwrap_or_default()),
    }
}

fn repository(engine: &Engine, folder: &AbsPath) -> Result<Option<Repository>, StoreError> {
    match engine.ports().git.discover(folder) {
        Err(GitError::Crashed) => Err(StoreError::Crashed),
        found => Ok(found.ok().map(|checkout| checkout.repository)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_worktrees_are_taken_for_worktrees() {
        assert_eq!(linked_to(b"gitdir: /app/.git/worktrees/x\n").as_deref(), Some("/app/.git"));
        assert_eq!(linked_to(b"gitdir: ../app/.git/worktrees/x\n").as_deref(), Some("../app/.git"));
        for other in [&b"gitdir: /app/.git/modules/x\n"[..], b"gitdir: x", b"\xff", b""] {
            assert_eq!(linked_to(other), None);
        }
    }
}
