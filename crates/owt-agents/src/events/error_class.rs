//! Kinds of failure, the same for all agents, and what provider and protocol say of them in fields.
//!
//! Words never decide. Where a program has no field, the beginning of its own sentence is compared with those that it
//! was seen to have: each dialect has its table, with program and version.

use std::fmt;

use owt_core::Timestamp;
use owt_core::agent_failure::AgentFailureKind;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::json::number;
use super::json::text;

/// What kind of failure an agent reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// Too many requests, or a quota that comes back with time.
    RateLimit,
    /// The provider has no capacity.
    Overloaded,
    /// The provider failed.
    Server,
    /// No or no valid login or key.
    Authentication,
    /// The model is not known or not allowed.
    ModelNotFound,
    /// No money.
    Billing,
    /// The provider refused the request for what it is.
    InvalidRequest,
    /// The conversation is longer than the model can read.
    ContextTooLong,
    /// The provider cannot be reached, or the connection broke.
    Connection,
    /// The conversation to be resumed is not there.
    NoConversation,
    /// The agent's own limit of turns.
    TurnLimit,
    /// The agent's own limit of money.
    BudgetLimit,
    /// Anything else.
    Other,
}

impl ErrorClass {
    /// The class of this name: our own word for it.
    pub(crate) fn named(word: &str) -> Option<Self> {
        serde_json::from_value(Value::String(word.to_owned())).ok()
    }

    /// The class of an HTTP status.
    pub fn from_status(status: u64) -> Self {
        match status {
            401 | 403 => Self::Authentication,
            402 => Self::Billing,
            404 => Self::ModelNotFound,
            429 => Self::RateLimit,
            503 | 529 => Self::Overloaded,
            500..=599 => Self::Server,
            400..=499 => Self::InvalidRequest,
            _ => Self::Other,
        }
    }

    /// The class of a provider's error, by its fields: `code` and `type` of OpenAI's and Anthropic's answers
    /// (`insufficient_quota` comes with status 429), a number in `code` of Google's.
    pub(super) fn of_provider(error: &Value) -> Option<Self> {
        let named = |word: &str| {
            Some(match word {
                "insufficient_quota" | "billing_error" | "billing_hard_limit_reached" => Self::Billing,
                "usage_limit_reached" | "rate_limit_exceeded" | "rate_limit_error" => Self::RateLimit,
                "context_length_exceeded" => Self::ContextTooLong,
                "model_not_found" | "not_found_error" => Self::ModelNotFound,
                "invalid_api_key" | "authentication_error" | "permission_error" => Self::Authentication,
                "overloaded_error" => Self::Overloaded,
                "api_error" | "server_error" => Self::Server,
                "invalid_request_error" => Self::InvalidRequest,
                _ => return None,
            })
        };
        if is_too_long_for_google(error) {
            return Some(Self::ContextTooLong);
        }
        let by_number = || number(error, "/code").map(Self::from_status);
        ["/code", "/type"]
            .iter()
            .find_map(|place| text(error, place).and_then(named))
            .or_else(by_number)
            .filter(|class| *class != Self::Other)
    }

    /// The class of a sentence that begins with a provider's status: `401 invalid x-api-key`.
    pub(crate) fn leading_status(sentence: &str) -> Option<Self> {
        let first = sentence.split([' ', ':']).next()?;
        let status = first.parse().ok().filter(|status| first.len() == 3 && (400..600).contains(status));
        status.map(Self::from_status)
    }

    /// The class of a program's sentence: of a status at its beginning, or of what the libraries of its providers say of a connection that
    /// broke or was never made (Pi 0.74.2).
    pub(crate) fn of_sentence(sentence: &str) -> Option<Self> {
        match sentence {
            "terminated" | "Connection error." => Some(Self::Connection),
            _ => Self::leading_status(sentence),
        }
    }

    /// The kind in the record. `resets_at` is what the program told of a limit's end.
    pub const fn kind(self, resets_at: Option<Timestamp>) -> AgentFailureKind {
        match self {
            Self::RateLimit => AgentFailureKind::RateLimit { resets_at },
            Self::Overloaded | Self::Server => AgentFailureKind::Overload,
            Self::Authentication => AgentFailureKind::Auth,
            Self::Billing => AgentFailureKind::Quota,
            Self::Connection => AgentFailureKind::Network,
            Self::ContextTooLong => AgentFailureKind::ContextOverflow,
            Self::InvalidRequest | Self::ModelNotFound | Self::NoConversation => AgentFailureKind::Refused,
            Self::TurnLimit | Self::BudgetLimit => AgentFailureKind::OwnLimit,
            Self::Other => AgentFailureKind::Unknown,
        }
    }

    /// The word used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RateLimit => "rate_limit",
            Self::Overloaded => "overloaded",
            Self::Server => "server",
            Self::Authentication => "authentication",
            Self::ModelNotFound => "model_not_found",
            Self::Billing => "billing",
            Self::InvalidRequest => "invalid_request",
            Self::ContextTooLong => "context_too_long",
            Self::Connection => "connection",
            Self::NoConversation => "no_conversation",
            Self::TurnLimit => "turn_limit",
            Self::BudgetLimit => "budget_limit",
            Self::Other => "other",
        }
    }
}

/// Google has no field for it (generateContent v1beta): the status is that of any bad request, and the sentence its own.
fn is_too_long_for_google(error: &Value) -> bool {
    text(error, "/status") == Some("INVALID_ARGUMENT")
        && text(error, "/message").is_some_and(|message| message.starts_with("The input token count"))
}

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_providers_fields_decide_and_its_words_do_not() {
        let cases = [
            (json!({"code": "insufficient_quota", "type": "insufficient_quota"}), Some(ErrorClass::Billing)),
            (json!({"type": "rate_limit_error"}), Some(ErrorClass::RateLimit)),
            (
                json!({"type": "invalid_request_error", "code": "context_length_exceeded"}),
                Some(ErrorClass::ContextTooLong),
            ),
            (
                json!({"type": "invalid_request_error", "code": null, "message": "credit balance"}),
                Some(ErrorClass::InvalidRequest),
            ),
            (json!({"code": 401, "status": "UNAUTHENTICATED"}), Some(ErrorClass::Authentication)),
            (json!({"code": 503}), Some(ErrorClass::Overloaded)),
            (
                json!({"code": 400, "status": "INVALID_ARGUMENT",
                    "message": "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576)."}),
                Some(ErrorClass::ContextTooLong),
            ),
            (json!({"code": 12}), None),
            (json!({"message": "rate limit, quota, 429, context window"}), None),
            (json!(null), None),
        ];
        for (error, class) in cases {
            assert_eq!(ErrorClass::of_provider(&error), class, "{error}");
        }
    }

    #[test]
    fn only_a_status_at_the_very_beginning_is_one() {
        for (sentence, class) in [
            ("401 invalid x-api-key", Some(ErrorClass::Authentication)),
            ("529 Overloaded", Some(ErrorClass::Overloaded)),
            ("429: slow down", Some(ErrorClass::RateLimit)),
            ("4290 things", None),
            ("the status was 401", None),
            ("+29 x", None),
            ("200 fine", None),
            ("", None),
        ] {
            assert_eq!(ErrorClass::leading_status(sentence), class, "{sentence}");
            assert_eq!(ErrorClass::of_sentence(sentence), class, "{sentence}");
        }
    }
}
