//! What a cleanup found and did, as it travels.

use owt_api as api;
use owt_engine::use_cases::CleanupItem;
use owt_engine::use_cases::CleanupOutcome;
use owt_engine::use_cases::CleanupReport;
use owt_engine::use_cases::CleanupWhat;
use owt_engine::use_cases::Resolve;
use owt_engine::use_cases::Spared;

pub(super) fn cleanup(report: CleanupReport, resolve: Resolve) -> api::Cleanup {
    let items: Vec<api::CleanupItem> = report.items.into_iter().map(cleanup_item).collect();
    let goes = |item: &&api::CleanupItem| item.stays.is_none();
    let (folders, bytes) = report.trash;
    api::Cleanup {
        freed_bytes: items.iter().filter(goes).map(|item| item.frees_bytes).sum(),
        later_bytes: items.iter().filter(goes).map(|item| item.later_bytes).sum(),
        items,
        spared: report.spared.iter().map(spared).collect(),
        trash: api::TrashKept { folders, bytes },
        idle_s: report.idle.map(|idle| idle.as_secs()),
        dry_run: resolve == Resolve::Preview,
    }
}

fn cleanup_item(item: CleanupItem) -> api::CleanupItem {
    let (done, snapshot, stays) = match item.outcome {
        CleanupOutcome::Would => (false, None, None),
        CleanupOutcome::Gone { snapshot } => (true, snapshot.map(|id| id.to_string()), None),
        CleanupOutcome::Stays { why } => (false, None, Some(why)),
    };
    api::CleanupItem {
        id: item.id,
        kind: match item.what {
            CleanupWhat::Workspace { .. } => api::CleanupKind::Workspace,
            CleanupWhat::Cache { .. } => api::CleanupKind::Cache,
            CleanupWhat::Trash { .. } => api::CleanupKind::Trash,
            CleanupWhat::Orphan => api::CleanupKind::Orphan,
            CleanupWhat::Snapshot { .. } => api::CleanupKind::Snapshot,
        },
        workspace: item.name,
        repository: item.repository.root.to_string(),
        path: item.path.to_string(),
        reason: item.why,
        frees_bytes: item.frees,
        later_bytes: item.frees_later,
        done,
        snapshot,
        stays,
    }
}

fn spared(spared: &Spared) -> api::SparedWorkspace {
    api::SparedWorkspace {
        workspace: spared.name.clone(),
        repository: spared.repository.to_string(),
        path: spared.path.to_string(),
        reason: spared.why.clone(),
        exclusive_bytes: spared.exclusive,
    }
}
