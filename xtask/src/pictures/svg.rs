//! A terminal's screen, with its colours (SGR, ECMA-48 8.3.117), as SVG. Pure.

use owt_picture::BASIC;
use owt_picture::FAINT;
use owt_picture::Frame;
use owt_picture::Piece;
use owt_picture::Screen;
use owt_picture::of_256;

/// How text looks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Look {
    colour: Option<String>,
    bold: bool,
    faint: bool,
}

/// The screen as a picture. Blank rows at its end are left out.
pub(super) fn drawn(title: &str, screen: &str) -> String {
    let mut look = Look::default();
    let rows: Vec<Vec<Piece>> = screen.trim_end().lines().map(|line| pieces(line, &mut look)).collect();
    let columns = rows.iter().flatten().map(|piece| piece.column + piece.columns).max().unwrap_or(0);
    let label = format!("{title} in a terminal");
    let screen = Screen { title, label: &label, columns, rows: &rows };
    owt_picture::drawn(Frame::Titled, &screen, |text| text.chars().count())
}

/// The pieces of a row. Each stands at its own column, so that no font moves the next; blanks are left out.
fn pieces(line: &str, look: &mut Look) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut column = 0;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\x1b' {
            let sequence: String = letters.by_ref().take_while(|letter| *letter != 'm').collect();
            look.change(sequence.trim_start_matches('['));
            continue;
        }
        let drawn = look.drawn();
        let goes_on = pieces.last().is_some_and(|piece| {
            piece.look == drawn && piece.column + piece.columns == column && !piece.text.ends_with("  ")
        });
        match pieces.last_mut().filter(|_| goes_on) {
            Some(piece) => {
                piece.text.push(letter);
                piece.columns += 1;
            }
            None if letter == ' ' => {}
            None => pieces.push(Piece { column, columns: 1, text: letter.to_string(), look: drawn }),
        }
        column += 1;
    }
    for piece in &mut pieces {
        piece.text.truncate(piece.text.trim_end().len());
        piece.columns = piece.text.chars().count();
    }
    pieces
}

impl Look {
    /// Follows the parameters of one sequence; what it does not know, it leaves out.
    fn change(&mut self, parameters: &str) {
        let mut codes = parameters.split(';').map(|code| code.parse::<usize>().unwrap_or(0));
        while let Some(code) = codes.next() {
            match code {
                0 => *self = Self::default(),
                1 => self.bold = true,
                2 => self.faint = true,
                22 => (self.bold, self.faint) = (false, false),
                30..=37 => self.colour = Some(BASIC[code - 30].to_owned()),
                90..=97 => self.colour = Some(BASIC[code - 82].to_owned()),
                39 => self.colour = None,
                38 if codes.next() == Some(5) => {
                    self.colour = codes.next().and_then(|code| u8::try_from(code).ok()).map(of_256);
                }
                _ => {}
            }
        }
    }

    /// What of it is drawn.
    fn drawn(&self) -> owt_picture::Look {
        let faint = || self.faint.then(|| FAINT.to_owned());
        owt_picture::Look { colour: self.colour.clone().or_else(faint), ground: None, bold: self.bold }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_become_attributes_and_pieces_keep_their_columns() {
        let svg = drawn("t", "\x1b[1mA <b>\x1b[0m   \x1b[38;5;75mc\x1b[39m d\n\n");
        assert!(svg.contains("<text x=\"16.0\" y=\"44.0\" font-weight=\"bold\">A &lt;b&gt;</text>"), "{svg}");
        assert!(svg.contains("<text x=\"83.2\" y=\"44.0\" fill=\"#5fafff\">c</text>"), "{svg}");
        assert!(svg.contains("<text x=\"100.0\" y=\"44.0\">d</text>"), "{svg}");
        assert_eq!(svg.matches("<text").count(), 4);
    }

    #[test]
    fn a_look_lasts_over_the_end_of_a_row() {
        let svg = drawn("t", "\x1b[2ma\nb");
        assert_eq!(svg.matches(FAINT).count(), 3);
    }
}
