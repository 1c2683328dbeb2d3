//! Claude Code's command hooks, from a settings file: what the real one calls, at the same moments.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use owt_process::Cmd;
use owt_process::Input;
use owt_process::Output;
use serde_json::Value;
use serde_json::json;

/// The exit code by which a hook denies.
const DENIED: i32 = 2;

/// What hooks say about a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Undisputed,
    Denied(String),
}

/// The hooks of a session.
#[derive(Debug)]
pub(super) struct Hooks {
    /// The `hooks` object of the settings.
    settings: Value,
    session: String,
    folder: PathBuf,
    transcript: PathBuf,
}

impl Hooks {
    /// Reads settings: a file's name, or JSON.
    ///
    /// # Errors
    /// When the file cannot be read or is not JSON.
    pub(super) fn read(
        settings: Option<&str>,
        session: &str,
        folder: &Path,
        transcript: &Path,
    ) -> io::Result<Self> {
        let text = match settings {
            None => "{}".to_owned(),
            Some(json) if json.trim_start().starts_with('{') => json.to_owned(),
            Some(file) => fs::read_to_string(file)?,
        };
        let mut settings: Value = serde_json::from_str(&text)?;
        Ok(Self {
            settings: settings["hooks"].take(),
            session: session.to_owned(),
            folder: folder.to_owned(),
            transcript: transcript.to_owned(),
        })
    }

    pub(super) fn session_start(&self, source: &str) {
        self.call("SessionStart", json!({"source": source}));
    }

    pub(super) fn prompt(&self, text: &str) {
        self.call("UserPromptSubmit", json!({"prompt": text}));
    }

    pub(super) fn stop(&self, last: &str) {
        self.call("Stop", json!({"stop_hook_active": false, "last_assistant_message": last}));
    }

    pub(super) fn session_end(&self) {
        self.call("SessionEnd", json!({"reason": "other"}));
    }

    pub(super) fn permission_request(&self, tool: &str, input: &Value) {
        self.call("PermissionRequest", json!({"tool_name": tool, "tool_input": input}));
    }

    pub(super) fn after_tool(&self, tool: &str, input: &Value) {
        self.call("PostToolUse", json!({"tool_name": tool, "tool_input": input}));
    }

    /// Whether a hook forbids the tool: by its exit code or by its answer.
    pub(super) fn before_tool(&self, tool: &str, input: &Value) -> Verdict {
        let outputs = self.call("PreToolUse", json!({"tool_name": tool, "tool_input": input}));
        outputs.iter().find_map(denial).map_or(Verdict::Undisputed, Verdict::Denied)
    }

    /// Calls every command of an event, one after the other.
    fn call(&self, event: &str, mut payload: Value) -> Vec<Output> {
        let base = [
            ("session_id", json!(self.session)),
            ("transcript_path", json!(self.transcript)),
            ("cwd", json!(self.folder)),
            ("hook_event_name", json!(event)),
        ];
        base.into_iter().for_each(|(name, value)| payload[name] = value);
        self.commands(event).filter_map(|command| self.run(command, &payload)).collect()
    }

    fn commands(&self, event: &str) -> impl Iterator<Item = &str> {
        let groups = self.settings[event].as_array().into_iter().flatten();
        let hooks = groups.flat_map(|group| group["hooks"].as_array().into_iter().flatten());
        hooks.filter_map(|hook| hook["command"].as_str())
    }

    /// A hook's command is a line for the shell: the settings' own words, as in the real program. One that cannot
    /// be run says nothing.
    fn run(&self, command: &str, payload: &Value) -> Option<Output> {
        Cmd::new("sh")
            .args(["-c", command])
            .env("CLAUDE_PROJECT_DIR", &self.folder)
            .current_dir(&self.folder)
            .stdin(Input::Bytes(payload.to_string().into_bytes()))
            .run()
            .ok()
    }
}

fn denial(output: &Output) -> Option<String> {
    if output.status.code() == Some(DENIED) {
        return Some(output.stderr_utf8_lossy().trim().to_owned());
    }
    let answer: Value = serde_json::from_slice(&output.stdout).ok()?;
    let specific = &answer["hookSpecificOutput"];
    let is_denied = specific["permissionDecision"] == "deny";
    is_denied.then(|| specific["permissionDecisionReason"].as_str().unwrap_or_default().to_owned())
}
