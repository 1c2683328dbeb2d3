//! The workspaces, with what they are doing and how they stand against their base.

use crate::facts::add_facts;
use crate::facts::forget_others;
use crate::use_cases::select::live_workspaces;
use owt_core::AbsPath;
use owt_core::RepositoryId;
use owt_core::authority::Action;
use owt_core::authority::Ownership;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_ports::GitError;
use owt_ports::StoreError;

use super::CommonError;
use crate::engine::Engine;
use crate::view::WorkspaceView;

/// Which workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those of the folder's repository.
    Repository,
    /// Those of every repository, and of plain folders.
    Everything,
}

/// Why there is no list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// git.
    #[error(transparent)]
    Git(GitError),
    /// Not allowed, or the journal.
    #[error(transparent)]
    Common(#[from] CommonError),
}

impl From<StoreError> for ListError {
    fn from(error: StoreError) -> Self {
        Self::Common(error.into())
    }
}

impl From<owt_core::authority::Denied> for ListError {
    fn from(denied: owt_core::authority::Denied) -> Self {
        Self::Common(denied.into())
    }
}

/// The live workspaces, oldest first.
///
/// # Errors
/// [`ListError`].
pub fn list(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
    scope: Scope,
) -> Result<Vec<WorkspaceView>, ListError> {
    listed(engine, seen_from(engine, asker, folder, scope)?)
}

/// Those of a repository (`None`: of all).
pub(super) fn listed(
    engine: &Engine,
    repository: Option<RepositoryId>,
) -> Result<Vec<WorkspaceView>, ListError> {
    let mut views = WorkspaceView::gather_all(engine.records(), live_workspaces(engine, repository)?)?;
    forget_others(engine, repository, &views);
    add_facts(engine, &mut views);
    Ok(views)
}

/// The repository whose workspaces are listed (`None`: all), where whoever asks may see them.
pub(super) fn seen_from(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
    scope: Scope,
) -> Result<Option<RepositoryId>, ListError> {
    Ok(match (scope, asker) {
        (Scope::Everything, Principal::Person) => None,
        (Scope::Everything, Principal::Attempt(_)) => {
            authorise(asker, Action::Read(Ownership::Elsewhere))?;
            None
        }
        (Scope::Repository, _) => {
            let folder_repository = engine.ports().git.discover(folder).map_err(ListError::Git)?.repository;
            if let Principal::Attempt(caller) = asker
                && caller.repository != Some(folder_repository.id)
            {
                authorise(asker, Action::Read(Ownership::Elsewhere))?;
            }
            Some(folder_repository.id)
        }
    })
}
