//! Colours as data: what a thing means is a [`Tone`], what that looks like is a [`Theme`]. It must not know what is drawn.

use ratatui_core::style::Color;
use ratatui_core::style::Modifier;
use ratatui_core::style::Style;

use crate::status::Tone;

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
    pub(crate) fn style(self, tone: Tone) -> Style {
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
