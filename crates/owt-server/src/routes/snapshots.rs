//! What can be brought back.

use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::routes::asked::Asked;

pub(super) async fn list(
    desk: Desk,
    Asked(request): Asked<api::ListSnapshots>,
) -> Answer<Vec<api::Restorable>> {
    desk.work(move |service, call| service.snapshots(call, request)).await
}

pub(super) async fn restore(desk: Desk, Asked(request): Asked<api::Restore>) -> Answer<api::Restored> {
    desk.work(move |service, call| service.restore(call, request)).await
}
