//! A [`Problem`] as an HTTP answer.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::Response;
use owt_api::ErrorClass;
use owt_api::ErrorCode;
use owt_api::Problem;

/// What a route answers.
pub(crate) type Answer<T> = Result<Json<T>, Refusal>;

/// A problem on its way out.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) Problem);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        tracing::info!(code = self.0.code.as_str(), problem = %self.0, "refused");
        (status(self.0.code), Json(self.0)).into_response()
    }
}

fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadCredential => StatusCode::UNAUTHORIZED,
        ErrorCode::ProtocolMismatch => StatusCode::UPGRADE_REQUIRED,
        ErrorCode::LimitReached => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::ServerUnreachable => StatusCode::SERVICE_UNAVAILABLE,
        _ => match code.class() {
            ErrorClass::Usage => StatusCode::BAD_REQUEST,
            ErrorClass::NotFound => StatusCode::NOT_FOUND,
            ErrorClass::Refused => StatusCode::FORBIDDEN,
            ErrorClass::Waiting => StatusCode::CONFLICT,
            ErrorClass::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            ErrorClass::Failed | ErrorClass::Interrupted => StatusCode::INTERNAL_SERVER_ERROR,
        },
    }
}
