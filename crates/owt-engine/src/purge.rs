//! Old records that nobody needs any more: which they are, why others stay, and their way out.
//!
//! A workspace goes with its jobs, attempts and messages or not at all; a train goes with the last of those whose work it had.
//! What `restore` can bring back from the trash or
//! a snapshot stays, and so does every message that its agent may not have had.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::btree_map::Entry;
use std::time::Duration;

use owt_core::RepositoryId;
use owt_core::SnapshotId;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attention::Attention;
use owt_core::counting::counted;
use owt_core::delivery::Delivery;
use owt_core::delivery::DeliveryPhase;
use owt_core::job::Job;
use owt_core::landing::Landing;
use owt_core::machine::Machine as _;
use owt_core::train::Train;
use owt_core::vcs::Repository;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_ports::GitError;
use owt_ports::StoreError;
use owt_ports::StreamId;

use crate::engine::Engine;
use crate::entity::Entity;
use crate::records::Record;
use crate::records::Which;

/// A removed workspace with all its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// When anything last happened to it.
    pub last: Timestamp,
    /// How many jobs it had.
    pub jobs: u64,
    /// How many attempts they had.
    pub attempts: u64,
    /// How many messages it got.
    pub messages: u64,
    /// How many events all that is.
    pub events: u64,
    streams: Vec<(StreamId, u64)>,
    unread: u64,
    is_live: bool,
}

/// A removed workspace that is old enough, and stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spared {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// Why.
    pub why: String,
}

/// What goes, and what stays although it is old.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What goes.
    pub(crate) goes: Vec<Removed>,
    /// What stays.
    pub(crate) stays: Vec<Spared>,
    /// The trains that go with all of it.
    pub(crate) trains: u64,
}

/// What is gone.
pub(crate) struct Gone {
    /// The workspaces, as they were.
    pub(crate) workspaces: Vec<Removed>,
    /// How many trains.
    pub(crate) trains: u64,
}

/// What a repository can bring back.
type Kept = Result<BTreeMap<SnapshotId, &'static str>, String>;

/// Looks for workspaces that are removed and to which nothing happened for so long.
///
/// # Errors
/// Only failures of the journal; a repository that cannot be looked at keeps everything.
pub(crate) fn plan(engine: &Engine, age: Duration) -> Result<Plan, StoreError> {
    let (now, mut repositories, mut plan) = (engine.ports().clock.now(), BTreeMap::new(), Plan::default());
    for record in engine.records().list::<Workspace>(None, Which::All)? {
        if record.state.is_live() {
            continue;
        }
        let removed = gather(engine, &record)?;
        if removed.last.plus(age) > now {
            continue;
        }
        match why_it_stays(engine, &record.state, &removed, &mut repositories)? {
            Some(why) => plan.stays.push(Spared { id: removed.id, name: removed.name, why }),
            None => plan.goes.push(removed),
        }
    }
    plan.trains = trains(engine, &plan.goes)?.len() as u64;
    Ok(plan)
}

/// The trains that have ended and had nobody's work but that of these, and of those of which there is no record any more.
fn trains(engine: &Engine, goes: &[Removed]) -> Result<Vec<(StreamId, u64)>, StoreError> {
    let all = engine.records().list::<Workspace>(None, Which::All)?;
    let stays: BTreeSet<WorkspaceId> =
        all.iter().map(|record| record.id).filter(|id| !goes.iter().any(|gone| gone.id == *id)).collect();
    let mut streams = Vec::new();
    for record in engine.records().list::<Train>(None, Which::All)? {
        let is_needed = record.state.cars.iter().any(|car| stays.contains(&car.spec.landing.workspace));
        if !record.state.is_live() && !is_needed {
            streams.push(stream_of(engine, &record)?);
        }
    }
    Ok(streams)
}

/// A record's stream, and how long it is.
fn stream_of<E: Entity>(engine: &Engine, record: &Record<E>) -> Result<(StreamId, u64), StoreError> {
    let stream = E::stream(record.id);
    let version = engine.ports().store.load(&stream)?.map_or(0, |row| row.version);
    Ok((stream, version))
}

