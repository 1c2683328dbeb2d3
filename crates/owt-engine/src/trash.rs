//! The trash of repositories: what lies in it, and what leaves it because of its age or its size. It is looked through
//! by `owt cleanup`, and now and then by the server on its own account.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use owt_core::RepositoryId;
use owt_core::SnapshotId;
use owt_core::retention::Expiry;
use owt_core::retention::Kept;
use owt_core::retention::Retention;
use owt_core::retention::expired;
use owt_core::vcs::Repository;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_ports::Effort;
use owt_ports::GitError;
use owt_ports::StoreError;
use owt_ports::TrashOwner;
use owt_ports::Trashed;

use crate::engine::Engine;
use crate::records::Record;
use crate::records::Which;
use crate::use_cases::Force;

/// Something in the trash.
#[derive(Debug, Clone)]
pub(crate) struct InTrash {
    pub(crate) trashed: Trashed,
    /// Bytes that nobody else has.
    pub(crate) bytes: u64,
    /// Why it leaves, if it does.
    pub(crate) expiry: Option<Expiry>,
    /// Whether this home put it there.
    pub(crate) is_ours: bool,
}

/// What lies in a repository's trash. What is being brought back is not there any more.
///
/// # Errors
/// Only failures of the journal; a trash that cannot be read is empty, and that is said in the log.
pub(crate) fn look_through(
    engine: &Engine,
    repository: &Repository,
    rules: Retention,
    force: Force,
) -> Result<Vec<InTrash>, StoreError> {
    let trashed = match engine.ports().git.trashed(repository) {
        Ok(trashed) => trashed,
        Err(GitError::Crashed) => return Err(StoreError::Crashed),
        Err(error) => {
            tracing::warn!(repository = %repository.root, %error, "the trash cannot be looked through");
            return Ok(Vec::new());
        }
    };
    let coming_back = coming_back(engine, repository)?;
    let measured: Vec<(Trashed, u64)> = trashed
        .into_iter()
        .filter(|trashed| !coming_back.contains(&trashed.id))
        .map(|trashed| {
            let bytes = bytes(engine, &trashed);
            (trashed, bytes)
        })
        .collect();
    let kept: Vec<Kept> =
        measured.iter().map(|(trashed, bytes)| Kept { since: trashed.since, bytes: *bytes }).collect();
    let expiry = expired(&kept, rules, engine.ports().clock.now());
    let own = own(engine, repository)?;
    let found = measured.into_iter().zip(expiry).map(|((trashed, bytes), expiry)| {
        let is_ours = match trashed.owner {
            TrashOwner::ThisHome => true,
            TrashOwner::AnotherHome => false,
            TrashOwner::NotNoted => own.contains(&trashed.id),
        };
        // What nobody here put there may be another home's, with rules of its own: it goes when the person insists.
        let expiry = expiry.filter(|_| force == Force::Yes || is_ours);
        InTrash { trashed, bytes, expiry, is_ours }
    });
    Ok(found.collect())
}

/// What is in the trash because a workspace of ours was removed, or could not be made.
fn own(engine: &Engine, repository: &Repository) -> Result<BTreeSet<SnapshotId>, StoreError> {
    let all = engine.records().list::<Workspace>(Some(&repository.id.to_string()), Which::All)?;
    let id = |record: &Record<Workspace>| match &record.state.phase {
        Phase::Removed { removal, .. } | Phase::Removing { removal, .. } => removal.snapshot,
        _ => SnapshotId::from_bits(record.id.bits()),
    };
    Ok(all.iter().map(id).collect())
}

/// What cannot be counted counts nothing: then it does not leave for its size.
fn bytes(engine: &Engine, trashed: &Trashed) -> u64 {
    match engine.ports().environments.footprint(&trashed.at, Effort::Whatever) {
        Ok(print) => print.exclusive,
        Err(error) => {
            tracing::warn!(folder = %trashed.at, %error, "what it holds cannot be counted");
            0
        }
    }
}

fn coming_back(engine: &Engine, repository: &Repository) -> Result<Vec<SnapshotId>, StoreError> {
    let live = engine.records().list::<Workspace>(Some(&repository.id.to_string()), Which::Live)?;
    let coming = live.into_iter().filter_map(|record| match record.state.phase {
        Phase::Restoring { removal, .. } => Some(removal.snapshot),
        _ => None,
    });
    Ok(coming.collect())
}

/// Removes something for good. It is asked once more whether somebody wants it back.
///
/// # Errors
/// What git or the disk say, in words; the journal, too.
pub(crate) fn discard(engine: &Engine, repository: &Repository, trashed: &Trashed) -> Result<(), String> {
    let coming = coming_back(engine, repository).map_err(|error| error.to_string())?;
    if coming.contains(&trashed.id) {
        return Err("it is being brought back".to_owned());
    }
    engine.ports().git.discard_trash(repository, &trashed.at).map_err(|error| error.to_string())
}

/// Removes for good what has expired in every repository's trash. A repository whose settings cannot be read keeps
/// everything.
///
/// # Errors
/// Only failures of the journal.
pub(crate) fn expire(engine: &Engine, may_go_on: &dyn Fn() -> bool) -> Result<(), StoreError> {
    for repository in repositories(engine)? {
        let settings = match engine.ports().settings.settings(Some(repository.source()), None) {
            Ok(settings) => settings,
            Err(broken) => {
                tracing::warn!(repository = %repository.root, %broken, "its trash stays as it is");
                continue;
            }
        };
        for found in look_through(engine, &repository, settings.disk.trash, Force::No)? {
            if !may_go_on() {
                return Ok(());
            }
            let Some(expiry) = found.expiry else { continue };
            match discard(engine, &repository, &found.trashed) {
                Ok(()) => {
                    let InTrash { trashed, bytes, .. } = found;
                    tracing::info!(folder = %trashed.at, was = %trashed.path, bytes, ?expiry, "it has left the trash");
                }
                Err(error) => tracing::warn!(folder = %found.trashed.at, error, "it stays in the trash"),
            }
        }
    }
    Ok(())
}

/// Every repository that a workspace was ever made for.
pub(crate) fn repositories(engine: &Engine) -> Result<Vec<Repository>, StoreError> {
    let all = engine.records().list::<Workspace>(None, Which::All)?;
    let known: BTreeMap<RepositoryId, Repository> = all
        .iter()
        .filter_map(|record| record.state.spec.repository())
        .map(|repository| (repository.id, repository.clone()))
        .collect();
    Ok(known.into_values().collect())
}
