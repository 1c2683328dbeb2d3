//! Installed agents.

use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::routes::asked::Asked;

pub(super) async fn list(desk: Desk, Asked(request): Asked<api::ListAgents>) -> Answer<Vec<api::Agent>> {
    desk.work(move |service, call| service.agents(call, request)).await
}
