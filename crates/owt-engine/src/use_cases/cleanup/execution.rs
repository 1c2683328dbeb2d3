//! Each thing goes by its own way, and is looked at once more before: time has passed since it was shown.

use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::authority::Principal;
use owt_core::environment::RelPath;
use owt_core::job::Job;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_ports::StoreError;

use super::CleanupItem;
use super::CleanupOutcome;
use super::CleanupRequest;
use super::CleanupWhat;
use crate::checkup::put_away;
use crate::engine::Engine;
use crate::snapshots;
use crate::trash;
use crate::use_cases::DeleteRequest;
use crate::use_cases::Resolve;
use crate::use_cases::delete::delete;

pub(super) fn remove(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    cleanup: &CleanupRequest,
    item: &CleanupItem,
) -> CleanupOutcome {
    let removed = match &item.what {
        CleanupWhat::Workspace { id, caches } => {
            remove_workspace(engine, asker, request, cleanup, (item, *id, caches))
        }
        CleanupWhat::Cache { workspace, folder } => {
            drop_cache(engine, *workspace, folder).map(|()| CleanupOutcome::Gone { snapshot: None })
        }
        CleanupWhat::Trash { trashed, .. } => trash::discard(engine, &item.repository, trashed)
            .map(|()| CleanupOutcome::Gone { snapshot: None }),
        CleanupWhat::Orphan => put_away(engine, (&item.repository, &item.path), "cleanup")
            .map_err(|error| error.to_string())
            .flatten()
            .map(|snapshot| CleanupOutcome::Gone { snapshot }),
        CleanupWhat::Snapshot { id } => snapshots::discard(engine, &item.repository, *id)
            .map(|()| CleanupOutcome::Gone { snapshot: None }),
    };
    removed.unwrap_or_else(|why| {
        tracing::warn!(item = item.id, why, "it stays");
        CleanupOutcome::Stays { why }
    })
}

fn remove_workspace(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    cleanup: &CleanupRequest,
    (item, id, caches): (&CleanupItem, WorkspaceId, &[RelPath]),
) -> Result<CleanupOutcome, String> {
    let removal = |resolve| DeleteRequest {
        folder: item.path.clone(),
        name: item.path.to_string(),
        force: cleanup.force,
        resolve,
    };
    // What may not go is refused before its caches are.
    delete(engine, asker, request, &removal(Resolve::Preview)).map_err(|error| error.to_string())?;
    for folder in caches {
        if let Err(why) = drop_cache(engine, id, folder) {
            tracing::info!(workspace = item.name, %folder, why, "a cache goes into the trash");
        }
    }
    let (_, _, report) =
        delete(engine, asker, request, &removal(Resolve::Do)).map_err(|error| error.to_string())?;
    Ok(CleanupOutcome::Gone { snapshot: report.and_then(|report| report.snapshot) })
}

/// Drops a cache, unless somebody has begun to work there.
fn drop_cache(engine: &Engine, id: WorkspaceId, folder: &RelPath) -> Result<(), String> {
    let record = engine.records().load::<Workspace>(id).map_err(|error| error.to_string())?;
    let Some(workspace) = record.filter(|workspace| workspace.phase == Phase::Ready) else {
        return Err("its workspace is being removed".to_owned());
    };
    if has_running_session(engine, &workspace).map_err(|error| error.to_string())? {
        return Err("a session has begun there".to_owned());
    }
    let path = &workspace.spec.path;
    let ignored = engine.ports().git.ignored_folders(path).map_err(|error| error.to_string())?;
    // Of some ignored folders only a part is a cache.
    if !ignored.iter().any(|ignored| folder.starts_with(ignored)) {
        return Err("git does not ignore it any more".to_owned());
    }
    engine.ports().environments.drop_cache(path, folder).map_err(|error| error.to_string())
}

fn has_running_session(engine: &Engine, workspace: &Workspace) -> Result<bool, StoreError> {
    let Some(job) = engine.records().load::<Job>(workspace.spec.job)? else { return Ok(false) };
    let Some(newest) = job.newest_attempt() else { return Ok(false) };
    Ok(engine.records().load::<Attempt>(newest)?.is_some_and(|attempt| attempt.is_running()))
}
