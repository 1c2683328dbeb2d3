//! What the caller's folder is, and whether work can start from there.

use owt_core::AbsPath;
use owt_core::RepositoryId;
use owt_core::vcs::Checkout;
use owt_core::vcs::Head;
use owt_core::workspace::Base;
use owt_ports::GitError;

use super::NewError;
use super::NewRequest;
use super::Place;
use crate::engine::Engine;
use crate::use_cases::select::live_workspaces;
use crate::use_cases::select::within;

/// A checkout, and the base that work starts from.
pub(crate) struct Standing {
    /// The checkout.
    pub(crate) checkout: Checkout,
    /// The base.
    pub(crate) base: Base,
}

/// What the caller stands in.
pub(crate) enum Survey {
    /// A checkout of a repository, and the base that work starts from.
    Repository(Box<Standing>),
    /// A plain folder.
    Folder,
}

impl Survey {
    /// The checkout that configuration comes from.
    pub(crate) fn source(&self) -> Option<&AbsPath> {
        match self {
            Self::Repository(standing) => Some(standing.checkout.repository.source()),
            Self::Folder => None,
        }
    }

    /// The repository's id.
    pub(crate) fn repository_id(&self) -> Option<RepositoryId> {
        match self {
            Self::Repository(standing) => Some(standing.checkout.repository.id),
            Self::Folder => None,
        }
    }

    /// Files of the caller's checkout that differ from HEAD; 0 when git cannot tell.
    pub(crate) fn dirty_files(&self, engine: &Engine) -> u32 {
        let Self::Repository(standing) = self else { return 0 };
        let Some(worktree) = &standing.checkout.worktree else { return 0 };
        let facts = engine.ports().git.facts(worktree, &standing.base.sha, None);
        facts.map_or(0, |facts| facts.dirty_files)
    }
}

/// Looks at the caller's folder and finds the base: the one that was asked for, else the template's, else the current branch.
pub(crate) fn survey(
    engine: &Engine,
    new: &NewRequest,
    of_template: Option<&str>,
) -> Result<Survey, NewError> {
    if new.work.task.is_none() && new.line.branch.is_none() {
        return Err(NewError::EmptyTask);
    }
    if new.place == Place::Folder {
        return Ok(Survey::Folder);
    }
    let mut checkout = engine.ports().git.discover(&new.folder)?;
    checkout.repository.stand_in = stand_in(engine, &checkout)?;
    if new.place == Place::InPlace && checkout.worktree.is_none() {
        return Err(NewError::BareInPlace(checkout.repository.root));
    }
    let base = base(engine, new.line.base.as_deref().or(of_template), &checkout)?;
    Ok(Survey::Repository(Box::new(Standing { checkout, base })))
}

/// What stands in for the main worktree. Who asks from a workspace gets what that was given, not what an agent has made
/// of it since.
fn stand_in(engine: &Engine, checkout: &Checkout) -> Result<Option<AbsPath>, NewError> {
    let Some(standing) = &checkout.repository.stand_in else { return Ok(None) };
    let live = live_workspaces(engine, Some(checkout.repository.id))?;
    match within(live, standing).as_ref().and_then(|workspace| workspace.state.spec.repository()) {
        Some(repository) => Ok(repository.stand_in.clone()),
        None => Ok(Some(standing.clone())),
    }
}

fn base(engine: &Engine, wanted: Option<&str>, checkout: &Checkout) -> Result<Base, NewError> {
    match (wanted, &checkout.head) {
        (Some(label), _) => named_base(engine, label, checkout),
        (None, Head::Branch { name, tip }) => {
            Ok(Base { label: name.to_string(), branch: Some(name.clone()), sha: tip.clone() })
        }
        (None, Head::Detached { .. }) => Err(NewError::DetachedHead),
        (None, Head::Unborn { .. }) => Err(NewError::NoCommits(checkout.repository.root.clone())),
    }
}

fn named_base(engine: &Engine, label: &str, checkout: &Checkout) -> Result<Base, NewError> {
    let git = &engine.ports().git;
    let sha = git.resolve(&checkout.repository, label).map_err(|error| match error {
        GitError::UnknownRevision { .. } => NewError::UnknownBase(label.to_owned()),
        other => NewError::Git(other),
    })?;
    let branch = owt_core::vcs::BranchName::new(label).ok().filter(|name| {
        matches!(git.branch_state(&checkout.repository, name), Ok(owt_ports::BranchState::Taken(_)))
    });
    Ok(Base { label: label.to_owned(), branch, sha })
}
