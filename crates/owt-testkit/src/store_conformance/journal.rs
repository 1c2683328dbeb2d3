//! The journal: order, expectation, causes, paging.

use std::time::Duration;
use std::time::Instant;

use owt_ports::Append;
use owt_ports::Appended;
use owt_ports::MAX_PAYLOAD_BYTES;
use owt_ports::StoreError;
use owt_ports::StreamId;
use owt_ports::StreamKind;

use super::Store;
use super::fixture::append_of;
use super::fixture::at;
use super::fixture::effect;
use super::fixture::event;
use super::fixture::stream;
use super::fixture::written;

pub(super) fn the_first_append_starts_a_stream(store: &dyn Store) {
    assert_eq!((store.head(), store.load(&stream(1))), (Ok(0), Ok(None)));
    assert_eq!(store.append(&append_of(stream(1), 0, &["1"])), Ok(Appended::At(1)));
    assert_eq!(store.head(), Ok(1));
    let row = store.load(&stream(1)).unwrap().expect("the stream was started");
    assert_eq!((row.version, row.created_at, row.updated_at), (1, at(100), at(100)));
}

pub(super) fn versions_and_sequences_ascend_by_one(store: &dyn Store) {
    assert_eq!(written(store, &append_of(stream(1), 0, &["1", "2"])), 2);
    assert_eq!(written(store, &append_of(stream(2), 0, &["3"])), 3);
    assert_eq!(written(store, &append_of(stream(1), 2, &["4"])), 4);
    let journal = store.journal(0, 100).unwrap();
    let places: Vec<(u64, u64, &str)> =
        journal.iter().map(|event| (event.sequence, event.version, event.payload.as_str())).collect();
    assert_eq!(places, [(1, 1, "1"), (2, 2, "2"), (3, 1, "3"), (4, 3, "4")]);
    let one = store.stream(&stream(1), 0, 100).unwrap();
    assert_eq!(one, [&journal[0], &journal[1], &journal[3]].map(Clone::clone));
}

pub(super) fn a_wrong_expectation_is_a_conflict(store: &dyn Store) {
    written(store, &append_of(stream(1), 0, &["1", "2"]));
    let before = (store.journal(0, 100), store.load(&stream(1)));
    for expected in [0, 1, 3] {
        let refused = store.append(&append_of(stream(1), expected, &["3"]));
        let stream = format!("job/{}", stream(1).id);
        assert_eq!(refused, Err(StoreError::Conflict { stream, expected, found: 2 }));
    }
    assert_eq!((store.journal(0, 100), store.load(&stream(1))), before);
}

pub(super) fn a_new_stream_is_expected_at_zero(store: &dyn Store) {
    let refused = store.append(&append_of(stream(1), 1, &["1"]));
    assert!(matches!(refused, Err(StoreError::Conflict { expected: 1, found: 0, .. })), "{refused:?}");
    assert_eq!((store.head(), store.load(&stream(1))), (Ok(0), Ok(None)));
}

pub(super) fn a_cause_works_once_in_a_stream(store: &dyn Store) {
    let caused = |number, expect, payloads: &[&str]| Append {
        cause: Some(effect(9)),
        ..append_of(stream(number), expect, payloads)
    };
    written(store, &append_of(stream(1), 0, &["1"]));
    written(store, &caused(1, 1, &["2", "3"]));
    let before = (store.journal(0, 100), store.load(&stream(1)));
    for expect in [1, 3] {
        assert_eq!(store.append(&caused(1, expect, &["4"])), Ok(Appended::Already));
    }
    assert_eq!((store.journal(0, 100), store.load(&stream(1))), before);
    assert_eq!(written(store, &caused(2, 0, &["5"])), 4, "the same cause may work in another stream");
}

pub(super) fn text_comes_back_as_it_was_written(store: &dyn Store) {
    let payload = "{\"task\":\"naïve ‘quotes’ \\u0000 🦀\n\r\t' ; DROP TABLE events; -- %_\"}";
    let named = StreamId { kind: StreamKind::Workspace, id: "ws ' \" % 🦀".to_owned() };
    written(store, &append_of(named.clone(), 0, &[payload]));
    let read = store.stream(&named, 0, 1).unwrap().remove(0);
    assert_eq!(
        (read.stream, read.payload.as_str(), read.name.as_str()),
        (named.clone(), payload, "happened")
    );
    let row = store.load(&named).unwrap().unwrap();
    assert_eq!((row.row.state, row.row.parent), (format!("[{payload}]"), payload.to_owned()));
}

