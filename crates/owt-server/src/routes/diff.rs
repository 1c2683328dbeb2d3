//! What a workspace changed.

use axum::response::Response;
use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Refusal;
use crate::routes::asked::Asked;
use crate::routes::stream::stream;

pub(super) async fn read(desk: Desk, Asked(request): Asked<api::ReadDiff>) -> Result<Response, Refusal> {
    stream(desk, move |service, call, sink, gone| service.diff(call, request, sink, gone)).await
}
