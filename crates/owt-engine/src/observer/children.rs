//! What agents have started and left running: looked at when an agent comes to rest, and from then on only where
//! something is left, when one of those ends or after a while.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use owt_core::AttemptId;
use owt_core::RequestId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptInput;
use owt_core::effect::Message;
use owt_core::evidence::Evidence;
use owt_core::evidence::Observation;
use owt_core::evidence::Source;
use owt_core::offspring::Child;
use owt_core::offspring::Rounds;
use owt_ports::SessionError;
use owt_ports::StoreError;

use super::Inner;

/// When programs that work are looked at again, if none of them ends before.
const WHILE_WORKING: Duration = Duration::from_secs(15);

/// The same where all of them rest: one may start another.
const WHILE_RESTING: Duration = Duration::from_secs(60);

/// What is remembered of each agent's programs from one look to the next. After a restart they are watched anew.
#[derive(Default)]
pub(super) struct Families {
    by_attempt: Mutex<HashMap<AttemptId, Rounds>>,
}

impl Families {
    fn lock(&self) -> MutexGuard<'_, HashMap<AttemptId, Rounds>> {
        self.by_attempt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An attempt is listened to no more.
    pub(super) fn forget(&self, id: AttemptId) {
        self.lock().remove(&id);
    }
}

impl Inner {
    /// Looks which programs of this turn are still there, and records what has changed of that.
    pub(super) fn look_at_children(
        &self,
        id: AttemptId,
        attempt: &Attempt,
        request: RequestId,
    ) -> Result<(), StoreError> {
        let Some(turn) = attempt.turn.began_at else { return Ok(()) };
        let found = match self.ports.sessions.offspring(id) {
            Ok(found) => found,
            Err(SessionError::Crashed) => return Err(StoreError::Crashed),
            // Whatever became of the session is told by its last signal.
            Err(error) => {
                tracing::debug!(attempt = %id, %error, "what the agent has started cannot be looked at");
                return Ok(());
            }
        };
        let now = self.ports.clock.now();
        let children = self.families.lock().entry(id).or_default().look(&found, turn, now);
        if children == attempt.turn.children {
            return Ok(());
        }
        let observation = Observation::Children { children };
        let evidence = Evidence::now(observation, Source::Process, now);
        let input = AttemptInput::Seen { evidence };
        self.dispatcher.dispatch(Message::Attempt { id, input }, request).map(drop)
    }

    /// Asks to be reminded of what an agent at rest has left running.
    pub(super) fn follow_children(&self, id: AttemptId, attempt: &Attempt) -> Result<(), StoreError> {
        let children = &attempt.turn.children;
        if !attempt.is_at_rest() || children.is_empty() {
            return Ok(());
        }
        let after = if attempt.turn.works_on() { WHILE_WORKING } else { WHILE_RESTING };
        let processes: Vec<u32> = children.iter().map(|child: &Child| child.pid).collect();
        self.remind(id, after, &processes)
    }

    /// Looks at what an agent at rest has left, if it is at rest.
    pub(super) fn look_again_at_children(&self, id: AttemptId) -> Result<(), StoreError> {
        let Some(attempt) = self.records.load::<Attempt>(id)? else { return Ok(()) };
        if !attempt.is_at_rest() {
            return Ok(());
        }
        self.look_at_children(id, &attempt, self.request())?;
        match self.records.load::<Attempt>(id)? {
            Some(attempt) => self.follow_children(id, &attempt),
            None => Ok(()),
        }
    }
}
