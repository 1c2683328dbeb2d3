//! The rows, folded again from the events: what they should be, which differ, and putting them right.
//!
//! The events are the truth. What an event means is the machines' business; here it is only applied.

use owt_core::attempt::Attempt;
use owt_core::attention::Attention;
use owt_core::delivery::Delivery;
use owt_core::job::Job;
use owt_core::landing::Landing;
use owt_core::notebook::Notebook;
use owt_core::train::Train;
use owt_core::workspace::Workspace;
use owt_ports::EventStore;
use owt_ports::StoreError;
use owt_ports::StoredRow;
use owt_ports::StreamId;
use owt_ports::StreamKind;

use crate::engine::Engine;
use crate::entity::Entity;
use crate::entity::FACT;
use crate::entity::from_json;
use crate::entity::to_json;

/// How many events or streams are read at a time.
const PAGE: usize = 500;

/// What the events of a stream come to.
pub(crate) struct Folded<E> {
    /// How many events there are.
    pub(crate) version: u64,
    /// The state after them; `None` for events without a beginning.
    pub(crate) state: Option<E>,
}

/// Folds a stream.
///
/// # Errors
/// [`StoreError::Failed`] for an event that cannot be read.
pub(crate) fn fold<E: Entity>(store: &dyn EventStore, stream: &StreamId) -> Result<Folded<E>, StoreError> {
    let mut folded = Folded { version: 0, state: None };
    loop {
        let page = store.stream(stream, folded.version, PAGE)?;
        for event in &page {
            folded.version = event.version;
            if event.name == FACT {
                folded.state = E::apply(folded.state, &from_json(&event.payload)?, event.at);
            }
        }
        if page.len() < PAGE {
            return Ok(folded);
        }
    }
}

/// All streams of a kind, by id.
pub(crate) fn streams(store: &dyn EventStore, kind: StreamKind) -> Result<Vec<StreamId>, StoreError> {
    let mut found: Vec<StreamId> = Vec::new();
    loop {
        let page = store.streams(kind, found.last().map(|stream| stream.id.as_str()), PAGE)?;
        let full = page.len() == PAGE;
        found.extend(page);
        if !full {
            return Ok(found);
        }
    }
}

/// Whether a row is what its stream comes to. A state that an older version wrote may lack fields that were added since.
pub(crate) fn agrees<E: Entity>(row: Option<&StoredRow>, folded: &Folded<E>) -> Result<bool, StoreError> {
    let (row, state) = match (row, &folded.state) {
        (Some(row), Some(state)) => (row, state),
        (None, None) => return Ok(true),
        _ => return Ok(false),
    };
    let should = state.row()?;
    let same_state = match from_json::<E>(&row.row.state) {
        Ok(stored) => to_json(&stored)? == should.state,
        Err(_) => false,
    };
    let same_keys = row.row.parent == should.parent && row.row.live == should.live;
    Ok(row.version == folded.version && same_keys && same_state)
}

/// What a rebuild did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// How many streams were folded.
    pub streams: u64,
    /// Those whose row was not what their events say, and is now.
    pub mended: Vec<StreamId>,
    /// Those whose events cannot be read, each with why; their rows stay as they were.
    pub unreadable: Vec<(StreamId, String)>,
    /// How many effects wait to be done.
    pub pending_effects: usize,
}

/// Folds every row and the outbox again. Nobody else records anything meanwhile.
///
/// # Errors
/// Only failures of the journal; what was put right until then stays so.
pub(crate) fn rebuild(engine: &Engine) -> Result<Rebuilt, StoreError> {
    let store = engine.ports().store.as_ref();
    engine.in_order(|| {
        let mut rebuilt = Rebuilt::default();
        for kind in StreamKind::ALL {
            for stream in streams(store, kind)? {
                rebuilt.streams += 1;
                match mend_any(store, &stream) {
                    Ok(Mended::Already) => {}
                    Ok(Mended::Now) => rebuilt.mended.push(stream),
                    Err(StoreError::Failed(why)) => rebuilt.unreadable.push((stream, why)),
                    Err(error) => return Err(error),
                }
            }
        }
        rebuilt.pending_effects = store.rebuild_outbox()?;
        Ok(rebuilt)
    })
}

/// Puts one row right. Nobody else records anything meanwhile.
///
/// # Errors
/// As [`fold`].
pub(crate) fn mend(engine: &Engine, stream: &StreamId) -> Result<(), StoreError> {
    engine.in_order(|| mend_any(engine.ports().store.as_ref(), stream).map(drop))
}

enum Mended {
    Already,
    Now,
}

fn mend_any(store: &dyn EventStore, stream: &StreamId) -> Result<Mended, StoreError> {
    match stream.kind {
        StreamKind::Workspace => mend_row::<Workspace>(store, stream),
        StreamKind::Job => mend_row::<Job>(store, stream),
        StreamKind::Attempt => mend_row::<Attempt>(store, stream),
        StreamKind::Delivery => mend_row::<Delivery>(store, stream),
        StreamKind::Notebook => mend_row::<Notebook>(store, stream),
        StreamKind::Attention => mend_row::<Attention>(store, stream),
        StreamKind::Landing => mend_row::<Landing>(store, stream),
        StreamKind::Train => mend_row::<Train>(store, stream),
    }
}

fn mend_row<E: Entity>(store: &dyn EventStore, stream: &StreamId) -> Result<Mended, StoreError> {
    let folded = fold::<E>(store, stream)?;
    if agrees(store.load(stream)?.as_ref(), &folded)? {
        return Ok(Mended::Already);
    }
    let Some(state) = &folded.state else {
        return Err(StoreError::Failed("its events have no beginning".to_owned()));
    };
    store.replace_row(stream, folded.version, &state.row()?)?;
    Ok(Mended::Now)
}
