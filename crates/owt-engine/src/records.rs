//! Typed reading of the projection rows.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use owt_core::Timestamp;
use owt_ports::EventStore;
use owt_ports::RowQuery;
use owt_ports::StoreError;
use owt_ports::StoredRow;
use owt_ports::StreamId;

use crate::entity::Entity;
use crate::entity::FACT;
use crate::entity::from_json;

/// How many rows are read at a time.
const PAGE: usize = 200;

/// One thing with when it was made and last changed.
#[derive(Debug, Clone)]
pub(crate) struct Record<E: Entity> {
    /// Its id.
    pub(crate) id: E::Id,
    /// Its state.
    pub(crate) state: E,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When it last changed.
    pub(crate) updated_at: Timestamp,
}

/// Which records to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that have not ended.
    Live,
    /// All.
    All,
}

/// Typed access to the rows.
#[derive(Clone)]
pub(crate) struct Records {
    store: Arc<dyn EventStore>,
}

impl Records {
    /// Reads from a store.
    pub(crate) fn new(store: Arc<dyn EventStore>) -> Self {
        Self { store }
    }

    /// One thing; `None` when there is no such thing.
    pub(crate) fn load<E: Entity>(&self, id: E::Id) -> Result<Option<E>, StoreError> {
        match self.store.load(&E::stream(id))? {
            Some(row) => Ok(Some(from_json(&row.row.state)?)),
            None => Ok(None),
        }
    }

    /// Many things by their streams, in one question; those that there are not are left out.
    pub(crate) fn load_all<E: Entity>(
        &self,
        ids: impl Iterator<Item = E::Id>,
    ) -> Result<HashMap<StreamId, E>, StoreError> {
        let streams: Vec<StreamId> = ids.map(E::stream).collect();
        let rows = match streams.is_empty() {
            true => Vec::new(),
            false => self.store.load_all(&streams)?,
        };
        rows.into_iter().map(|row| Ok((row.stream, from_json(&row.row.state)?))).collect()
    }

    /// All things of a parent (or of all parents), oldest first.
    pub(crate) fn list<E: Entity>(
        &self,
        parent: Option<&str>,
        which: Which,
    ) -> Result<Vec<Record<E>>, StoreError> {
        let mut found = Vec::new();
        self.each(parent, which, &mut |record| {
            found.push(record);
            Ok(())
        })?;
        Ok(found)
    }

    /// Those whose ids come after this one, oldest first: ids sort by when they were made.
    pub(crate) fn newer_than<E: Entity>(&self, id: E::Id) -> Result<Vec<Record<E>>, StoreError> {
        let mut found = Vec::new();
        self.each_after((None, Which::All), Some(E::stream(id).id), &mut |record| {
            found.push(record);
            Ok(())
        })?;
        Ok(found)
    }

    /// The same one by one, a page of them in memory at a time.
    pub(crate) fn each<E: Entity>(
        &self,
        parent: Option<&str>,
        which: Which,
        each: &mut dyn FnMut(Record<E>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.each_after((parent, which), None, each)
    }

    fn each_after<E: Entity>(
        &self,
        (parent, which): (Option<&str>, Which),
        mut after: Option<String>,
        each: &mut dyn FnMut(Record<E>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        loop {
            let page = self.store.rows(&RowQuery {
                kind: E::KIND,
                parent: parent.map(str::to_owned),
                live_only: which == Which::Live,
                after: after.take(),
                limit: PAGE,
            })?;
            let full = page.len() == PAGE;
            after = page.last().map(|row| row.stream.id.clone());
            for row in &page {
                each(record(row)?)?;
            }
            if !full {
                return Ok(());
            }
        }
    }

    /// The events of one thing, oldest first.
    pub(crate) fn events<E: Entity>(
        &self,
        id: E::Id,
        mut each: impl FnMut(E::Event, Timestamp),
    ) -> Result<(), StoreError> {
        let stream = E::stream(id);
        let mut after = 0;
        loop {
            let page = self.store.stream(&stream, after, PAGE)?;
            for recorded in page.iter().filter(|recorded| recorded.name == FACT) {
                each(from_json(&recorded.payload)?, recorded.at);
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = last.version,
                _ => return Ok(()),
            }
        }
    }
}

fn record<E: Entity>(row: &StoredRow) -> Result<Record<E>, StoreError> {
    let id = E::Id::from_str(&row.stream.id)
        .map_err(|_| StoreError::Failed(format!("'{}' is not an id of its kind", row.stream.id)))?;
    Ok(Record {
        id,
        state: from_json(&row.row.state)?,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
