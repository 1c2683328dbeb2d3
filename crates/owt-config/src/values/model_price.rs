//! Prices of models: `"input 5, output 25, cache-read 0.50, cache-write 6.25"`, US dollars for a million tokens.

use std::fmt;
use std::str::FromStr;

use owt_core::pricing::Price;

use super::Dollars;
use super::SettingValue;

/// What a model's tokens cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelPrice(Price);

/// Why a text is no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongPrice {
    /// Something else than a kind of token and an amount.
    #[error(
        "`{part}` is no kind of token (input, output, cache-read, cache-write) with an amount of US dollars"
    )]
    Part {
        /// What stands there.
        part: String,
    },
    /// A kind of token stands there twice.
    #[error("it says {kind} twice")]
    Twice {
        /// The kind.
        kind: &'static str,
    },
    /// A kind of token is missing.
    #[error("it does not say what {kind} costs")]
    Missing {
        /// The kind.
        kind: &'static str,
    },
}

const KINDS: [&str; 4] = ["input", "output", "cache-read", "cache-write"];

impl ModelPrice {
    /// The price.
    pub const fn price(self) -> Price {
        self.0
    }
}

impl FromStr for ModelPrice {
    type Err = WrongPrice;

    fn from_str(text: &str) -> Result<Self, WrongPrice> {
        let mut said = [None; KINDS.len()];
        for part in text.split(',').map(str::trim) {
            let wrong = || WrongPrice::Part { part: part.to_owned() };
            let (name, amount) = part.split_once(char::is_whitespace).ok_or_else(wrong)?;
            let kind = KINDS.iter().position(|kind| *kind == name).ok_or_else(wrong)?;
            let amount = micro(amount.trim()).ok_or_else(wrong)?;
            if said[kind].replace(amount).is_some() {
                return Err(WrongPrice::Twice { kind: KINDS[kind] });
            }
        }
        let [input, output, cache_read, cache_write] = said;
        let input = input.ok_or(WrongPrice::Missing { kind: KINDS[0] })?;
        let output = output.ok_or(WrongPrice::Missing { kind: KINDS[1] })?;
        let (cache_read, cache_write) = (cache_read.unwrap_or(input), cache_write.unwrap_or(input));
        Ok(Self(Price { input, output, cache_read, cache_write }))
    }
}

/// An amount may be nothing here.
fn micro(amount: &str) -> Option<u64> {
    let digits = amount.trim_start_matches('$');
    let is_nothing = !digits.is_empty() && digits.trim_matches(['0', '.']).is_empty();
    match is_nothing && digits.starts_with('0') {
        true => Some(0),
        false => amount.parse::<Dollars>().ok()?.micro(),
    }
}

impl fmt::Display for ModelPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let price = self.0;
        let amounts = [price.input, price.output, price.cache_read, price.cache_write];
        for (place, (kind, micro)) in KINDS.iter().zip(amounts).enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{kind} {}", Dollars::of_micro(micro))?;
        }
        Ok(())
    }
}

impl SettingValue for ModelPrice {
    const EXPECTS: &'static str = "US dollars for a million tokens of each kind, \"input 5, output 25, cache-read 0.50, cache-write 6.25\"";
    const EXAMPLES: &'static [&'static str] =
        &["input 5, output 25, cache-read 0.50, cache-write 6.25", "input 1.25, output 10"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_says_each_kind_and_what_it_leaves_out_costs_as_input() {
        let full: ModelPrice = "output 25, input $5,cache-read 0.50, cache-write 0".parse().unwrap();
        let price = Price { input: 5_000_000, output: 25_000_000, cache_read: 500_000, cache_write: 0 };
        assert_eq!(full.price(), price);
        assert_eq!(full.to_string(), "input 5, output 25, cache-read 0.50, cache-write 0");
        assert_eq!(full.to_string().parse(), Ok(full));
        let short: ModelPrice = "input 1.25, output 0.0".parse().unwrap();
        assert_eq!(short.to_string(), "input 1.25, output 0, cache-read 1.25, cache-write 1.25");
    }

    #[test]
    fn what_is_wrong_with_it_is_said() {
        for (text, error) in [
            ("", WrongPrice::Part { part: String::new() }),
            ("5, 25", WrongPrice::Part { part: "5".to_owned() }),
            ("input none, output 1", WrongPrice::Part { part: "input none".to_owned() }),
            ("input ., output 1", WrongPrice::Part { part: "input .".to_owned() }),
            ("input -1, output 1", WrongPrice::Part { part: "input -1".to_owned() }),
            ("thought 1", WrongPrice::Part { part: "thought 1".to_owned() }),
            ("input 1, input 2, output 1", WrongPrice::Twice { kind: "input" }),
            ("input 1", WrongPrice::Missing { kind: "output" }),
            ("output 1", WrongPrice::Missing { kind: "input" }),
        ] {
            assert_eq!(text.parse::<ModelPrice>(), Err(error), "{text}");
        }
    }
}
