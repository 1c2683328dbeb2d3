//! What is not as it should be.

use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::routes::asked::Asked;

pub(super) async fn check_up(desk: Desk, Asked(request): Asked<api::Checkup>) -> Answer<Vec<api::Finding>> {
    desk.work(move |service, call| service.check_up(call, request)).await
}
