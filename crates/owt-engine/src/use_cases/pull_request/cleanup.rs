//! Removing workspaces whose pull request was merged, each as `delete` would: what is nowhere else stays.

use owt_core::RequestId;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::PullRequest;
use owt_core::pull_request::PullRequestState;
use owt_core::workspace::RemovalReport;

use super::PullError;
use super::PullStanding;
use super::ReadPulls;
use super::pull_requests;
use crate::engine::Engine;
use crate::use_cases::DeleteRequest;
use crate::use_cases::Force;
use crate::use_cases::Resolve;
use crate::use_cases::delete::delete;
use crate::view::WorkspaceView;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct PullCleanup {
    /// Which are looked at.
    pub read: ReadPulls,
    /// Only these, by their folder; `None`: all that is found.
    pub only: Option<Vec<String>>,
    /// Whether it is done.
    pub resolve: Resolve,
}

/// A workspace whose pull request was merged.
#[derive(Debug, Clone)]
pub struct PullCleanupItem {
    /// It.
    pub view: WorkspaceView,
    /// The repository of its pull request.
    pub repository: HostedRepository,
    /// The pull request.
    pub pull: PullRequest,
    /// What became of it.
    pub outcome: PullCleanupOutcome,
}

/// What became of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullCleanupOutcome {
    /// It was only looked at.
    Would,
    /// It is gone.
    Gone(Box<RemovalReport>),
    /// It stays, for this reason.
    Stays(String),
}

/// Looks which were merged, and unless it is a preview removes their workspaces.
///
/// # Errors
/// [`PullError`], before anything is touched. What stays says so by itself.
pub fn clean_up_pull_requests(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    cleanup: &PullCleanup,
) -> Result<Vec<PullCleanupItem>, PullError> {
    authorise(asker, Action::CleanUp)?;
    let lines = pull_requests(engine, asker, request, &cleanup.read)?;
    let merged = lines.into_iter().filter_map(|line| match line.standing {
        PullStanding::Told(repository, pull) if pull.state == PullRequestState::Merged => {
            Some((line.view, repository, *pull))
        }
        _ => None,
    });
    let is_meant = |view: &WorkspaceView| {
        let path = view.workspace.spec.path.as_str();
        cleanup.only.as_ref().is_none_or(|only| only.iter().any(|meant| meant == path))
    };
    let items = merged.filter(|(view, ..)| is_meant(view)).map(|(view, repository, pull)| {
        let outcome = remove(engine, (asker, request), cleanup, &view);
        PullCleanupItem { view, repository, pull, outcome }
    });
    Ok(items.collect())
}

fn remove(
    engine: &Engine,
    (asker, request): (&Principal, RequestId),
    cleanup: &PullCleanup,
    view: &WorkspaceView,
) -> PullCleanupOutcome {
    let path = &view.workspace.spec.path;
    if cleanup.read.folder.starts_with(path) {
        return PullCleanupOutcome::Stays("you are in it".to_owned());
    }
    if !view.is_at_rest() {
        return PullCleanupOutcome::Stays(format!("its agent {}", view.judgement.status.clause()));
    }
    let removal = DeleteRequest {
        folder: path.clone(),
        name: path.to_string(),
        force: Force::No,
        resolve: cleanup.resolve,
    };
    match delete(engine, asker, request, &removal) {
        Ok((.., Some(report))) => PullCleanupOutcome::Gone(Box::new(report)),
        Ok((.., None)) => PullCleanupOutcome::Would,
        Err(error) => PullCleanupOutcome::Stays(error.to_string()),
    }
}
