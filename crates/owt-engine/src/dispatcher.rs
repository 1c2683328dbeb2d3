//! The only place where events are put in order.
//!
//! One message at a time: load the stream, let the pure step decide, append its events and effects together.
//! Messages to other streams are passed on at once; every other effect goes to the [`EffectBoard`] for whoever
//! runs effects. After a crash both kinds are found in the outbox and done again: restart and the normal way
//! are one path.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use owt_core::EffectId;
use owt_core::RequestId;
use owt_core::effect::Effect;
use owt_core::effect::Message;
use owt_core::machine::Machine;
use owt_ports::Append;
use owt_ports::Clock;
use owt_ports::Entropy;
use owt_ports::EventStore;
use owt_ports::StoreError;
use owt_ports::StreamId;
use tracing::debug;

use crate::board::EffectBoard;
use crate::board::Task;
use crate::entity::Entity;
use crate::entity::RequestedEffect;
use crate::entity::done;
use crate::entity::fact;
use crate::entity::from_json;
use crate::entity::requested;
use crate::pulse::Pulse;

/// More pending effects than can ever be: each live thing has a handful.
const ALL_PENDING: usize = 1_000_000;

/// How often a lost race for a stream is tried again before it is an error.
const MAX_CONFLICTS: usize = 16;

/// Where a message comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A request, a signal, a reconciler.
    Outside,
    /// It is the outcome of this effect of the same stream.
    Outcome(EffectId),
    /// Another stream's effect tells it.
    Told(EffectId),
}

/// Orders events.
pub(crate) struct Dispatcher {
    store: Arc<dyn EventStore>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    board: Arc<EffectBoard>,
    pulse: Arc<Pulse>,
    order: Mutex<()>,
}

/// A message waiting to be taken in.
struct Envelope {
    message: Message,
    origin: Origin,
    correlation: RequestId,
    /// The stream whose effect this is, to be settled afterwards.
    settles: Option<(StreamId, EffectId)>,
}

impl Dispatcher {
    /// A dispatcher over a store; effects go to `board`.
    pub(crate) fn new(
        store: Arc<dyn EventStore>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        board: Arc<EffectBoard>,
        pulse: Arc<Pulse>,
    ) -> Self {
        Self { store, clock, entropy, board, pulse, order: Mutex::new(()) }
    }

    /// Takes in a message from outside, and everything that streams tell each other because of it.
    pub(crate) fn dispatch(&self, message: Message, correlation: RequestId) -> Result<(), StoreError> {
        self.take_in(Envelope { message, origin: Origin::Outside, correlation, settles: None })
    }

    /// Does something while nobody else puts events in order. It must not dispatch.
    pub(crate) fn in_order<T>(&self, work: impl FnOnce() -> T) -> T {
        let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        work()
    }

    /// Takes in the outcome of an effect.
    pub(crate) fn outcome(
        &self,
        message: Message,
        effect: EffectId,
        correlation: RequestId,
    ) -> Result<(), StoreError> {
        self.take_in(Envelope { message, origin: Origin::Outcome(effect), correlation, settles: None })
    }

    /// Settles an effect whose outcome is of no consequence.
    pub(crate) fn settle(
        &self,
        stream: &StreamId,
        effect: EffectId,
        correlation: RequestId,
    ) -> Result<(), StoreError> {
        let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        self.append_done(stream, effect, correlation)
    }

    /// Puts every effect that is recorded, not done and not on the board back to work: at the start all of them,
    /// later those that failed (a full disk, a lock) and wait in the outbox.
    ///
    /// The order is held while the outbox is read, so that none is taken up that is just being settled.
    pub(crate) fn take_up(&self) -> Result<(), StoreError> {
        let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let mut told = VecDeque::new();
        for pending in self.store.pending_effects(ALL_PENDING)? {
            let effect: RequestedEffect = from_json(&pending.payload)?;
            told.extend(self.route(effect, &pending.stream, pending.correlation));
        }
        self.take_in_order(told)
    }

    /// Sends an effect on its way: to the board, unless it tells another stream something.
    fn route(&self, effect: RequestedEffect, stream: &StreamId, correlation: RequestId) -> Option<Envelope> {
        match effect.what {
            Effect::Tell(message) => Some(Envelope {
                message: *message,
                origin: Origin::Told(effect.id),
                correlation,
                settles: Some((stream.clone(), effect.id)),
            }),
            what => {
                self.board.add(Task { id: effect.id, stream: stream.clone(), effect: what, correlation });
                None
            }
        }
    }

    fn take_in(&self, first: Envelope) -> Result<(), StoreError> {
        let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        self.take_in_order(VecDeque::from([first]))
    }

