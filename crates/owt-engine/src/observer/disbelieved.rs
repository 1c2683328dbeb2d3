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

/// Something that was seen and not believed, as often as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disbelief {
    /// What was seen, the last time.
    pub evidence: Evidence,
    /// Why it does not count.
    pub why: Overruled,
    /// How often.
    pub times: u64,
}

impl Disbelief {
    /// Whether the other is the same thing again: seen there, by that rule, and not believed for that reason.
    fn is_again(&self, (evidence, why): &(Evidence, Overruled)) -> bool {
        let rule = |evidence: &Evidence| evidence.reading.as_ref().map(|reading| reading.rule.clone());
        self.why == *why
            && self.evidence.source == evidence.source
            && self.evidence.observation == evidence.observation
            && rule(&self.evidence) == rule(evidence)
    }
}

/// The newest pieces of each attempt that is listened to.
#[derive(Default)]
pub(super) struct Disbelieved {
    by_attempt: Mutex<HashMap<AttemptId, VecDeque<Disbelief>>>,
}

impl Disbelieved {
    fn lock(&self) -> MutexGuard<'_, HashMap<AttemptId, VecDeque<Disbelief>>> {
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
        let found: Vec<_> = found.into_iter().filter(|(_, why)| tells_something(*why)).collect();
        if found.is_empty() {
            return;
        }
        let mut all = self.lock();
        let kept = all.entry(id).or_default();
        // What is said again and again would push out what matters.
        for again in found {
            let before = kept.iter().position(|one| one.is_again(&again)).and_then(|at| kept.remove(at));
            let times = before.map_or(0, |before| before.times) + 1;
            let (evidence, why) = again;
            kept.push_back(Disbelief { evidence, why, times });
        }
        let surplus = kept.len().saturating_sub(KEPT);
        kept.drain(..surplus);
    }

    /// What is kept of an attempt, oldest first.
    pub(super) fn of(&self, id: AttemptId) -> Vec<Disbelief> {
        self.lock().get(&id).into_iter().flatten().cloned().collect()
    }

    /// An attempt is listened to no more.
    pub(super) fn forget(&self, id: AttemptId) {
        self.lock().remove(&id);
    }
}

/// Whether somebody who asks why a status is what it is learns something from it: neither from what is known already, nor from
/// the program's word on a request that our own answer has settled before.
const fn tells_something(why: Overruled) -> bool {
    !matches!(why, Overruled::Known | Overruled::NothingAsked)
}

#[cfg(test)]
mod tests {
    use owt_core::evidence::Activity;
    use owt_core::evidence::Observation;
    use owt_core::evidence::Reading;
    use owt_core::evidence::Source;

    use super::*;

    fn screen(activity: Activity, rule: &str, ms: i64) -> Evidence {
        let reading = Some(Reading { rule: rule.to_owned(), parts: vec!["whole".to_owned()] });
        let at = Timestamp::from_millis(ms);
        Evidence { reading, ..Evidence::now(Observation::Doing { activity }, Source::Screen, at) }
    }

    #[test]
    fn the_same_again_is_counted_and_what_tells_nothing_is_left_out() {
        let (all, id) = (Disbelieved::default(), AttemptId::from_bits(1));
        let busy = |rule: &str, ms, why| vec![(screen(Activity::Working, rule, ms), why)];
        for ms in 0..20 {
            all.keep(id, busy("spinner", ms, Overruled::ScreenBehindWord));
        }
        all.keep(id, busy("progress", 20, Overruled::ScreenBehindWord));
        all.keep(id, busy("spinner", 21, Overruled::ScreenWhileAsking));
        all.keep(id, vec![(screen(Activity::Idle, "spinner", 22), Overruled::ScreenBehindWord)]);
        all.keep(id, busy("spinner", 23, Overruled::ScreenBehindWord));
        for why in [Overruled::Known, Overruled::NothingAsked] {
            all.keep(id, busy("spinner", 24, why));
        }
        let told: Vec<_> =
            all.of(id).iter().map(|one| (one.evidence.at.as_millis(), one.times, one.why)).collect();
        let expected = [
            (20, 1, Overruled::ScreenBehindWord),
            (21, 1, Overruled::ScreenWhileAsking),
            (22, 1, Overruled::ScreenBehindWord),
            (23, 21, Overruled::ScreenBehindWord),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let (all, id) = (Disbelieved::default(), AttemptId::from_bits(1));
        for ms in 0..20 {
            all.keep(id, vec![(screen(Activity::Idle, &ms.to_string(), ms), Overruled::ScreenNotHeld)]);
        }
        let told: Vec<i64> = all.of(id).iter().map(|one| one.evidence.at.as_millis()).collect();
        assert_eq!(told, (12..20).collect::<Vec<_>>());
    }
}
