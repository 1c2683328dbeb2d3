//! How often something is tried again: `"0"` to `"9"`.

use std::fmt;
use std::str::FromStr;

use super::SettingValue;

const MOST: u32 = 9;

/// A small number of tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tries(u32);

/// Why a text is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no whole number from 0 to {MOST}")]
pub struct WrongTries;

impl Tries {
    /// How many.
    pub const fn count(self) -> u32 {
        self.0
    }
}

impl FromStr for Tries {
    type Err = WrongTries;

    fn from_str(text: &str) -> Result<Self, WrongTries> {
        text.parse().ok().filter(|tries| *tries <= MOST).map(Self).ok_or(WrongTries)
    }
}

impl fmt::Display for Tries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl SettingValue for Tries {
    const EXPECTS: &'static str = "a number of tries, \"0\" to \"9\"";
    const EXAMPLES: &'static [&'static str] = &["0", "1", "3"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_few() {
        assert_eq!("3".parse::<Tries>().map(Tries::count), Ok(3));
        for text in ["", "-1", "10", "1.5", "many"] {
            assert_eq!(text.parse::<Tries>(), Err(WrongTries), "{text}");
        }
    }
}
