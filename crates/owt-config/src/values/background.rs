//! The background of the person's terminal: `"#1a1b2e"`, `"auto"`.

use std::fmt;
use std::str::FromStr;

use super::SettingValue;

/// A colour; or none, where the terminal is to say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Background(Option<[u8; 3]>);

/// Why a text is no background.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no colour as \"#1a1b2e\" or \"#fff\"")]
pub struct WrongBackground;

/// What is to be read on a background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lightness {
    /// Light letters.
    Dark,
    /// Dark letters.
    Light,
}

impl Background {
    /// How light it is (ITU-R BT.709), where it is known.
    pub fn lightness(self) -> Option<Lightness> {
        let [red, green, blue] = self.0?.map(u32::from);
        let light = 2126 * red + 7152 * green + 722 * blue;
        Some(if 2 * light > 10_000 * 255 { Lightness::Light } else { Lightness::Dark })
    }
}

impl FromStr for Background {
    type Err = WrongBackground;

    fn from_str(text: &str) -> Result<Self, WrongBackground> {
        if text == "auto" {
            return Ok(Self(None));
        }
        let digits = text.strip_prefix('#').filter(|digits| digits.bytes().all(|it| it.is_ascii_hexdigit()));
        let digits = digits.ok_or(WrongBackground)?;
        let number = u32::from_str_radix(digits, 16).map_err(|_| WrongBackground)?;
        let [_, red, green, blue] = number.to_be_bytes();
        match digits.len() {
            6 => Ok(Self(Some([red, green, blue]))),
            3 => Ok(Self(Some([green % 16, blue / 16, blue % 16].map(|digit| digit * 17)))),
            _ => Err(WrongBackground),
        }
    }
}

impl fmt::Display for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("auto"),
            Some([red, green, blue]) => write!(f, "#{red:02x}{green:02x}{blue:02x}"),
        }
    }
}

impl SettingValue for Background {
    const EXPECTS: &'static str = "a colour, \"#1a1b2e\", or \"auto\"";
    const EXAMPLES: &'static [&'static str] = &["auto", "#1a1b2e"];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_in_both_spellings_and_are_dark_or_light() {
        for (text, shown, lightness) in [
            ("#1a1b2e", "#1a1b2e", Some(Lightness::Dark)),
            ("#FDF6E3", "#fdf6e3", Some(Lightness::Light)),
            ("#f0a", "#ff00aa", Some(Lightness::Dark)),
            ("#0f0", "#00ff00", Some(Lightness::Light)),
            ("auto", "auto", None),
        ] {
            let background: Background = text.parse().unwrap();
            assert_eq!((background.to_string().as_str(), background.lightness()), (shown, lightness));
        }
        for text in ["", "#", "1a1b2e", "#12345", "#1234567", "#+12345", "dark", "#gggggg", "#é1"] {
            assert_eq!(text.parse::<Background>(), Err(WrongBackground), "{text}");
        }
    }
}
