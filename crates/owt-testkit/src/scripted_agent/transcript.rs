//! The transcript that Claude Code keeps, in its place and its shape, as far as a prompt is looked for in it.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;

use super::face::Prompt;
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
        self.add(&json!({"type": "user", "uuid": uuid, "sessionId": self.session, "message": message}))
    }

    /// What was said.
    pub(super) fn assistant(&mut self, text: &str) -> io::Result<()> {
        let message = json!({"role": "assistant", "content": [{"type": "text", "text": text}]});
        self.add(
            &json!({"type": "assistant", "uuid": new_uuid(), "sessionId": self.session, "message": message}),
        )
    }

    fn add(&mut self, line: &Value) -> io::Result<()> {
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
