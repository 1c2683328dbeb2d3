//! Claude Code's event stream, as its 2.1.197 prints it.

use std::hash::BuildHasher as _;
use std::hash::Hasher as _;
use std::hash::RandomState;
use std::io;
use std::io::Write;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;

use super::arguments::Permission;
use super::face::Prompt;
use super::face::Turn;
use super::face::TurnEnd;

/// The price of a token, either way, in dollars.
const TOKEN_PRICE: f64 = 0.000_001;

/// The model that it says it is.
pub(super) const MODEL: &str = "scripted";

/// A fresh id in the form of a UUID of version 4.
pub(super) fn new_uuid() -> String {
    let [one, two] = [(); 2].map(|()| RandomState::new().build_hasher().finish());
    let (a, b, c) = (one >> 32, (one >> 16) & 0xffff, one & 0xfff);
    let (d, e) = (((two >> 48) & 0x3fff) | 0x8000, two & 0xffff_ffff_ffff);
    format!("{a:08x}-{b:04x}-4{c:03x}-{d:04x}-{e:012x}")
}

/// Writes events.
#[derive(Debug)]
pub(super) struct EventStream {
    pub(super) session: String,
    pub(super) folder: PathBuf,
    pub(super) permission: Permission,
    pub(super) turns: u32,
}

impl EventStream {
    /// One event, as a line.
    pub(super) fn send(&self, event: &Value) -> io::Result<()> {
        let mut line = event.to_string();
        line.push('\n');
        let mut out = io::stdout().lock();
        out.write_all(line.as_bytes())?;
        out.flush()
    }

    /// The beginning of a turn.
    pub(super) fn init(&self) -> io::Result<()> {
        let mode = match self.permission {
            Permission::Ask => "default",
            Permission::Granted => "bypassPermissions",
        };
        self.send(&json!({
            "type": "system", "subtype": "init", "cwd": self.folder, "session_id": self.session,
            "tools": ["Bash", "Edit", "Read", "Write"], "mcp_servers": [], "model": MODEL, "permissionMode": mode,
            "slash_commands": [], "apiKeySource": "none", "claude_code_version": "2.1.197", "uuid": new_uuid(),
        }))
    }

    /// The acknowledgement of a prompt.
    pub(super) fn replay(&self, prompt: &Prompt) -> io::Result<()> {
        self.send(&json!({
            "type": "user", "message": {"role": "user", "content": prompt.text}, "session_id": self.session,
            "parent_tool_use_id": null, "uuid": prompt.uuid, "isReplay": true,
        }))
    }

    pub(super) fn text(&self, text: &str) -> io::Result<()> {
        self.assistant(&json!({"type": "text", "text": text}))
    }

    /// A tool is used, and it answered.
    pub(super) fn tool(&self, name: &str, input: &Value) -> io::Result<()> {
        let id = format!("toolu_{}", new_uuid());
        self.assistant(&json!({"type": "tool_use", "id": id, "name": name, "input": input}))?;
        self.send(&json!({
            "type": "user", "session_id": self.session, "parent_tool_use_id": null, "uuid": new_uuid(),
            "message": {"role": "user", "content": [
                {"tool_use_id": id, "type": "tool_result", "content": "done", "is_error": false},
            ]},
        }))
    }

    fn assistant(&self, block: &Value) -> io::Result<()> {
        self.send(&json!({
            "type": "assistant", "session_id": self.session, "parent_tool_use_id": null, "uuid": new_uuid(),
            "message": {
                "id": format!("msg_{}", new_uuid()), "type": "message", "role": "assistant", "model": MODEL,
                "content": [block], "stop_reason": null, "stop_sequence": null,
                "usage": {"input_tokens": 1, "output_tokens": 1},
            },
        }))
    }

    /// The end of a turn.
    pub(super) fn result(&mut self, turn: &Turn) -> io::Result<()> {
        self.turns += 1;
        let (subtype, text, is_error, reason) = match &turn.end {
            TurnEnd::Done => ("success", &turn.text, false, "completed"),
            TurnEnd::Failed(why) => ("success", why, true, "completed"),
            TurnEnd::Interrupted => ("error_during_execution", &turn.text, true, "aborted_streaming"),
        };
        let (input, output) = (turn.tokens.input, turn.tokens.output);
        #[expect(clippy::cast_precision_loss, reason = "a price, not a count")]
        let cost = (input + output) as f64 * TOKEN_PRICE;
        self.send(&json!({
            "type": "result", "subtype": subtype, "is_error": is_error, "api_error_status": null, "result": text,
            "session_id": self.session, "num_turns": self.turns, "duration_ms": 1, "duration_api_ms": 1,
            "total_cost_usd": cost, "usage": {"input_tokens": input, "output_tokens": output,
                "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0},
            "modelUsage": {MODEL: {"inputTokens": input, "outputTokens": output, "costUSD": cost}},
            "permission_denials": [], "terminal_reason": reason, "uuid": new_uuid(),
        }))
    }
}
