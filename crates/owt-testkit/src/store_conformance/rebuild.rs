//! The events are the truth: rows and outbox follow from them at any time.

use std::collections::BTreeMap;

use owt_ports::Append;
use owt_ports::Live;
use owt_ports::Outbox;
use owt_ports::PendingEffect;
use owt_ports::Row;
use owt_ports::StoreError;
use owt_ports::StoredRow;
use owt_ports::StreamId;
use owt_ports::StreamKind;

use super::Store;
use super::fixture::all;
use super::fixture::append_of;
use super::fixture::effect;
use super::fixture::event_with;
use super::fixture::folded;
use super::fixture::stream;
use super::fixture::written;
use crate::clock::SplitMix;

const PAGE: usize = 3;

/// What a rebuild must leave unchanged.
fn projection(store: &dyn Store) -> (Vec<StoredRow>, Vec<PendingEffect>) {
    let rows = StreamKind::ALL.iter().flat_map(|&kind| store.rows(&all(kind)).unwrap()).collect();
    (rows, store.pending_effects(1000).unwrap())
}

fn streams_in_pages(store: &dyn Store, kind: StreamKind) -> Vec<StreamId> {
    let mut found: Vec<StreamId> = Vec::new();
    loop {
        let after = found.last().map(|stream| stream.id.clone());
        match store.streams(kind, after.as_deref(), PAGE).unwrap() {
            page if page.is_empty() => return found,
            page => found.extend(page),
        }
    }
}

fn payloads_in_pages(store: &dyn Store, stream: &StreamId) -> Vec<String> {
    let mut payloads = Vec::new();
    loop {
        match store.stream(stream, payloads.len() as u64, PAGE).unwrap() {
            page if page.is_empty() => return payloads,
            page => payloads.extend(page.into_iter().map(|event| event.payload)),
        }
    }
}

/// The engine's rebuild in small: every stream, page by page, folded and put in place of its row.
fn rebuild(store: &dyn Store, fold: impl Fn(&[String]) -> Row) {
    for kind in StreamKind::ALL {
        for stream in streams_in_pages(store, kind) {
            let payloads = payloads_in_pages(store, &stream);
            store.replace_row(&stream, payloads.len() as u64, &fold(&payloads)).unwrap();
        }
    }
    store.rebuild_outbox().unwrap();
}

fn fold_all(payloads: &[String]) -> Row {
    folded(payloads.iter().map(String::as_str))
}

fn garbage(_: &[String]) -> Row {
    Row { state: "garbage".to_owned(), parent: "garbage".to_owned(), live: Live::No }
}

pub(super) fn a_lost_projection_follows_from_the_events(store: &dyn Store) {
    written(store, &append_of(stream(1), 0, &["1", "2"]));
    written(store, &append_of(stream(2), 0, &["1", "\"end\""]));
    let before = projection(store);
    rebuild(store, garbage);
    assert_ne!(projection(store), before);
    rebuild(store, fold_all);
    assert_eq!(projection(store), before);
}

pub(super) fn a_row_of_another_version_is_refused(store: &dyn Store) {
    written(store, &append_of(stream(1), 0, &["1", "2"]));
    let before = projection(store);
    for (number, version, found) in [(1, 1, 2), (1, 3, 2), (2, 1, 0)] {
        match store.replace_row(&stream(number), version, &garbage(&[])) {
            Err(StoreError::Conflict { expected, found: at, .. }) => {
                assert_eq!((expected, at), (version, found));
            }
            other => panic!("not refused: {other:?}"),
        }
    }
    assert_eq!(projection(store), before);
}

pub(super) fn streams_are_listed_by_kind_in_pages(store: &dyn Store) {
    for number in [4, 1, 5, 2, 3, 7, 6] {
        written(store, &append_of(stream(number), 0, &["1", "2"]));
    }
    let other = StreamId { kind: StreamKind::Attempt, id: stream(9).id };
    written(store, &append_of(other.clone(), 0, &["1"]));
    assert_eq!(streams_in_pages(store, StreamKind::Job), (1..=7).map(stream).collect::<Vec<_>>());
    assert_eq!(store.streams(StreamKind::Attempt, None, 10), Ok(vec![other]));
    assert_eq!(store.streams(StreamKind::Workspace, None, 10), Ok(vec![]));
}

/// One random append to one of a few streams of two kinds; keeps the payloads that it wrote.
fn random_append(random: &mut SplitMix, histories: &mut BTreeMap<StreamId, Vec<String>>) -> Append {
    let kind = if random.below(2) == 0 { StreamKind::Job } else { StreamKind::Workspace };
    let target = StreamId { kind, ..stream(u128::from(random.below(5))) };
    let history = histories.entry(target.clone()).or_default();
    let expect = history.len() as u64;
    let events = (0..=random.below(3)).map(|_| {
        let id = effect(u128::from(random.below(8)));
        let outbox = match random.below(3) {
            0 => Outbox::Nothing,
            1 => Outbox::Requested(id),
            _ => Outbox::Done(id),
        };
        let payload =
            if random.below(4) == 0 { "\"end\"".to_owned() } else { random.below(1000).to_string() };
        history.push(payload.clone());
        event_with(&payload, outbox)
    });
    let events = events.collect();
    Append { events, row: fold_all(history), ..append_of(target, expect, &[]) }
}

pub(super) fn random_histories_fold_to_their_rows(store: &dyn Store) {
    let mut random = SplitMix::new(0x0077_7473);
    let mut histories = BTreeMap::new();
    for _ in 0..200 {
        written(store, &random_append(&mut random, &mut histories));
    }
    for (stream, payloads) in &histories {
        assert_eq!(&payloads_in_pages(store, stream), payloads);
        assert_eq!(store.load(stream).unwrap().unwrap().row, fold_all(payloads));
    }
    let before = projection(store);
    assert!(!before.1.is_empty(), "the history leaves no effect pending, so it shows nothing");
    rebuild(store, garbage);
    rebuild(store, fold_all);
    assert_eq!(projection(store), before);
}
