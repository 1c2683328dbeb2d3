//! Snapshots that are old or too many: which of them nobody needs any more, and which are the only copy of somebody's work.
//! They are looked through by `owt cleanup` alone: nothing of them goes that the person has not seen listed.

use std::time::Duration;

use owt_core::SnapshotId;
use owt_core::retention::Expiry;
use owt_core::retention::Kept;
use owt_core::retention::Retention;
use owt_core::retention::expired;
use owt_core::vcs::Repository;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_ports::BranchState;
use owt_ports::GitError;
use owt_ports::SnapshotRecord;
use owt_ports::StoreError;

use crate::engine::Engine;
use crate::records::Record;
use crate::records::Which;

/// A snapshot that has expired.
pub(crate) struct Old {
    pub(crate) record: SnapshotRecord,
    /// How old it is.
    pub(crate) age: Duration,
    /// Why it goes.
    pub(crate) expiry: Expiry,
    /// What it is to anybody.
    pub(crate) worth: Worth,
}

/// What a snapshot is to anybody.
pub(crate) enum Worth {
    /// What it holds is elsewhere, too.
    Copy {
        /// Where, in words.
        of: String,
    },
    /// It may be the only one who has it.
    OnlyOne {
        /// The removed workspace, if it is known.
        whose: Option<Box<Record<Workspace>>>,
    },
}

/// The snapshots of a repository that have expired. What a workspace is being made from or brought back from is not among
/// them, nor one whose workspace's folder is still in the trash: that goes first.
///
/// # Errors
/// Only failures of the journal; snapshots that cannot be looked at stay, and that is said in the log.
pub(crate) fn look_through(
    engine: &Engine,
    repository: &Repository,
    rules: Retention,
) -> Result<Vec<Old>, StoreError> {
    if rules.age.is_none() && rules.bytes.is_none() {
        return Ok(Vec::new());
    }
    let git = &engine.ports().git;
    let (snapshots, trashed) = match (git.snapshots(repository, usize::MAX), git.trashed(repository)) {
        (Ok(snapshots), Ok(trashed)) => (snapshots, trashed),
        (Err(GitError::Crashed), _) | (_, Err(GitError::Crashed)) => return Err(StoreError::Crashed),
        (Err(error), _) | (_, Err(error)) => {
            tracing::warn!(repository = %repository.root, %error, "the snapshots cannot be looked through");
            return Ok(Vec::new());
        }
    };
    let trashed: Vec<SnapshotId> = trashed.into_iter().map(|trashed| trashed.id).collect();
    let workspaces = engine.records().list::<Workspace>(Some(&repository.id.to_string()), Which::All)?;
    let (now, mut measured) = (engine.ports().clock.now(), Vec::new());
    for record in snapshots {
        if !is_needed(&workspaces, &trashed, record.id) {
            let bytes = if rules.bytes.is_some() { bytes(engine, repository, record.id)? } else { 0 };
            measured.push((record, bytes));
        }
    }
    let kept: Vec<Kept> =
        measured.iter().map(|(record, bytes)| Kept { since: record.taken_at, bytes: *bytes }).collect();
    let mut old = Vec::new();
    for ((record, _), expiry) in measured.into_iter().zip(expired(&kept, rules, now)) {
        if let Some(expiry) = expiry {
            let (worth, age) = (worth(engine, repository, &workspaces, &record)?, now.since(record.taken_at));
            old.push(Old { record, age, expiry, worth });
        }
    }
    Ok(old)
}

/// Whether somebody is about to use it, or what is more than it is still there.
fn is_needed(workspaces: &[Record<Workspace>], trashed: &[SnapshotId], id: SnapshotId) -> bool {
    workspaces.iter().any(|it| match &it.state.phase {
        Phase::Removed { removal, .. } => removal_has(&it.state, id) && trashed.contains(&removal.snapshot),
        Phase::Ready | Phase::Discarded { .. } => false,
        _ => removal_has(&it.state, id) || carried(&it.state) == Some(id),
    })
}

/// Whether a workspace's removal took it, or would.
fn removal_has(workspace: &Workspace, id: SnapshotId) -> bool {
    match &workspace.phase {
        Phase::Removed { removal, report } | Phase::Restoring { removal, report } => {
            removal.snapshot == id || report.snapshot == Some(id)
        }
        Phase::Removing { removal, .. } => removal.snapshot == id,
        _ => false,
    }
}

/// The snapshot of what a workspace took along when it began.
fn carried(workspace: &Workspace) -> Option<SnapshotId> {
    workspace.spec.line()?.carry.as_ref().map(|carry| carry.snapshot)
}

fn worth(
    engine: &Engine,
    repository: &Repository,
    workspaces: &[Record<Workspace>],
    record: &SnapshotRecord,
) -> Result<Worth, StoreError> {
    if let Some(it) = workspaces.iter().find(|it| carried(&it.state) == Some(record.id)) {
        let name = &it.state.spec.name;
        return Ok(Worth::Copy { of: format!("what was not committed when '{name}' took it along") });
    }
    let Some(whose) = workspaces.iter().find(|it| removal_has(&it.state, record.id)) else {
        return Ok(Worth::OnlyOne { whose: None });
    };
    Ok(match landed_in(engine, repository, &whose.state)? {
        Some(base) => Worth::Copy { of: format!("commits that {base} has") },
        None => Worth::OnlyOne { whose: Some(Box::new(whose.clone())) },
    })
}

/// The base branch of a removed workspace, if it has all of it. What was not committed it has not.
fn landed_in(
    engine: &Engine,
    repository: &Repository,
    workspace: &Workspace,
) -> Result<Option<String>, StoreError> {
    let Phase::Removed { report, .. } = &workspace.phase else { return Ok(None) };
    let base = workspace.spec.line().and_then(|line| line.base.branch.as_ref());
    let (Some(base), Some(head), 0) = (base, &report.head, report.changed_files) else { return Ok(None) };
    let git = &engine.ports().git;
    let is_there = git.branch_state(repository, base).and_then(|state| match state {
        BranchState::Taken(tip) => git.is_merged(repository, head, &tip),
        _ => Ok(false),
    });
    match is_there {
        Err(GitError::Crashed) => Err(StoreError::Crashed),
        there => Ok(there.unwrap_or(false).then(|| base.to_string())),
    }
}

/// What cannot be counted counts nothing: then it does not go for its size.
fn bytes(engine: &Engine, repository: &Repository, id: SnapshotId) -> Result<u64, StoreError> {
    match engine.ports().git.snapshot_bytes(repository, id) {
        Ok(bytes) => Ok(bytes),
        Err(GitError::Crashed) => Err(StoreError::Crashed),
        Err(error) => {
            tracing::warn!(snapshot = %id, %error, "what it holds cannot be counted");
            Ok(0)
        }
    }
}

/// Removes one for good. It is asked once more whether somebody wants it.
///
/// # Errors
/// What git says, in words; the journal, too.
pub(crate) fn discard(engine: &Engine, repository: &Repository, id: SnapshotId) -> Result<(), String> {
    let git = &engine.ports().git;
    let trashed = git.trashed(repository).map_err(|error| error.to_string())?;
    let trashed: Vec<SnapshotId> = trashed.into_iter().map(|trashed| trashed.id).collect();
    let workspaces = engine.records().list::<Workspace>(Some(&repository.id.to_string()), Which::All);
    if is_needed(&workspaces.map_err(|error| error.to_string())?, &trashed, id) {
        return Err("somebody is about to use it".to_owned());
    }
    git.drop_snapshot(repository, id).map_err(|error| error.to_string())
}
