//! Colours as data: what a thing means is a [`Tone`], what that looks like is a [`Theme`]. It must not know what is drawn.

use owt_api::TextColour;
use ratatui_core::style::Color;
use ratatui_core::style::Modifier;
use ratatui_core::style::Style;

use crate::ink::Change;
use crate::ink::Ink;
use crate::ink::Own;
use crate::palette;
use crate::status::Tone;
use crate::syntax::Token;

/// The colours of a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark background, 256 colours.
    Dark,
    /// Light background, 256 colours.
    Light,
    /// Dark background, the terminal's own 16 colours.
    DarkAnsi,
    /// Light background, the terminal's own 16 colours.
    LightAnsi,
    /// A background that nobody knows: the terminal's own colours that can be read on both.
    Either,
    /// No colours.
    None,
}

impl Theme {
    pub(crate) fn ink(self, ink: Ink) -> Style {
        match ink {
            Ink::Tone(tone) => self.style(tone),
            Ink::Code(change, token) => self.code(change, token),
            Ink::Own(own) => self.own(own),
        }
    }

    /// What lies under a line of a patch. Where the terminal's own colours are all there is, its plain letters tell it instead.
    pub(crate) fn ground(self, change: Change) -> Style {
        let (added, removed) = match self {
            Self::Dark => (Color::Indexed(22), Color::Indexed(52)),
            Self::Light => (Color::Indexed(194), Color::Indexed(224)),
            Self::DarkAnsi | Self::LightAnsi | Self::Either | Self::None => return Style::new(),
        };
        match change {
            Change::Same => Style::new(),
            Change::Added => Style::new().bg(added),
            Change::Removed => Style::new().bg(removed),
        }
    }

    /// A program's own colours, as far as this theme has any.
    fn own(self, own: Own) -> Style {
        let style = Style::new().add_modifier(own.styles);
        let colour: fn(TextColour) -> Color = match self {
            Self::None => return style,
            Self::Dark | Self::Light => palette::of_256,
            Self::DarkAnsi | Self::LightAnsi | Self::Either => palette::of_16,
        };
        Style { fg: own.letters.map(colour), bg: own.ground.map(colour), ..style }
    }

    fn code(self, change: Change, token: Token) -> Style {
        let [keyword, name, text, number] = match self {
            Self::None => return Style::new(),
            Self::Dark => [176, 117, 222, 215].map(Color::Indexed),
            Self::Light => [90, 25, 94, 130].map(Color::Indexed),
            Self::DarkAnsi => [Color::LightMagenta, Color::LightBlue, Color::LightYellow, Color::LightCyan],
            Self::LightAnsi => [Color::Magenta, Color::Blue, Color::Cyan, Color::Cyan],
            Self::Either => [Color::Magenta, Color::Cyan, Color::Yellow, Color::Cyan],
        };
        match token {
            Token::Plain => self.plain_code(change),
            // It is read on the grounds of changes, too.
            Token::Comment if self == Self::Dark => Style::new().fg(Color::Indexed(248)),
            Token::Comment => self.style(Tone::Dim),
            Token::Keyword => Style::new().fg(keyword),
            Token::Name => Style::new().fg(name),
            Token::Text => Style::new().fg(text),
            Token::Number => Style::new().fg(number),
        }
    }

    fn plain_code(self, change: Change) -> Style {
        match (self, change) {
            (Self::Dark | Self::Light, _) | (_, Change::Same) => Style::new(),
            (_, Change::Added) => self.style(Tone::Good),
            (_, Change::Removed) => self.style(Tone::Bad),
        }
    }

    fn style(self, tone: Tone) -> Style {
        let plain = Style::new();
        let (good, bad, warn, active, dim) = match self {
            Self::None => {
                return match tone {
                    Tone::Strong => plain.add_modifier(Modifier::BOLD),
                    _ => plain,
                };
            }
            Self::Dark => (
                Color::Indexed(114),
                Color::Indexed(203),
                Color::Indexed(221),
                Color::Indexed(75),
                Color::Indexed(245),
            ),
            Self::Light => (
                Color::Indexed(28),
                Color::Indexed(160),
                Color::Indexed(130),
                Color::Indexed(25),
                Color::Indexed(242),
            ),
            Self::DarkAnsi => {
                (Color::LightGreen, Color::LightRed, Color::LightYellow, Color::LightCyan, Color::DarkGray)
            }
            Self::LightAnsi => (Color::Green, Color::Red, Color::Magenta, Color::Blue, Color::DarkGray),
            Self::Either => (Color::Green, Color::Red, Color::Yellow, Color::Cyan, Color::Reset),
        };
        match tone {
            Tone::Plain => plain,
            Tone::Strong => plain.add_modifier(Modifier::BOLD),
            Tone::Dim if self == Self::Either => plain.add_modifier(Modifier::DIM),
            Tone::Dim => plain.fg(dim),
            Tone::Good => plain.fg(good),
            Tone::Bad => plain.fg(bad),
            Tone::Warn => plain.fg(warn),
            Tone::Active => plain.fg(active),
        }
    }

    /// What lies under the selected line.
    pub(crate) fn selected(self) -> Style {
        match self {
            Self::Dark => Style::new().bg(Color::Indexed(236)),
            Self::Light => Style::new().bg(Color::Indexed(254)),
            _ => Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    /// The line at the top.
    pub(crate) fn bar(self) -> Style {
        match self {
            Self::Dark => Style::new().bg(Color::Indexed(235)),
            Self::Light => Style::new().bg(Color::Indexed(253)),
            _ => Style::new(),
        }
    }
}
