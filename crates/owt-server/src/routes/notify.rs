//! The ways by which the person is told.

use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::routes::asked::Asked;

pub(super) async fn read(desk: Desk, Asked(request): Asked<api::ReadNotify>) -> Answer<api::Notify> {
    desk.work(move |service, call| service.notify(call, request)).await
}
