//! Which workspace a person means.

use owt_core::AbsPath;
use owt_core::RepositoryId;
use owt_core::authority::Action;
use owt_core::authority::Ownership;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::job::Creator;
use owt_core::selection::Candidate;
use owt_core::selection::Selection;
use owt_core::selection::nearest;
use owt_core::selection::select;
use owt_core::vcs::Repository;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_ports::GitError;

use super::CommonError;
use crate::engine::Engine;
use crate::records::Record;
use crate::records::Which;
use crate::view::WorkspaceView;

/// Why no workspace was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// Nothing of that name.
    #[error("there is no workspace '{wanted}' {place}")]
    NotFound {
        /// The name as given.
        wanted: String,
        /// Where was looked.
        place: String,
        /// Names that exist, most alike first.
        near: Vec<String>,
    },
    /// It was deleted.
    #[error("'{name}' was deleted")]
    Removed {
        /// Its name, by which it can be brought back.
        name: String,
    },
    /// Several of that name.
    #[error("'{wanted}' could be {}", candidates.join(", "))]
    Ambiguous {
        /// The name as given.
        wanted: String,
        /// Their names; folders where the names are the same.
        candidates: Vec<String>,
    },
    /// git.
    #[error(transparent)]
    Git(GitError),
    /// Not allowed, or the journal.
    #[error(transparent)]
    Common(#[from] CommonError),
}

impl From<owt_ports::StoreError> for SelectError {
    fn from(error: owt_ports::StoreError) -> Self {
        Self::Common(error.into())
    }
}

impl From<owt_core::authority::Denied> for SelectError {
    fn from(denied: owt_core::authority::Denied) -> Self {
        Self::Common(denied.into())
    }
}

/// Most names that an error lists.
pub(super) const MAX_NEAR: usize = 5;

