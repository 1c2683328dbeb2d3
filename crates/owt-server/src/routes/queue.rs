//! In which order work should land.

use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::routes::asked::Asked;

pub(super) async fn read(desk: Desk, Asked(request): Asked<api::ReadQueue>) -> Answer<Vec<api::QueuePlace>> {
    desk.work(move |service, call| service.queue(call, request)).await
}
