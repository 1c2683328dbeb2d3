//! Lines in the order in which they were seen, each once: what a program draws again after it cleared everything is
//! recognised and left out. Must not know terminals.

use std::collections::VecDeque;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;

/// The most bytes of lines that wait to be taken; the oldest go.
const WAITING: usize = 16 * 1024 * 1024;

/// The most lines that wait to be taken.
const WAITING_LINES: usize = 200_000;

/// The most lines that a redraw is compared with; a longer past is not recognised.
const REMEMBERED: usize = 100_000;

/// Lines that were seen.
#[derive(Debug, Default)]
pub(super) struct Told {
    waiting: VecDeque<String>,
    bytes: usize,
    dropped: u64,
    /// Every line since the program last began anew, as a hash.
    past: Vec<u64>,
    again: Option<Again>,
}

/// Lines that may come again, and how far they have.
#[derive(Debug)]
struct Again {
    expected: Vec<u64>,
    matched: usize,
    /// Whether a line with words on it has come again: blank ones are alike everywhere.
    spoken: bool,
    cause: Cause,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The program cleared everything: what it then draws otherwise stands in the place of what it drew before.
    Cleared,
    /// A screen that was covered is shown again.
    Uncovered,
}

impl Told {
    /// One more line.
    pub(super) fn tell(&mut self, line: String) {
        let hash = hash(&line);
        if self.comes_again(hash, &line) {
            return;
        }
        if self.past.len() < REMEMBERED {
            self.past.push(hash);
        }
        self.bytes += line.len();
        self.waiting.push_back(line);
        while self.bytes > WAITING || self.waiting.len() > WAITING_LINES {
            let oldest = self.waiting.pop_front().expect("there is something to be too much");
            self.bytes -= oldest.len();
            self.dropped += 1;
        }
    }

    /// The program cleared everything, and may print it again.
    pub(super) fn cleared(&mut self) {
        self.give_up_expecting();
        let expected = std::mem::take(&mut self.past);
        self.expect(expected, Cause::Cleared);
    }

    /// These lines, told before, are about to be shown again.
    pub(super) fn uncovered(&mut self, lines: &[String]) {
        self.give_up_expecting();
        self.expect(lines.iter().map(|line| hash(line)).collect(), Cause::Uncovered);
    }

    /// The lines since the last call.
    pub(super) fn take(&mut self) -> Vec<String> {
        self.bytes = 0;
        std::mem::take(&mut self.waiting).into()
    }

    /// How many lines were dropped because nobody took them.
    pub(super) const fn dropped(&self) -> u64 {
        self.dropped
    }

    fn expect(&mut self, expected: Vec<u64>, cause: Cause) {
        self.again = Some(Again { expected, matched: 0, spoken: false, cause });
    }

    fn comes_again(&mut self, hash: u64, line: &str) -> bool {
        let Some(again) = &mut self.again else { return false };
        let same = again.expected.get(again.matched) == Some(&hash);
        if same {
            again.matched += 1;
            again.spoken |= !line.is_empty();
        } else {
            self.give_up_expecting();
        }
        same
    }

    /// Something else came than what was expected.
    fn give_up_expecting(&mut self) {
        let Some(Again { mut expected, matched, spoken, cause }) = self.again.take() else { return };
        if cause == Cause::Cleared && spoken {
            let outdated = expected.len() - matched;
            for _ in 0..outdated {
                let Some(line) = self.waiting.pop_back() else { break };
                self.bytes -= line.len();
            }
            expected.truncate(matched);
            self.past = expected;
        }
    }
}

fn hash(line: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    line.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(told: &mut Told, lines: &[&str]) {
        lines.iter().for_each(|line| told.tell((*line).to_owned()));
    }

    #[test]
    fn what_is_drawn_again_is_told_once_and_its_changed_end_takes_the_old_ones_place() {
        let mut told = Told::default();
        tell(&mut told, &["head", "", "one", "working 1"]);
        told.cleared();
        tell(&mut told, &["head", "", "one", "working 2"]);
        told.cleared();
        tell(&mut told, &["head", "", "one", "two"]);
        assert_eq!(told.take(), ["head", "", "one", "two"]);
        told.cleared();
        tell(&mut told, &["head", "", "one", "two", "three"]);
        assert_eq!(told.take(), ["three"]);
    }

    #[test]
    fn what_was_cleared_and_not_drawn_again_stays() {
        let mut told = Told::default();
        tell(&mut told, &["", "one"]);
        told.cleared();
        tell(&mut told, &["", "another"]);
        assert_eq!(told.take(), ["", "one", "another"]);
        told.cleared();
        tell(&mut told, &["another", "third"]);
        assert_eq!(told.take(), ["third"]);
    }

    #[test]
    fn a_screen_that_was_covered_is_not_told_again() {
        let mut told = Told::default();
        tell(&mut told, &["shell", "editor"]);
        told.uncovered(&["shell".to_owned()]);
        tell(&mut told, &["shell", "more"]);
        assert_eq!(told.take(), ["shell", "editor", "more"]);
    }

    #[test]
    fn lines_that_nobody_takes_are_bounded() {
        let mut told = Told::default();
        for n in 0..WAITING_LINES + 10 {
            told.tell(n.to_string());
        }
        assert_eq!(told.dropped(), 10);
        assert_eq!(told.take().len(), WAITING_LINES);
        let long = "x".repeat(1 << 20);
        for _ in 0..40 {
            told.tell(long.clone());
        }
        assert!(told.take().len() <= WAITING / long.len());
    }
}