pub(super) fn an_append_without_events_is_refused(store: &dyn Store) {
    let refused = store.append(&append_of(stream(1), 0, &[]));
    assert!(matches!(refused, Err(StoreError::Failed(_))), "{refused:?}");
    assert_eq!((store.head(), store.load(&stream(1))), (Ok(0), Ok(None)));
}

pub(super) fn what_is_too_large_is_refused_whole(store: &dyn Store) {
    let (most, over) = ("x".repeat(MAX_PAYLOAD_BYTES), "x".repeat(MAX_PAYLOAD_BYTES + 1));
    let too_large = Err(StoreError::TooLarge { size: MAX_PAYLOAD_BYTES + 1, limit: MAX_PAYLOAD_BYTES });
    let mut append = append_of(stream(1), 0, &["1", "2"]);
    append.events[1].payload.clone_from(&over);
    assert_eq!(store.append(&append), too_large);
    append.events[1] = event("2");
    append.row.state.clone_from(&over);
    assert_eq!(store.append(&append), too_large);
    assert_eq!(store.head(), Ok(0));
    append.row.state.clone_from(&most);
    append.events[1].payload.clone_from(&most);
    assert_eq!(written(store, &append), 2);
    assert_eq!(store.stream(&stream(1), 1, 1).unwrap()[0].payload, most);
    let mut row = append.row;
    row.state = over;
    let refused = store.replace_row(&stream(1), 2, &row);
    assert_eq!(refused.map(|()| Appended::Already), too_large);
}

pub(super) fn pages_join_without_a_gap(store: &dyn Store) {
    for number in 0..10 {
        written(store, &append_of(stream(number % 3), number as u64 / 3, &["1"]));
    }
    let whole = store.journal(0, 100).unwrap();
    let mut paged = Vec::new();
    loop {
        let after = paged.last().map_or(0, |event: &owt_ports::Recorded| event.sequence);
        match store.journal(after, 3).unwrap() {
            page if page.is_empty() => break,
            page => paged.extend(page),
        }
    }
    assert_eq!((whole.len(), &paged), (10, &whole));
    assert_eq!(store.journal(4, 2).unwrap(), whole[4..6]);
    assert_eq!(store.stream(&stream(0), 1, 2).unwrap().iter().map(|e| e.version).collect::<Vec<_>>(), [2, 3]);
    assert_eq!((store.journal(10, 5), store.journal(0, 0)), (Ok(vec![]), Ok(vec![])));
}

pub(super) fn the_whole_history_of_a_thing_is_there(store: &dyn Store) {
    let payloads: Vec<String> = (0..250).map(|number| number.to_string()).collect();
    for (expect, payload) in (0u64..).zip(&payloads) {
        written(store, &append_of(stream(1), expect, &[payload]));
        written(store, &append_of(stream(2), expect, &["0"]));
    }
    let history = store.stream(&stream(1), 0, 1000).unwrap();
    assert_eq!(history.into_iter().map(|event| event.payload).collect::<Vec<_>>(), payloads);
}

pub(super) fn waiting_ends_at_once_when_there_is_more(store: &dyn Store) {
    written(store, &append_of(stream(1), 0, &["1", "2"]));
    let started = Instant::now();
    assert_eq!(store.wait(1, Duration::from_secs(60)), Ok(2));
    assert!(started.elapsed() < Duration::from_secs(30), "it waited though there was more");
}

pub(super) fn waiting_ends_at_its_time_limit(store: &dyn Store) {
    written(store, &append_of(stream(1), 0, &["1"]));
    let started = Instant::now();
    assert_eq!(store.wait(1, Duration::from_millis(20)), Ok(1));
    assert!(started.elapsed() >= Duration::from_millis(20), "it did not wait");
    assert_eq!(store.wait(1, Duration::ZERO), Ok(1));
}
