//! The hooks that the demo agent was told: `--hook '["PROGRAM","ARGUMENT",...,"--event","EVENT"]'`, one for each
//! event. Payloads have the shape of Claude Code's and go to standard input.

use std::time::Duration;

use owt_agents::events::ErrorClass;
use owt_core::AbsPath;
use owt_process::Cmd;
use owt_process::Input;
use serde_json::Value;
use serde_json::json;

/// How long a hook may take. What it says and how it ends changes nothing.
const PATIENCE: Duration = Duration::from_secs(10);

/// Events that hooks are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HookEvent<'a> {
    Started { source: &'static str },
    Prompted { prompt: &'a str },
    TurnEnded { text: &'a str },
    TurnFailed { class: ErrorClass, text: &'a str },
    Closed { reason: &'static str },
}

impl HookEvent<'_> {
    const fn name(self) -> &'static str {
        match self {
            Self::Started { .. } => "SessionStart",
            Self::Prompted { .. } => "UserPromptSubmit",
            Self::TurnEnded { .. } => "Stop",
            Self::TurnFailed { .. } => "StopFailure",
            Self::Closed { .. } => "SessionEnd",
        }
    }

    fn details(self) -> Value {
        match self {
            Self::Started { source } => json!({ "source": source }),
            Self::Prompted { prompt } => json!({ "prompt": prompt }),
            Self::TurnEnded { text } => json!({ "last_assistant_message": text }),
            Self::TurnFailed { class, text } => {
                json!({ "error": class.as_str(), "last_assistant_message": text })
            }
            Self::Closed { reason } => json!({ "reason": reason }),
        }
    }
}

/// One hook.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hook {
    event: String,
    words: Vec<String>,
}

/// All that are installed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Hooks(Vec<Hook>);

/// The words are no hook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HookError {
    /// No list.
    #[error("'{0}' is no list of words: --hook '[\"PROGRAM\",\"--event\",\"EVENT\"]'")]
    NoList(String),
    /// No event.
    #[error("'{0}' does not name its event: --event EVENT is missing")]
    NoEvent(String),
}

impl Hooks {
    /// Reads the values of `--hook`.
    ///
    /// # Errors
    /// [`HookError`].
    pub(crate) fn read(values: &[String]) -> Result<Self, HookError> {
        values.iter().map(|value| Hook::read(value)).collect::<Result<_, _>>().map(Self)
    }

    /// Runs the hooks of an event, one after the other, to their ends.
    pub(super) fn tell(&self, event: HookEvent<'_>, conversation: &str, folder: &AbsPath) {
        let mut payload = event.details();
        payload["session_id"] = conversation.into();
        payload["cwd"] = folder.as_str().into();
        payload["hook_event_name"] = event.name().into();
        for hook in self.0.iter().filter(|hook| hook.event == event.name()) {
            hook.run(payload.to_string(), folder);
        }
    }
}

impl Hook {
    fn read(value: &str) -> Result<Self, HookError> {
        let words: Vec<String> =
            serde_json::from_str(value).map_err(|_| HookError::NoList(value.to_owned()))?;
        let after = words.iter().position(|word| word == "--event").map(|at| at + 1);
        let event = after.and_then(|at| words.get(at)).cloned();
        Ok(Self { event: event.ok_or_else(|| HookError::NoEvent(value.to_owned()))?, words })
    }

    fn run(&self, payload: String, folder: &AbsPath) {
        let Some((program, arguments)) = self.words.split_first() else { return };
        let hook = Cmd::new(program)
            .args(arguments)
            .current_dir(folder)
            .stdin(Input::Bytes(payload.into_bytes()))
            .timeout(PATIENCE)
            .output_cap(64 * 1024)
            .label(format!("hook {}", self.event));
        if let Err(error) = hook.run_checked() {
            tracing::debug!(%error, "a hook failed");
        }
    }
}

#[cfg(test)]
mod tests {
    use owt_agents::hook::HookFormat;
    use owt_agents::hook::HookSignal;
    use owt_agents::hook::parse;

    use super::*;

    #[test]
    fn what_is_no_hook_is_refused() {
        assert!(matches!(Hooks::read(&["x".to_owned()]), Err(HookError::NoList(_))));
        assert!(matches!(Hooks::read(&[r#"["/bin/true"]"#.to_owned()]), Err(HookError::NoEvent(_))));
        assert!(matches!(
            Hooks::read(&[r#"["/bin/true","--event"]"#.to_owned()]),
            Err(HookError::NoEvent(_))
        ));
    }

    #[test]
    fn only_hooks_of_the_event_run_and_their_payload_is_understood() {
        let folder = tempfile::tempdir().unwrap();
        let at = AbsPath::new(folder.path()).unwrap();
        let hook = |event: &str| {
            let file = at.join(event);
            serde_json::json!(["/bin/sh", "-c", "cat >\"$1\"", "sh", file.as_str(), "--event", event])
                .to_string()
        };
        let events = ["Stop", "StopFailure", "UserPromptSubmit", "SessionEnd"];
        let hooks = Hooks::read(&events.map(hook)).unwrap();
        hooks.tell(HookEvent::Prompted { prompt: "do\n\"it\"" }, "c-1", &at);
        hooks.tell(HookEvent::TurnEnded { text: "done" }, "c-1", &at);
        let signal = |event: &str| {
            let payload = std::fs::read_to_string(at.join(event).as_path()).unwrap();
            let report = parse(HookFormat::Claude, event, &payload).unwrap();
            assert_eq!(report.conversation.unwrap().as_str(), "c-1");
            assert_eq!(report.directory.as_deref(), Some(at.as_str()));
            report.signal
        };
        assert_eq!(
            signal("UserPromptSubmit"),
            HookSignal::PromptSubmitted { prompt: "do\n\"it\"".to_owned() }
        );
        assert_eq!(
            signal("Stop"),
            HookSignal::TurnEnded { text: Some("done".to_owned()), prompts: Vec::new() }
        );
        for class in
            [ErrorClass::ContextTooLong, ErrorClass::Connection, ErrorClass::Server, ErrorClass::Other]
        {
            hooks.tell(HookEvent::TurnFailed { class, text: "no" }, "c-1", &at);
            assert_eq!(signal("StopFailure"), HookSignal::TurnFailed { class, message: "no".to_owned() });
        }
        assert!(!at.join("SessionEnd").as_path().exists());
    }

    #[test]
    fn a_hook_that_fails_or_is_not_there_is_none_of_the_agents_business() {
        let folder = tempfile::tempdir().unwrap();
        let at = AbsPath::new(folder.path()).unwrap();
        let hooks = [r#"["/no/such/program","--event","Stop"]"#, r#"["/bin/false","--event","Stop"]"#];
        Hooks::read(&hooks.map(str::to_owned)).unwrap().tell(HookEvent::TurnEnded { text: "" }, "c", &at);
    }
}
