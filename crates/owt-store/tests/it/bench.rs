//! A folder of a test's own, and stores in it.

use owt_core::AbsPath;
use owt_core::EffectId;
use owt_core::RequestId;
use owt_core::Timestamp;
use owt_ports::Append;
use owt_ports::Appended;
use owt_ports::EventStore;
use owt_ports::Live;
use owt_ports::NewEvent;
use owt_ports::Outbox;
use owt_ports::Row;
use owt_ports::Sequence;
use owt_ports::StreamId;
use owt_ports::StreamKind;
use owt_store::Settings;
use owt_store::SqliteStore;
use tempfile::TempDir;

/// A folder that goes with the test.
pub(crate) struct Bench {
    temporary: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { temporary: TempDir::new().unwrap() }
    }

    pub(crate) fn folder(&self) -> AbsPath {
        AbsPath::new(self.temporary.path()).unwrap()
    }

    pub(crate) fn database(&self) -> AbsPath {
        self.folder().join("data/owt.db")
    }

    pub(crate) fn store(&self) -> SqliteStore {
        open(&self.database())
    }
}

pub(crate) fn open(path: &AbsPath) -> SqliteStore {
    SqliteStore::open(path, &Settings::default()).unwrap()
}

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId { kind: StreamKind::Job, id: name.to_owned() }
}

/// One event that asks for the effect with the number of its version.
pub(crate) fn append_to(name: &str, expect: u64, payload: &str) -> Append {
    let outbox = Outbox::Requested(EffectId::from_bits(u128::from(expect) + 1));
    Append {
        stream: stream(name),
        expect,
        events: vec![NewEvent { name: "happened".to_owned(), payload: payload.to_owned(), outbox }],
        row: Row { state: payload.to_owned(), parent: "p".to_owned(), live: Live::Yes },
        at: Timestamp::from_millis(1000),
        correlation: RequestId::from_bits(1),
        cause: None,
    }
}

/// Appends once at each of these versions.
pub(crate) fn fill(store: &SqliteStore, name: &str, versions: std::ops::Range<u64>) {
    for expect in versions {
        written(store, &append_to(name, expect, "1"));
    }
}

pub(crate) fn written(store: &SqliteStore, append: &Append) -> Sequence {
    match store.append(append) {
        Ok(Appended::At(sequence)) => sequence,
        other => panic!("not written: {other:?}"),
    }
}
