//! What is known of pairs: asked for once for each two things that stand, whoever has them.

use std::collections::HashMap;
use std::collections::HashSet;

use super::Meeting;
use super::Verdict;

/// The verdicts that are known.
#[derive(Debug, Clone, Default)]
pub struct Board {
    known: HashMap<Meeting, Verdict>,
}

impl Board {
    /// What has to be asked for, each once: meetings of different things without a verdict. What could not be found out
    /// is asked for again.
    pub fn open<'a>(&self, meetings: impl IntoIterator<Item = &'a Meeting>) -> Vec<Meeting> {
        let mut seen = HashSet::new();
        let is_open = |it: &&Meeting| {
            !is_trivial(it) && matches!(self.known.get(*it), None | Some(Verdict::Unknown { .. }))
        };
        meetings.into_iter().filter(is_open).filter(|it| seen.insert(*it)).cloned().collect()
    }

    /// Takes in a verdict.
    pub fn learn(&mut self, meeting: Meeting, verdict: Verdict) {
        self.known.insert(meeting, verdict);
    }

    /// What is known of a meeting.
    pub fn verdict(&self, meeting: &Meeting) -> Option<&Verdict> {
        if is_trivial(meeting) { Some(&Verdict::Clean) } else { self.known.get(meeting) }
    }

    /// Forgets every verdict but those of these meetings.
    pub fn keep_only<'a>(&mut self, meetings: impl IntoIterator<Item = &'a Meeting>) {
        let wanted: HashSet<&Meeting> = meetings.into_iter().collect();
        self.known.retain(|meeting, _| wanted.contains(meeting));
    }

    /// How many verdicts are known.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

/// The same thing twice.
fn is_trivial(meeting: &Meeting) -> bool {
    meeting.a.state == meeting.b.state
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::radar::Standing;
    use crate::vcs::ObjectId;

    fn standing(number: u8) -> Standing {
        Standing::committed(ObjectId::new(format!("{number:040x}")).unwrap())
    }

    fn pairs(states: &[u8]) -> Vec<Meeting> {
        let mut all = Vec::new();
        for (at, one) in states.iter().enumerate() {
            for other in &states[at + 1..] {
                all.push(Meeting { a: standing(*one), b: standing(*other) });
            }
        }
        all
    }

    /// What merging would say, whoever asks.
    fn truth(meeting: &Meeting) -> Verdict {
        let odd = |it: &Standing| it.state.as_str().ends_with(['1', '3', '5', '7']);
        if meeting.a.state == meeting.b.state || odd(&meeting.a) != odd(&meeting.b) {
            Verdict::Clean
        } else {
            Verdict::Unrelated
        }
    }

    #[test]
    fn only_pairs_with_a_changed_side_are_asked_for() {
        let mut states: Vec<u8> = (0..50).collect();
        let mut board = Board::default();
        for meeting in board.open(&pairs(&states)) {
            board.learn(meeting, Verdict::Clean);
        }
        assert_eq!((board.len(), board.open(&pairs(&states))), (1225, Vec::new()));
        states[7] = 99;
        assert_eq!(board.open(&pairs(&states)).len(), 49);
        board.keep_only(&pairs(&states));
        assert_eq!(board.len(), 1225 - 49);
    }

    #[test]
    fn what_could_not_be_found_out_is_asked_again() {
        let (mut board, meeting) = (Board::default(), Meeting { a: standing(1), b: standing(2) });
        board.learn(meeting.clone(), Verdict::Unknown { why: "locked".to_owned() });
        assert_eq!(board.open([&meeting]), std::slice::from_ref(&meeting));
        board.learn(meeting.clone(), Verdict::Clean);
        assert_eq!(board.open([&meeting]), []);
    }

    proptest! {
        /// However states change, come, go and return: what is told is what would be told by asking for everything.
        #[test]
        fn what_is_kept_is_what_a_fresh_look_would_say(
            rounds in prop::collection::vec(prop::collection::vec(0u8..9, 0..7), 1..8),
        ) {
            let mut board = Board::default();
            for states in rounds {
                let all = pairs(&states);
                for meeting in board.open(&all) {
                    let verdict = truth(&meeting);
                    board.learn(meeting, verdict);
                }
                board.keep_only(&all);
                for meeting in &all {
                    prop_assert_eq!(board.verdict(meeting), Some(&truth(meeting)));
                }
                prop_assert!(board.len() <= all.len());
            }
        }
    }
}
