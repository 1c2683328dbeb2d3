//! Reports of agents' hooks. They carry their attempt's credential in the body, so that a spooled report is
//! worth as much as one that came at once.

use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::routes::asked::Asked;

pub(super) async fn report(desk: Desk, Asked(report): Asked<api::HookReport>) -> Answer<()> {
    desk.credentialed(move |service, request| service.hook(request, report)).await
}
