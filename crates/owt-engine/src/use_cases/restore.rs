//! Listing and bringing back what was removed.

use crate::facts::add_facts;
use std::collections::BTreeSet;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::RequestId;
use owt_core::SnapshotId;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::effect::Message;
use owt_core::failure::Failure;
use owt_core::landing::Afterwards;
use owt_core::landing::Gate;
use owt_core::landing::Landing;
use owt_core::selection::abbreviates;
use owt_core::selection::like;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_ports::StoreError;

use super::CommonError;
use super::Resolve;
use super::SelectError;
use super::select::MAX_NEAR;
use super::select::find_record;
use crate::absence::Absence;
use crate::engine::Engine;
use crate::entity::Entity as _;
use crate::records::Record;
use crate::records::Which;
use crate::view::WorkspaceView;

/// How long a restore may take.
const MAX_RESTORE: Duration = Duration::from_secs(15 * 60);
/// Most things that are listed.
const MAX_LISTED: usize = 200;

/// Something that can be brought back.
#[derive(Debug, Clone)]
pub struct Restorable {
    /// The removed workspace, when it was one; a snapshot of something else otherwise.
    pub workspace: Option<WorkspaceId>,
    /// The snapshot; it names the folder in the trash too.
    pub snapshot: SnapshotId,
    /// The workspace's name.
    pub name: String,
    /// Its branch.
    pub branch: Option<String>,
    /// The commit.
    pub sha: Option<ObjectId>,
    /// Why it was taken.
    pub reason: String,
    /// When.
    pub taken_at: Timestamp,
    /// What comes back.
    pub holds: Holds,
}

/// What is kept of something removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// The whole folder lies in the trash.
    Folder,
    /// Commits, and what was changed and new.
    Changes,
    /// Commits.
    Commits,
}

/// Why nothing was brought back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// Which?
    #[error(transparent)]
    Select(#[from] SelectError),
    /// It was tried, and failed.
    #[error("'{name}' could not be brought back: {failure}")]
    Failed {
        /// The workspace's name.
        name: String,
        /// Why.
        failure: Failure,
    },
    /// A live workspace has that name.
    #[error("a workspace '{name}' is there already")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// It was never removed.
    #[error("the workspace '{name}' is there{}", absence.as_ref().map(|it| format!(", but {it}")).unwrap_or_default())]
    NotRemoved {
        /// The name.
        name: String,
        /// What of it is not there all the same.
        absence: Option<Absence>,
    },
    /// The snapshot was not made by a removal.
    #[error("the snapshot {id} belongs to no removed workspace")]
    OnlySnapshot {
        /// The snapshot.
        id: SnapshotId,
        /// Its commit.
        commit: Option<ObjectId>,
    },
    /// It takes too long.
    #[error("the restore has not ended within {} minutes; it goes on", MAX_RESTORE.as_secs() / 60)]
    TooSlow,
}

impl From<StoreError> for RestoreError {
    fn from(error: StoreError) -> Self {
        Self::Select(SelectError::Common(CommonError::Store(error)))
    }
}

/// What can be brought back in a folder's repository, newest first.
///
/// # Errors
/// [`SelectError`].
pub fn restorable(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
) -> Result<Vec<Restorable>, SelectError> {
    authorise(asker, Action::Restore)?;
    let repository = engine.ports().git.discover(folder).map_err(SelectError::Git)?.repository;
    let removed = removed(engine, Some(&repository.id.to_string()))?;
    let in_trash = engine.ports().git.trashed(&repository).map_err(SelectError::Git)?;
    let in_trash: Vec<SnapshotId> = in_trash.into_iter().map(|trashed| trashed.id).collect();
    let known = engine.ports().git.snapshots(&repository, usize::MAX).map_err(SelectError::Git)?;
    let ids: BTreeSet<SnapshotId> = known.iter().map(|record| record.id).collect();
    let mut listed: Vec<Restorable> =
        removed.iter().filter_map(|record| restorable_workspace(record, (&in_trash, &ids))).collect();
    let unchecked = unchecked(engine)?;
    for it in listed.iter_mut().filter(|it| unchecked.contains(&it.snapshot)) {
        it.reason.push_str(", landed unchecked (--no-verify)");
    }
    for record in known {
        if let Some(same) = listed.iter_mut().find(|listed| listed.snapshot == record.id) {
            same.sha = Some(record.commit);
            continue;
        }
        listed.push(Restorable {
            workspace: None,
            snapshot: record.id,
            name: record.workspace,
            branch: record.branch.map(|branch| branch.to_string()),
            sha: Some(record.commit),
            reason: record.reason,
            taken_at: record.taken_at,
            holds: Holds::Changes,
        });
    }
    listed.sort_by_key(|listed| std::cmp::Reverse(listed.taken_at));
    listed.truncate(MAX_LISTED);
    Ok(listed)
}

