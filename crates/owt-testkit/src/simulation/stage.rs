//! The agents of one simulated machine. They outlive the server, as hosts do.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::AttemptId;
use owt_ports::Payload;
use owt_ports::SessionPlan;

use super::actor::Actor;
use super::actor::Deed;
use super::actor::Move;
use crate::sessions::Act;
use crate::sessions::Casting;
use crate::sessions::FakeProgram;

/// Every agent that was ever started, by its attempt. Clones are the same stage.
#[derive(Clone, Default)]
pub struct Stage {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    actors: BTreeMap<AttemptId, Actor>,
    refusals: VecDeque<i32>,
}

impl Stage {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Chooses the programs of sessions: an actor each, unless the next start is refused.
    pub fn casting(&self) -> Casting {
        let stage = self.clone();
        Arc::new(move |plan| {
            let mut state = stage.lock();
            if let Some(errno) = state.refusals.pop_front() {
                return Err(errno);
            }
            state.actors.insert(plan.attempt, Actor::cast(plan));
            Ok(Box::new(Puppet { stage: stage.clone(), attempt: plan.attempt }))
        })
    }

    /// The next program that is to be started cannot be, with this `errno`.
    pub fn refuse_next_start(&self, errno: i32) {
        self.lock().refusals.push_back(errno);
    }

    /// What an actor is, and what it is at.
    pub fn actor(&self, attempt: AttemptId) -> Option<Actor> {
        self.lock().actors.get(&attempt).cloned()
    }

    /// With these words an actor ends its turns from now on.
    pub fn say_at_last(&self, attempt: AttemptId, words: &str) {
        if let Some(actor) = self.lock().actors.get_mut(&attempt) {
            words.clone_into(&mut actor.last_words);
        }
    }

    /// Lets an actor do something; what its program shows for it. Whether its program runs is the caller's to know.
    pub fn perform(&self, attempt: AttemptId, chosen: Move) -> Option<Deed> {
        self.lock().actors.get_mut(&attempt).map(|actor| actor.perform(chosen))
    }
}

/// The program that an actor is behind.
struct Puppet {
    stage: Stage,
    attempt: AttemptId,
}

impl FakeProgram for Puppet {
    fn started(&mut self, _plan: &SessionPlan) -> Vec<Act> {
        Vec::new()
    }

    fn given(&mut self, payload: &Payload) -> Vec<Act> {
        let mut state = self.stage.lock();
        state.actors.get_mut(&self.attempt).map(|actor| actor.given(payload)).unwrap_or_default()
    }
}
