//! Spans of time as people write them: `"90s"`, `"1h30m"`, `"none"`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::SettingValue;

const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
/// Beyond a year a limit is a slip of the pen.
const LONGEST_SECONDS: u64 = 366 * 86_400;

/// A limit in time, in whole seconds; or no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimit(Option<Duration>);

/// Why a text is no span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongSpan {
    /// Not numbers with units.
    #[error("a span of time is written as numbers with units d, h, m, s, the largest first")]
    Form,
    /// Zero.
    #[error("a limit of no time would end everything at once; no limit is \"none\"")]
    Zero,
    /// More than a year.
    #[error("a limit beyond a year; no limit is \"none\"")]
    TooLong,
}

impl TimeLimit {
    /// The limit; `None` is no limit.
    pub const fn duration(self) -> Option<Duration> {
        self.0
    }
}

impl FromStr for TimeLimit {
    type Err = WrongSpan;

    fn from_str(text: &str) -> Result<Self, WrongSpan> {
        match text {
            "none" => Ok(Self(None)),
            _ => match seconds(text)? {
                0 => Err(WrongSpan::Zero),
                seconds if seconds > LONGEST_SECONDS => Err(WrongSpan::TooLong),
                seconds => Ok(Self(Some(Duration::from_secs(seconds)))),
            },
        }
    }
}

fn seconds(text: &str) -> Result<u64, WrongSpan> {
    let mut rest = text;
    let mut total = 0u64;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or(WrongSpan::Form)?;
        let (number, tail) = rest.split_at(end);
        let unit = tail.chars().next().ok_or(WrongSpan::Form)?;
        // Taking units from the iterator keeps them in falling order, each at most once.
        let (_, size) = units.find(|(known, _)| *known == unit).ok_or(WrongSpan::Form)?;
        if number.is_empty() {
            return Err(WrongSpan::Form);
        }
        let number: u64 = number.parse().map_err(|_| WrongSpan::TooLong)?;
        let span = number.checked_mul(*size).ok_or(WrongSpan::TooLong)?;
        total = total.checked_add(span).ok_or(WrongSpan::TooLong)?;
        rest = &tail[unit.len_utf8()..];
    }
    if text.is_empty() { Err(WrongSpan::Form) } else { Ok(total) }
}

impl fmt::Display for TimeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(duration) = self.0 else { return f.write_str("none") };
        let mut left = duration.as_secs();
        for (unit, size) in UNITS {
            if left >= size {
                write!(f, "{}{unit}", left / size)?;
                left %= size;
            }
        }
        Ok(())
    }
}

impl SettingValue for TimeLimit {
    const EXPECTS: &'static str = "a span of time such as \"90s\", \"30m\" or \"1h30m\", or \"none\"";
    const EXAMPLES: &'static [&'static str] = &["45m", "1h30m", "none"];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_are_read() {
        for (text, seconds) in
            [("90s", 90), ("30m", 1800), ("1h30m", 5400), ("1d1s", 86_401), ("006h", 21_600)]
        {
            assert_eq!(text.parse(), Ok(TimeLimit(Some(Duration::from_secs(seconds)))), "{text}");
        }
        assert_eq!("none".parse(), Ok(TimeLimit(None)));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "5", "m", "5x", "1m1h", "1m1m", "-5m", "1.5h", "1 h", "5M", "٣m", "5mé"] {
            assert_eq!(text.parse::<TimeLimit>(), Err(WrongSpan::Form), "{text}");
        }
        assert_eq!("0h0s".parse::<TimeLimit>(), Err(WrongSpan::Zero));
        for text in ["999d", "99999999999999999999s", "9999999999999999999d", "18446744073709551615s18s"] {
            let refused = text.parse::<TimeLimit>();
            assert!(matches!(refused, Err(WrongSpan::TooLong | WrongSpan::Form)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(seconds in 1..=LONGEST_SECONDS) {
            let limit = TimeLimit(Some(Duration::from_secs(seconds)));
            prop_assert_eq!(limit.to_string().parse(), Ok(limit));
        }

        #[test]
        fn no_text_panics(text in "[0-9dhms]{0,40}|.*") {
            let _ = text.parse::<TimeLimit>();
        }
    }
}
