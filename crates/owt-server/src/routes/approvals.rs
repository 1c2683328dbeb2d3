//! What repositories bring along, and what the person says to it.

use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::routes::asked::Asked;

pub(super) async fn list(
    desk: Desk,
    Asked(request): Asked<api::ListApprovals>,
) -> Answer<Vec<api::Approval>> {
    desk.work(move |service, call| service.approvals(call, request)).await
}

pub(super) async fn decide(desk: Desk, Asked(request): Asked<api::Approve>) -> Answer<api::Approval> {
    desk.work(move |service, call| service.approve(call, request)).await
}
