//! Pictures of terminal screens as SVG, for the documentation: pieces of text at their columns, on a dark ground. Pure.
//!
//! It must not know where a screen comes from: what it draws was taken apart by its caller.

mod colour;

use std::fmt::Write as _;

pub use colour::BASIC;
pub use colour::of_256;

/// Size of a cell, in pixels.
const WIDE: f64 = 8.4;
const HIGH: f64 = 19.0;
/// From the top of a cell to the line that its letters stand on.
const BASELINE: f64 = 14.0;

const BACKGROUND: &str = "#1b1d23";
const FOREGROUND: &str = "#d7dae0";
/// The colour of what is told faintly.
pub const FAINT: &str = "#868c98";

/// What stands around a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// Nothing: its title is for those who do not see it.
    Bare,
    /// A bar above it with its title.
    Titled,
}

impl Frame {
    /// Left, right and below, in pixels.
    const fn border(self) -> f64 {
        match self {
            Self::Bare => 12.0,
            Self::Titled => 16.0,
        }
    }

    /// Above the first row, in pixels.
    const fn top(self) -> f64 {
        match self {
            Self::Bare => self.border(),
            Self::Titled => 30.0,
        }
    }

    const fn below(self) -> f64 {
        self.border()
    }
}

/// How text looks. Colours are those of SVG (`#rrggbb`); none is that of the terminal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Look {
    /// Of the letters.
    pub colour: Option<String>,
    /// Of the ground behind them.
    pub ground: Option<String>,
    /// Heavier than the rest.
    pub bold: bool,
}

/// Text of one look within a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins, from 0.
    pub column: usize,
    /// How many columns it takes.
    pub columns: usize,
    /// What stands there.
    pub text: String,
    /// How it looks.
    pub look: Look,
}

/// A screen, taken apart.
#[derive(Debug, Clone, Copy)]
pub struct Screen<'a> {
    /// What it shows, in words.
    pub title: &'a str,
    /// The same for those who have it read to them.
    pub label: &'a str,
    /// How many columns it has.
    pub columns: usize,
    /// Its rows, from above.
    pub rows: &'a [Vec<Piece>],
}

/// The screen as a picture. `width_of` tells how many columns a text takes.
#[must_use]
pub fn drawn(frame: Frame, screen: &Screen<'_>, width_of: impl Fn(&str) -> usize) -> String {
    let width = 2.0 * frame.border() + WIDE * float(screen.columns);
    let height = frame.top() + frame.below() + HIGH * float(screen.rows.len());
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"{}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"{BACKGROUND}\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" \
         font-size=\"14\" fill=\"{FOREGROUND}\" xml:space=\"preserve\">\n",
        escaped(screen.label),
    );
    if frame == Frame::Titled {
        let (x, title) = (frame.border(), escaped(screen.title));
        line(&mut svg, format_args!("<text x=\"{x}\" y=\"20\" fill=\"{FAINT}\">{title}</text>"));
    }
    for (row, pieces) in screen.rows.iter().enumerate() {
        for piece in pieces {
            let place = (frame.border() + WIDE * float(piece.column), frame.top() + HIGH * float(row));
            draw(&mut svg, place, piece, &width_of);
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// Words that wide blanks part stand each at a column of their own, so that no font moves the next.
fn draw(svg: &mut String, (x, y): (f64, f64), piece: &Piece, width_of: impl Fn(&str) -> usize) {
    if let Some(fill) = &piece.look.ground {
        let width = WIDE * float(piece.columns);
        let size = format_args!("width=\"{width:.1}\" height=\"{HIGH:.0}\"");
        line(svg, format_args!("<rect x=\"{x:.1}\" y=\"{y:.1}\" {size} fill=\"{fill}\"/>"));
    }
    let mut column = 0;
    for words in piece.text.split_inclusive("  ") {
        let x = x + WIDE * float(column);
        column += width_of(words);
        let text = escaped(words.trim_end());
        if !text.is_empty() {
            let (y, look) = (y + BASELINE, attributes(&piece.look));
            line(svg, format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\"{look}>{text}</text>"));
        }
    }
}

fn attributes(look: &Look) -> String {
    let fill = look.colour.as_ref().map(|colour| format!(" fill=\"{colour}\"")).unwrap_or_default();
    let bold = if look.bold { " font-weight=\"bold\"" } else { "" };
    fill + bold
}

fn line(svg: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(svg, "{text}").expect("a string takes any text");
}

/// Screens are far smaller than what a float tells exactly.
fn float(cells: usize) -> f64 {
    f64::from(u32::try_from(cells).unwrap_or(u32::MAX))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(column: usize, text: &str, look: Look) -> Piece {
        Piece { column, columns: text.chars().count(), text: text.to_owned(), look }
    }

    fn drawn_of(frame: Frame, pieces: Vec<Piece>) -> String {
        let screen = Screen { title: "t", label: "a \"t\"", columns: 20, rows: &[pieces] };
        drawn(frame, &screen, |text| text.chars().count())
    }

    #[test]
    fn words_keep_their_columns_and_letters_of_markup_are_text() {
        let bold = Look { bold: true, ..Look::default() };
        let svg = drawn_of(Frame::Bare, vec![piece(1, "A <b>  c", bold)]);
        assert!(svg.contains("<text x=\"20.4\" y=\"26.0\" font-weight=\"bold\">A &lt;b&gt;</text>"), "{svg}");
        assert!(svg.contains("<text x=\"79.2\" y=\"26.0\" font-weight=\"bold\">c</text>"), "{svg}");
        assert!(svg.contains("aria-label=\"a &quot;t&quot;\""), "{svg}");
    }

    #[test]
    fn a_ground_is_as_wide_as_its_piece_and_the_title_stands_above() {
        let on_grey = Look { ground: Some(of_256(236)), ..Look::default() };
        let svg = drawn_of(Frame::Titled, vec![piece(0, "ab", on_grey)]);
        let ground = "<rect x=\"16.0\" y=\"30.0\" width=\"16.8\" height=\"19\" fill=\"#303030\"/>";
        assert!(svg.contains(ground), "{svg}");
        assert!(svg.contains("<text x=\"16\" y=\"20\" fill=\"#868c98\">t</text>"), "{svg}");
    }
}
