//! How text on a terminal looks: what a program wished for, as values. It must not know sequences, nor what any of it looks
//! like on a person's screen.

use serde::Deserialize;
use serde::Serialize;

/// A colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// One of the terminal's 256, of which the first 16 are each terminal's own.
    Indexed(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// What letters have beside colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each says all that there is to be said")]
pub enum Style {
    Bold,
    Dim,
    Italic,
    Underlined,
    /// Letters and ground change places.
    Reversed,
}

/// A look; by itself the terminal's plain one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Look {
    /// Of the letters; `None` is the terminal's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letters: Option<Colour>,
    /// Of what lies behind them; `None` is the terminal's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<Colour>,
    /// What else, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub styles: Vec<Style>,
}

/// So many characters of a row have one look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// How many.
    pub length: usize,
    /// Which.
    #[serde(flatten)]
    pub look: Look,
}
