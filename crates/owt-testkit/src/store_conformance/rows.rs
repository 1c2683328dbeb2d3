//! The rows beside the journal, and what lists are asked by.

use owt_ports::Append;
use owt_ports::Live;
use owt_ports::Row;
use owt_ports::RowQuery;
use owt_ports::StreamId;
use owt_ports::StreamKind;

use super::Store;
use super::fixture::all;
use super::fixture::append_of;
use super::fixture::at;
use super::fixture::folded;
use super::fixture::stream;
use super::fixture::written;

fn with_row(number: u128, parent: &str, live: Live) -> Append {
    let row = Row { state: "{}".to_owned(), parent: parent.to_owned(), live };
    Append { row, ..append_of(stream(number), 0, &["1"]) }
}

fn ids(store: &dyn Store, query: &RowQuery) -> Vec<String> {
    store.rows(query).unwrap().into_iter().map(|row| row.stream.id).collect()
}

fn names(numbers: &[u128]) -> Vec<String> {
    numbers.iter().map(|&number| stream(number).id).collect()
}

pub(super) fn a_row_follows_its_stream(store: &dyn Store) {
    written(store, &append_of(stream(1), 0, &["1", "2"]));
    written(store, &append_of(stream(1), 2, &["3", "\"end\""]));
    let stored = store.load(&stream(1)).unwrap().unwrap();
    assert_eq!(stored.row, folded(["3", "\"end\""]));
    assert_eq!((stored.version, stored.created_at, stored.updated_at), (4, at(100), at(102)));
    assert_eq!(store.rows(&all(StreamKind::Job)), Ok(vec![stored]));
}

pub(super) fn many_rows_are_loaded_at_once_in_the_order_of_their_streams(store: &dyn Store) {
    for number in [1, 2, 3] {
        written(store, &with_row(number, "a", Live::Yes));
    }
    let loaded = |numbers: &[u128]| {
        let streams: Vec<StreamId> = numbers.iter().map(|&number| stream(number)).collect();
        store.load_all(&streams).unwrap()
    };
    let one = |number: u128| store.load(&stream(number)).unwrap().unwrap();
    assert_eq!(loaded(&[3, 1]), [one(3), one(1)]);
    assert_eq!(loaded(&[2, 9, 2]), [one(2), one(2)], "what is not there is left out");
    assert_eq!(loaded(&[]), []);
}

pub(super) fn rows_are_asked_by_parent_and_life(store: &dyn Store) {
    for (number, parent, live) in [(1, "a", Live::Yes), (2, "b", Live::Yes), (3, "a", Live::No)] {
        written(store, &with_row(number, parent, live));
    }
    let other = StreamId { kind: StreamKind::Attempt, id: stream(1).id };
    written(store, &append_of(other.clone(), 0, &["1"]));
    let every = all(StreamKind::Job);
    let of_a = RowQuery { parent: Some("a".to_owned()), ..every.clone() };
    assert_eq!(ids(store, &every), names(&[1, 2, 3]));
    assert_eq!(ids(store, &RowQuery { live_only: true, ..every }), names(&[1, 2]));
    assert_eq!(ids(store, &of_a), names(&[1, 3]));
    assert_eq!(ids(store, &RowQuery { live_only: true, ..of_a }), names(&[1]));
    assert_eq!(ids(store, &all(StreamKind::Attempt)), [other.id]);
    assert_eq!(ids(store, &all(StreamKind::Delivery)), [""; 0]);
}

pub(super) fn rows_come_in_pages_oldest_first(store: &dyn Store) {
    for number in [5, 3, 1, 4, 2] {
        written(store, &with_row(number, if number == 4 { "b" } else { "a" }, Live::Yes));
    }
    let page = RowQuery { limit: 2, ..all(StreamKind::Job) };
    assert_eq!(ids(store, &page), names(&[1, 2]));
    assert_eq!(ids(store, &RowQuery { after: Some(stream(2).id), ..page.clone() }), names(&[3, 4]));
    let of_a = RowQuery { after: Some(stream(3).id), parent: Some("a".to_owned()), ..page.clone() };
    assert_eq!(ids(store, &of_a), names(&[5]));
    assert_eq!(ids(store, &RowQuery { after: Some(stream(5).id), ..page.clone() }), names(&[]));
    assert_eq!(ids(store, &RowQuery { limit: 0, ..page }), names(&[]));
}
