//! What every request passes: the user is checked, the protocol compared, the request named.

use std::time::Instant;

use axum::extract::Request;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::Response;
use owt_api::ErrorCode;
use owt_api::PROTOCOL;
use owt_api::PROTOCOL_HEADER;
use owt_api::Problem;
use owt_api::REQUEST_ID_HEADER;
use owt_core::RequestId;
use tracing::Instrument;

use crate::desk::Office;
use crate::principal::Peer;
use crate::refusal::Refusal;

/// Routes that clients of any protocol may use: they find out whom they talk to, and replace an older server.
const ANY_PROTOCOL: [&str; 2] = ["/v1/handshake", "/v1/server/stop"];

pub(crate) async fn pass(State(office): State<Office>, mut request: Request, next: Next) -> Response {
    let id = named(request.headers()).unwrap_or_else(|| office.fresh_request());
    request.extensions_mut().insert(id);
    let span = tracing::info_span!(
        "request",
        id = %id,
        method = %request.method(),
        path = request.uri().path(),
        workspace = tracing::field::Empty,
    );
    let began = Instant::now();
    let answered = async {
        let response = match checked(&request) {
            Ok(()) => next.run(request).await,
            Err(problem) => Refusal(problem).into_response(),
        };
        let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(status = response.status().as_u16(), millis, "answered");
        response
    };
    let mut response = answered.instrument(span).await;
    let headers = response.headers_mut();
    headers.insert(PROTOCOL_HEADER, HeaderValue::from(PROTOCOL));
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        headers.insert(REQUEST_ID_HEADER, id);
    }
    response
}

/// The name the client gave.
fn named(headers: &HeaderMap) -> Option<RequestId> {
    headers.get(REQUEST_ID_HEADER)?.to_str().ok()?.parse().ok()
}

fn checked(request: &Request) -> Result<(), Problem> {
    if matches!(request.extensions().get::<Peer>(), None | Some(Peer::Foreign { .. })) {
        return Err(Problem::new(ErrorCode::Forbidden, "another user's process may not use this server"));
    }
    if ANY_PROTOCOL.contains(&request.uri().path()) {
        return Ok(());
    }
    let theirs = request.headers().get(PROTOCOL_HEADER).map(|value| value.to_str().unwrap_or("unreadable"));
    match theirs {
        Some(text) if text.parse() == Ok(PROTOCOL) => Ok(()),
        _ => Err(Problem::new(
            ErrorCode::ProtocolMismatch,
            format!("this server speaks protocol {PROTOCOL}, the client {}", theirs.unwrap_or("none")),
        )
        .hint("use the owt that started the server, or stop it with: owt server stop")),
    }
}
