//! A picture's rows with the sequences that colour them (SGR, ECMA-48 8.3.117): nothing else is written, so that
//! without the sequences they are the plain rows.

use vt100::Cell;
use vt100::Color;
use vt100::Screen;

const PLAIN: &str = "0";

/// Each row, as far as something stands in it.
pub(super) fn rows(screen: &Screen) -> Vec<String> {
    let (rows, columns) = screen.size();
    (0..rows.get()).map(|row| one(screen, row, columns.get())).collect()
}

fn one(screen: &Screen, row: u16, columns: u16) -> String {
    let cells: Vec<&Cell> = (0..columns).filter_map(|column| screen.cell(row, column)).collect();
    let stands = |cell: &&Cell| !cell.contents().trim().is_empty();
    let filled = cells.iter().rposition(stands).map_or(0, |last| last + 1);
    let (mut text, mut current) = (String::new(), PLAIN.to_owned());
    let mut ground_is_seen = false;
    for cell in cells[..filled].iter().filter(|cell| !cell.is_wide_continuation()) {
        let wanted = attributes(cell);
        let is_seen = !cell.contents().trim().is_empty() || shows_when_blank(cell) || ground_is_seen;
        if wanted != current && is_seen {
            text.push_str(&format!("\x1b[{wanted}m"));
            (current, ground_is_seen) = (wanted, shows_when_blank(cell));
        }
        text.push_str(if cell.has_contents() { cell.contents() } else { " " });
    }
    if current != PLAIN {
        text.push_str("\x1b[0m");
    }
    text
}

/// Whether a blank that is drawn like this looks unlike any other.
fn shows_when_blank(cell: &Cell) -> bool {
    cell.inverse() || cell.underline() || cell.bgcolor() != Color::Default
}

/// The numbers of one sequence that leads from anything to how this cell is drawn.
fn attributes(cell: &Cell) -> String {
    let flags = [
        (cell.bold(), ";1"),
        (cell.dim(), ";2"),
        (cell.italic(), ";3"),
        (cell.underline(), ";4"),
        (cell.inverse(), ";7"),
    ];
    let mut numbers: String = PLAIN.to_owned();
    numbers.extend(flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, number)| number));
    colour(&mut numbers, 38, cell.fgcolor());
    colour(&mut numbers, 48, cell.bgcolor());
    numbers
}

fn colour(numbers: &mut String, ground: u8, colour: Color) {
    match colour {
        Color::Default => {}
        Color::Idx(index) => numbers.push_str(&format!(";{ground};5;{index}")),
        Color::Rgb(red, green, blue) => numbers.push_str(&format!(";{ground};2;{red};{green};{blue}")),
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::Emulator;
    use crate::emulator::Size;

    fn plain(row: &str) -> String {
        let parts = row.split('\x1b').enumerate();
        parts.map(|(index, part)| if index == 0 { part } else { part.split_once('m').unwrap().1 }).collect()
    }

    #[test]
    fn without_their_colours_they_are_the_plain_rows() {
        let mut emulator = Emulator::new(Size::told(4, 20).unwrap());
        emulator.process(
            "plain\x1b[5G\x1b[1;31mred\x1b[0m\r\n\x1b[48;2;1;2;3m 漢字 \x1b[m x\x1b[3;9Hfar".as_bytes(),
        );
        let coloured = emulator.coloured_rows();
        assert_eq!(coloured[0], "plai\x1b[0;1;38;5;1mred\x1b[0m");
        assert_eq!(coloured[1], "\x1b[0;48;2;1;2;3m 漢字 \x1b[0m x");
        assert_eq!(coloured.iter().map(|row| plain(row)).collect::<Vec<_>>(), emulator.picture().rows);
    }
}
