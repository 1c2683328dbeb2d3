//! The account of an attempt: everything that was seen of it, in order, with what each piece made of what the agent
//! is doing. It folds the very events that the state is folded from.

use std::collections::BTreeMap;
use std::collections::VecDeque;

use super::Attempt;
use super::AttemptEvent;
use super::Verdict;
use crate::DeliveryId;
use crate::Timestamp;
use crate::evidence::Activity;
use crate::evidence::Evidence;
use crate::evidence::Observation;
use crate::evidence::Reading;
use crate::evidence::Source;
use crate::evidence::Weight;
use crate::machine::Machine;
use crate::session::Exit;

/// What a piece of evidence says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// The session was started.
    Launched,
    /// Something was seen.
    Seen(Observation),
    /// The model of the conversation that goes on was told.
    Model(String),
    /// A message was put before the agent.
    Delivered,
    /// The session ended.
    Ended {
        /// How, all in all.
        verdict: Verdict,
        /// How its program ended, when that is known.
        exit: Option<Exit>,
    },
}

/// A piece of evidence that counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// When.
    pub at: Timestamp,
    /// Where it was seen.
    pub source: Source,
    /// What it says.
    pub says: Says,
    /// What the agent was taken to be doing from then on; `None` where the piece changed nothing of that.
    pub made: Option<Activity>,
    /// By what a picture was read so.
    pub reading: Option<Reading>,
    /// What it is about, where it says so.
    pub about: Option<String>,
}

/// The newest pieces of evidence of one attempt.
#[derive(Debug, Clone)]
pub struct Account {
    attempt: Option<Attempt>,
    pieces: VecDeque<Piece>,
    /// How far it is believed, at most, that a message was read: each is told once.
    read: BTreeMap<DeliveryId, Weight>,
    most: usize,
    left_out: usize,
}

impl Account {
    /// Nothing has happened yet; of what happens the newest `most` pieces are kept.
    pub const fn new(most: usize) -> Self {
        Self { attempt: None, pieces: VecDeque::new(), read: BTreeMap::new(), most, left_out: 0 }
    }

    /// Takes in the next event of the attempt.
    pub fn take(&mut self, event: &AttemptEvent, at: Timestamp) {
        let before = self.attempt.take();
        let doing = before.as_ref().map(|attempt| attempt.doing.clone());
        let conversation = before.as_ref().and_then(|attempt| attempt.conversation.clone());
        self.attempt = Attempt::apply(before, event, at);
        let now = self.attempt.as_ref().map(|attempt| attempt.doing.clone());
        let made = if now == doing { None } else { now.map(|doing| doing.activity) };
        let Some(piece) = piece(event, at, conversation.as_deref()) else { return };
        if self.is_told(&piece) {
            return;
        }
        self.pieces.push_back(Piece { made, ..piece });
        if self.pieces.len() > self.most {
            self.pieces.pop_front();
            self.left_out += 1;
        }
    }

    /// Whether a piece says again that a message was read. One that is believed further takes the place of what was told.
    fn is_told(&mut self, piece: &Piece) -> bool {
        let Says::Seen(Observation::PromptRead { delivery }) = &piece.says else { return false };
        let weight = piece.source.weight();
        match self.read.insert(*delivery, weight) {
            None => false,
            Some(known) if known >= weight => {
                self.read.insert(*delivery, known);
                true
            }
            Some(_) => {
                self.pieces.retain(|told| told.says != piece.says);
                false
            }
        }
    }

    /// The attempt as it is after everything that was taken in.
    pub const fn attempt(&self) -> Option<&Attempt> {
        self.attempt.as_ref()
    }

    /// The newest pieces, oldest first.
    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter()
    }

    /// How many older pieces are not among them.
    pub const fn left_out(&self) -> usize {
        self.left_out
    }

    /// The place among [`Account::pieces`] of the one that says what the agent is doing now: the end, once there is
    /// one, and otherwise the last that changed it, or the start of its program as long as nothing has. `None` where that is
    /// older than what is kept, and before the start.
    pub fn deciding(&self) -> Option<usize> {
        let is_end = |piece: &Piece| matches!(piece.says, Says::Ended { .. });
        let is_start = |piece: &Piece| piece.says == Says::Launched;
        let end = self.pieces.iter().position(is_end);
        end.or_else(|| self.pieces.iter().rposition(|piece| piece.made.is_some()))
            .or_else(|| self.pieces.iter().position(is_start))
    }
}

/// What an event says; `None` where it is no evidence. `conversation` is the one that went on before it.
fn piece(event: &AttemptEvent, at: Timestamp, conversation: Option<&str>) -> Option<Piece> {
    let told = |at, source, says| Piece { at, source, says, made: None, reading: None, about: None };
    Some(match event {
        AttemptEvent::Launched { launched } => told(launched.at, Source::Process, Says::Launched),
        AttemptEvent::Seen { evidence: Evidence { observation, source, at, reading, about, .. } } => {
            let says = match observation {
                Observation::Conversation { id, model: Some(model) } if conversation == Some(id) => {
                    Says::Model(model.clone())
                }
                observation => Says::Seen(observation.clone()),
            };
            Piece { reading: reading.clone(), about: about.clone(), ..told(*at, *source, says) }
        }
        AttemptEvent::LineTaken { .. } => told(at, Source::Delivery, Says::Delivered),
        AttemptEvent::Ended { verdict, exit, at } => {
            told(*at, Source::Process, Says::Ended { verdict: verdict.clone(), exit: *exit })
        }
        _ => return None,
    })
}
