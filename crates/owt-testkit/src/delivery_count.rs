//! What became of many messages, as one line of a table: how they ended, and how many were lost without saying so,
//! arrived twice, or arrived as what nobody sent. Counted from what reached the agents, not from what the record says
//! of itself. Must not know how a message travels.

use std::collections::BTreeMap;
use std::fmt::Write;

/// The headings of the lines that [`DeliveryCount::line`] makes.
pub const HEADINGS: &str =
    "| deliveries | messages | how they ended | lost without saying so | doubled | garbled |";

/// The messages of many runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryCount {
    messages: usize,
    /// By the word that the record ends with, and whether it arrived.
    ends: BTreeMap<(String, bool), usize>,
    lost: usize,
    doubled: usize,
    garbled: usize,
    /// Told as failed, although they arrived: whoever believes it sends them again.
    untrue: usize,
}

impl DeliveryCount {
    /// Counts a message that is recorded as this in the end, and reached an agent so many times.
    pub fn add(&mut self, recorded: &str, arrived: usize) {
        self.messages += 1;
        *self.ends.entry((recorded.to_owned(), arrived > 0)).or_default() += 1;
        match recorded {
            "observed" | "injected" if arrived == 0 => self.lost += 1,
            "failed" if arrived > 0 => self.untrue += 1,
            _ => {}
        }
        self.doubled += usize::from(arrived > 1);
    }

    /// Counts a message that was accepted, and of which nothing is known or done any more.
    pub fn add_lost(&mut self) {
        self.messages += 1;
        self.lost += 1;
        *self.ends.entry(("forgotten".to_owned(), false)).or_default() += 1;
    }

    /// Counts something that an agent took for a message, and that nobody sent.
    pub fn add_garbled(&mut self) {
        self.garbled += 1;
    }

    /// Takes in what was counted elsewhere.
    pub fn absorb(&mut self, other: &Self) {
        self.messages += other.messages;
        for (end, count) in &other.ends {
            *self.ends.entry(end.clone()).or_default() += count;
        }
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.garbled += other.garbled;
        self.untrue += other.untrue;
    }

    /// How many messages there were.
    pub const fn messages(&self) -> usize {
        self.messages
    }

    /// How many of them came to something that must not be.
    pub const fn wrong(&self) -> usize {
        self.lost + self.doubled + self.garbled + self.untrue
    }

    /// One line of a table below [`HEADINGS`].
    pub fn line(&self, what: &str) -> String {
        let mut ends = String::new();
        for ((word, arrived), count) in &self.ends {
            let separator = if ends.is_empty() { "" } else { ", " };
            let arrived = match (word.as_str(), arrived) {
                ("observed" | "injected", true) | ("failed" | "waiting" | "forgotten", false) => "",
                (_, true) => " (arrived)",
                (_, false) => " (did not arrive)",
            };
            write!(ends, "{separator}{count} {word}{arrived}").expect("a string takes any text");
        }
        let Self { messages, lost, doubled, garbled, .. } = self;
        format!("| {what} | {messages} | {ends} | {lost} | {doubled} | {garbled} |")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_not_be_is_counted_and_what_is_said_honestly_is_not() {
        let mut count = DeliveryCount::default();
        for (recorded, arrived) in [("observed", 1), ("uncertain", 0), ("uncertain", 1), ("failed", 0)] {
            count.add(recorded, arrived);
        }
        assert_eq!((count.messages(), count.wrong()), (4, 0));
        let line = count.line("x");
        assert_eq!(
            line,
            "| x | 4 | 1 failed, 1 observed, 1 uncertain (did not arrive), 1 uncertain (arrived) | 0 | 0 | 0 |"
        );
        assert_eq!(line.matches('|').count(), HEADINGS.matches('|').count());
        for (recorded, arrived) in [("observed", 0), ("injected", 0), ("observed", 2), ("failed", 1)] {
            let mut wrong = count.clone();
            wrong.add(recorded, arrived);
            assert_eq!(wrong.wrong(), 1, "{recorded} and {arrived}");
        }
        count.add_lost();
        count.add_garbled();
        let mut sum = DeliveryCount::default();
        sum.absorb(&count);
        sum.absorb(&count);
        assert_eq!((sum.messages(), sum.wrong()), (10, 4));
    }
}
