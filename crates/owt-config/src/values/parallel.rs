//! How many of something run at once: `"1"` to `"16"`, or `"auto"`.

use std::fmt;
use std::num::NonZero;
use std::str::FromStr;

use super::SettingValue;

const MOST: u32 = 16;
/// What runs at once mostly uses several cores by itself.
const CORES_FOR_EACH: u32 = 4;

/// A number of things that run at once; `None` is by the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parallel(Option<u32>);

/// Why a text is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no whole number from 1 to {MOST}, and not auto")]
pub struct WrongParallel;

impl Parallel {
    /// How many on a machine with so many cores.
    pub fn on(self, cores: NonZero<usize>) -> u32 {
        let cores = u32::try_from(cores.get()).unwrap_or(u32::MAX);
        self.0.unwrap_or_else(|| (cores / CORES_FOR_EACH).clamp(1, MOST))
    }
}

impl FromStr for Parallel {
    type Err = WrongParallel;

    fn from_str(text: &str) -> Result<Self, WrongParallel> {
        if text == "auto" {
            return Ok(Self(None));
        }
        let number = text.parse().ok().filter(|number| (1..=MOST).contains(number));
        number.map(|number| Self(Some(number))).ok_or(WrongParallel)
    }
}

impl fmt::Display for Parallel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("auto"),
            Some(number) => number.fmt(f),
        }
    }
}

impl SettingValue for Parallel {
    const EXPECTS: &'static str = "a number, \"1\" to \"16\", or \"auto\"";
    const EXAMPLES: &'static [&'static str] = &["auto", "1", "4"];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str, cores: usize) -> Result<u32, WrongParallel> {
        text.parse::<Parallel>().map(|parallel| parallel.on(NonZero::new(cores).unwrap()))
    }

    #[test]
    fn a_number_is_itself_and_auto_is_by_the_cores() {
        assert_eq!((on("3", 1), on("16", 2)), (Ok(3), Ok(16)));
        assert_eq!((on("auto", 1), on("auto", 8), on("auto", 1_000)), (Ok(1), Ok(2), Ok(16)));
        for text in ["", "0", "17", "-1", "many"] {
            assert_eq!(on(text, 4), Err(WrongParallel), "{text}");
        }
    }
}
