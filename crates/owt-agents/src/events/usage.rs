//! What a turn took: tokens and money, as far as the program says.

use serde::Deserialize;
use serde::Serialize;

/// Tokens. Every field counts tokens that no other field counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Read, neither from nor into a cache.
    pub input: u64,
    /// Read from a cache.
    pub cache_read: u64,
    /// Read and written into a cache.
    pub cache_write: u64,
    /// Written by the model, its reasoning included.
    pub output: u64,
}

impl Usage {
    /// What was added since `earlier`; nothing is ever negative.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            input: self.input.saturating_sub(earlier.input),
            cache_read: self.cache_read.saturating_sub(earlier.cache_read),
            cache_write: self.cache_write.saturating_sub(earlier.cache_write),
            output: self.output.saturating_sub(earlier.output),
        }
    }

    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            cache_read: self.cache_read.saturating_add(other.cache_read),
            cache_write: self.cache_write.saturating_add(other.cache_write),
            output: self.output.saturating_add(other.output),
        }
    }

    /// All tokens.
    pub fn total(self) -> u64 {
        [self.input, self.cache_read, self.cache_write, self.output].into_iter().fold(0, u64::saturating_add)
    }
}

/// More than any session costs: a figure beyond it is a fault of whoever says it, and would hide all others in a sum.
const MOST_DOLLARS: f64 = 1_000_000.0;

/// Millionths of a US dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MicroUsd(pub u64);

impl MicroUsd {
    /// Rounded from dollars; what is negative, no number, or more than any program can have spent is nothing.
    pub fn from_dollars(dollars: f64) -> Self {
        let dollars = if dollars > MOST_DOLLARS { 0.0 } else { dollars };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates, and what is negative or no number becomes 0"
        )]
        Self((dollars * 1e6).round() as u64)
    }
}

/// What a turn took. Each figure is absent when the program does not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Spent {
    /// Tokens of this turn.
    pub usage: Option<Usage>,
    /// Tokens of the whole conversation until now, where the program counts so (Codex). Keep it: a resumed
    /// stream needs it as [`super::Start::Resumed`].
    pub conversation_usage: Option<Usage>,
    /// Money for this turn.
    pub cost: Option<MicroUsd>,
}
