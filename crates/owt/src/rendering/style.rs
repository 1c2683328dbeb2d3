//! Whether tones are shown as colours.

use owt_tui::Tone;

use crate::rendering::palette::Palette;

/// Shows tones as colours, or not at all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style(Option<&'static Palette>);

impl Style {
    pub(crate) const PLAIN: Self = Self(None);

    pub(crate) const fn coloured(palette: &'static Palette) -> Self {
        Self(Some(palette))
    }

    pub(crate) const fn is_coloured(self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        match self.0.and_then(|palette| palette.code(tone)) {
            Some(code) if !text.is_empty() => format!("\x1b[{code}m{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }
}

/// When colours are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum ColourChoice {
    /// On a terminal that has them.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What speaks for and against colours on one stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances {
    pub(crate) choice: ColourChoice,
    /// `NO_COLOR` is set.
    pub(crate) refused: bool,
    /// The stream is a terminal.
    pub(crate) terminal: bool,
    /// `TERM` is `dumb`.
    pub(crate) dumb: bool,
}

impl Circumstances {
    /// The flag wins over `NO_COLOR`, which wins over what the terminal can do.
    pub(crate) const fn want_colour(self) -> bool {
        match self.choice {
            ColourChoice::Always => true,
            ColourChoice::Never => false,
            ColourChoice::Auto => self.terminal && !self.refused && !self.dumb,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_wins() {
        let on_terminal =
            Circumstances { choice: ColourChoice::Auto, refused: false, terminal: true, dumb: false };
        assert!(on_terminal.want_colour());
        assert!(!Circumstances { refused: true, ..on_terminal }.want_colour());
        assert!(!Circumstances { terminal: false, ..on_terminal }.want_colour());
        assert!(!Circumstances { dumb: true, ..on_terminal }.want_colour());
        assert!(!Circumstances { choice: ColourChoice::Never, ..on_terminal }.want_colour());
        let forced =
            Circumstances { choice: ColourChoice::Always, refused: true, terminal: false, dumb: true };
        assert!(forced.want_colour());
    }
}
