//! Which workspaces would not merge with one another: once, and each time that it has changed.

use axum::response::Response;
use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::refusal::Refusal;
use crate::routes::asked::Asked;
use crate::routes::stream::stream;

pub(super) async fn read(desk: Desk, Asked(request): Asked<api::ReadConflicts>) -> Answer<api::Conflicts> {
    desk.work(move |service, call| service.conflicts(call, request)).await
}

pub(super) async fn follow(
    desk: Desk,
    Asked(request): Asked<api::ReadConflicts>,
) -> Result<Response, Refusal> {
    stream(desk, move |service, call, sink, gone| service.watch_conflicts(call, request, sink, gone)).await
}
