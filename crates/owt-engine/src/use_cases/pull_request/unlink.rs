//! Saying that a workspace's work does not go by the pull request that it has. At its host nothing changes, and nobody is asked.

use owt_core::AbsPath;
use owt_core::RequestId;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::effect::Message;
use owt_core::pull_request::LinkedPullRequest;
use owt_core::workspace::WorkspaceInput;

use super::PullError;
use crate::engine::Engine;
use crate::use_cases::Resolve;
use crate::use_cases::select::find;
use crate::view::WorkspaceView;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct UnlinkPull {
    /// Seen from here.
    pub folder: AbsPath,
    /// The workspace.
    pub name: String,
    /// Whether it is done.
    pub resolve: Resolve,
}

/// Takes the pull request from it; what it was.
///
/// # Errors
/// [`PullError`]; nothing was recorded.
pub fn unlink_pull_request(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    unlink: &UnlinkPull,
) -> Result<(WorkspaceView, LinkedPullRequest), PullError> {
    authorise(asker, Action::Publish)?;
    let view = find(engine, asker, &unlink.folder, &unlink.name, Action::Read)?;
    let linked = view.workspace.pull_request.clone();
    let linked = linked.ok_or_else(|| PullError::NotLinked(view.name().to_owned()))?;
    if unlink.resolve == Resolve::Do {
        let input = WorkspaceInput::UnlinkPullRequest;
        engine.dispatch(Message::Workspace { id: view.id, input }, request)?;
    }
    Ok((view, linked))
}
