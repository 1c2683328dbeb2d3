//! Lets the idle limit of a session count only while its agent is at work: one that waits for the person or for its
//! next message may be silent for as long as they like.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::AttemptId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptPhase;
use owt_core::evidence::Activity;
use owt_ports::IdleClock;
use owt_ports::SessionError;
use owt_ports::Sessions;
use owt_ports::StoreError;

/// What a session was told last, and in which turn: whatever is put before the agent begins the next one, and lets the
/// clock run again by itself.
type Told = (IdleClock, u32);

/// What each session was told last.
#[derive(Debug, Default)]
pub(super) struct IdleClocks {
    told: Mutex<HashMap<AttemptId, Told>>,
}

impl IdleClocks {
    /// Tells a session what its agent's doing means for its clock, if it does not know.
    ///
    /// # Errors
    /// Only a simulated crash. A session that cannot be told keeps its clock; it is told with the next evidence.
    pub(super) fn follow(
        &self,
        sessions: &dyn Sessions,
        id: AttemptId,
        attempt: &Attempt,
    ) -> Result<(), StoreError> {
        if !matches!(attempt.phase, AttemptPhase::Running { .. }) {
            self.lock().remove(&id);
            return Ok(());
        }
        let wanted = (clock(&attempt.doing.activity), attempt.turns);
        if self.lock().get(&id) == Some(&wanted) {
            return Ok(());
        }
        match sessions.set_idle_clock(id, wanted.0) {
            Ok(()) => {
                self.lock().insert(id, wanted);
            }
            Err(SessionError::Crashed) => return Err(StoreError::Crashed),
            Err(error) => tracing::debug!(attempt = %id, %error, "the session's idle clock stays as it is"),
        }
        Ok(())
    }

    /// A session that is listened to anew may have been told otherwise by an earlier server.
    pub(super) fn forget(&self, id: AttemptId) {
        self.lock().remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AttemptId, Told>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const fn clock(activity: &Activity) -> IdleClock {
    match activity {
        Activity::Starting | Activity::Working => IdleClock::Running,
        Activity::Idle | Activity::WaitingPermission | Activity::WaitingInput | Activity::Blocked { .. } => {
            IdleClock::Paused
        }
    }
}
