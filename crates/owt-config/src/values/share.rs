//! A part of a whole: `"80%"`, `"none"`.

use std::fmt;
use std::str::FromStr;

use super::SettingValue;

/// A share in percent, 1 to 100; or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(Option<u8>);

/// Why a text is no share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no share from 1% to 100%")]
pub struct WrongShare;

impl Share {
    /// In percent; `None` is never.
    pub const fn percent(self) -> Option<u8> {
        self.0
    }
}

impl FromStr for Share {
    type Err = WrongShare;

    fn from_str(text: &str) -> Result<Self, WrongShare> {
        if text == "none" {
            return Ok(Self(None));
        }
        let number = text.strip_suffix('%').ok_or(WrongShare)?.trim_end();
        let percent: u8 = number.parse().map_err(|_| WrongShare)?;
        if (1..=100).contains(&percent) { Ok(Self(Some(percent))) } else { Err(WrongShare) }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("none"),
            Some(percent) => write!(f, "{percent}%"),
        }
    }
}

impl SettingValue for Share {
    const EXPECTS: &'static str = "a share, \"80%\", or \"none\"";
    const EXAMPLES: &'static [&'static str] = &["80%", "none"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_parts_of_a_whole() {
        assert_eq!("80%".parse::<Share>().map(Share::percent), Ok(Some(80)));
        assert_eq!("none".parse::<Share>().map(Share::percent), Ok(None));
        for text in ["", "80", "0%", "101%", "0.8", "-5%", "%"] {
            assert_eq!(text.parse::<Share>(), Err(WrongShare), "{text}");
        }
    }
}
