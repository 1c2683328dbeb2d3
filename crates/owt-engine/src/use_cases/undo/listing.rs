//! What can be taken back in a repository, newest first, and what stands in the way of it.

use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::LandingId;
use owt_core::SnapshotId;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::authority::Principal;
use owt_core::landing::Afterwards;
use owt_core::landing::Arrival;
use owt_core::landing::Irrevocable;
use owt_core::landing::Landing;
use owt_core::landing::LandingPhase;
use owt_core::vcs::Repository;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_ports::StoreError;

use crate::engine::Engine;
use crate::records::Record;
use crate::records::Which;
use crate::taking_back::look;
use crate::use_cases::Restorable;
use crate::use_cases::SelectError;
use crate::use_cases::restorable;
use crate::use_cases::restore::in_the_way;

/// Most things that are listed.
const MAX_LISTED: usize = 50;

/// Something that was done and could be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undoable {
    /// What it is named by.
    pub id: String,
    /// What it was.
    pub kind: UndoKind,
    /// Whose work.
    pub workspace: String,
    /// On which branch.
    pub branch: Option<String>,
    /// When.
    pub at: Timestamp,
    /// The workspaces that come back with it.
    pub comes_back: Vec<WorkspaceId>,
    /// Why it cannot be taken back.
    pub obstacle: Option<Obstacle>,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UndoKind {
    /// Work landed.
    Landing {
        /// Its id.
        id: LandingId,
        /// The move of its target.
        arrival: Box<Arrival>,
    },
    /// A workspace was deleted.
    Deletion,
}

/// Why something cannot be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// What has landed stays.
    Stays(Irrevocable),
    /// A live workspace has the place of one that would come back.
    NameTaken {
        /// Its name.
        name: String,
    },
    /// A workspace that would come back is on its way.
    InBetween,
}

/// What was landed and deleted in a folder's repository, newest first.
///
/// # Errors
/// [`SelectError`].
pub fn undoable(engine: &Engine, asker: &Principal, folder: &AbsPath) -> Result<Vec<Undoable>, SelectError> {
    let deleted = restorable(engine, asker, folder)?;
    let repository = engine.ports().git.discover(folder).map_err(SelectError::Git)?.repository;
    let landings = landings(engine, &repository)?;
    let landings = landings.into_iter().filter(|it| matches!(it.state.phase, LandingPhase::Landed { .. }));
    let landings: Vec<_> = landings.collect();
    let by_landing: BTreeSet<SnapshotId> = landings.iter().filter_map(removal_of).collect();
    let deleted = deleted.iter().filter(|it| !by_landing.contains(&it.snapshot)).filter_map(of_deletion);
    let mut all: Vec<Undoable> =
        landings.iter().filter_map(|it| of_landing(it.id, &it.state)).chain(deleted).collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.at));
    all.truncate(MAX_LISTED);
    for it in &mut all {
        keep_absent(engine, it)?;
        it.obstacle = obstacle(engine, it)?;
    }
    Ok(all)
}

/// Every landing of a repository.
pub(super) fn landings(engine: &Engine, repository: &Repository) -> Result<Vec<Record<Landing>>, StoreError> {
    let all = engine.records().list::<Landing>(None, Which::All)?;
    Ok(all.into_iter().filter(|record| record.state.spec.repository.id == repository.id).collect())
}

/// The snapshot of the removal that a landing brought with it.
fn removal_of(record: &Record<Landing>) -> Option<SnapshotId> {
    match &record.state.spec.afterwards {
        Afterwards::Keep => None,
        Afterwards::Remove { removal } => Some(removal.snapshot),
    }
}

/// A landing that has landed, whether or not it can be taken back.
pub(super) fn of_landing(id: LandingId, landing: &Landing) -> Option<Undoable> {
    let arrival = landing.arrival()?;
    Some(Undoable {
        id: id.to_string(),
        workspace: landing.spec.name.to_string(),
        branch: Some(landing.spec.branch.to_string()),
        at: landing.since,
        comes_back: arrival.removed.clone(),
        kind: UndoKind::Landing { id, arrival: Box::new(arrival) },
        obstacle: None,
    })
}

/// A deletion; a snapshot of anything else was no deed that could be taken back.
fn of_deletion(deleted: &Restorable) -> Option<Undoable> {
    let workspace = deleted.workspace?;
    Some(Undoable {
        id: deleted.snapshot.to_string(),
        kind: UndoKind::Deletion,
        workspace: deleted.name.clone(),
        branch: deleted.branch.clone(),
        at: deleted.taken_at,
        comes_back: vec![workspace],
        obstacle: None,
    })
}

/// One that is there again already, or that nothing is known of any more, does not come back.
fn keep_absent(engine: &Engine, what: &mut Undoable) -> Result<(), StoreError> {
    let mut absent = Vec::new();
    for id in &what.comes_back {
        if let Some(workspace) = engine.records().load::<Workspace>(*id)?
            && workspace.phase != Phase::Ready
        {
            absent.push(*id);
        }
    }
    what.comes_back = absent;
    Ok(())
}

fn obstacle(engine: &Engine, what: &Undoable) -> Result<Option<Obstacle>, StoreError> {
    if let UndoKind::Landing { arrival, .. } = &what.kind
        && let Err(stays) = look(engine.ports(), arrival)?
    {
        return Ok(Some(Obstacle::Stays(stays)));
    }
    for id in &what.comes_back {
        match engine.records().load::<Workspace>(*id)?.map(|workspace| workspace.phase) {
            Some(Phase::Removed { .. }) => {
                if let Some(name) = in_the_way(engine, *id)? {
                    return Ok(Some(Obstacle::NameTaken { name }));
                }
            }
            Some(Phase::Removing { .. } | Phase::Restoring { .. }) => return Ok(Some(Obstacle::InBetween)),
            _ => {}
        }
    }
    Ok(None)
}
