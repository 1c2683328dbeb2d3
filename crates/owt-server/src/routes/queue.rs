//! In which order work should land, and landing it.

use axum::response::Response;
use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::refusal::Refusal;
use crate::routes::asked::Asked;
use crate::routes::stream::stream;

pub(super) async fn read(desk: Desk, Asked(request): Asked<api::ReadQueue>) -> Answer<Vec<api::QueuePlace>> {
    desk.work(move |service, call| service.queue(call, request)).await
}

pub(super) async fn ship(desk: Desk, Asked(request): Asked<api::ShipQueue>) -> Answer<api::ShippedQueue> {
    desk.work(move |service, call| service.ship_queue(call, request)).await
}

pub(super) async fn cancel(desk: Desk, Asked(request): Asked<api::CancelQueue>) -> Answer<api::ShippedQueue> {
    desk.work(move |service, call| service.cancel_queue(call, request)).await
}

pub(super) async fn follow(desk: Desk, Asked(request): Asked<api::WatchTrain>) -> Result<Response, Refusal> {
    stream(desk, move |service, call, sink, gone| service.watch_train(call, request, sink, gone)).await
}
