//! The server itself.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;

use crate::Caller;
use crate::StopReason;
use crate::desk::Desk;
use crate::refusal::Answer;
use crate::routes::Identity;

pub(super) async fn handshake(State(identity): State<Arc<Identity>>) -> Json<api::Handshake> {
    Json(api::Handshake {
        protocol: api::PROTOCOL,
        version: identity.options.version.clone(),
        build: identity.options.build,
        pid: std::process::id(),
    })
}

pub(super) async fn status(desk: Desk, State(identity): State<Arc<Identity>>) -> Answer<api::ServerStatus> {
    desk.work(move |service, _| {
        Ok(api::ServerStatus {
            pid: std::process::id(),
            version: identity.options.version.clone(),
            socket: identity.options.socket.display().to_string(),
            started_at: identity.options.started_at.clone(),
            uptime_s: identity.began.elapsed().as_secs(),
            sessions: service.running_sessions(),
        })
    })
    .await
}

/// Answers before the server stops: the answer is part of the drain.
pub(super) async fn stop(desk: Desk) -> Answer<()> {
    let stop = desk.office().stop().clone();
    let answer = may_stop(desk).await?;
    stop.request(StopReason::Asked);
    Ok(answer)
}

/// Whether the caller could stop the server.
pub(super) async fn may_stop(desk: Desk) -> Answer<()> {
    desk.work(|_, call| match call.by {
        Caller::Person { .. } => Ok(()),
        Caller::Attempt(_) => {
            Err(Problem::new(ErrorCode::PersonOnly, "an agent's session may not stop the server"))
        }
    })
    .await
}
