//! Looking after the database.

use owt_api as api;

use crate::desk::Desk;
use crate::refusal::Answer;
use crate::routes::asked::Asked;
use crate::service::Service;

pub(super) async fn health(desk: Desk) -> Answer<api::DatabaseHealth> {
    desk.work(Service::database_health).await
}

pub(super) async fn back_up(desk: Desk) -> Answer<api::DatabaseBackup> {
    desk.work(Service::back_up_database).await
}

pub(super) async fn vacuum(desk: Desk) -> Answer<api::Vacuumed> {
    desk.work(Service::vacuum_database).await
}

pub(super) async fn rebuild(desk: Desk) -> Answer<api::DatabaseRebuilt> {
    desk.work(Service::rebuild_database).await
}

pub(super) async fn purge(
    desk: Desk,
    Asked(request): Asked<api::PurgeDatabase>,
) -> Answer<api::DatabasePurged> {
    desk.work(move |service, call| service.purge_database(call, request)).await
}
