//! Which live workspaces of a repository would not merge with one another, or with their targets.

use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use owt_core::AbsPath;
use owt_core::authority::Action;
use owt_core::authority::Ownership;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::vcs::Repository;

use super::ListError;
use super::StillThere;
use crate::engine::Engine;
use crate::radar::Picture;
use crate::radar::sweep;

/// Between two looks at least: an agent that works causes many events in one moment.
const CALM: Duration = Duration::from_millis(500);

/// Between two looks at most: files that are written and not committed are no event.
const AT_LATEST: Duration = Duration::from_secs(10);

/// The conflicts as they are now.
///
/// # Errors
/// [`ListError`].
pub fn conflicts(engine: &Engine, asker: &Principal, folder: &AbsPath) -> Result<Arc<Picture>, ListError> {
    let repository = allowed(engine, asker, folder)?;
    Ok(sweep(engine, &repository)?.picture)
}

/// Hands the conflicts to `sink`, again whenever something has changed, until it wants no more or nobody is there.
///
/// # Errors
/// [`ListError`].
pub fn watch_conflicts(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
    sink: &mut dyn FnMut(Arc<Picture>) -> bool,
    still_there: StillThere<'_>,
) -> Result<(), ListError> {
    let repository = allowed(engine, asker, folder)?;
    loop {
        let (seen, begun) = (engine.beats(), Instant::now());
        if !sink(sweep(engine, &repository)?.picture) {
            return Ok(());
        }
        engine.await_beat(seen, AT_LATEST, still_there);
        engine.await_time(begun + CALM, still_there);
        if !still_there() {
            return Ok(());
        }
    }
}

/// The repository of a folder, if the asker may look at it.
pub(super) fn allowed(engine: &Engine, asker: &Principal, folder: &AbsPath) -> Result<Repository, ListError> {
    let repository = engine.ports().git.discover(folder).map_err(ListError::Git)?.repository;
    if let Principal::Attempt(caller) = asker
        && caller.repository != Some(repository.id)
    {
        authorise(asker, Action::Read(Ownership::Elsewhere))?;
    }
    Ok(repository)
}
