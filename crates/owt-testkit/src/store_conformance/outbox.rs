//! The outbox: effects that are asked for and not done.

use owt_ports::Append;
use owt_ports::NewEvent;
use owt_ports::Outbox;
use owt_ports::PendingEffect;

use super::Store;
use super::fixture::append_of;
use super::fixture::effect;
use super::fixture::event;
use super::fixture::event_with;
use super::fixture::stream;
use super::fixture::written;

fn with_events(number: u128, expect: u64, events: Vec<NewEvent>) -> Append {
    Append { events, ..append_of(stream(number), expect, &[]) }
}

fn pending(store: &dyn Store) -> Vec<(u128, String)> {
    let effects = store.pending_effects(100).unwrap();
    effects.into_iter().map(|effect| (effect.id.bits(), effect.payload)).collect()
}

pub(super) fn effects_wait_in_order_until_they_are_done(store: &dyn Store) {
    let requested = |number: u128| event_with(&number.to_string(), Outbox::Requested(effect(number)));
    let first = with_events(1, 0, vec![requested(30), event("0"), requested(10)]);
    written(store, &first);
    written(store, &with_events(2, 0, vec![requested(20)]));
    assert_eq!(pending(store), [(30, "30".to_owned()), (10, "10".to_owned()), (20, "20".to_owned())]);
    let oldest = PendingEffect {
        id: effect(30),
        stream: stream(1),
        payload: "30".to_owned(),
        correlation: first.correlation,
    };
    assert_eq!(store.pending_effects(1), Ok(vec![oldest]));
    written(store, &with_events(1, 3, vec![event_with("1", Outbox::Done(effect(10)))]));
    assert_eq!(pending(store), [(30, "30".to_owned()), (20, "20".to_owned())]);
    written(store, &with_events(1, 4, vec![event_with("1", Outbox::Done(effect(30)))]));
    written(store, &with_events(2, 1, vec![event_with("1", Outbox::Done(effect(20)))]));
    assert_eq!(pending(store), []);
}

pub(super) fn the_last_word_on_an_effect_holds(store: &dyn Store) {
    let requested = |payload: &str| event_with(payload, Outbox::Requested(effect(1)));
    let done = || event_with("0", Outbox::Done(effect(1)));
    written(store, &with_events(1, 0, vec![done(), requested("1")]));
    assert_eq!(pending(store), [(1, "1".to_owned())]);
    written(store, &with_events(1, 2, vec![requested("2")]));
    assert_eq!(pending(store), [(1, "2".to_owned())]);
    written(store, &with_events(1, 3, vec![requested("3"), done()]));
    assert_eq!(pending(store), []);
    written(store, &with_events(1, 5, vec![requested("4")]));
    assert_eq!(store.rebuild_outbox(), Ok(1));
    assert_eq!(pending(store), [(1, "4".to_owned())]);
}

pub(super) fn a_refused_append_asks_for_nothing(store: &dyn Store) {
    written(store, &with_events(1, 0, vec![event_with("1", Outbox::Requested(effect(1)))]));
    let late = vec![event_with("2", Outbox::Requested(effect(2))), event_with("3", Outbox::Done(effect(1)))];
    assert!(store.append(&with_events(1, 0, late)).is_err());
    assert_eq!(pending(store), [(1, "1".to_owned())]);
}
