//! Pull requests of workspaces' branches.

use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::routes::asked::Asked;

pub(super) async fn create(
    desk: Desk,
    Asked(request): Asked<api::CreatePullRequest>,
) -> Answer<api::CreatedPullRequest> {
    desk.work(move |service, call| service.pull_requests().create(call, request)).await
}

pub(super) async fn link(
    desk: Desk,
    Asked(request): Asked<api::LinkPullRequest>,
) -> Answer<api::WorkspacePullRequest> {
    desk.work(move |service, call| service.pull_requests().link(call, request)).await
}

pub(super) async fn unlink(
    desk: Desk,
    Asked(request): Asked<api::UnlinkPullRequest>,
) -> Answer<api::WorkspacePullRequest> {
    desk.work(move |service, call| service.pull_requests().unlink(call, request)).await
}

pub(super) async fn status(
    desk: Desk,
    Asked(request): Asked<api::ReadPullRequests>,
) -> Answer<Vec<api::WorkspacePullRequest>> {
    desk.work(move |service, call| service.pull_requests().status(call, request)).await
}

pub(super) async fn clean_up(
    desk: Desk,
    Asked(request): Asked<api::CleanUpPullRequests>,
) -> Answer<Vec<api::MergedPullRequest>> {
    desk.work(move |service, call| service.pull_requests().clean_up(call, request)).await
}
