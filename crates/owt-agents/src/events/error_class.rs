//! Kinds of failure, the same for all agents.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

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

    /// The class that an agent's sentence tells: well-known phrases first (agents.md section 9), then a status
    /// named in it.
    pub fn from_text(text: &str) -> Self {
        let lower = text.to_lowercase();
        let phrase = PHRASES.iter().find(|(phrase, _)| lower.contains(phrase)).map(|(_, class)| *class);
        phrase.or_else(|| status_in(&lower).map(Self::from_status)).unwrap_or(Self::Other)
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

impl fmt::Display for ErrorClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Phrases of the programs (lower case) and what they mean; the first that occurs decides.
const PHRASES: [(&str, ErrorClass); 26] = [
    ("no conversation found", ErrorClass::NoConversation),
    ("no rollout found", ErrorClass::NoConversation),
    ("credit balance", ErrorClass::Billing),
    ("prompt is too long", ErrorClass::ContextTooLong),
    ("context window", ErrorClass::ContextTooLong),
    ("context length", ErrorClass::ContextTooLong),
    ("contextoverflow", ErrorClass::ContextTooLong),
    ("overloaded", ErrorClass::Overloaded),
    ("high demand", ErrorClass::Overloaded),
    ("rate limit", ErrorClass::RateLimit),
    ("usage limit", ErrorClass::RateLimit),
    ("quota", ErrorClass::RateLimit),
    ("too many requests", ErrorClass::RateLimit),
    ("invalid api key", ErrorClass::Authentication),
    ("invalid x-api-key", ErrorClass::Authentication),
    ("not logged in", ErrorClass::Authentication),
    ("failed to authenticate", ErrorClass::Authentication),
    ("missing environment variable", ErrorClass::Authentication),
    ("unable to connect", ErrorClass::Connection),
    ("connectionrefused", ErrorClass::Connection),
    ("waiting for network", ErrorClass::Connection),
    ("stream disconnected", ErrorClass::Connection),
    ("error sending request", ErrorClass::Connection),
    ("no-such-model", ErrorClass::ModelNotFound),
    ("selected model", ErrorClass::ModelNotFound),
    ("model not found", ErrorClass::ModelNotFound),
];

/// The first three-digit number from 400 to 599 that stands after a word which announces a status.
fn status_in(lower: &str) -> Option<u64> {
    ["status", "error", "code"].iter().find_map(|announcer| {
        lower.match_indices(announcer).find_map(|(index, found)| {
            let after = lower[index + found.len()..].trim_start_matches([':', ' ', '"', '(', '=']);
            let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok().filter(|status| digits.len() == 3 && (400..600).contains(status))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_of_real_programs_have_a_class() {
        let cases = [
            (
                "unexpected status 401 Unauthorized: invalid x-api-key, url: http://h/",
                ErrorClass::Authentication,
            ),
            (
                "unexpected status 403 Forbidden: Your account does not have access",
                ErrorClass::Authentication,
            ),
            ("exceeded retry limit, last status: 429 Too Many Requests", ErrorClass::RateLimit),
            (
                "unexpected status 529 <unknown status code>: Overloaded, url: http://h/",
                ErrorClass::Overloaded,
            ),
            (
                "We’re currently experiencing high demand, which may cause temporary errors.",
                ErrorClass::Overloaded,
            ),
            (
                "Codex ran out of room in the model's context window. Start a new thread",
                ErrorClass::ContextTooLong,
            ),
            ("Quota exceeded. Check your plan and billing details.", ErrorClass::RateLimit),
            ("Your credit balance is too low to access the Anthropic API.", ErrorClass::Billing),
            ("API Error: 500 Internal server error.", ErrorClass::Server),
            ("API Error: Unable to connect to API (ConnectionRefused)", ErrorClass::Connection),
            ("stream disconnected before completion", ErrorClass::Connection),
            ("There's an issue with the selected model (x).", ErrorClass::ModelNotFound),
            ("No conversation found with session ID: 1", ErrorClass::NoConversation),
            ("something of 1234 else, code 77", ErrorClass::Other),
            ("", ErrorClass::Other),
        ];
        for (text, class) in cases {
            assert_eq!(ErrorClass::from_text(text), class, "{text}");
        }
    }
}
