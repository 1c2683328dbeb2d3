//! Messages to agents.

use axum::Json;
use owt_api as api;

use crate::desk::Desk;
use crate::desk::Waited;
use crate::refusal::Answer;
use crate::routes::asked::Asked;

pub(super) async fn send(desk: Desk, Asked(request): Asked<api::SendMessage>) -> Answer<Vec<api::Delivery>> {
    if request.wait_ms == 0 {
        return desk.work(move |service, call| service.send(call, request, &NobodyLeaves)).await;
    }
    // A message that was accepted is on its way, so the answer stands even when the server stops.
    let (Waited::Ended(result) | Waited::CutShort(result)) =
        desk.waiting(move |service, call, gone| service.send(call, request, gone)).await;
    Ok(Json(result?))
}

/// For calls that do not wait: there is nothing to end early.
struct NobodyLeaves;

impl crate::Gone for NobodyLeaves {
    fn is_gone(&self) -> bool {
        false
    }

    fn when_gone(&self, _wake: Box<dyn FnOnce() + Send>) {}
}
