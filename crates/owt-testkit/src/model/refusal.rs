//! What a provider answers where it refuses: statuses, headers and bodies as each API has them.
//!
//! It must not know which agent asks, nor how answers are sent.

use serde_json::Value;
use serde_json::json;

use super::exchange::Api;
use super::script::Fault;

/// A refusal, ready to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Refusal {
    /// Instead of an answer.
    Instead {
        /// The HTTP status.
        status: u16,
        /// Headers beside.
        headers: Vec<(String, String)>,
        /// The error.
        body: Value,
    },
    /// Within an answer that has begun well: events of its stream.
    Within(Vec<Value>),
}

impl Refusal {
    /// What an API says of a fault; `None` where the fault is no refusal. `now` is in seconds since the Unix epoch.
    pub(super) fn of(api: Api, fault: &Fault, now: u64) -> Option<Self> {
        match fault {
            Fault::Error { status, message, headers, .. } => Some(Self::Instead {
                status: *status,
                headers: headers.clone().into_iter().collect(),
                body: api.error(*status, message),
            }),
            Fault::Limit { resets_in_s, .. } => Some(limit(api, *resets_in_s, now)),
            Fault::Overload { .. } => Some(overload(api)),
            Fault::Overflow { .. } => Some(overflow(api)),
            Fault::Hang { .. } | Fault::Cut { .. } => None,
        }
    }

    fn plain(status: u16, body: Value) -> Self {
        Self::Instead { status, headers: Vec::new(), body }
    }
}

/// A limit, and when it ends: Anthropic's unified headers, what ChatGPT's backend says to Codex, `retry-after`, and
/// Google's `RetryInfo`.
fn limit(api: Api, wait: u64, now: u64) -> Refusal {
    let end = now + wait;
    let (headers, body) = match api {
        Api::Messages => (
            vec![
                ("retry-after", wait.to_string()),
                ("anthropic-ratelimit-unified-status", "rejected".to_owned()),
                ("anthropic-ratelimit-unified-reset", end.to_string()),
                ("anthropic-ratelimit-unified-representative-claim", "five_hour".to_owned()),
            ],
            api.error(429, "This request would exceed your account's rate limit. Please try again later."),
        ),
        Api::Responses => (
            vec![
                ("x-codex-primary-used-percent", "100".to_owned()),
                ("x-codex-primary-window-minutes", "300".to_owned()),
                ("x-codex-primary-reset-at", end.to_string()),
            ],
            json!({"error": {"type": "usage_limit_reached", "message": "The usage limit has been reached",
                             "plan_type": "plus", "resets_at": end, "resets_in_seconds": wait}}),
        ),
        Api::Chat => {
            (vec![("retry-after", wait.to_string())], api.error(429, "Rate limit reached for requests"))
        }
        Api::Gemini => {
            let mut body = api.error(429, "You exceeded your current quota.");
            body["error"]["details"] = json!([
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("{wait}s")},
            ]);
            (Vec::new(), body)
        }
    };
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Refusal::Instead { status: 429, headers, body }
}

/// No capacity.
fn overload(api: Api) -> Refusal {
    match api {
        Api::Messages => Refusal::plain(529, api.error(529, "Overloaded")),
        Api::Responses | Api::Chat => Refusal::plain(
            503,
            json!({"error": {"type": "service_unavailable_error", "code": "server_is_overloaded", "param": null,
                             "message": "Our servers are currently overloaded. Please try again later."}}),
        ),
        Api::Gemini => {
            Refusal::plain(503, api.error(503, "The model is overloaded. Please try again later."))
        }
    }
}

/// More than the model reads.
fn overflow(api: Api) -> Refusal {
    match api {
        Api::Messages => {
            Refusal::plain(400, api.error(400, "prompt is too long: 250000 tokens > 200000 maximum"))
        }
        Api::Responses => {
            let error = json!({"code": "context_length_exceeded",
                "message": "Your input exceeds the context window of this model. Please adjust your input and try again."});
            let response = |status: &str, error: &Value| json!({"id": "resp_refused", "object": "response", "status": status, "output": [], "error": error});
            Refusal::Within(vec![
                json!({"type": "response.created", "response": response("in_progress", &Value::Null)}),
                json!({"type": "response.failed", "response": response("failed", &error)}),
            ])
        }
        Api::Chat => Refusal::plain(
            400,
            json!({"error": {"type": "invalid_request_error", "code": "context_length_exceeded", "param": "messages",
                "message": "This model's maximum context length is 200000 tokens. However, your messages resulted in 250000 tokens."}}),
        ),
        Api::Gemini => {
            let message =
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).";
            Refusal::plain(400, api.error(400, message))
        }
    }
}
