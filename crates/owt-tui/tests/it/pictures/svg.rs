//! A picture of the board as SVG. Pure.

use owt_picture::Frame;
use owt_picture::Look;
use owt_picture::Piece;
use owt_picture::Screen;
use ratatui_core::buffer::Buffer;
use ratatui_core::buffer::Cell;
use ratatui_core::style::Color;
use ratatui_core::style::Modifier;
use unicode_width::UnicodeWidthStr;

/// The screen as a picture.
pub(crate) fn drawn(title: &str, buffer: &Buffer) -> String {
    let columns = usize::from(buffer.area.width);
    let rows: Vec<Vec<Piece>> = buffer.content().chunks(columns.max(1)).map(pieces).collect();
    let screen = Screen { title, label: title, columns, rows: &rows };
    owt_picture::drawn(Frame::Bare, &screen, UnicodeWidthStr::width)
}

/// What of one look stands beside one another.
fn pieces(row: &[Cell]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut covered = 0;
    for (column, cell) in row.iter().enumerate() {
        // The second half of a wide letter is a cell of its own.
        if covered > 0 {
            covered -= 1;
            continue;
        }
        let columns = cell.symbol().width().max(1);
        covered = columns - 1;
        let look = look(cell);
        match pieces.last_mut().filter(|piece| piece.look == look) {
            Some(piece) => {
                piece.text.push_str(cell.symbol());
                piece.columns += columns;
            }
            None => pieces.push(Piece { column, columns, text: cell.symbol().to_owned(), look }),
        }
    }
    pieces
}

fn look(cell: &Cell) -> Look {
    let bold = cell.modifier.contains(Modifier::BOLD);
    Look { colour: colour(cell.fg), ground: colour(cell.bg), bold }
}

/// The board has none of the sixteen that each terminal has its own of, but for "the terminal's".
fn colour(colour: Color) -> Option<String> {
    match colour {
        Color::Indexed(code @ 16..) => Some(owt_picture::of_256(code)),
        _ => None,
    }
}
