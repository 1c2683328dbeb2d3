//! How an agent's work failed, in a few words.

use jiff::Timestamp;
use owt_api::AgentFailure;
use owt_tui::text::one_line;

use crate::rendering::span;

/// The kind, and when a limit ends.
pub(crate) fn words(failure: &AgentFailure, now: Timestamp) -> String {
    let kind = match failure.kind.as_str() {
        "rate_limit" => "rate limit",
        "overload" => "its provider is overloaded or failed",
        "auth" => "no login, or none that is good for this",
        "quota" => "nothing is left to spend",
        "network" => "its provider was not reached, or the connection broke",
        "context_overflow" => "the conversation is longer than the model can read",
        "refused" => "the request was refused",
        "own_limit" => "a limit of the agent's own",
        "crash" => "it crashed",
        "killed" => "it was ended from outside",
        "timed_out" => "a time limit",
        "interrupted" => "it was interrupted",
        "nothing_done" => "it ended with nothing done",
        "not_started" => "its program never ran",
        "unknown" => "it does not say why",
        other => return one_line(other),
    };
    match &failure.resets_at {
        Some(time) => format!("{kind}, until {}", span::until(time, now)),
        None => kind.to_owned(),
    }
}

/// What comes next; `None` where nothing does.
pub(crate) fn next(failure: &AgentFailure, now: Timestamp) -> Option<String> {
    match (&failure.next.at, &failure.next.advice) {
        (Some(at), _) => {
            Some(format!("goes on by itself at {}; owt stop calls that off", span::until(at, now)))
        }
        (None, advice) => advice.as_deref().map(one_line),
    }
}
