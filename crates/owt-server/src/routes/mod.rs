//! The API's resources, one file each. A route turns a request into one call of the service; it decides nothing.

mod agents;
mod approvals;
mod asked;
mod checkup;
mod cleanup;
mod conflicts;
mod database;
mod deliveries;
mod diff;
mod hooks;
mod logs;
mod notes;
mod notify;
mod pull_requests;
mod queue;
mod server;
mod snapshots;
mod stream;
mod undo;
mod usage;
mod wait;
mod watch;
mod workspaces;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::FromRef;
use axum::http::Method;
use axum::http::Uri;
use axum::middleware;
use axum::routing::get;
use axum::routing::post;
use owt_api::ErrorCode;
use owt_api::MAX_BODY_BYTES;
use owt_api::Problem;

use crate::desk::Office;
use crate::entrance;
use crate::refusal::Refusal;
use crate::server::ServerOptions;

/// What the server's own routes know of it.
pub(crate) struct Identity {
    options: ServerOptions,
    began: Instant,
}

#[derive(Clone)]
struct Rooms {
    office: Office,
    identity: Arc<Identity>,
}

impl FromRef<Rooms> for Office {
    fn from_ref(rooms: &Rooms) -> Self {
        rooms.office.clone()
    }
}

impl FromRef<Rooms> for Arc<Identity> {
    fn from_ref(rooms: &Rooms) -> Self {
        Self::clone(&rooms.identity)
    }
}

pub(crate) fn router(office: Office, options: ServerOptions, began: Instant) -> Router {
    let rooms = Rooms { office: office.clone(), identity: Arc::new(Identity { options, began }) };
    Router::new()
        .route("/v1/handshake", get(server::handshake))
        .route("/v1/server", get(server::status))
        .route("/v1/server/stop", post(server::stop))
        .route("/v1/server/stop/preview", post(server::may_stop))
        .route("/v1/workspaces", post(workspaces::create))
        .route("/v1/workspaces/list", post(workspaces::list))
        .route("/v1/workspaces/watch", post(watch::follow))
        .route("/v1/workspaces/context", post(workspaces::context))
        .route("/v1/workspaces/explain", post(workspaces::explain))
        .route("/v1/conflicts", post(conflicts::read))
        .route("/v1/conflicts/watch", post(conflicts::follow))
        .route("/v1/queue", post(queue::read))
        .route("/v1/queue/ship", post(queue::ship))
        .route("/v1/queue/cancel", post(queue::cancel))
        .route("/v1/queue/watch", post(queue::follow))
        .route("/v1/workspaces/screen", post(watch::screen))
        .route("/v1/usage", post(usage::read))
        .route("/v1/workspaces/show", post(workspaces::show))
        .route("/v1/workspaces/answer", post(workspaces::answer))
        .route("/v1/workspaces/stop", post(workspaces::stop))
        .route("/v1/workspaces/interrupt", post(workspaces::interrupt))
        .route("/v1/workspaces/resume", post(workspaces::resume))
        .route("/v1/workspaces/resume/all", post(workspaces::resume_all))
        .route("/v1/workspaces/delete", post(workspaces::delete))
        .route("/v1/workspaces/critic", post(workspaces::critic))
        .route("/v1/workspaces/ship", post(workspaces::ship))
        .route("/v1/workspaces/merge", post(workspaces::merge))
        .route("/v1/workspaces/sync", post(workspaces::sync))
        .route("/v1/workspaces/attach", post(workspaces::attach))
        .route("/v1/workspaces/logs", post(logs::read))
        .route("/v1/workspaces/diff", post(diff::read))
        .route("/v1/pull-requests/create", post(pull_requests::create))
        .route("/v1/pull-requests/link", post(pull_requests::link))
        .route("/v1/pull-requests/unlink", post(pull_requests::unlink))
        .route("/v1/pull-requests/status", post(pull_requests::status))
        .route("/v1/pull-requests/cleanup", post(pull_requests::clean_up))
        .route("/v1/cleanup", post(cleanup::clean_up))
        .route("/v1/wait", post(wait::wait))
        .route("/v1/deliveries", post(deliveries::send))
        .route("/v1/notes", post(notes::write))
        .route("/v1/notes/list", post(notes::list))
        .route("/v1/notes/remove", post(notes::remove))
        .route("/v1/snapshots/list", post(snapshots::list))
        .route("/v1/snapshots/restore", post(snapshots::restore))
        .route("/v1/undo", post(undo::take_back))
        .route("/v1/undo/list", post(undo::list))
        .route("/v1/agents", post(agents::list))
        .route("/v1/hooks", post(hooks::report))
        .route("/v1/approvals/list", post(approvals::list))
        .route("/v1/approvals", post(approvals::decide))
        .route("/v1/database/health", post(database::health))
        .route("/v1/database/backup", post(database::back_up))
        .route("/v1/database/vacuum", post(database::vacuum))
        .route("/v1/database/rebuild", post(database::rebuild))
        .route("/v1/database/purge", post(database::purge))
        .route("/v1/notify", post(notify::read))
        .route("/v1/checkup", post(checkup::check_up))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(middleware::from_fn_with_state(office, entrance::pass))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(rooms)
}

async fn unknown(method: Method, uri: Uri) -> Refusal {
    Problem::new(ErrorCode::NotFound, format!("there is no {method} {}", uri.path())).into()
}