/// The repository of a folder; `None` when the folder is in none (plain folders are workspaces too).
pub(crate) fn repository_of(engine: &Engine, folder: &AbsPath) -> Result<Option<Repository>, GitError> {
    match engine.ports().git.discover(folder) {
        Ok(checkout) => Ok(Some(checkout.repository)),
        Err(GitError::NotARepository { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The live workspaces of a repository, or of every one.
pub(crate) fn live_workspaces(
    engine: &Engine,
    repository: Option<RepositoryId>,
) -> Result<Vec<Record<Workspace>>, owt_ports::StoreError> {
    let parent = repository.map(|id| id.to_string());
    let live = engine.records().list::<Workspace>(parent.as_deref(), Which::Live)?;
    Ok(live.into_iter().filter(|record| !matches!(record.state.phase, Phase::Discarding { .. })).collect())
}

/// Finds the workspace that `wanted` means, seen from `folder`, and checks that the asker may do `action` to it.
pub(crate) fn find(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
    wanted: &str,
    action: fn(Ownership) -> Action,
) -> Result<WorkspaceView, SelectError> {
    let found = find_record(engine, folder, wanted)?;
    let view = WorkspaceView::gather(engine.records(), found)?;
    authorise(asker, action(ownership(asker, &view)))?;
    Ok(view)
}

pub(super) fn find_record(
    engine: &Engine,
    folder: &AbsPath,
    wanted: &str,
) -> Result<Record<Workspace>, SelectError> {
    let path = path_meant(folder, wanted);
    // A folder says by itself which one is meant, also where its repository cannot be asked any more.
    if let Some(path) = &path
        && let Some(found) = within(live_workspaces(engine, None)?, path)
    {
        return Ok(found);
    }
    let repository = repository_of(engine, folder).map_err(SelectError::Git)?;
    let mut records = live_workspaces(engine, repository.as_ref().map(|repository| repository.id))?;
    let candidates: Vec<Candidate<'_>> = records
        .iter()
        .map(|record| Candidate {
            name: record.state.spec.name.as_str(),
            branch: record.state.spec.line().map(|line| line.branch.as_str()),
            path: &record.state.spec.path,
        })
        .collect();
    match select(&candidates, wanted, path.as_ref()) {
        Selection::One(index) => Ok(records.swap_remove(index)),
        Selection::Several(found) => Err(SelectError::Ambiguous {
            wanted: wanted.to_owned(),
            candidates: told_apart(found.into_iter().map(|index| &candidates[index])),
        }),
        Selection::None => match removed(engine, repository.as_ref(), wanted)? {
            Some(name) => Err(SelectError::Removed { name }),
            None => Err(SelectError::NotFound {
                wanted: wanted.to_owned(),
                place: repository.map_or_else(|| "here".to_owned(), |found| format!("in {}", found.name)),
                near: nearest(&candidates, wanted, MAX_NEAR).into_iter().map(str::to_owned).collect(),
            }),
        },
    }
}

/// Each by its name, or by its folder where others have the same name: in other repositories.
fn told_apart<'a>(found: impl Iterator<Item = &'a Candidate<'a>>) -> Vec<String> {
    let found: Vec<&Candidate<'_>> = found.collect();
    let has_namesakes = |name: &str| found.iter().filter(|other| other.name == name).count() > 1;
    let told = found.iter().map(|candidate| match has_namesakes(candidate.name) {
        true => candidate.path.to_string(),
        false => candidate.name.to_owned(),
    });
    told.collect()
}

/// The name of the removed workspace of a repository that has this very name or branch.
fn removed(
    engine: &Engine,
    repository: Option<&Repository>,
    wanted: &str,
) -> Result<Option<String>, owt_ports::StoreError> {
    let Some(repository) = repository else { return Ok(None) };
    let all = engine.records().list::<Workspace>(Some(&repository.id.to_string()), Which::All)?;
    let mut removed =
        all.into_iter().map(|record| record.state).filter(|it| matches!(it.phase, Phase::Removed { .. }));
    let meant = removed.find(|workspace| {
        let branch = workspace.spec.line().map(|line| line.branch.as_str());
        workspace.spec.name.as_str() == wanted || branch == Some(wanted)
    });
    Ok(meant.map(|workspace| workspace.spec.name.to_string()))
}

/// The innermost workspace that a folder lies in.
pub(crate) fn within(records: Vec<Record<Workspace>>, path: &AbsPath) -> Option<Record<Workspace>> {
    let around = records.into_iter().filter(|record| path.starts_with(&record.state.spec.path));
    around.max_by_key(|record| record.state.spec.path.as_str().len())
}

/// Whose work a workspace is, seen from the asker.
pub(crate) fn ownership(asker: &Principal, view: &WorkspaceView) -> Ownership {
    let Principal::Attempt(scope) = asker else {
        return Ownership::Own;
    };
    let attempts = view.job.as_ref().map(|(_, job)| (job.attempts.as_slice(), job.spec.creator));
    let own = attempts.is_some_and(|(attempts, creator)| {
        attempts.contains(&scope.attempt) || creator == Creator::Attempt(scope.attempt)
    });
    let repository = view.workspace.spec.repository().map(|repository| repository.id);
    match (own, repository == scope.repository && repository.is_some()) {
        (true, _) => Ownership::Own,
        (false, true) => Ownership::SameRepository,
        (false, false) => Ownership::Elsewhere,
    }
}

/// The path that a word could mean: absolute, or one that looks like a path, seen from `folder`.
fn path_meant(folder: &AbsPath, wanted: &str) -> Option<AbsPath> {
    if wanted.starts_with('/') {
        return AbsPath::new(wanted.trim_end_matches('/')).ok();
    }
    // Branches have strokes too: a relative path is what begins with a step.
    let is_step = |part: &str| matches!(part, "." | "..");
    let mut parts = wanted.split('/').filter(|part| !part.is_empty()).peekable();
    parts.peek().filter(|first| is_step(first))?;
    parts.try_fold(folder.clone(), |path, part| match part {
        "." => Some(path),
        ".." => path.parent(),
        name => Some(path.join(name)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_a_step_is_a_path() {
        let folder = AbsPath::new("/src/app/sub").unwrap();
        for (wanted, meant) in [
            (".", Some("/src/app/sub")),
            ("./", Some("/src/app/sub")),
            ("./x/y", Some("/src/app/sub/x/y")),
            ("..", Some("/src/app")),
            ("../", Some("/src/app")),
            ("../../other", Some("/src/other")),
            ("/abs/", Some("/abs")),
            ("feat/x", None),
            ("auth", None),
            ("../../../../..", None),
        ] {
            let found = path_meant(&folder, wanted);
            assert_eq!(found.as_ref().map(AbsPath::as_str), meant, "{wanted}");
        }
    }
}
