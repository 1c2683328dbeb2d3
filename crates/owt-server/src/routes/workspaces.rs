//! Workspaces: made, listed, shown, answered, stopped, deleted, attached to.

use axum::response::Response;
use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::refusal::Refusal;
use crate::routes::asked::Asked;
use crate::routes::stream::stream;

pub(super) async fn create(
    desk: Desk,
    Asked(request): Asked<api::NewWorkspace>,
) -> Answer<Vec<api::Created>> {
    desk.work(move |service, call| service.new_workspace(call, request)).await
}

pub(super) async fn list(
    desk: Desk,
    Asked(request): Asked<api::ListWorkspaces>,
) -> Answer<Vec<api::Workspace>> {
    desk.work(move |service, call| service.list(call, request)).await
}

pub(super) async fn show(desk: Desk, Asked(request): Asked<api::Selector>) -> Answer<api::WorkspaceDetail> {
    desk.work(move |service, call| service.show(call, request)).await
}

pub(super) async fn context(
    desk: Desk,
    Asked(request): Asked<api::ReadContext>,
) -> Answer<api::SessionContext> {
    desk.work(move |service, call| service.session_context(call, request)).await
}

pub(super) async fn explain(desk: Desk, Asked(request): Asked<api::Selector>) -> Answer<api::Explanation> {
    desk.work(move |service, call| service.explain(call, request)).await
}

pub(super) async fn answer(desk: Desk, Asked(request): Asked<api::Answer>) -> Answer<api::WorkspaceDetail> {
    desk.work(move |service, call| service.answer(call, request)).await
}

pub(super) async fn stop(desk: Desk, Asked(request): Asked<api::StopSession>) -> Answer<api::Stopped> {
    desk.work(move |service, call| service.stop(call, request)).await
}

pub(super) async fn interrupt(
    desk: Desk,
    Asked(request): Asked<api::InterruptTurn>,
) -> Answer<api::Interrupted> {
    desk.work(move |service, call| service.interrupt(call, request)).await
}

pub(super) async fn resume(desk: Desk, Asked(request): Asked<api::ResumeSession>) -> Answer<api::Resumed> {
    desk.work(move |service, call| service.resume(call, request)).await
}

pub(super) async fn resume_all(
    desk: Desk,
    Asked(request): Asked<api::ResumeAll>,
) -> Result<Response, Refusal> {
    stream(desk, move |service, call, sink, gone| service.resume_all(call, request, sink, gone)).await
}

pub(super) async fn delete(desk: Desk, Asked(request): Asked<api::DeleteWorkspace>) -> Answer<api::Deleted> {
    desk.work(move |service, call| service.delete(call, request)).await
}

pub(super) async fn critic(
    desk: Desk,
    Asked(request): Asked<api::CriticiseWorkspace>,
) -> Answer<api::Criticism> {
    desk.work(move |service, call| service.critic(call, request)).await
}

pub(super) async fn ship(desk: Desk, Asked(request): Asked<api::ShipWorkspace>) -> Answer<api::Merged> {
    desk.watched(move |service, call, gone| service.ship(call, request, gone)).await
}

pub(super) async fn merge(desk: Desk, Asked(request): Asked<api::MergeWorkspace>) -> Answer<api::Merged> {
    desk.watched(move |service, call, gone| service.merge(call, request, gone)).await
}

pub(super) async fn sync(desk: Desk, Asked(request): Asked<api::SyncWorkspaces>) -> Answer<api::Synced> {
    desk.watched(move |service, call, gone| service.sync(call, request, gone)).await
}

pub(super) async fn attach(desk: Desk, Asked(request): Asked<api::Attach>) -> Answer<api::AttachPlan> {
    desk.work(move |service, call| service.attach(call, request)).await
}
