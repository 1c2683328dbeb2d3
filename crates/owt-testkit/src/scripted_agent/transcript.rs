//! The transcript that Claude Code keeps, in its place and its shape, as far as a prompt is looked for in it.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use owt_core::Timestamp;
use serde_json::Value;
use serde_json::json;

use super::face::Prompt;
use super::face::Tokens;
use super::face::Turn;
use super::stream::MODEL;
use super::stream::new_uuid;

/// A session's transcript.
#[derive(Debug)]
pub(super) struct Transcript {
    session: String,
    path: PathBuf,
    file: Option<File>,
}

impl Transcript {
    /// The transcript of a session; its file is made with the first line.
    pub(super) fn of(home: &Path, folder: &Path, session: &str) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
        let project: String = folder.to_string_lossy().chars().map(plain).collect();
        let path = home.join(".claude/projects").join(project).join(format!("{session}.jsonl"));
        Self { session: session.to_owned(), path, file: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A prompt, when its turn begins.
    pub(super) fn user(&mut self, prompt: &Prompt) -> io::Result<()> {
        let uuid = prompt.uuid.clone().unwrap_or_else(new_uuid);
        let message = json!({"role": "user", "content": prompt.text});
        self.add(json!({"type": "user", "uuid": uuid, "message": message}))
    }

    /// What was said last in a turn: an answer in two parts, each of which has a line with the count of the whole.
    pub(super) fn assistant(&mut self, turn: &Turn, stopped: Option<&str>) -> io::Result<()> {
        let (id, Tokens { input, output }) = (new_uuid(), turn.tokens);
        let usage = json!({"input_tokens": input, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0,
            "output_tokens": output});
        let mut part = |content: Value, stopped: Option<&str>| {
            let message = json!({"id": id, "model": MODEL, "role": "assistant", "content": [content],
                "stop_reason": stopped, "usage": usage});
            self.add(json!({"type": "assistant", "uuid": new_uuid(), "message": message}))
        };
        part(json!({"type": "thinking", "thinking": ""}), None)?;
        part(json!({"type": "text", "text": turn.text}), stopped)
    }

    /// That the person broke the turn off.
    pub(super) fn interrupted(&mut self) -> io::Result<()> {
        let content = json!([{"type": "text", "text": "[Request interrupted by user]"}]);
        let message = json!({"role": "user", "content": content});
        self.add(json!({"type": "user", "uuid": new_uuid(), "message": message}))
    }

    fn add(&mut self, mut line: Value) -> io::Result<()> {
        line["sessionId"] = json!(self.session);
        line["isSidechain"] = json!(false);
        line["timestamp"] = json!(now());
        if self.file.is_none() {
            self.path.parent().map_or(Ok(()), fs::create_dir_all)?;
            self.file = Some(OpenOptions::new().append(true).create(true).open(&self.path)?);
        }
        match &mut self.file {
            Some(file) => file.write_all(format!("{line}\n").as_bytes()),
            None => Ok(()),
        }
    }
}

/// The present as the real program writes it.
#[expect(
    clippy::disallowed_methods,
    reason = "the scripted agent is a program of its own, with the clock of the machine"
)]
fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let at = Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or_default());
    let ((year, month, day), second) = (at.utc_date(), since.as_secs() % (24 * 60 * 60));
    let (hour, minute) = (second / 3600, second / 60 % 60);
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}.{:03}Z",
        second % 60,
        since.subsec_millis()
    )
}
