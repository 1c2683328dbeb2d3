//! How many turns an agent may have: `"20"`, `"none"`.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use super::SettingValue;

/// A number of turns; or no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnLimit(Option<NonZeroU32>);

/// Why a text is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no whole number of turns from 1 on; no limit is \"none\"")]
pub struct WrongTurns;

impl TurnLimit {
    /// How many; `None` is no limit.
    pub fn count(self) -> Option<u32> {
        self.0.map(NonZeroU32::get)
    }
}

impl FromStr for TurnLimit {
    type Err = WrongTurns;

    fn from_str(text: &str) -> Result<Self, WrongTurns> {
        match text {
            "none" => Ok(Self(None)),
            _ => text.parse().map(|turns| Self(Some(turns))).map_err(|_| WrongTurns),
        }
    }
}

impl fmt::Display for TurnLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("none"),
            Some(turns) => turns.fmt(f),
        }
    }
}

impl SettingValue for TurnLimit {
    const EXPECTS: &'static str = "a number of turns, \"20\", or \"none\"";
    const EXAMPLES: &'static [&'static str] = &["none", "20"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_counted_from_one() {
        assert_eq!("20".parse::<TurnLimit>().map(TurnLimit::count), Ok(Some(20)));
        assert_eq!("none".parse::<TurnLimit>().map(TurnLimit::count), Ok(None));
        for text in ["", "0", "-1", "1.5", "many"] {
            assert_eq!(text.parse::<TurnLimit>(), Err(WrongTurns), "{text}");
        }
    }
}
