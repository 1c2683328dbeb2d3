//! What is no longer needed.

use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::routes::asked::Asked;

pub(super) async fn clean_up(desk: Desk, Asked(request): Asked<api::CleanUp>) -> Answer<api::Cleanup> {
    desk.work(move |service, call| service.clean_up(call, request)).await
}
