//! Amounts of money: `"2.50"`, `"10"`, `"none"`, in US dollars, as agents tell what they cost.

use std::fmt;
use std::str::FromStr;

use super::SettingValue;

const MICRO: u64 = 1_000_000;

/// Beyond this an amount is a slip of the pen: a million dollars.
const LARGEST: u64 = 1_000_000 * MICRO;

/// An amount of money; or no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dollars(Option<u64>);

/// Why a text is no amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongDollars {
    /// Not a number.
    #[error("an amount of US dollars is written as a number with at most six decimals")]
    Form,
    /// Zero.
    #[error("nothing can be done for nothing; no limit is \"none\"")]
    Zero,
    /// More than anybody spends.
    #[error("more than a million dollars; no limit is \"none\"")]
    TooLarge,
}

impl Dollars {
    /// From millionths.
    pub(crate) const fn of_micro(micro: u64) -> Self {
        Self(Some(micro))
    }

    /// In millionths; `None` is no limit.
    pub const fn micro(self) -> Option<u64> {
        self.0
    }
}

impl FromStr for Dollars {
    type Err = WrongDollars;

    fn from_str(text: &str) -> Result<Self, WrongDollars> {
        if text == "none" {
            return Ok(Self(None));
        }
        let number = text.strip_prefix('$').unwrap_or(text);
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(part) || part.len() > 6 {
            return Err(WrongDollars::Form);
        }
        let whole: u64 = whole.parse().map_err(|_| WrongDollars::TooLarge)?;
        let part: u64 = format!("{part:0<6}").parse().map_err(|_| WrongDollars::Form)?;
        match whole.checked_mul(MICRO).and_then(|whole| whole.checked_add(part)) {
            Some(0) => Err(WrongDollars::Zero),
            Some(micro) if micro <= LARGEST => Ok(Self(Some(micro))),
            _ => Err(WrongDollars::TooLarge),
        }
    }
}

impl fmt::Display for Dollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(micro) = self.0 else { return f.write_str("none") };
        let (whole, part) = (micro / MICRO, format!("{:06}", micro % MICRO));
        match part.trim_end_matches('0') {
            "" => write!(f, "{whole}"),
            short => write!(f, "{whole}.{short:0<2}"),
        }
    }
}

impl SettingValue for Dollars {
    const EXPECTS: &'static str = "an amount of US dollars, \"2.50\", or \"none\"";
    const EXAMPLES: &'static [&'static str] = &["none", "2.50", "10"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_counted_in_millionths_and_written_back() {
        for (text, micro, written) in [
            ("none", None, "none"),
            ("2.5", Some(2_500_000), "2.50"),
            ("$10", Some(10_000_000), "10"),
            ("0.000001", Some(1), "0.000001"),
        ] {
            let read: Dollars = text.parse().unwrap();
            assert_eq!((read.micro(), read.to_string().as_str()), (micro, written), "{text}");
            assert_eq!(written.parse(), Ok(read), "{text}");
        }
        for (text, error) in [
            ("", WrongDollars::Form),
            ("-1", WrongDollars::Form),
            ("1,50", WrongDollars::Form),
            ("1.0000001", WrongDollars::Form),
            ("0.0", WrongDollars::Zero),
            ("1000001", WrongDollars::TooLarge),
            ("99999999999999999999", WrongDollars::TooLarge),
        ] {
            assert_eq!(text.parse::<Dollars>(), Err(error), "{text}");
        }
    }
}
