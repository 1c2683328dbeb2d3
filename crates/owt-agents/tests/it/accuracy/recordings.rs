//! The recordings as `cargo xtask record` wrote them: one file an agent, one line a picture. The tests of `owt-engine` read them, too.

use std::fs;
use std::path::PathBuf;

use owt_agents::screen::ScreenState;
use owt_agents::screen::ScreenView;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;
use serde_json::Value;

/// Whether rules were written by looking at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The rules were written by it.
    Seen,
    /// It was set aside before, and is only counted.
    SetAside,
}

/// The recorded sessions of one version of a program.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) agent: String,
    pub(crate) version: String,
    pub(crate) pictures: Vec<Picture>,
}

/// What was on the screen, and what the program was doing.
#[derive(Debug)]
pub(crate) struct Picture {
    /// Program, columns and rows, round.
    pub(crate) session: String,
    pub(crate) part: Part,
    pub(crate) view: ScreenView,
    pub(crate) state: ScreenState,
    pub(crate) since: Change,
    pub(crate) until: Change,
}

/// A change of what the program was doing, before or after the moment of a picture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change {
    /// How far it is away.
    pub(crate) milliseconds: u64,
    /// What lies beyond it; `None` where nothing tells, or where it is far away.
    pub(crate) state: Option<ScreenState>,
}

/// Every recording, by the agent's name.
pub(crate) fn all() -> Vec<Recording> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../owt-agents/tests/corpus/recordings");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| read(&fs::read_to_string(file).unwrap())).collect()
}

/// Three sessions in ten, by their names (FNV-1a).
fn part(session: &str) -> Part {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    match session.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, step) % 10 {
        0..=2 => Part::SetAside,
        _ => Part::Seen,
    }
}

#[derive(Default)]
struct Reader {
    texts: Vec<String>,
    session: String,
    rows: Vec<usize>,
}

fn read(text: &str) -> Recording {
    let mut recording = Recording { agent: String::new(), version: String::new(), pictures: Vec::new() };
    let mut reader = Reader::default();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if let Some(text) = line["text"].as_str() {
            reader.texts.push(text.to_owned());
        } else if let Some(session) = line["session"].as_str() {
            recording.agent = line["program"].as_str().unwrap().to_owned();
            recording.version = line["version"].as_str().unwrap().to_owned();
            reader.begin(session, number(&line["rows"]));
        } else {
            recording.pictures.push(reader.picture(&line));
        }
    }
    recording
}

impl Reader {
    fn begin(&mut self, session: &str, rows: usize) {
        session.clone_into(&mut self.session);
        self.rows = vec![usize::MAX; rows];
    }

    /// A picture names the rows that differ from the one before it.
    fn picture(&mut self, line: &Value) -> Picture {
        for pair in line["rows"].as_array().unwrap().chunks(2) {
            self.rows[number(&pair[0])] = number(&pair[1]);
        }
        let rows = self.rows.iter().map(|text| self.texts.get(*text).map_or("", String::as_str));
        let title = &self.texts[number(&line["title"])];
        let capture = format!("\x1b]2;{title}\x1b\\{}", rows.collect::<Vec<_>>().join("\n"));
        Picture {
            session: self.session.clone(),
            part: part(&self.session),
            view: ScreenView::from_capture(&capture),
            state: state(&line["state"]).unwrap(),
            since: change(&line["since"]),
            until: change(&line["until"]),
        }
    }
}

fn state(word: &Value) -> Option<ScreenState> {
    let word = word.as_str()?;
    let read: Result<_, Error> = ScreenState::deserialize(word.into_deserializer());
    Some(read.unwrap())
}

/// Changes that are far away are not written down.
fn change(pair: &Value) -> Change {
    let milliseconds = pair[0].as_u64().unwrap_or(u64::MAX);
    Change { milliseconds, state: state(&pair[1]) }
}

fn number(value: &Value) -> usize {
    value.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap()
}
