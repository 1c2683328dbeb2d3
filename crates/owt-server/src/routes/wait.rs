//! Waiting for workspaces.

use axum::Json;
use owt_api as api;

use crate::desk::Desk;
use crate::desk::Waited;
use crate::desk::stopping;
use crate::refusal::Answer;
use crate::routes::asked::Asked;

pub(super) async fn wait(desk: Desk, Asked(request): Asked<api::Wait>) -> Answer<api::WaitReport> {
    match desk.waiting(move |service, call, gone| service.wait(call, request, gone)).await {
        Waited::Ended(result) => Ok(Json(result?)),
        // What was found by then is not what was asked for: the client asks the next server.
        Waited::CutShort(_) => Err(stopping().into()),
    }
}
