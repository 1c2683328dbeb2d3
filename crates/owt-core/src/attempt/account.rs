//! The account of an attempt: everything that was seen of it, in order, with what each piece made of what the agent
//! is doing. It folds the very events that the state is folded from.

use std::collections::VecDeque;

use super::Attempt;
use super::AttemptEvent;
use super::Verdict;
use crate::Timestamp;
use crate::evidence::Activity;
use crate::evidence::Observation;
use crate::evidence::Reading;
use crate::evidence::Source;
use crate::machine::Machine;
use crate::session::Exit;

/// What a piece of evidence says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// The session was started.
    Launched,
    /// Something was seen.
    Seen(Observation),
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
}

/// The newest pieces of evidence of one attempt.
#[derive(Debug, Clone)]
pub struct Account {
    attempt: Option<Attempt>,
    pieces: VecDeque<Piece>,
    most: usize,
    left_out: usize,
}

impl Account {
    /// Nothing has happened yet; of what happens the newest `most` pieces are kept.
    pub const fn new(most: usize) -> Self {
        Self { attempt: None, pieces: VecDeque::new(), most, left_out: 0 }
    }

    /// Takes in the next event of the attempt.
    pub fn take(&mut self, event: &AttemptEvent, at: Timestamp) {
        let before = self.attempt.as_ref().map(|attempt| attempt.doing.clone());
        self.attempt = Attempt::apply(self.attempt.take(), event, at);
        let (at, source, says) = match event {
            AttemptEvent::Launched { launched } => (launched.at, Source::Process, Says::Launched),
            AttemptEvent::Seen { evidence } => {
                (evidence.at, evidence.source, Says::Seen(evidence.observation.clone()))
            }
            AttemptEvent::LineTaken { .. } => (at, Source::Delivery, Says::Delivered),
            AttemptEvent::Ended { verdict, exit, at } => {
                (*at, Source::Process, Says::Ended { verdict: verdict.clone(), exit: *exit })
            }
            _ => return,
        };
        let now = self.attempt.as_ref().map(|attempt| attempt.doing.clone());
        let made = if now == before { None } else { now.map(|doing| doing.activity) };
        let reading = match event {
            AttemptEvent::Seen { evidence } => evidence.reading.clone(),
            _ => None,
        };
        self.pieces.push_back(Piece { at, source, says, made, reading });
        if self.pieces.len() > self.most {
            self.pieces.pop_front();
            self.left_out += 1;
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
