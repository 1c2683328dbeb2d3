//! The workspaces, again each time that something about them may have changed. Told by the journal; what git alone
//! sees (files that are written and not committed) is looked at with that, and after a while at the latest.

use std::time::Duration;
use std::time::Instant;

use owt_core::AbsPath;
use owt_core::authority::Principal;

use super::ListError;
use super::Scope;
use super::StillThere;
use super::happenings::Happening;
use super::happenings::happenings;
use super::list::listed;
use super::list::seen_from;
use crate::engine::Engine;
use crate::view::WorkspaceView;

/// Between two lists at least: an agent that prints much causes many events in one moment.
const CALM: Duration = Duration::from_millis(200);

/// Between two lists at most, so that ages and what git alone sees do not grow old on a screen.
const AT_LATEST: Duration = Duration::from_secs(10);

/// Hands the list to `sink` until it wants no more, or nobody is there.
///
/// # Errors
/// [`ListError`].
pub fn watch(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
    scope: Scope,
    sink: &mut dyn FnMut(Vec<WorkspaceView>, Vec<Happening>) -> bool,
    still_there: StillThere<'_>,
) -> Result<(), ListError> {
    loop {
        let (seen, begun) = (engine.beats(), Instant::now());
        let repository = seen_from(engine, asker, folder, scope)?;
        if !sink(listed(engine, repository)?, happenings(engine, repository)?) {
            return Ok(());
        }
        engine.await_beat(seen, AT_LATEST, still_there);
        engine.await_time(begun + CALM, still_there);
        if !still_there() {
            return Ok(());
        }
    }
}
