//! How the rows of a picture look, for whoever shows them to a person. It must not know who that is.

use owt_core::look::Colour;
use owt_core::look::Look;
use owt_core::look::Run;
use owt_core::look::Style;
use vt100::Cell;
use vt100::Screen;

/// So many runs are told of one picture; rows beyond are plain. An ordinary screen whose cells are all different has fewer.
const MOST: usize = 10_000;

/// Each row's runs, from its first character on; of a row that is plain there are none.
pub(super) fn rows(screen: &Screen) -> Vec<Vec<Run>> {
    let (rows, columns) = screen.size();
    let mut told = 0;
    let of_row = |row| {
        let runs = one(screen, row, columns.get());
        told += runs.len();
        if told <= MOST { runs } else { Vec::new() }
    };
    (0..rows.get()).map(of_row).collect()
}

fn one(screen: &Screen, row: u16, columns: u16) -> Vec<Run> {
    let cells = (0..columns).filter_map(|column| screen.cell(row, column));
    let mut runs: Vec<Run> = Vec::new();
    for cell in cells.filter(|cell| !cell.is_wide_continuation()) {
        // A blank cell stands as a space in its row.
        let (look, length) = (look(cell), cell.contents().chars().count().max(1));
        match runs.last_mut() {
            Some(run) if run.look == look => run.length += length,
            _ => runs.push(Run { length, look }),
        }
    }
    while runs.last().is_some_and(|run| run.look == Look::default()) {
        runs.pop();
    }
    runs
}

fn look(cell: &Cell) -> Look {
    let styles = [
        (cell.bold(), Style::Bold),
        (cell.dim(), Style::Dim),
        (cell.italic(), Style::Italic),
        (cell.underline(), Style::Underlined),
        (cell.inverse(), Style::Reversed),
    ];
    Look {
        letters: colour(cell.fgcolor()),
        ground: colour(cell.bgcolor()),
        styles: styles.into_iter().filter(|(is_set, _)| *is_set).map(|(_, style)| style).collect(),
    }
}

const fn colour(colour: vt100::Color) -> Option<Colour> {
    match colour {
        vt100::Color::Default => None,
        vt100::Color::Idx(index) => Some(Colour::Indexed(index)),
        vt100::Color::Rgb(red, green, blue) => Some(Colour::Rgb(red, green, blue)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emulator::Emulator;
    use crate::emulator::Size;

    #[test]
    fn each_run_is_as_long_as_its_characters_in_the_row() {
        let mut emulator = Emulator::new(Size::told(3, 20).unwrap());
        emulator.process("ab\x1b[1;31m漢e\u{301}\x1b[0m c\r\nplain".as_bytes());
        assert_eq!(emulator.picture().rows[0], "ab漢e\u{301} c");
        let red = Look { letters: Some(Colour::Indexed(1)), ground: None, styles: vec![Style::Bold] };
        let runs = vec![Run { length: 2, look: Look::default() }, Run { length: 3, look: red }];
        assert_eq!(emulator.looks(), [runs, Vec::new(), Vec::new()]);
    }

    #[test]
    fn of_a_picture_with_a_look_for_each_of_very_many_cells_the_first_are_told() {
        let mut emulator = Emulator::new(Size::told(100, 200).unwrap());
        let cells = |row: u32| (0..200).map(move |column| format!("\x1b[48;5;{}m.", (row + column) % 2));
        (0..100).for_each(|row| emulator.process(cells(row).collect::<String>().as_bytes()));
        assert_eq!(emulator.looks().concat().len(), MOST);
    }
}