/// The snapshots of workspaces that went when their work landed without the repository's checks, by the person's word.
fn unchecked(engine: &Engine) -> Result<BTreeSet<SnapshotId>, StoreError> {
    let landings = engine.records().list::<Landing>(None, Which::All)?;
    let waived = landings.iter().filter(|it| it.state.spec.checks == Gate::Waived);
    Ok(waived
        .filter_map(|it| match &it.state.spec.afterwards {
            Afterwards::Keep => None,
            Afterwards::Remove { removal } => Some(removal.snapshot),
        })
        .collect())
}

fn removed(engine: &Engine, parent: Option<&str>) -> Result<Vec<Record<Workspace>>, StoreError> {
    let all = engine.records().list::<Workspace>(parent, Which::All)?;
    Ok(all.into_iter().filter(|record| matches!(record.state.phase, Phase::Removed { .. })).collect())
}

/// Brings back the newest removed workspace of that name, or the one of that snapshot.
///
/// # Errors
/// [`RestoreError`].
pub fn restore(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    folder: &AbsPath,
    what: &str,
    resolve: Resolve,
) -> Result<WorkspaceView, RestoreError> {
    let (id, name) = begin_restore(engine, asker, request, folder, what, resolve)?;
    if resolve == Resolve::Do {
        await_restored(engine, id, &name, request)?;
    }
    view_of(engine, id)
}

/// The half of [`restore`] that does not wait: finds what is meant, and unless it is a preview records that it is
/// to be brought back. Answers with the workspace and its name.
///
/// # Errors
/// [`RestoreError`]; nothing was touched.
pub fn begin_restore(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    folder: &AbsPath,
    what: &str,
    resolve: Resolve,
) -> Result<(WorkspaceId, String), RestoreError> {
    if let (Resolve::Do, Some(begun)) = (resolve, under_way(engine, asker, folder, what)?) {
        engine.take_up_effects()?;
        return Ok(begun);
    }
    let candidates = restorable(engine, asker, folder)?;
    let chosen = meant(&candidates, what).map_err(|error| or_not_removed(engine, folder, what, error))?;
    let Some(id) = chosen.workspace else {
        return Err(only_a_snapshot(engine, folder, what, chosen));
    };
    let _naming = engine.naming();
    if let Some(name) = in_the_way(engine, id)? {
        return Err(RestoreError::NameTaken { name });
    }
    if resolve == Resolve::Do {
        engine.dispatch(Message::Workspace { id, input: WorkspaceInput::Restore }, request)?;
    }
    Ok((id, chosen.name.clone()))
}

/// Why a snapshot alone does not come back. Who has named a workspace means that, and it may be there.
fn only_a_snapshot(engine: &Engine, folder: &AbsPath, what: &str, chosen: &Restorable) -> RestoreError {
    let is_its_id = what == chosen.snapshot.to_string();
    match find_record(engine, folder, what).ok().filter(|_| !is_its_id) {
        Some(record) => not_removed(engine, &record),
        None => RestoreError::OnlySnapshot { id: chosen.snapshot, commit: chosen.sha.clone() },
    }
}

fn not_removed(engine: &Engine, record: &Record<Workspace>) -> RestoreError {
    let spec = &record.state.spec;
    RestoreError::NotRemoved { name: spec.name.to_string(), absence: Absence::of(engine, spec) }
}

/// What is not among what was removed may be there still, with or without its folder.
fn or_not_removed(engine: &Engine, folder: &AbsPath, what: &str, error: SelectError) -> RestoreError {
    match find_record(engine, folder, what) {
        Ok(record) if matches!(error, SelectError::NotFound { .. }) => not_removed(engine, &record),
        _ => error.into(),
    }
}

/// The workspace of that name or branch that is being brought back just now: who asks again (after a full disk, for
/// one) joins that.
fn under_way(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
    what: &str,
) -> Result<Option<(WorkspaceId, String)>, RestoreError> {
    authorise(asker, Action::Restore).map_err(SelectError::from)?;
    let repository = engine.ports().git.discover(folder).map_err(SelectError::Git)?.repository;
    let live = engine.records().list::<Workspace>(Some(&repository.id.to_string()), Which::Live)?;
    let is_meant = |record: &Record<Workspace>| {
        let Phase::Restoring { removal, .. } = &record.state.phase else { return false };
        let branch = record.state.spec.line().map(|line| line.branch.to_string());
        let names = [Some(record.state.spec.name.to_string()), branch, Some(removal.snapshot.to_string())];
        names.iter().flatten().any(|name| name == what) || record.id.to_string() == what
    };
    let found = live.into_iter().find(is_meant);
    Ok(found.map(|record| (record.id, record.state.spec.name.to_string())))
}

