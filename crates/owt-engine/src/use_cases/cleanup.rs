//! What is no longer needed: workspaces whose work is merged, build caches of those that nobody touches, trash that has
//! expired, old snapshots. First it is found out and shown; then exactly what was shown goes, each by its own way. What holds unsaved
//! work, or a living session, stays unless the person insists, and then goes as by `owt delete`: into a snapshot and
//! the trash.

mod execution;
mod plan;

use std::collections::BTreeMap;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::RequestId;
use owt_core::SnapshotId;
use owt_core::WorkspaceId;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::environment::RelPath;
use owt_core::retention::Expiry;
use owt_core::vcs::Repository;
use owt_ports::GitError;
use owt_ports::StoreError;
use owt_ports::Trashed;

use super::CommonError;
use super::Force;
use super::Resolve;
use super::Scope;
use crate::engine::Engine;
use crate::settings::BrokenSettings;
use crate::view::WorkspaceView;

/// What to clean up.
#[derive(Debug, Clone)]
pub struct CleanupRequest {
    /// Seen from here.
    pub folder: AbsPath,
    /// The caller's environment: what it says of settings holds.
    pub environment: BTreeMap<String, String>,
    /// Which repositories.
    pub scope: Scope,
    /// Untouched for this long; `None`: as configured.
    pub idle: Option<Duration>,
    /// Whether unsaved work may go (into a snapshot), and living sessions end.
    pub force: Force,
    /// Only these, by their [`CleanupItem::id`]; `None`: all that is found.
    pub only: Option<Vec<String>>,
    /// Whether it is done.
    pub resolve: Resolve,
}

/// Why nothing was cleaned up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CleanupError {
    /// git.
    #[error(transparent)]
    Git(GitError),
    /// The configuration.
    #[error(transparent)]
    Settings(#[from] BrokenSettings),
    /// Not allowed, or the journal.
    #[error(transparent)]
    Common(#[from] CommonError),
}

impl From<StoreError> for CleanupError {
    fn from(error: StoreError) -> Self {
        Self::Common(error.into())
    }
}

/// One thing that goes.
#[derive(Debug, Clone)]
pub struct CleanupItem {
    /// What it is, the same from one look to the next.
    pub id: String,
    /// The repository that it belongs to.
    pub repository: Repository,
    /// The workspace's name, also of one that is removed already.
    pub name: String,
    /// Where it is.
    pub path: AbsPath,
    /// What it is.
    pub what: CleanupWhat,
    /// Why it is no longer needed.
    pub why: String,
    /// Bytes that are free at once.
    pub frees: u64,
    /// Bytes that are free when it leaves the trash.
    pub frees_later: u64,
    /// What became of it.
    pub outcome: CleanupOutcome,
}

/// What something that goes is.
#[derive(Debug, Clone)]
pub enum CleanupWhat {
    /// A whole workspace; its caches go at once, the rest into the trash.
    Workspace {
        /// Which.
        id: WorkspaceId,
        /// Its known caches of builds.
        caches: Vec<RelPath>,
    },
    /// A cache of builds in a workspace that stays.
    Cache {
        /// Whose.
        workspace: WorkspaceId,
        /// The folder.
        folder: RelPath,
    },
    /// The folder of a removed workspace.
    Trash {
        /// Where and since when.
        trashed: Trashed,
        /// Why it leaves.
        expiry: Expiry,
    },
    /// A worktree that this home made and no workspace has.
    Orphan,
    /// A snapshot that has expired.
    Snapshot {
        /// Which.
        id: SnapshotId,
    },
}

/// What became of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CleanupOutcome {
    /// It was only looked at.
    Would,
    /// It is gone.
    Gone {
        /// What was unsaved is here.
        snapshot: Option<SnapshotId>,
    },
    /// It stays after all.
    Stays {
        /// Why.
        why: String,
    },
}

/// A workspace, or a worktree of none, that stays.
#[derive(Debug, Clone)]
pub struct Spared {
    /// Its name.
    pub name: String,
    /// The root of its repository.
    pub repository: AbsPath,
    /// Its folder.
    pub path: AbsPath,
    /// Why.
    pub why: String,
    /// Bytes that nobody else has, where they were counted.
    pub exclusive: Option<u64>,
}

impl Spared {
    fn workspace(view: &WorkspaceView, why: String, exclusive: Option<u64>) -> Self {
        let spec = &view.workspace.spec;
        let repository = spec.repository().map_or(&spec.path, |repository| &repository.root).clone();
        Self { name: view.name().to_owned(), repository, path: spec.path.clone(), why, exclusive }
    }
}

/// What was found, and what became of it.
#[derive(Debug, Clone, Default)]
pub struct CleanupReport {
    /// What goes.
    pub items: Vec<CleanupItem>,
    /// Workspaces that stay.
    pub spared: Vec<Spared>,
    /// Folders that stay in the trash for now, and their bytes.
    pub trash: (u64, u64),
    /// How long nobody must have touched it; `None`: for ever.
    pub idle: Option<Duration>,
}

/// Finds out what is no longer needed, and unless it is a preview removes it.
///
/// # Errors
/// [`CleanupError`], before anything is touched. What cannot be removed says so by itself.
pub fn cleanup(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    cleanup: &CleanupRequest,
) -> Result<CleanupReport, CleanupError> {
    authorise(asker, Action::CleanUp).map_err(CommonError::from)?;
    let mut report = plan::plan(engine, cleanup)?;
    if let Some(only) = &cleanup.only {
        report.items.retain(|item| only.contains(&item.id));
    }
    if cleanup.resolve == Resolve::Do {
        for item in &mut report.items {
            item.outcome = execution::remove(engine, asker, request, cleanup, item);
        }
    }
    Ok(report)
}
