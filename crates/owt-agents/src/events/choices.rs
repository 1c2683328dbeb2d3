//! The answers that a program offers with a question.

use owt_core::question::Choice;
use serde_json::Value;

use super::json::items;
use super::json::owned;

/// One of which no more is said than its label.
pub(super) fn choice(label: &str) -> Choice {
    Choice { label: label.to_owned(), description: None }
}

/// Those of a question, each with its meaning where that is told.
pub(super) fn choices(question: &Value) -> Vec<Choice> {
    items(question, "/options")
        .filter_map(|option| {
            let description = owned(option, "/description").filter(|words| !words.trim().is_empty());
            Some(Choice { label: owned(option, "/label")?, description })
        })
        .collect()
}
