//! What can be taken back in a repository, newest first, and what stands in the way of it.

use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::LandingId;
use owt_core::SnapshotId;
use owt_core::Timestamp;
use owt_core::TrainId;
use owt_core::WorkspaceId;
use owt_core::authority::Principal;
use owt_core::landing::Afterwards;
use owt_core::landing::Arrival;
use owt_core::landing::Gate;
use owt_core::landing::Irrevocable;
use owt_core::landing::Landing;
use owt_core::landing::LandingPhase;
use owt_core::machine::Machine as _;
use owt_core::train::Train;
use owt_core::train::TrainPhase;
use owt_core::vcs::Repository;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_ports::StoreError;

use crate::engine::Engine;
use crate::records::Which;
use crate::taking_back::WayBack;
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
    pub workspaces: Vec<String>,
    /// On which branch, where it is that of one.
    pub branch: Option<String>,
    /// What the repository's checks had to do with it.
    pub checks: Gate,
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
        /// By whom.
        by: MoveOf,
        /// The move of its target.
        arrival: Box<Arrival>,
    },
    /// A workspace was deleted.
    Deletion,
}

/// Who has moved a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveOf {
    /// A landing of one workspace's work.
    Landing(LandingId),
    /// A train, by the how many-th of its moves, from 0.
    Train(TrainId, usize),
}

/// Why something cannot be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// What has landed stays.
    Stays(Irrevocable),
    /// The train that landed it has not ended.
    UnderWay,
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
    let mut landed = moves(engine, &repository)?;
    landed.retain(|moved| matches!(moved.course, Course::Landed));
    let by_landing: BTreeSet<SnapshotId> =
        landed.iter().flat_map(|moved| moved.removals.iter().copied()).collect();
    let mut all: Vec<Undoable> = landed.into_iter().map(|moved| moved.what).collect();
    for it in deleted.iter().filter(|it| !by_landing.contains(&it.snapshot)) {
        if !was_to_help(engine, it)? {
            all.extend(of_deletion(it));
        }
    }
    all.sort_by_key(|it| std::cmp::Reverse(it.at));
    all.truncate(MAX_LISTED);
    for it in &mut all {
        keep_absent(engine, it)?;
        if it.obstacle.is_none() {
            it.obstacle = obstacle(engine, it)?;
        }
    }
    Ok(all)
}

/// Whether it was made to help another, and went with that: nobody has deleted it.
fn was_to_help(engine: &Engine, deleted: &Restorable) -> Result<bool, StoreError> {
    let Some(id) = deleted.workspace else { return Ok(false) };
    let workspace = engine.records().load::<Workspace>(id)?;
    Ok(workspace.is_some_and(|workspace| workspace.spec.helps().is_some()))
}

/// A move of a target, whether or not it can be taken back.
pub(super) struct Moved {
    pub(super) what: Undoable,
    pub(super) course: Course,
    /// The snapshots of the removals that it brought with it.
    removals: Vec<SnapshotId>,
}

/// How far back a move is.
#[derive(Clone, Copy)]
pub(super) enum Course {
    /// It stands.
    Landed,
    /// It is being taken back.
    GoesBack,
    /// It is back.
    IsBack,
}

/// Every move of a target in a repository, by landings and by trains.
pub(super) fn moves(engine: &Engine, repository: &Repository) -> Result<Vec<Moved>, StoreError> {
    let landings = engine.records().list::<Landing>(None, Which::All)?;
    let landings = landings.into_iter().filter(|it| it.state.spec.repository.id == repository.id);
    let trains = engine.records().list::<Train>(Some(&repository.id.to_string()), Which::All)?;
    let in_trains = trains.iter().flat_map(|it| of_train(it.id, &it.state));
    Ok(landings.filter_map(|it| of_landing(it.id, &it.state)).chain(in_trains).collect())
}

/// The snapshot of a removal that came with landing something.
fn removal_of(afterwards: &Afterwards) -> Option<SnapshotId> {
    match afterwards {
        Afterwards::Keep => None,
        Afterwards::Remove { removal } => Some(removal.snapshot),
    }
}

fn of_landing(id: LandingId, landing: &Landing) -> Option<Moved> {
    let arrival = landing.arrival()?;
    let course = match landing.phase {
        LandingPhase::TakingBack { .. } => Course::GoesBack,
        LandingPhase::TakenBack { .. } => Course::IsBack,
        _ => Course::Landed,
    };
    let what = Undoable {
        id: id.to_string(),
        workspaces: vec![landing.spec.name.to_string()],
        branch: Some(landing.spec.branch.to_string()),
        checks: landing.spec.checks,
        at: landing.since,
        comes_back: arrival.removed.clone(),
        kind: UndoKind::Landing { by: MoveOf::Landing(id), arrival: Box::new(arrival) },
        obstacle: None,
    };
    Some(Moved { what, course, removals: removal_of(&landing.spec.afterwards).into_iter().collect() })
}

fn of_train(id: TrainId, train: &Train) -> Vec<Moved> {
    (0..train.moves.len()).filter_map(|nth| of_its_moves(id, train, nth)).collect()
}

fn of_its_moves(id: TrainId, train: &Train, nth: usize) -> Option<Moved> {
    let (moved, arrival) = (train.moves.get(nth)?, train.arrival(nth)?);
    let cars: Vec<_> = moved.cars.iter().filter_map(|at| train.cars.get(*at)).collect();
    let course = match train.phase {
        TrainPhase::TakingBack { nth: going } if going == nth => Course::GoesBack,
        _ if moved.stands() => Course::Landed,
        _ => Course::IsBack,
    };
    let what = Undoable {
        id: format!("{id}-{}", nth + 1),
        workspaces: train.names_of(nth).into_iter().map(str::to_owned).collect(),
        branch: match cars.as_slice() {
            [only] => Some(only.spec.landing.branch.to_string()),
            _ => None,
        },
        checks: Gate::Required,
        at: moved.at,
        comes_back: arrival.removed.clone(),
        kind: UndoKind::Landing { by: MoveOf::Train(id, nth), arrival: Box::new(arrival) },
        obstacle: train.is_live().then_some(Obstacle::UnderWay),
    };
    let removals = cars.iter().filter_map(|car| removal_of(&car.spec.landing.afterwards)).collect();
    Some(Moved { what, course, removals })
}

/// A deletion; a snapshot of anything else was no deed that could be taken back.
fn of_deletion(deleted: &Restorable) -> Option<Undoable> {
    let workspace = deleted.workspace?;
    Some(Undoable {
        id: deleted.snapshot.to_string(),
        kind: UndoKind::Deletion,
        workspaces: vec![deleted.name.clone()],
        branch: deleted.branch.clone(),
        checks: Gate::NotAsked,
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
        && let Err(stays) = look(engine.ports(), &WayBack::of(engine.records(), arrival)?)?
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
