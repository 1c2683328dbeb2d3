//! What was seen of running sessions and not believed, for whoever asks why a status is what it is. Only in memory:
//! the record holds what counts.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::AttemptId;
use owt_core::Timestamp;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptInput;
use owt_core::attempt::AttemptPhase;
use owt_core::evidence::Evidence;
use owt_core::evidence::Overruled;

/// How many pieces are kept of one attempt.
const KEPT: usize = 8;

/// The newest pieces of each attempt that is listened to.
#[derive(Default)]
pub(super) struct Disbelieved {
    by_attempt: Mutex<HashMap<AttemptId, VecDeque<(Evidence, Overruled)>>>,
}

impl Disbelieved {
    fn lock(&self) -> MutexGuard<'_, HashMap<AttemptId, VecDeque<(Evidence, Overruled)>>> {
        self.by_attempt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what of an input does not count, given the state that it comes to.
    pub(super) fn note(&self, id: AttemptId, attempt: &Attempt, input: &AttemptInput, now: Timestamp) {
        if !matches!(attempt.phase, AttemptPhase::Running { .. }) {
            return;
        }
        let found = match input {
            AttemptInput::Seen { evidence } => {
                attempt.weigh(evidence, now).err().map(|why| (evidence.clone(), why)).into_iter().collect()
            }
            AttemptInput::Reported { report, seen } => attempt.weigh_report(*report, seen, now),
            _ => Vec::new(),
        };
        self.keep(id, found);
    }

    /// Keeps what does not count.
    pub(super) fn keep(&self, id: AttemptId, found: Vec<(Evidence, Overruled)>) {
        // What is said again and again would push out what matters.
        let found: Vec<_> = found.into_iter().filter(|(_, why)| *why != Overruled::Known).collect();
        if found.is_empty() {
            return;
        }
        let mut all = self.lock();
        let kept = all.entry(id).or_default();
        kept.extend(found);
        let surplus = kept.len().saturating_sub(KEPT);
        kept.drain(..surplus);
    }

    /// What is kept of an attempt, oldest first.
    pub(super) fn of(&self, id: AttemptId) -> Vec<(Evidence, Overruled)> {
        self.lock().get(&id).into_iter().flatten().cloned().collect()
    }

    /// An attempt is listened to no more.
    pub(super) fn forget(&self, id: AttemptId) {
        self.lock().remove(&id);
    }
}