/// Removes those of a plan that are named, all in one step; what has changed since stays. How they were is said.
///
/// # Errors
/// Only failures of the journal; nothing was removed then.
pub(crate) fn carry_out(
    engine: &Engine,
    plan: Plan,
    named: &BTreeSet<WorkspaceId>,
) -> Result<Gone, StoreError> {
    let mut goes: Vec<Removed> =
        plan.goes.into_iter().filter(|removed| named.contains(&removed.id)).collect();
    engine.in_order(|| {
        let mut is_as_it_was = BTreeSet::new();
        for record in engine.records().list::<Workspace>(None, Which::All)? {
            if let Some(planned) = goes.iter().find(|removed| removed.id == record.id)
                && gather(engine, &record)? == *planned
            {
                is_as_it_was.insert(record.id);
            }
        }
        goes.retain(|removed| is_as_it_was.contains(&removed.id));
        let mut streams = trains(engine, &goes)?;
        let trains = streams.len() as u64;
        streams.extend(goes.iter().flat_map(|removed| removed.streams.iter().cloned()));
        engine.ports().store.purge(&streams)?;
        Ok(Gone { workspaces: goes, trains })
    })
}

/// A workspace with all that belongs to it.
fn gather(engine: &Engine, record: &Record<Workspace>) -> Result<Removed, StoreError> {
    let mut removed = Removed {
        id: record.id,
        name: record.state.spec.name.to_string(),
        last: record.updated_at,
        jobs: 0,
        attempts: 0,
        messages: 0,
        events: 0,
        streams: Vec::new(),
        unread: 0,
        is_live: false,
    };
    removed.add(engine, record)?;
    let parent = record.id.to_string();
    for job in engine.records().list::<Job>(Some(&parent), Which::All)? {
        removed.add(engine, &job)?;
        removed.jobs += 1;
        for attempt in engine.records().list::<Attempt>(Some(&job.id.to_string()), Which::All)? {
            removed.add(engine, &attempt)?;
            removed.attempts += 1;
            removed.is_live |= attempt.state.is_live();
        }
        removed.is_live |= job.state.is_live();
    }
    for attention in engine.records().list::<Attention>(Some(&parent), Which::All)? {
        removed.add(engine, &attention)?;
    }
    for landing in engine.records().list::<Landing>(Some(&parent), Which::All)? {
        removed.add(engine, &landing)?;
        removed.is_live |= landing.state.is_live();
    }
    for delivery in engine.records().list::<Delivery>(Some(&parent), Which::All)? {
        removed.add(engine, &delivery)?;
        removed.messages += 1;
        removed.unread += u64::from(!was_given(&delivery.state.phase));
    }
    Ok(removed)
}

impl Removed {
    fn add<E: Entity>(&mut self, engine: &Engine, record: &Record<E>) -> Result<(), StoreError> {
        let (stream, version) = stream_of(engine, record)?;
        self.last = self.last.max(record.updated_at);
        self.events += version;
        self.streams.push((stream, version));
        Ok(())
    }
}

/// Whether the agent had a message. One that it certainly did not get is as unread as one of which nobody knows.
fn was_given(phase: &DeliveryPhase) -> bool {
    matches!(phase, DeliveryPhase::Injected { .. } | DeliveryPhase::Observed { .. })
}

fn why_it_stays(
    engine: &Engine,
    workspace: &Workspace,
    removed: &Removed,
    repositories: &mut BTreeMap<RepositoryId, Kept>,
) -> Result<Option<String>, StoreError> {
    if removed.is_live {
        return Ok(Some("a job of it has not ended".to_owned()));
    }
    match removed.unread {
        0 => {}
        number => {
            let unread = counted(number, "message to it was not read", "messages to it were not read");
            return Ok(Some(unread));
        }
    }
    let (Phase::Removed { removal, report }, Some(repository)) =
        (&workspace.phase, workspace.spec.repository())
    else {
        return Ok(None);
    };
    let kept = match repositories.entry(repository.id) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(unknown) => unknown.insert(kept(engine, repository)?),
    };
    let why = match kept {
        Err(error) => Some(format!("its repository cannot be looked at: {error}")),
        Ok(kept) => [Some(removal.snapshot), report.snapshot]
            .iter()
            .flatten()
            .find_map(|id| kept.get(id))
            .map(|place| format!("owt restore brings it back from {place}")),
    };
    Ok(why)
}

fn kept(engine: &Engine, repository: &Repository) -> Result<Kept, StoreError> {
    let git = &engine.ports().git;
    let snapshots = match git.snapshots(repository, usize::MAX) {
        Err(GitError::Crashed) => return Err(StoreError::Crashed),
        Err(error) => return Ok(Err(error.to_string())),
        Ok(snapshots) => snapshots.into_iter().map(|record| (record.id, "its snapshot")),
    };
    match git.trashed(repository) {
        Err(GitError::Crashed) => Err(StoreError::Crashed),
        Err(error) => Ok(Err(error.to_string())),
        Ok(trashed) => {
            Ok(Ok(snapshots.chain(trashed.into_iter().map(|trashed| (trashed.id, "the trash"))).collect()))
        }
    }
}