    /// The caller holds the order.
    fn take_in_order(&self, mut waiting: VecDeque<Envelope>) -> Result<(), StoreError> {
        let mut changed = false;
        while let Some(envelope) = waiting.pop_front() {
            let (stream, effects) = self.step(&envelope)?;
            changed |= effects.is_some();
            if let Some((source, effect)) = &envelope.settles {
                self.append_done(source, *effect, envelope.correlation)?;
                changed = true;
            }
            for effect in effects.into_iter().flatten() {
                waiting.extend(self.route(effect, &stream, envelope.correlation));
            }
        }
        // An agent at work is seen to work several times a second: nobody is woken by what is known.
        if changed {
            self.pulse.beat();
        }
        Ok(())
    }

    /// The effects of a message; `None` when nothing was recorded.
    fn step(&self, envelope: &Envelope) -> Result<(StreamId, Option<Vec<RequestedEffect>>), StoreError> {
        use owt_core::attempt::Attempt;
        use owt_core::attention::Attention;
        use owt_core::delivery::Delivery;
        use owt_core::job::Job;
        use owt_core::landing::Landing;
        use owt_core::notebook::Notebook;
        use owt_core::train::Train;
        use owt_core::workspace::Workspace;
        match &envelope.message {
            Message::Workspace { id, input } => self.advance::<Workspace>(*id, input, envelope),
            Message::Job { id, input } => self.advance::<Job>(*id, input, envelope),
            Message::Attempt { id, input } => self.advance::<Attempt>(*id, input, envelope),
            Message::Delivery { id, input } => self.advance::<Delivery>(*id, input, envelope),
            Message::Notebook { id, input } => self.advance::<Notebook>(*id, input, envelope),
            Message::Landing { id, input } => self.advance::<Landing>(*id, input, envelope),
            Message::Train { id, input } => self.advance::<Train>(*id, input, envelope),
            Message::Attention { id, input } => self.advance::<Attention>(*id, input, envelope),
        }
    }

    fn advance<E: Entity>(
        &self,
        id: E::Id,
        input: &<E as Machine>::Input,
        envelope: &Envelope,
    ) -> Result<(StreamId, Option<Vec<RequestedEffect>>), StoreError> {
        let stream = E::stream(id);
        for _ in 0..MAX_CONFLICTS {
            match self.try_advance::<E>(&stream, input, envelope) {
                Err(StoreError::Conflict { .. }) => {}
                Ok(effects) => return Ok((stream, effects)),
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Failed(format!("the stream {} keeps moving", stream.id)))
    }

    fn try_advance<E: Entity>(
        &self,
        stream: &StreamId,
        input: &<E as Machine>::Input,
        envelope: &Envelope,
    ) -> Result<Option<Vec<RequestedEffect>>, StoreError> {
        let stored = self.store.load(stream)?;
        let version = stored.as_ref().map_or(0, |row| row.version);
        let current: Option<E> = stored.map(|row| from_json(&row.row.state)).transpose()?;
        let now = self.clock.now();
        let step = E::step(current.as_ref(), input, now);
        let settled = match envelope.origin {
            Origin::Outcome(effect) => Some(effect),
            _ => None,
        };
        if step.is_nothing() && (settled.is_none() || current.is_none()) {
            return Ok(None);
        }
        let effects: Vec<RequestedEffect> = step
            .effects
            .into_iter()
            .map(|what| RequestedEffect { id: EffectId::from_bits(self.entropy.id_bits()), what })
            .collect();
        let state = step.events.iter().fold(current, |state, event| E::apply(state, event, now));
        let Some(state) = state else {
            return Err(StoreError::Failed(format!("the stream {} has events but no beginning", stream.id)));
        };
        let events = step
            .events
            .iter()
            .map(fact)
            .chain(settled.map(|effect| Ok(done(effect))))
            .chain(effects.iter().map(requested))
            .collect::<Result<Vec<_>, _>>()?;
        let cause = match envelope.origin {
            Origin::Told(effect) => Some(effect),
            _ => None,
        };
        let append = Append {
            stream: stream.clone(),
            expect: version,
            events,
            row: state.row()?,
            at: now,
            correlation: envelope.correlation,
            cause,
        };
        match self.store.append(&append)? {
            owt_ports::Appended::At(_) => {
                debug!(stream = %stream.id, events = append.events.len(), "recorded");
                Ok(Some(effects))
            }
            owt_ports::Appended::Already => Ok(None),
        }
    }

    fn append_done(
        &self,
        stream: &StreamId,
        effect: EffectId,
        correlation: RequestId,
    ) -> Result<(), StoreError> {
        for _ in 0..MAX_CONFLICTS {
            let Some(stored) = self.store.load(stream)? else {
                return Ok(());
            };
            let append = Append {
                stream: stream.clone(),
                expect: stored.version,
                events: vec![done(effect)],
                row: stored.row,
                at: self.clock.now(),
                correlation,
                cause: None,
            };
            match self.store.append(&append) {
                Err(StoreError::Conflict { .. }) => {}
                other => return other.map(|_| ()),
            }
        }
        Err(StoreError::Failed(format!("the stream {} keeps moving", stream.id)))
    }
}
