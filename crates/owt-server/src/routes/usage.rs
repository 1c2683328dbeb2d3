//! What was used.

use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::routes::asked::Asked;

pub(super) async fn read(desk: Desk, Asked(request): Asked<api::ReadUsage>) -> Answer<api::Usage> {
    desk.work(move |service, call| service.usage(call, request)).await
}
