//! Colours for terminals of either background.

use crate::rendering::Tone;

/// What the person says about the terminal's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Theme {
    /// As the terminal says of itself.
    #[default]
    Auto,
    /// Dark background, 256 colours.
    Dark,
    /// Light background, 256 colours.
    Light,
    /// Dark background, the terminal's own 16 colours.
    DarkAnsi,
    /// Light background, the terminal's own 16 colours.
    LightAnsi,
    /// A background that nobody knows.
    #[value(skip)]
    Either,
}

impl Theme {
    /// What fits the terminal's word on its background.
    pub(crate) fn told(background: Option<&str>) -> Self {
        match background.and_then(|text| text.rsplit(';').next()?.parse::<u8>().ok()) {
            Some(7 | 15) => Self::LightAnsi,
            Some(0..=15) => Self::DarkAnsi,
            _ => Self::Either,
        }
    }
}

/// The parameters of the escape sequence (SGR, ECMA-48 section 8.3.117) for each tone.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Palette {
    strong: &'static str,
    dim: &'static str,
    good: &'static str,
    bad: &'static str,
    warn: &'static str,
    active: &'static str,
}

const DARK: Palette = Palette {
    strong: "1",
    dim: "38;5;245",
    good: "38;5;114",
    bad: "38;5;203",
    warn: "38;5;221",
    active: "38;5;75",
};

const LIGHT: Palette = Palette {
    strong: "1",
    dim: "38;5;242",
    good: "38;5;28",
    bad: "38;5;160",
    warn: "38;5;130",
    active: "38;5;25",
};

const DARK_ANSI: Palette =
    Palette { strong: "1", dim: "90", good: "92", bad: "91", warn: "93", active: "96" };

const LIGHT_ANSI: Palette =
    Palette { strong: "1", dim: "90", good: "32", bad: "31", warn: "35", active: "34" };

/// For a background that nobody knows: the terminal's own colours that can be read on both.
const EITHER: Palette = Palette { strong: "1", dim: "2", good: "32", bad: "31", warn: "33", active: "36" };

impl Palette {
    /// The colours of a theme. `background` is the terminal's word (`COLORFGBG`: "15;0", the last number is
    /// the background's).
    pub(crate) fn of(theme: Theme, background: Option<&str>) -> &'static Self {
        match theme {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
            Theme::DarkAnsi => &DARK_ANSI,
            Theme::LightAnsi => &LIGHT_ANSI,
            Theme::Auto => Self::of(Theme::told(background), None),
            Theme::Either => &EITHER,
        }
    }

    pub(crate) const fn code(&self, tone: Tone) -> Option<&'static str> {
        match tone {
            Tone::Plain => None,
            Tone::Strong => Some(self.strong),
            Tone::Dim => Some(self.dim),
            Tone::Good => Some(self.good),
            Tone::Bad => Some(self.bad),
            Tone::Warn => Some(self.warn),
            Tone::Active => Some(self.active),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_believes_the_terminal_and_else_takes_what_can_be_read_on_both() {
        for (background, expected) in [
            (None, &EITHER),
            (Some("15;0"), &DARK_ANSI),
            (Some("0;15"), &LIGHT_ANSI),
            (Some("0;default;7"), &LIGHT_ANSI),
            (Some("15;default"), &EITHER),
            (Some(""), &EITHER),
        ] {
            assert_eq!(Palette::of(Theme::Auto, background), expected, "{background:?}");
        }
        assert_eq!(Palette::of(Theme::Dark, Some("0;15")), &DARK);
    }
}
