//! The record of what reached the agent: one JSON line each, written at once.

use std::cell::RefCell;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::rc::Rc;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

/// One thing that reached it, or that it did of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Received {
    /// It was started.
    Started {
        /// Its process id.
        pid: u32,
        /// Its command line.
        argv: Vec<String>,
        /// Its folder.
        cwd: String,
        /// Its conversation.
        session: String,
    },
    /// It listens now.
    Ready,
    /// A prompt, exactly as it came.
    Prompt {
        /// Its number in this process, from 1.
        number: u32,
        /// Its text.
        text: String,
        /// The way it came.
        via: Via,
        /// The sender's id for it, where the way has one.
        uuid: Option<String>,
        /// The conversation.
        session: String,
    },
    /// A prompt whose id was seen before in this conversation; it is not acted upon.
    Duplicate {
        /// The id.
        uuid: String,
    },
    /// A text that a real agent takes as a command of its own or for the shell; it is not acted upon.
    Command {
        /// Its text.
        text: String,
    },
    /// A key that went to the dialog.
    DialogKey {
        /// What was typed.
        key: String,
    },
    /// The answer to a question for permission.
    Answer {
        /// Whether it was allowed.
        allowed: bool,
        /// The answers to its questions, by their texts.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        answers: Value,
    },
    /// It was interrupted.
    Interrupted,
    /// It ends with this code.
    Ended {
        /// The code.
        code: u8,
    },
}

/// The way of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// Standard input, whole.
    Stdin,
    /// The command line.
    Argument,
    /// A message of the machine protocol.
    Message,
    /// Marked as pasted, at least in part.
    Pasted,
    /// Typed, or pasted without a mark.
    Typed,
}

/// Reads a record; an absent one is empty.
///
/// # Errors
/// When the file cannot be read or holds something else.
pub fn read_received(path: &Path) -> io::Result<Vec<Received>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        read => read?,
    };
    text.lines().map(|line| serde_json::from_str(line).map_err(io::Error::from)).collect()
}

/// The prompts of a record, in the order of their arrival.
pub fn prompts(record: &[Received]) -> Vec<&str> {
    record
        .iter()
        .filter_map(|received| match received {
            Received::Prompt { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// Writes the record; clones write the same one.
#[derive(Debug, Clone)]
pub(super) struct Recorder {
    book: Rc<RefCell<Book>>,
}

#[derive(Debug)]
struct Book {
    file: File,
    prompts: u32,
    seen: Vec<String>,
    session: String,
}

impl Recorder {
    /// Continues a record; ids of this conversation that stand in it count as seen.
    pub(super) fn open(path: &Path, session: &str) -> io::Result<Self> {
        let seen = read_received(path)?.into_iter().filter_map(|received| match received {
            Received::Prompt { uuid, session: of, .. } if of == session => uuid,
            _ => None,
        });
        let seen = seen.collect();
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        let book = Book { file, prompts: 0, seen, session: session.to_owned() };
        Ok(Self { book: Rc::new(RefCell::new(book)) })
    }

    /// Adds a line, in one write.
    pub(super) fn add(&self, received: &Received) -> io::Result<()> {
        self.book.borrow_mut().add(received)
    }

    /// Adds a prompt; whether it is to be acted upon.
    pub(super) fn prompt(&self, text: &str, via: Via, uuid: Option<&str>) -> io::Result<bool> {
        self.book.borrow_mut().prompt(text, via, uuid)
    }
}

impl Book {
    fn add(&mut self, received: &Received) -> io::Result<()> {
        let mut line = serde_json::to_string(received)?;
        line.push('\n');
        self.file.write_all(line.as_bytes())
    }

    fn prompt(&mut self, text: &str, via: Via, uuid: Option<&str>) -> io::Result<bool> {
        if let Some(uuid) = uuid.filter(|uuid| self.seen.iter().any(|seen| seen == uuid)) {
            self.add(&Received::Duplicate { uuid: uuid.to_owned() })?;
            return Ok(false);
        }
        self.seen.extend(uuid.map(str::to_owned));
        self.prompts += 1;
        self.add(&Received::Prompt {
            number: self.prompts,
            text: text.to_owned(),
            via,
            uuid: uuid.map(str::to_owned),
            session: self.session.clone(),
        })?;
        Ok(true)
    }
}
