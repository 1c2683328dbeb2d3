//! Claude Code's hook payloads, read from version 2.1.197.
//!
//! Gaps to know: after Esc no `Stop` fires; after a failed provider it is `StopFailure`; `Notification` comes
//! late (`PermissionRequest` at once).

use serde_json::Value;

use super::Helper;
use super::HookError;
use super::HookReport;
use super::HookSignal;
use super::required;
use super::text;
use crate::events::ErrorClass;
use crate::events::claude_failure;
use crate::events::edits;
use crate::events::one_line;
use crate::events::tool_summary;
use crate::names::ConversationId;

pub(super) fn parse(installed: &str, value: &Value) -> Result<HookReport, HookError> {
    let event = text(value, "hook_event_name").unwrap_or_else(|| installed.to_owned());
    let signal = signal(&event, value)?;
    let named = text(value, "session_id").filter(|_| goes_on(&signal) && !is_of_helper(value));
    Ok(HookReport {
        conversation: named.and_then(|id| ConversationId::new(&id).ok()),
        directory: text(value, "cwd"),
        transcript: text(value, "transcript_path"),
        helpers: helpers(value),
        signal,
    })
}

/// Whether what is told is part of the conversation that the agent has now. Nobody knows what an unknown event names, and of two
/// hooks that run at once the end of the conversation before may be heard last.
const fn goes_on(signal: &HookSignal) -> bool {
    match signal {
        HookSignal::SessionStarted { .. }
        | HookSignal::PromptSubmitted { .. }
        | HookSignal::ToolStarting { .. }
        | HookSignal::ToolFinished { .. }
        | HookSignal::PermissionAsked { .. }
        | HookSignal::InputAsked { .. }
        | HookSignal::TurnEnded { .. }
        | HookSignal::TurnFailed { .. } => true,
        HookSignal::SubagentEnded
        | HookSignal::SessionEnded { .. }
        | HookSignal::Other { .. }
        | HookSignal::Unknown { .. } => false,
    }
}

/// Hooks that a helper of the agent calls have its id (Claude Code 2.1.197).
fn is_of_helper(value: &Value) -> bool {
    value.get("agent_id").is_some_and(Value::is_string)
}

fn signal(event: &str, value: &Value) -> Result<HookSignal, HookError> {
    let call = || text(value, "tool_use_id");
    Ok(match event {
        "SessionStart" => HookSignal::SessionStarted { source: text(value, "source").unwrap_or_default() },
        "UserPromptSubmit" => HookSignal::PromptSubmitted { prompt: required(value, event, "prompt")? },
        "PreToolUse" => HookSignal::ToolStarting {
            call: call(),
            tool: required(value, event, "tool_name")?,
            summary: value.get("tool_input").map(tool_summary).unwrap_or_default(),
        },
        "PostToolUse" => {
            let tool = required(value, event, "tool_name")?;
            let edits = value.get("tool_input").map(|input| edits(&tool, input)).unwrap_or_default();
            HookSignal::ToolFinished { call: call(), tool, edits }
        }
        "PostToolUseFailure" => {
            let tool = required(value, event, "tool_name")?;
            HookSignal::ToolFinished { call: call(), tool, edits: Vec::new() }
        }
        "PermissionRequest" => {
            let tool = text(value, "tool_name");
            match tool.as_deref() {
                // It asks for leave to use the tool by which it asks (2.1.197): the question is the dialog.
                Some(QUESTION) => HookSignal::InputAsked { message: questions(value) },
                _ => {
                    let message = value.get("tool_input").map(tool_summary).unwrap_or_default();
                    HookSignal::PermissionAsked { tool, message }
                }
            }
        }
        "Notification" => notification(value),
        "Stop" => HookSignal::TurnEnded { text: text(value, "last_assistant_message"), prompts: Vec::new() },
        "StopFailure" => failure(value),
        "SubagentStop" => HookSignal::SubagentEnded,
        "SessionEnd" => HookSignal::SessionEnded { reason: text(value, "reason").unwrap_or_default() },
        other => HookSignal::Unknown { event: other.to_owned() },
    })
}

