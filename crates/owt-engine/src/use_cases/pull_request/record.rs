//! Writing down what a host has said of a workspace's pull request.

use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::effect::Message;
use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::PullRequest;
use owt_core::workspace::WorkspaceInput;
use owt_ports::StoreError;

use crate::engine::Engine;

/// Records what is told of it; what is known already is no news, and what a person has unlinked is not taken up again.
pub(crate) fn record_pull_request(
    engine: &Engine,
    request: RequestId,
    workspace: WorkspaceId,
    (repository, pull): (&HostedRepository, &PullRequest),
) -> Result<(), StoreError> {
    let input = WorkspaceInput::PullRequest { repository: repository.clone(), pull: Box::new(pull.clone()) };
    engine.dispatch(Message::Workspace { id: workspace, input }, request)
}

/// Records that the work goes by this one, whatever was said before: it was made for it, or a person says so.
pub(super) fn record_link(
    engine: &Engine,
    request: RequestId,
    workspace: WorkspaceId,
    (repository, pull): (&HostedRepository, &PullRequest),
) -> Result<(), StoreError> {
    let (repository, pull) = (repository.clone(), Box::new(pull.clone()));
    let input = WorkspaceInput::LinkPullRequest { repository, pull };
    engine.dispatch(Message::Workspace { id: workspace, input }, request)
}
