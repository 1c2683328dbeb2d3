//! What was done last, and what can be taken back.

use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::routes::asked::Asked;

pub(super) async fn list(desk: Desk, Asked(request): Asked<api::ListUndoable>) -> Answer<Vec<api::Undoable>> {
    desk.work(move |service, call| service.undoable(call, request)).await
}

pub(super) async fn take_back(desk: Desk, Asked(request): Asked<api::Undo>) -> Answer<api::Undone> {
    desk.work(move |service, call| service.undo(call, request)).await
}