/// The tool by which it asks the person something in words.
const QUESTION: &str = "AskUserQuestion";

fn questions(value: &Value) -> String {
    let asked = value.pointer("/tool_input/questions").and_then(Value::as_array);
    let texts: Vec<String> = asked.into_iter().flatten().filter_map(|one| text(one, "question")).collect();
    one_line(&texts.join(" / "))
}

/// What works inside the program (read from its code). A shell is a process of its own and is seen as one; a monitor waits
/// for something that may never come.
const HELPERS: [&str; 2] = ["subagent", "workflow"];

/// More helpers than an agent has at once.
const MOST_HELPERS: usize = 32;

/// `Stop` and `SubagentStop` list what is in flight; the helper that a `SubagentStop` tells of is over.
fn helpers(value: &Value) -> Option<Vec<Helper>> {
    let tasks = value.get("background_tasks")?.as_array()?;
    let over = text(value, "agent_id");
    let helper = |task: &Value| {
        let kind = text(task, "type").filter(|kind| HELPERS.contains(&kind.as_str()))?;
        let id = text(task, "id").filter(|id| over.as_ref() != Some(id))?;
        let name = text(task, "agent_type").or_else(|| text(task, "name")).unwrap_or(kind);
        let at = text(task, "description").unwrap_or_default();
        Some(Helper { id, task: one_line(&format!("{name}: {at}")) })
    };
    Some(tasks.iter().filter_map(helper).take(MOST_HELPERS).collect())
}

fn notification(value: &Value) -> HookSignal {
    let message = text(value, "message").unwrap_or_default();
    match text(value, "notification_type").as_deref() {
        Some("permission_prompt" | "worker_permission_prompt") => {
            HookSignal::PermissionAsked { tool: None, message }
        }
        Some("elicitation_dialog" | "agent_needs_input") => HookSignal::InputAsked { message },
        // `idle_prompt` (2.1.197) comes a minute after each turn, and over dialogs of background helpers, too: it asks nothing.
        _ => HookSignal::Other { event: "Notification".to_owned() },
    }
}

/// Claude Code names the failure, the demo agent by our own word; where nobody does (owt's own extension for Pi 0.74.2), the
/// program's sentence says it, which may begin with the provider's status.
fn failure(value: &Value) -> HookSignal {
    let error = text(value, "error").unwrap_or_default();
    let message = text(value, "last_assistant_message")
        .or_else(|| text(value, "error_details"))
        .unwrap_or_else(|| error.clone());
    let class = claude_failure(&error, None, &message)
        .or_else(|| ErrorClass::named(&error))
        .or_else(|| ErrorClass::of_sentence(&text(value, "error_details")?))
        .unwrap_or(ErrorClass::Other);
    HookSignal::TurnFailed { class, message }
}

#[cfg(test)]
mod tests {
    use crate::events::ErrorClass;
    use crate::hook::HookError;
    use crate::hook::HookFormat;
    use crate::hook::HookSignal;
    use crate::hook::parse;

    fn signal(event: &str, payload: &str) -> Result<HookSignal, HookError> {
        parse(HookFormat::Claude, event, payload).map(|report| report.signal)
    }

    fn finished(tool: &str, edits: &[&str]) -> HookSignal {
        let edits = edits.iter().map(|file| (*file).to_owned()).collect();
        HookSignal::ToolFinished { call: Some("t1".to_owned()), tool: tool.to_owned(), edits }
    }

