//! A picture's rows with the sequences that colour them (SGR, ECMA-48 8.3.117): nothing else is written, so that
//! without the sequences they are the plain rows.

use vt100::Cell;
use vt100::Color;
use vt100::Screen;

/// Each row, as far as something stands in it.
pub(super) fn rows(screen: &Screen) -> Vec<String> {
    let (rows, columns) = screen.size();
    (0..rows.get()).map(|row| one(screen, row, columns.get())).collect()
}

fn one(screen: &Screen, row: u16, columns: u16) -> String {
    let cells: Vec<&Cell> = (0..columns).filter_map(|column| screen.cell(row, column)).collect();
    let stands = |cell: &&Cell| !cell.contents().trim().is_empty();
    let filled = cells.iter().rposition(stands).map_or(0, |last| last + 1);
    let (mut text, mut current) = (String::new(), Look::default());
    for cell in cells[..filled].iter().filter(|cell| !cell.is_wide_continuation()) {
        let wanted = current.as_good_as(Look::of(cell), cell);
        text.push_str(&current.change_to(wanted));
        text.push_str(if cell.has_contents() { cell.contents() } else { " " });
        current = wanted;
    }
    text.push_str(&current.change_to(Look::default()));
    text
}

/// How a cell is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Look {
    /// The numbers that switch them on.
    styles: [Option<u8>; 5],
    letters: Color,
    ground: Color,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let styles = [
            (cell.bold(), 1),
            (cell.dim(), 2),
            (cell.italic(), 3),
            (cell.underline(), 4),
            (cell.inverse(), 7),
        ];
        let styles = styles.map(|(is_set, number)| is_set.then_some(number));
        Self { styles, letters: cell.fgcolor(), ground: cell.bgcolor() }
    }

    /// What this cell wants, or what there is, where nobody sees the difference: a blank has no letters.
    fn as_good_as(self, wanted: Self, cell: &Cell) -> Self {
        let is_blank = cell.contents().trim().is_empty();
        let shows = |look: Self| look.styles[3..].iter().any(Option::is_some);
        if is_blank && self.ground == wanted.ground && !shows(self) && !shows(wanted) { self } else { wanted }
    }

    /// The sequence that leads from this one to another.
    fn change_to(self, other: Self) -> String {
        if self == other {
            return String::new();
        }
        if other == Self::default() {
            return "\x1b[0m".to_owned();
        }
        let mut numbers = Vec::new();
        if self.styles != other.styles {
            numbers.push("0".to_owned());
            numbers.extend(other.styles.iter().flatten().map(u8::to_string));
        }
        let begun = if numbers.is_empty() { self } else { Self::default() };
        if begun.letters != other.letters {
            numbers.push(colour(30, other.letters));
        }
        if begun.ground != other.ground {
            numbers.push(colour(40, other.ground));
        }
        format!("\x1b[{}m", numbers.join(";"))
    }
}

/// The numbers of a colour; those for letters begin at 30, those for the ground at 40.
fn colour(begin: u8, colour: Color) -> String {
    let (given, default) = (begin + 8, begin + 9);
    match colour {
        Color::Default => default.to_string(),
        Color::Idx(index) => format!("{given};5;{index}"),
        Color::Rgb(red, green, blue) => format!("{given};2;{red};{green};{blue}"),
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
        assert_eq!(coloured[1], "\x1b[48;2;1;2;3m 漢字 \x1b[0m x");
        assert_eq!(coloured.iter().map(|row| plain(row)).collect::<Vec<_>>(), emulator.picture().rows);
    }
}
