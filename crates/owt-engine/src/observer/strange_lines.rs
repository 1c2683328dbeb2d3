//! What agents say and nobody here understands, lines of their event streams and reports of their hooks: counted, and the newest
//! kept, for whoever asks why a status is what it is. A new version of a program shows here what it has added. Only in
//! memory, since this server has listened.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_agents::events::AgentEvent;
use owt_core::AttemptId;

/// Of so many attempts they are known; those that began to be strange first are forgotten first.
const KEPT: usize = 256;

/// So many characters of a report are kept.
const KEPT_OF_REPORT: usize = 300;

/// What of an agent's stream, or of its hooks' reports, was not understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrangeLines {
    /// How many lines or reports.
    pub count: u64,
    /// What kind the newest is said to be.
    pub what: String,
    /// How it begins.
    pub line: String,
}

/// Those of each attempt.
#[derive(Default)]
pub(super) struct AllStrangeLines {
    by_attempt: Mutex<VecDeque<(AttemptId, StrangeLines)>>,
}

impl AllStrangeLines {
    fn lock(&self) -> MutexGuard<'_, VecDeque<(AttemptId, StrangeLines)>> {
        self.by_attempt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an event that stands for a line that is not understood.
    pub(super) fn hear(&self, id: AttemptId, event: &AgentEvent) {
        if let AgentEvent::Unknown { what, line } = event {
            self.count(id, what.clone(), line.clone());
        }
    }

    /// Counts a report of a hook that is not understood.
    pub(super) fn hear_report(&self, id: AttemptId, what: String, payload: &str) {
        self.count(id, what, payload.chars().take(KEPT_OF_REPORT).collect());
    }

    fn count(&self, id: AttemptId, what: String, line: String) {
        let mut all = self.lock();
        let before = all.iter().position(|(of, _)| *of == id).and_then(|at| all.remove(at));
        let count = before.map_or(0, |(_, lines)| lines.count).saturating_add(1);
        all.push_back((id, StrangeLines { count, what, line }));
        let surplus = all.len().saturating_sub(KEPT);
        all.drain(..surplus);
    }

    /// Those of an attempt; `None` where everything was understood.
    pub(super) fn of(&self, id: AttemptId) -> Option<StrangeLines> {
        self.lock().iter().find(|(of, _)| *of == id).map(|(_, lines)| lines.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_and_the_newest_attempts_known() {
        let all = AllStrangeLines::default();
        let strange = |line: &str| AgentEvent::Unknown { what: "news".to_owned(), line: line.to_owned() };
        all.hear(AttemptId::from_bits(1), &AgentEvent::TurnStarted);
        assert_eq!(all.of(AttemptId::from_bits(1)), None);
        all.hear(AttemptId::from_bits(1), &strange("a"));
        all.hear(AttemptId::from_bits(1), &strange("b"));
        let lines = all.of(AttemptId::from_bits(1)).unwrap();
        assert_eq!((lines.count, lines.line.as_str()), (2, "b"));
        for other in 0..KEPT as u128 {
            all.hear(AttemptId::from_bits(100 + other), &strange("c"));
        }
        assert_eq!(all.of(AttemptId::from_bits(1)), None);
        assert_eq!(all.lock().len(), KEPT);
    }
}
