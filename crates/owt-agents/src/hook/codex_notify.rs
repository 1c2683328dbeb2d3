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
    let prompts = prompts.filter_map(Value::as_str).map(str::to_owned).collect();
    let signal = match event.as_str() {
        "agent-turn-complete" => {
            HookSignal::TurnEnded { text: text(value, "last-assistant-message"), prompts }
        }
        _ => HookSignal::Other { event },
    };
    Ok(HookReport {
        conversation: text(value, "thread-id").and_then(|id| ConversationId::new(&id).ok()),
        directory: text(value, "cwd"),
        transcript: None,
        signal,
    })
}

#[cfg(test)]
mod tests {
    use crate::hook::HookError;
    use crate::hook::HookFormat;
    use crate::hook::HookSignal;
    use crate::hook::parse;

    #[test]
    fn the_end_of_a_turn_names_its_prompts() {
        let payload = r#"{"type":"agent-turn-complete","thread-id":"01a1fc17-113b-7c83-af27-fac08625dd36","turn-id":"1",
            "cwd":"/w","client":"codex-tui","input-messages":["do it"],"last-assistant-message":"done"}"#;
        let report = parse(HookFormat::CodexNotify, "notify", payload).unwrap();
        assert_eq!(report.directory.as_deref(), Some("/w"));
        assert_eq!(
            report.signal,
            HookSignal::TurnEnded { text: Some("done".to_owned()), prompts: vec!["do it".to_owned()] }
        );
        let broken = parse(HookFormat::CodexNotify, "notify", "{}");
        assert_eq!(broken, Err(HookError::Missing { event: "notify".to_owned(), field: "type" }));
    }
}
