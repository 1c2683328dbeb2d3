//! The injection journal: what was put before a program, at most once each.
//!
//! One JSON object a line: `{"begin":KEY}` is durable before the first byte is written, `{"end":KEY}` after the
//! last, `{"void":KEY}` when it turned out that no byte had been taken. A begin without an end is for ever
//! uncertain. This room must not know what is injected.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::io::Write;

use owt_core::AbsPath;
use owt_ports::InjectionKey;
use serde::Deserialize;
use serde::Serialize;

use crate::private;

/// What the journal knows of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trace {
    /// Writing began, its end is not recorded.
    Begun,
    /// Everything was written.
    Done,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Begin(String),
    End(String),
    Void(String),
}

/// The journal of one attempt, open for writing. Only the attempt's host has one.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    traces: HashMap<String, Trace>,
}

impl Journal {
    pub(crate) fn open(path: &AbsPath) -> io::Result<Self> {
        let traces = traces(path)?;
        let mut file = private::append(path)?;
        if file.metadata()?.len() > 0 {
            // A line torn by a crash must not swallow the next one.
            file.write_all(b"\n")?;
        }
        Ok(Self { file, traces })
    }

    pub(crate) fn trace(&self, key: &str) -> Option<Trace> {
        self.traces.get(key).copied()
    }

    /// Durable when this returns: only then may a byte be written.
    pub(crate) fn begin(&mut self, key: &str) -> io::Result<()> {
        self.append(&Line::Begin(key.to_owned()))?;
        self.file.sync_data()?;
        self.traces.insert(key.to_owned(), Trace::Begun);
        Ok(())
    }

    /// All bytes were taken.
    pub(crate) fn end(&mut self, key: &str) -> io::Result<()> {
        self.append(&Line::End(key.to_owned()))?;
        self.traces.insert(key.to_owned(), Trace::Done);
        self.file.sync_data()
    }

    /// No byte was taken.
    pub(crate) fn void(&mut self, key: &str) -> io::Result<()> {
        self.append(&Line::Void(key.to_owned()))?;
        self.traces.remove(key);
        self.file.sync_data()
    }

    fn append(&mut self, line: &Line) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.file.write_all(&bytes)
    }
}

/// What a journal on disk says of a key, when no host is there to ask.
pub(crate) fn recorded(path: &AbsPath, key: &InjectionKey) -> io::Result<Option<Trace>> {
    Ok(traces(path)?.get(&key_text(key)).copied())
}

/// A key as text; the two kinds never meet.
pub(crate) fn key_text(key: &InjectionKey) -> String {
    match key {
        InjectionKey::Delivery(id) => format!("delivery:{id}"),
        InjectionKey::Frame(name) => format!("frame:{name}"),
    }
}

fn traces(path: &AbsPath) -> io::Result<HashMap<String, Trace>> {
    let bytes = match private::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(HashMap::new()),
        Err(error) => return Err(error),
    };
    let mut traces = HashMap::new();
    for line in bytes.split(|&byte| byte == b'\n') {
        match serde_json::from_slice(line) {
            Ok(Line::Begin(key)) => traces.insert(key, Trace::Begun),
            Ok(Line::End(key)) => traces.insert(key, Trace::Done),
            Ok(Line::Void(key)) => traces.remove(&key),
            // Empty, or torn by a crash before it was durable: nothing had been written to the program yet.
            Err(_) => None,
        };
    }
    Ok(traces)
}

#[cfg(test)]
mod tests {
    use owt_core::DeliveryId;

    use super::*;

    fn path(folder: &tempfile::TempDir) -> AbsPath {
        AbsPath::new(folder.path().join("injections.jsonl")).unwrap()
    }

    #[test]
    fn begun_done_and_void_survive_a_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(&path(&folder)).unwrap();
        for key in ["a", "b", "c"] {
            journal.begin(key).unwrap();
        }
        journal.end("a").unwrap();
        journal.void("b").unwrap();
        drop(journal);
        let journal = Journal::open(&path(&folder)).unwrap();
        assert_eq!(journal.trace("a"), Some(Trace::Done));
        assert_eq!(journal.trace("b"), None);
        assert_eq!(journal.trace("c"), Some(Trace::Begun));
    }

    #[test]
    fn a_torn_line_is_nothing_and_does_not_swallow_the_next() {
        let folder = tempfile::tempdir().unwrap();
        private::replace(&path(&folder), b"{\"begin\":\"a\"}\n{\"beg").unwrap();
        let mut journal = Journal::open(&path(&folder)).unwrap();
        journal.begin("b").unwrap();
        drop(journal);
        let journal = Journal::open(&path(&folder)).unwrap();
        assert_eq!((journal.trace("a"), journal.trace("b")), (Some(Trace::Begun), Some(Trace::Begun)));
    }

    #[test]
    fn a_frame_named_like_a_delivery_is_another_key() {
        let id = DeliveryId::from_bits(1);
        let frame = InjectionKey::Frame(id.to_string());
        assert_ne!(key_text(&InjectionKey::Delivery(id)), key_text(&frame));
    }
}
