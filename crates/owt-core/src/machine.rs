//! The shape that every state machine of this crate has.
//!
//! A machine is folded from the events of one stream. A step reads the state, says which events follow from
//! an input, and which effects are to be done; it changes nothing else, never waits, and gives the same answer
//! for the same state, input and time. The caller appends events and effects together before anything is done.

use crate::Timestamp;
use crate::effect::Effect;

/// What follows from one input: events for this stream and effects outside it. Empty: the input changes nothing
/// (it is stale, repeated, or of no consequence).
#[derive(Debug, Clone, PartialEq)]
pub struct Step<E> {
    /// Events to append, in order.
    pub events: Vec<E>,
    /// Effects to request in the same append.
    pub effects: Vec<Effect>,
}

impl<E> Step<E> {
    /// Nothing follows.
    pub const fn nothing() -> Self {
        Self { events: Vec::new(), effects: Vec::new() }
    }

    /// One event follows.
    pub fn event(event: E) -> Self {
        Self { events: vec![event], effects: Vec::new() }
    }

    /// The same step with one more event.
    #[must_use]
    pub fn and(mut self, event: E) -> Self {
        self.events.push(event);
        self
    }

    /// The same step with one more effect.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    /// Whether nothing follows.
    pub fn is_nothing(&self) -> bool {
        self.events.is_empty() && self.effects.is_empty()
    }
}

/// A state machine over one stream.
pub trait Machine: Sized {
    /// What may happen to it.
    type Input;
    /// What has happened to it.
    type Event;

    /// What follows from `input`. `current` is `None` before the first event of the stream.
    fn step(current: Option<&Self>, input: &Self::Input, now: Timestamp) -> Step<Self::Event>;

    /// The state after `event`. Total: an event that does not fit leaves the state as it was.
    fn apply(current: Option<Self>, event: &Self::Event, at: Timestamp) -> Option<Self>;

    /// Whether anything can still happen to it by itself; ended things leave the default lists.
    fn is_live(&self) -> bool;
}
