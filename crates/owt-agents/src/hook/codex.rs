//! Codex's hook payloads, read from version 0.169.0: Claude Code's shape. Those of its `notify` program, which sessions of
//! older versions of ours still have, are told apart by their `type`.

use serde_json::Value;

use super::HookError;
use super::HookReport;
use super::HookSignal;
use super::claude;
use super::codex_notify;

pub(super) fn parse(installed: &str, value: &Value) -> Result<HookReport, HookError> {
    if value.get("type").is_some() {
        return codex_notify::parse(installed, value);
    }
    let report = claude::parse(installed, value)?;
    if value.get("transcript_path").is_some_and(Value::is_null) {
        let signal = HookSignal::Other { event: "of a conversation that is kept nowhere".to_owned() };
        return Ok(HookReport { conversation: None, signal, ..report });
    }
    Ok(report)
}

#[cfg(test)]
mod tests {
    use crate::hook::HookFormat;
    use crate::hook::HookSignal;
    use crate::hook::parse;

    #[test]
    fn a_conversation_that_is_kept_nowhere_is_not_the_agents() {
        let signal = |transcript: &str| {
            let payload = format!(
                r#"{{"session_id":"01a1fc17-113b-7c83-af27-fac08625dd36","transcript_path":{transcript},"cwd":"/w",
                    "hook_event_name":"Stop","last_assistant_message":"Add hello"}}"#
            );
            let report = parse(HookFormat::Codex, "Stop", &payload).unwrap();
            (report.conversation.is_some(), report.signal)
        };
        let ended = HookSignal::TurnEnded { text: Some("Add hello".to_owned()), prompts: Vec::new() };
        assert_eq!(signal(r#""/h/.codex/sessions/rollout.jsonl""#), (true, ended));
        let (named, aside) = signal("null");
        assert!(!named && matches!(aside, HookSignal::Other { .. }), "{aside:?}");
    }

    #[test]
    fn the_notify_program_of_a_session_that_began_before_is_understood() {
        let payload = r#"{"type":"agent-turn-complete","thread-id":"01a1fc17-113b-7c83-af27-fac08625dd36","cwd":"/w",
            "input-messages":["do it"],"last-assistant-message":"done"}"#;
        let report = parse(HookFormat::Codex, "agent-turn-complete", payload).unwrap();
        assert!(matches!(report.signal, HookSignal::TurnEnded { .. }), "{report:?}");
    }
}