    #[test]
    fn payloads_become_signals() {
        let common =
            r#""session_id":"bfe1fc6e-01b4-419d-af9f-97cd7fbd1850","cwd":"/w","transcript_path":"/t.jsonl""#;
        let report = parse(
            HookFormat::Claude,
            "x",
            &format!(r#"{{{common},"hook_event_name":"UserPromptSubmit","prompt":"do\nit"}}"#),
        )
        .unwrap();
        assert_eq!(report.conversation.unwrap().as_str(), "bfe1fc6e-01b4-419d-af9f-97cd7fbd1850");
        assert_eq!(report.transcript.as_deref(), Some("/t.jsonl"));
        assert_eq!(report.signal, HookSignal::PromptSubmitted { prompt: "do\nit".to_owned() });
        let cases = [
            (
                "SessionStart",
                r#"{"source":"resume"}"#,
                HookSignal::SessionStarted { source: "resume".to_owned() },
            ),
            (
                "PreToolUse",
                r#"{"tool_name":"Bash","tool_input":{"command":"ls"},"tool_use_id":"t1"}"#,
                HookSignal::ToolStarting {
                    call: Some("t1".to_owned()),
                    tool: "Bash".to_owned(),
                    summary: "ls".to_owned(),
                },
            ),
            (
                "PermissionRequest",
                r#"{"tool_name":"Bash","tool_input":{"command":"ls"}}"#,
                HookSignal::PermissionAsked { tool: Some("Bash".to_owned()), message: "ls".to_owned() },
            ),
            (
                "PermissionRequest",
                r#"{"tool_name":"AskUserQuestion","tool_input":{}}"#,
                HookSignal::InputAsked { message: String::new() },
            ),
            (
                "PermissionRequest",
                r#"{"tool_name":"AskUserQuestion","tool_input":{"questions":[{"question":"Which\none?"},{"question":"Why?"}]}}"#,
                HookSignal::InputAsked { message: "Which one? / Why?".to_owned() },
            ),
            (
                "Notification",
                r#"{"message":"Claude needs your permission","notification_type":"permission_prompt"}"#,
                HookSignal::PermissionAsked {
                    tool: None,
                    message: "Claude needs your permission".to_owned(),
                },
            ),
            (
                "Notification",
                r#"{"message":"Claude is waiting for your input","notification_type":"idle_prompt"}"#,
                HookSignal::Other { event: "Notification".to_owned() },
            ),
            (
                "Stop",
                r#"{"stop_hook_active":false,"last_assistant_message":"done"}"#,
                HookSignal::TurnEnded { text: Some("done".to_owned()), prompts: vec![] },
            ),
            (
                "StopFailure",
                r#"{"error_details":"429 Rate limited"}"#,
                HookSignal::TurnFailed {
                    class: ErrorClass::RateLimit,
                    message: "429 Rate limited".to_owned(),
                },
            ),
            (
                "StopFailure",
                r#"{"error":"server_error","last_assistant_message":"API Error: Connection to the API was lost (ECONNRESET)."}"#,
                HookSignal::TurnFailed {
                    class: ErrorClass::Connection,
                    message: "API Error: Connection to the API was lost (ECONNRESET).".to_owned(),
                },
            ),
            (
                "StopFailure",
                r#"{"error":"invalid_request","last_assistant_message":"Prompt is too long"}"#,
                HookSignal::TurnFailed {
                    class: ErrorClass::ContextTooLong,
                    message: "Prompt is too long".to_owned(),
                },
            ),
            (
                "StopFailure",
                r#"{"error":"invalid_request","last_assistant_message":"So my prompt is too long"}"#,
                HookSignal::TurnFailed {
                    class: ErrorClass::InvalidRequest,
                    message: "So my prompt is too long".to_owned(),
                },
            ),
            ("SubagentStop", "{}", HookSignal::SubagentEnded),
            ("SessionEnd", r#"{"reason":"other"}"#, HookSignal::SessionEnded { reason: "other".to_owned() }),
            ("PreCompact", "{}", HookSignal::Unknown { event: "PreCompact".to_owned() }),
        ];
        for (event, payload, expected) in cases {
            assert_eq!(signal(event, payload), Ok(expected), "{event}");
        }
    }

    #[test]
    fn only_what_is_part_of_the_agents_conversation_names_it() {
        let named = |event: &str, more: &str| {
            let payload = format!(r#"{{"session_id":"c1","tool_name":"Bash","prompt":"p"{more}}}"#);
            parse(HookFormat::Claude, event, &payload).unwrap().conversation.is_some()
        };
        for event in [
            "SessionStart",
            "UserPromptSubmit",
            "PreToolUse",
            "PostToolUse",
            "PermissionRequest",
            "Stop",
            "StopFailure",
        ] {
            assert!(named(event, ""), "{event}");
            assert!(!named(event, r#","agent_id":"a1""#), "{event} of a helper");
        }
        for event in ["Weather", "PreCompact", "SubagentStop", "SessionEnd", "Notification"] {
            assert!(!named(event, ""), "{event}");
        }
    }

    #[test]
    fn a_connection_that_was_never_made_is_told_as_such_by_its_sentence_alone() {
        let (class, message) = (ErrorClass::Connection, "Connection error.".to_owned());
        let told = signal("StopFailure", r#"{"error_details":"Connection error."}"#);
        assert_eq!(told, Ok(HookSignal::TurnFailed { class, message }));
    }

    #[test]
    fn a_tool_that_is_done_says_which_files_it_has_changed_and_one_that_failed_none() {
        let cases = [
            (
                "PostToolUse",
                r#"{"tool_name":"Write","tool_input":{"file_path":"/w/a"},"tool_use_id":"t1"}"#,
                finished("Write", &["/w/a"]),
            ),
            (
                "PostToolUse",
                r#"{"tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\n*** Add File: a\n+x\n*** End Patch"},"tool_use_id":"t1"}"#,
                finished("apply_patch", &["a"]),
            ),
            (
                "PostToolUseFailure",
                r#"{"tool_name":"Write","tool_input":{"file_path":"/w/a"},"tool_use_id":"t1"}"#,
                finished("Write", &[]),
            ),
        ];
        for (event, payload, expected) in cases {
            assert_eq!(signal(event, payload), Ok(expected), "{event}");
        }
    }

    #[test]
    fn helpers_are_told_and_what_is_a_process_of_its_own_is_not_among_them() {
        let tasks = r#""background_tasks":[
            {"id":"a1","type":"subagent","status":"running","description":"Look for\nit","agent_type":"Explore"},
            {"id":"b2","type":"shell","status":"running","description":"d","command":"npm run dev"},
            {"id":"w3","type":"workflow","status":"running","description":"","name":"review"},
            {"type":"subagent"}, 7]"#;
        let helpers = |event: &str, more: &str| {
            let report = parse(HookFormat::Claude, event, &format!("{{{more}{tasks}}}")).unwrap();
            let named = |helper: crate::hook::Helper| (helper.id, helper.task);
            report.helpers.unwrap().into_iter().map(named).collect::<Vec<_>>()
        };
        let pair = |id: &str, task: &str| (id.to_owned(), task.to_owned());
        assert_eq!(helpers("Stop", ""), [pair("a1", "Explore: Look for it"), pair("w3", "review:")]);
        assert_eq!(helpers("SubagentStop", r#""agent_id":"a1","#), [pair("w3", "review:")]);
        assert_eq!(parse(HookFormat::Claude, "Stop", "{}").unwrap().helpers, None, "it says nothing of them");
        assert_eq!(
            parse(HookFormat::Claude, "Stop", r#"{"background_tasks":[]}"#).unwrap().helpers,
            Some(vec![])
        );
    }

    #[test]
    fn broken_payloads_are_errors_not_guesses() {
        assert_eq!(signal("Stop", "nonsense"), Err(HookError::NotJson));
        assert_eq!(signal("Stop", "[]"), Err(HookError::NotJson));
        assert_eq!(
            signal("UserPromptSubmit", "{}"),
            Err(HookError::Missing { event: "UserPromptSubmit".to_owned(), field: "prompt" })
        );
    }
}
