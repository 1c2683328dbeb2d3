//! Everything that lies over the board, the uppermost last. It must not know what any of it leads to.

use owt_api as api;

use crate::event::Look;
use crate::event::Ticket;
use crate::layer::Choice;
use crate::layer::Layer;
use crate::review::Review;

/// The layers.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    all: Vec<Layer>,
}

impl Layers {
    pub(crate) const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(crate) fn push(&mut self, layer: Layer) {
        self.all.push(layer);
    }

    pub(crate) fn pop(&mut self) -> Option<Layer> {
        self.all.pop()
    }

    /// The one that takes the keys.
    pub(crate) fn top(&self) -> Option<&Layer> {
        self.all.last()
    }

    pub(crate) fn top_mut(&mut self) -> Option<&mut Layer> {
        self.all.last_mut()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Layer> {
        self.all.iter_mut()
    }

    /// The review that is under way, whatever lies over it.
    pub(crate) fn under_review(&self) -> Option<&Review> {
        self.all.iter().find_map(|layer| match layer {
            Layer::Review(review) => Some(&**review),
            _ => None,
        })
    }

    /// What waits for the answer to this.
    pub(crate) fn awaiting(&mut self, ticket: Ticket) -> Option<&mut Choice> {
        self.choice(|choice| awaits(choice, ticket))
    }

    /// What waited for the answer goes: whose work it was about.
    pub(crate) fn waited(&mut self, ticket: Ticket) -> Option<api::Selector> {
        let (_, whose) = self.awaiting(ticket)?.awaits.clone()?;
        self.all.retain(|layer| !matches!(layer, Layer::Choice(choice) if awaits(choice, ticket)));
        Some(whose)
    }

    /// What shows this train.
    pub(crate) fn train(&mut self, id: &str) -> Option<&mut Choice> {
        self.choice(|choice| choice.train.as_deref() == Some(id))
    }

    /// The review whose patch this look reads.
    pub(crate) fn reading(&mut self, look: Look) -> Option<&mut Review> {
        self.review(|review| review.look == look)
    }

    /// The review that has asked the critic this.
    pub(crate) fn criticised(&mut self, ticket: Ticket) -> Option<&mut Review> {
        self.review(|review| review.ticket == ticket)
    }

    fn choice(&mut self, is_it: impl Fn(&Choice) -> bool) -> Option<&mut Choice> {
        self.all.iter_mut().find_map(|layer| match layer {
            Layer::Choice(choice) if is_it(choice) => Some(choice),
            _ => None,
        })
    }

    fn review(&mut self, is_it: impl Fn(&Review) -> bool) -> Option<&mut Review> {
        self.all.iter_mut().find_map(|layer| match layer {
            Layer::Review(review) if is_it(review) => Some(&mut **review),
            _ => None,
        })
    }
}

fn awaits(choice: &Choice, ticket: Ticket) -> bool {
    choice.awaits.as_ref().is_some_and(|(it, _)| *it == ticket)
}
