//! Gemini CLI's hook payloads, read from version 0.61.0.
//!
//! Gaps to know: after Esc no `AfterAgent` fires; a failed provider is told by none of them.

use serde_json::Value;

use super::HookError;
use super::HookReport;
use super::HookSignal;
use super::required;
use super::text;
use crate::events::tool_summary;
use crate::names::ConversationId;

pub(super) fn parse(installed: &str, value: &Value) -> Result<HookReport, HookError> {
    let event = text(value, "hook_event_name").unwrap_or_else(|| installed.to_owned());
    Ok(HookReport {
        conversation: text(value, "session_id").and_then(|id| ConversationId::new(&id).ok()),
        directory: text(value, "cwd"),
        transcript: text(value, "transcript_path").filter(|path| !path.is_empty()),
        signal: signal(&event, value)?,
    })
}

fn signal(event: &str, value: &Value) -> Result<HookSignal, HookError> {
    let tool = || required(value, event, "tool_name");
    Ok(match event {
        "SessionStart" => HookSignal::SessionStarted { source: text(value, "source").unwrap_or_default() },
        "BeforeAgent" => HookSignal::PromptSubmitted { prompt: required(value, event, "prompt")? },
        "BeforeTool" => HookSignal::ToolStarting {
            call: None,
            tool: tool()?,
            summary: value.get("tool_input").map(tool_summary).unwrap_or_default(),
        },
        "AfterTool" => HookSignal::ToolFinished { call: None, tool: tool()? },
        "Notification" if value.get("notification_type").is_some_and(|kind| kind == "ToolPermission") => {
            HookSignal::PermissionAsked { tool: None, message: text(value, "message").unwrap_or_default() }
        }
        // Of a streamed answer it tells the pieces twice: what was said is not taken from it.
        "AfterAgent" => HookSignal::TurnEnded { text: None, prompts: Vec::new() },
        "SessionEnd" => HookSignal::SessionEnded { reason: text(value, "reason").unwrap_or_default() },
        other => HookSignal::Other { event: other.to_owned() },
    })
}

#[cfg(test)]
mod tests {
    use crate::hook::HookFormat;
    use crate::hook::HookSignal;
    use crate::hook::parse;

    #[test]
    fn payloads_become_signals() {
        let report = parse(
            HookFormat::Gemini,
            "x",
            r#"{"session_id":"49aa2d13-7158-41f7-836b-9106678dfccc","transcript_path":"","cwd":"/w","hook_event_name":"BeforeAgent","prompt":"do\nit"}"#,
        )
        .unwrap();
        assert_eq!(report.conversation.unwrap().as_str(), "49aa2d13-7158-41f7-836b-9106678dfccc");
        assert_eq!(report.transcript, None);
        assert_eq!(report.signal, HookSignal::PromptSubmitted { prompt: "do\nit".to_owned() });
        let cases = [
            (
                "SessionStart",
                r#"{"source":"startup"}"#,
                HookSignal::SessionStarted { source: "startup".to_owned() },
            ),
            (
                "BeforeTool",
                r#"{"tool_name":"run_shell_command","tool_input":{"command":"ls"}}"#,
                HookSignal::ToolStarting {
                    call: None,
                    tool: "run_shell_command".to_owned(),
                    summary: "ls".to_owned(),
                },
            ),
            (
                "Notification",
                r#"{"notification_type":"ToolPermission","message":"Tool X requires editing"}"#,
                HookSignal::PermissionAsked { tool: None, message: "Tool X requires editing".to_owned() },
            ),
            (
                "AfterAgent",
                r#"{"prompt_response":"done"}"#,
                HookSignal::TurnEnded { text: None, prompts: Vec::new() },
            ),
            ("SessionEnd", r#"{"reason":"exit"}"#, HookSignal::SessionEnded { reason: "exit".to_owned() }),
            ("PreCompress", "{}", HookSignal::Other { event: "PreCompress".to_owned() }),
        ];
        for (event, payload, expected) in cases {
            assert_eq!(parse(HookFormat::Gemini, event, payload).unwrap().signal, expected, "{event}");
        }
        assert!(parse(HookFormat::Gemini, "BeforeAgent", "{}").is_err());
    }
}
