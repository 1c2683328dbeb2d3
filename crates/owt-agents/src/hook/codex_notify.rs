//! Codex's `notify` payload, read from version 0.169.0. It needs no trust, unlike Codex's hooks, and comes once
//! a turn, at its end.

use serde_json::Value;

use super::HookError;
use super::HookReport;
use super::HookSignal;
use super::required;
use super::text;
use crate::names::ConversationId;

pub(super) fn parse(installed: &str, value: &Value) -> Result<HookReport, HookError> {
    let event = required(value, installed, "type")?;
    let prompts = value.get("input-messages").and_then(Value::as_array).into_iter().flatten();
    let prompts: Vec<String> = prompts.filter_map(Value::as_str).map(str::to_owned).collect();
    let aside = is_title_request(&prompts);
    let signal = match event.as_str() {
        "agent-turn-complete" if aside => HookSignal::Other { event: "title request".to_owned() },
        "agent-turn-complete" => {
            HookSignal::TurnEnded { text: text(value, "last-assistant-message"), prompts }
        }
        _ => HookSignal::Unknown { event },
    };
    let named = text(value, "thread-id").filter(|_| !aside);
    Ok(HookReport {
        conversation: named.and_then(|id| ConversationId::new(&id).ok()),
        directory: text(value, "cwd"),
        transcript: None,
        helpers: None,
        signal,
    })
}

/// The terminal interface asks the model for a title in a conversation of its own, and reports the end of that turn
/// like any other. That conversation is kept nowhere and cannot be taken up again.
fn is_title_request(prompts: &[String]) -> bool {
    prompts.first().is_some_and(|prompt| {
        prompt.starts_with("Generate a concise, single-line task title")
            && prompt.contains("\n\nUser prompt:\n")
    })
}

#[cfg(test)]
mod tests {
    use crate::hook::HookError;
    use crate::hook::HookFormat;
    use crate::hook::HookSignal;
    use crate::hook::parse;
    use crate::names::ConversationId;

    #[test]
    fn the_end_of_a_turn_names_its_prompts() {
        let payload = r#"{"type":"agent-turn-complete","thread-id":"01a1fc17-113b-7c83-af27-fac08625dd36","turn-id":"1",
            "cwd":"/w","client":"codex-tui","input-messages":["do it"],"last-assistant-message":"done"}"#;
        let report = parse(HookFormat::CodexNotify, "notify", payload).unwrap();
        assert_eq!(report.directory.as_deref(), Some("/w"));
        assert_eq!(
            report.conversation.as_ref().map(ConversationId::as_str),
            Some("01a1fc17-113b-7c83-af27-fac08625dd36")
        );
        assert_eq!(
            report.signal,
            HookSignal::TurnEnded { text: Some("done".to_owned()), prompts: vec!["do it".to_owned()] }
        );
        let title = r#"{"type":"agent-turn-complete","thread-id":"x","input-messages":["Generate a concise, single-line task title of at most 36 characters.\n\nUser prompt:\ndo it"],"last-assistant-message":"Do it"}"#;
        let report = parse(HookFormat::CodexNotify, "notify", title).unwrap();
        assert_eq!(report.signal, HookSignal::Other { event: "title request".to_owned() });
        assert_eq!(report.conversation, None, "the title's turn is not the agent's");
        let broken = parse(HookFormat::CodexNotify, "notify", "{}");
        assert_eq!(broken, Err(HookError::Missing { event: "notify".to_owned(), field: "type" }));
    }
}
