//! Amounts of disk as people write them: `"20GB"`, `"500MB"`, `"1.5GB"`, `"none"`. Units are powers of ten, as `df -H`
//! and the makers of disks have them.

use std::fmt;
use std::str::FromStr;

use super::SettingValue;

const UNITS: [(&str, u64); 5] =
    [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1)];

/// An amount of disk in bytes; or no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteLimit(Option<u64>);

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongAmount {
    /// Not a number with a unit.
    #[error("an amount of disk is written as a number with a unit: B, kB, MB, GB or TB")]
    Form,
    /// Zero.
    #[error("a limit of nothing would never be kept; no limit is \"none\"")]
    Zero,
    /// More than there is anywhere.
    #[error("a limit beyond 1000 TB; no limit is \"none\"")]
    TooLarge,
}

/// Beyond this a limit is a slip of the pen.
const LARGEST: u64 = 1_000 * 1_000_000_000_000;

impl ByteLimit {
    /// The limit in bytes; `None` is no limit.
    pub const fn bytes(self) -> Option<u64> {
        self.0
    }
}

impl FromStr for ByteLimit {
    type Err = WrongAmount;

    fn from_str(text: &str) -> Result<Self, WrongAmount> {
        if text == "none" {
            return Ok(Self(None));
        }
        let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(WrongAmount::Form)?;
        let (number, unit) = text.split_at(split);
        let unit = unit.trim_start_matches(' ');
        let (_, size) =
            UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or(WrongAmount::Form)?;
        match bytes(number, *size)? {
            0 => Err(WrongAmount::Zero),
            bytes if bytes > LARGEST => Err(WrongAmount::TooLarge),
            bytes => Ok(Self(Some(bytes))),
        }
    }
}

/// A number with at most three decimals, in whole bytes.
fn bytes(number: &str, size: u64) -> Result<u64, WrongAmount> {
    let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
    if whole.is_empty() || part.is_empty() || part.len() > 3 || part.contains('.') {
        return Err(WrongAmount::Form);
    }
    let whole: u64 = whole.parse().map_err(|_| WrongAmount::TooLarge)?;
    let thousandths: u64 = format!("{part:0<3}").parse().map_err(|_| WrongAmount::Form)?;
    let whole = whole.checked_mul(size).ok_or(WrongAmount::TooLarge)?;
    whole.checked_add(thousandths * size / 1_000).ok_or(WrongAmount::TooLarge)
}

impl fmt::Display for ByteLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(bytes) = self.0 else { return f.write_str("none") };
        let exact = |(_, size): &&(&str, u64)| bytes >= *size && (bytes * 1_000).is_multiple_of(*size);
        // The last unit fits always.
        let (unit, size) = UNITS.iter().find(exact).unwrap_or(&UNITS[4]);
        match (bytes % size) * 1_000 / size {
            0 => write!(f, "{}{unit}", bytes / size),
            part => {
                let part = format!("{part:03}");
                write!(f, "{}.{}{unit}", bytes / size, part.trim_end_matches('0'))
            }
        }
    }
}

impl SettingValue for ByteLimit {
    const EXPECTS: &'static str = "an amount of disk such as \"500MB\" or \"20GB\", or \"none\"";
    const EXAMPLES: &'static [&'static str] = &["500MB", "20GB", "none"];
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read() {
        for (text, bytes) in [
            ("20GB", 20_000_000_000),
            ("20 gb", 20_000_000_000),
            ("1.5GB", 1_500_000_000),
            ("500MB", 500_000_000),
            ("7kB", 7_000),
            ("1B", 1),
        ] {
            assert_eq!(text.parse(), Ok(ByteLimit(Some(bytes))), "{text}");
        }
        assert_eq!("none".parse(), Ok(ByteLimit(None)));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["", "5", "GB", "5XB", "1.GB", ".5GB", "1.2.3GB", "1.2345GB", "-5GB", "5GiB", "٣GB", "5GBé"]
        {
            assert_eq!(text.parse::<ByteLimit>(), Err(WrongAmount::Form), "{text}");
        }
        for text in ["0GB", "0.0MB", "0.1B"] {
            assert_eq!(text.parse::<ByteLimit>(), Err(WrongAmount::Zero), "{text}");
        }
        for text in ["1001TB", "99999999999999999999GB", "18446744073709551615TB"] {
            assert_eq!(text.parse::<ByteLimit>(), Err(WrongAmount::TooLarge), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(bytes in 1..=LARGEST) {
            let limit = ByteLimit(Some(bytes));
            prop_assert_eq!(limit.to_string().parse(), Ok(limit));
        }

        #[test]
        fn round_amounts_are_printed_as_they_were_written(number in 1u64..1000, unit in 0usize..5) {
            let text = format!("{number}{}", UNITS[unit].0);
            prop_assert_eq!(text.parse::<ByteLimit>().unwrap().to_string(), text);
        }

        #[test]
        fn no_text_panics(text in "[0-9.kKMGTB]{0,40}|.*") {
            let _ = text.parse::<ByteLimit>();
        }
    }
}
