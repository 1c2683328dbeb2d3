//! The list of workspaces and the picture of a terminal, each time that it has changed.

use axum::response::Response;
use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Refusal;
use crate::routes::asked::Asked;
use crate::routes::stream::stream;

pub(super) async fn follow(
    desk: Desk,
    Asked(request): Asked<api::ListWorkspaces>,
) -> Result<Response, Refusal> {
    stream(desk, move |service, call, sink, gone| service.watch(call, request, sink, gone)).await
}

pub(super) async fn screen(desk: Desk, Asked(request): Asked<api::Selector>) -> Result<Response, Refusal> {
    stream(desk, move |service, call, sink, gone| service.screen(call, request, sink, gone)).await
}
