//! The disks on which worktrees lie, and whether there is room left on them.

use std::collections::BTreeMap;

use owt_core::AbsPath;
use owt_ports::EnvironmentError;
use owt_ports::StoreError;

use super::super::facts::OwnFolder;
use super::super::facts::SeenRoom;
use super::super::facts::SeenWorkspace;
use crate::engine::Engine;

/// Without so many free bytes neither a worktree can be made nor what is in one be kept: 1 MiB.
const NEEDED: u64 = 1 << 20;

/// The folders of worktrees that have less room than is asked for.
///
/// # Errors
/// Only a crash.
pub(super) fn rooms(engine: &Engine, workspaces: &[SeenWorkspace]) -> Result<Vec<SeenRoom>, StoreError> {
    let mut found = Vec::new();
    for (place, wanted) in places(engine, workspaces) {
        match engine.ports().environments.free_space(&place) {
            Ok(free) if free < wanted => found.push(SeenRoom { place, free }),
            Err(EnvironmentError::Crashed) => return Err(StoreError::Crashed),
            // Where nothing is there any more, that is what is told.
            Ok(_) | Err(_) => {}
        }
    }
    Ok(found)
}

/// Where worktrees lie, and the most that is asked for there.
fn places(engine: &Engine, workspaces: &[SeenWorkspace]) -> BTreeMap<AbsPath, u64> {
    let mut asked: BTreeMap<Option<AbsPath>, u64> = BTreeMap::new();
    let mut places = BTreeMap::new();
    for seen in workspaces.iter().filter(|seen| seen.own_folder == OwnFolder::Yes) {
        let source = seen.repository.as_ref().map(|repository| repository.source().clone());
        let least = *asked.entry(source).or_insert_with_key(|source| least(engine, source.as_ref()));
        if let Some(place) = seen.path.parent() {
            let wanted = places.entry(place).or_insert(least);
            *wanted = least.max(*wanted);
        }
    }
    places
}

fn least(engine: &Engine, source: Option<&AbsPath>) -> u64 {
    let settings = engine.ports().settings.settings(source, None).ok();
    settings.and_then(|settings| settings.disk.min_free).unwrap_or(0).max(NEEDED)
}