/// The live workspace that has the name, the folder or the branch of a removed one. One that is being taken back
/// counts: that takes away what it finds in its place.
pub(super) fn in_the_way(engine: &Engine, id: WorkspaceId) -> Result<Option<String>, StoreError> {
    let Some(wanted) = engine.records().load::<Workspace>(id)? else { return Ok(None) };
    let branch = |workspace: &Workspace| workspace.spec.line().map(|line| line.branch.clone());
    let parent = wanted.spec.repository().map(|repository| repository.id.to_string());
    let live = engine.records().list::<Workspace>(parent.as_deref(), Which::Live)?;
    let taken = live.into_iter().map(|record| record.state).find(|other| {
        let same_place = other.spec.name == wanted.spec.name || other.spec.path == wanted.spec.path;
        same_place || (branch(other).is_some() && branch(other) == branch(&wanted))
    });
    Ok(taken.map(|other| other.spec.name.to_string()))
}

pub(super) fn await_restored(
    engine: &Engine,
    id: WorkspaceId,
    name: &str,
    request: RequestId,
) -> Result<(), RestoreError> {
    let end = engine.await_done(MAX_RESTORE, &Workspace::stream(id), request, || {
        let workspace = engine.records().load::<Workspace>(id)?;
        Ok(workspace.and_then(|workspace| match (workspace.phase, workspace.last_failure) {
            (Phase::Ready, _) => Some(Ok(())),
            (Phase::Removed { .. }, Some(failure)) => Some(Err(failure)),
            _ => None,
        }))
    })?;
    match end {
        Some(Ok(())) => Ok(()),
        Some(Err(failure)) => Err(RestoreError::Failed { name: name.to_owned(), failure }),
        None => Err(RestoreError::TooSlow),
    }
}

pub(super) fn view_of(engine: &Engine, id: WorkspaceId) -> Result<WorkspaceView, RestoreError> {
    let all = engine.records().list::<Workspace>(None, Which::All)?;
    let record = all
        .into_iter()
        .find(|record| record.id == id)
        .ok_or_else(|| StoreError::Failed(format!("the record of {id} is missing")))?;
    let mut view = WorkspaceView::gather(engine.records(), record)?;
    add_facts(engine, std::slice::from_mut(&mut view));
    Ok(view)
}

/// A removed workspace; none that had to be kept as a snapshot which is gone, and whose folder has left the trash.
fn restorable_workspace(
    record: &Record<Workspace>,
    (in_trash, snapshots): (&[SnapshotId], &BTreeSet<SnapshotId>),
) -> Option<Restorable> {
    let Phase::Removed { removal, report } = &record.state.phase else {
        return None;
    };
    let is_gone = report.snapshot.is_some_and(|id| !snapshots.contains(&id));
    if is_gone && !in_trash.contains(&removal.snapshot) {
        return None;
    }
    Some(Restorable {
        workspace: Some(record.id),
        snapshot: removal.snapshot,
        name: record.state.spec.name.to_string(),
        branch: record.state.spec.line().map(|line| line.branch.to_string()),
        sha: report.head.clone(),
        reason: "delete".to_owned(),
        taken_at: record.state.since,
        holds: match (&report.trash, report.changed_files) {
            (Some(_), _) if in_trash.contains(&removal.snapshot) => Holds::Folder,
            (_, 0) => Holds::Commits,
            (_, _) => Holds::Changes,
        },
    })
}

/// What is named in full, else what is abbreviated; the newest of its name.
fn meant<'c>(candidates: &'c [Restorable], what: &str) -> Result<&'c Restorable, SelectError> {
    let newest = |is_meant: &dyn Fn(&Restorable) -> bool| {
        let meant = candidates.iter().filter(|candidate| is_meant(candidate));
        meant.max_by_key(|candidate| (candidate.workspace.is_some(), candidate.taken_at))
    };
    if let Some(exact) = newest(&|candidate| matches(candidate, what)) {
        return Ok(exact);
    }
    let names = candidates.iter().map(|candidate| candidate.name.clone());
    let names: BTreeSet<String> = names.filter(|name| abbreviates(what, name)).collect();
    match names.len() {
        0 | 1 => {
            newest(&|candidate| names.contains(&candidate.name)).ok_or_else(|| not_found(what, candidates))
        }
        _ => Err(SelectError::Ambiguous { wanted: what.to_owned(), candidates: names.into_iter().collect() }),
    }
}

fn matches(candidate: &Restorable, what: &str) -> bool {
    candidate.name == what
        || candidate.branch.as_deref() == Some(what)
        || candidate.snapshot.to_string() == what
        || candidate.workspace.is_some_and(|id| id.to_string() == what)
}

fn not_found(what: &str, candidates: &[Restorable]) -> SelectError {
    let names: BTreeSet<&str> = candidates.iter().map(|candidate| candidate.name.as_str()).collect();
    let near = like(names.into_iter(), what, MAX_NEAR).into_iter().map(str::to_owned).collect();
    SelectError::NotFound { wanted: what.to_owned(), place: "among what was removed".to_owned(), near }
}
