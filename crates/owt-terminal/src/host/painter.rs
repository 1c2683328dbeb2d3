//! Drawing the picture on a person's terminal, as tmux would: from what the emulator holds, cell by cell, never the
//! program's own bytes. So nothing of it reaches that terminal but letters, colours, the cursor and the modes of
//! keys and mouse; no title, no clipboard, no question that it would answer.
//!
//! Pure: it must not know who looks on, and how fast.

use vt100::Cell;
use vt100::Color;
use vt100::Screen;

use crate::emulator::Size;

/// The fewest rows of a terminal that keep one for the line of status.
const ROWS_WITH_STATUS: u16 = 3;

/// What the last row says.
const HINT: &str = "C-b d leaves it running, C-b [ scrolls ";

/// What is on one person's terminal now, as far as we drew it.
#[derive(Debug, Default)]
pub(super) struct Painter {
    rows: Vec<String>,
    modes: String,
}

/// What is to be seen.
pub(super) struct View<'a> {
    pub(super) screen: &'a Screen,
    /// The lines that have scrolled away and can be had back.
    pub(super) history: usize,
    pub(super) title: &'a str,
}

/// The size that a program has on a terminal of this size: the last row is ours.
pub(super) fn inner_size(terminal: Size) -> Size {
    let rows = terminal.rows.get();
    let left = if rows < ROWS_WITH_STATUS { rows } else { rows - 1 };
    Size::told(left, terminal.columns.get()).unwrap_or(terminal)
}

impl Painter {
    /// Forgets what was drawn: everything is drawn again.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The bytes that bring the terminal from what was drawn last to this view; none when nothing has changed.
    pub(super) fn paint(&mut self, view: &View<'_>, terminal: Size) -> Vec<u8> {
        let wanted = rows(view, terminal);
        let modes = modes(view, terminal);
        let mut changed = String::new();
        for (at, row) in wanted.iter().enumerate() {
            if self.rows.get(at) != Some(row) {
                changed.push_str(&format!("\x1b[{};1H\x1b[m{row}\x1b[m\x1b[K", at + 1));
            }
        }
        if changed.is_empty() && modes == self.modes {
            return Vec::new();
        }
        self.rows = wanted;
        self.modes.clone_from(&modes);
        // Hidden and without wrapping while it is drawn: a full last column scrolls nothing.
        format!("\x1b[?25l\x1b[?7l{changed}\x1b[?7h{modes}").into_bytes()
    }
}

fn rows(view: &View<'_>, terminal: Size) -> Vec<String> {
    let inner = inner_size(terminal).rows.get();
    let (_, columns) = view.screen.size();
    let width = terminal.columns.min(columns).get();
    let mut rows: Vec<String> = (0..inner).map(|row| row_text(view.screen, row, width)).collect();
    if inner < terminal.rows.get() {
        rows.push(status(view, usize::from(terminal.columns.get())));
    }
    rows
}

/// One row of the picture; empty below its end.
fn row_text(screen: &Screen, row: u16, width: u16) -> String {
    let mut text = String::new();
    let mut look = String::new();
    for column in 0..width {
        let Some(cell) = screen.cell(row, column) else { break };
        let wanted = attributes(cell);
        if wanted != look {
            text.push_str("\x1b[m");
            text.push_str(&wanted);
            look = wanted;
        }
        if cell.is_wide_continuation() {
            continue;
        }
        // The half of a wide letter at the edge has no room.
        let fits = !cell.is_wide() || column + 1 < width;
        let letters = cell.contents();
        if fits && !letters.is_empty() && !letters.contains(char::is_control) {
            text.push_str(letters);
        } else {
            text.push(' ');
        }
    }
    // Blanks at the end that look like nothing are left to the erasing of the rest.
    if look.is_empty() { text.trim_end_matches(' ').to_owned() } else { text }
}

fn attributes(cell: &Cell) -> String {
    let mut text = String::new();
    for (is_set, code) in
        [(cell.bold(), 1), (cell.dim(), 2), (cell.italic(), 3), (cell.underline(), 4), (cell.inverse(), 7)]
    {
        if is_set {
            text.push_str(&format!("\x1b[{code}m"));
        }
    }
    text.push_str(&colour(cell.fgcolor(), 38));
    text.push_str(&colour(cell.bgcolor(), 48));
    text
}

fn colour(colour: Color, ground: u8) -> String {
    match colour {
        Color::Default => String::new(),
        Color::Idx(index) => format!("\x1b[{ground};5;{index}m"),
        Color::Rgb(red, green, blue) => format!("\x1b[{ground};2;{red};{green};{blue}m"),
    }
}

fn status(view: &View<'_>, columns: usize) -> String {
    let back = view.screen.scrollback();
    let right = match back {
        0 => HINT.to_owned(),
        _ => format!("[{back}/{}] q returns ", view.history),
    };
    let right: String = right.chars().take(columns).collect();
    let room = columns - right.chars().count();
    let left: String = format!(" {}", view.title).chars().filter(|c| !c.is_control()).take(room).collect();
    // Letters of two columns make it too long at worst, which is cut off at the edge.
    let gap = " ".repeat(room - left.chars().count());
    format!("\x1b[7m{left}{gap}{right}")
}

/// The modes of keys and mouse, and the cursor.
fn modes(view: &View<'_>, terminal: Size) -> String {
    let screen = view.screen;
    let mut text = screen.input_mode_formatted();
    // Whatever the program wants: keys of ours in what is pasted must be known for a paste.
    text.push_str("\x1b[?2004h");
    let (row, column) = screen.cursor_position();
    let inner = inner_size(terminal);
    let is_inside = row < inner.rows.get() && column < inner.columns.get();
    if is_inside && screen.scrollback() == 0 {
        text.push_str(&format!("\x1b[{};{}H", row + 1, column + 1));
        if !screen.hide_cursor() {
            text.push_str("\x1b[?25h");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn size(rows: u16, columns: u16) -> Size {
        Size::told(rows, columns).unwrap()
    }

    fn parser(size: Size) -> vt100::Parser {
        vt100::Parser::new(size.rows, size.columns, 100)
    }

    fn view(screen: &Screen) -> View<'_> {
        View { screen, history: 0, title: "a\x1b title" }
    }

    fn text_of(screen: &Screen, rows: u16) -> Vec<String> {
        screen.rows(0, screen.size().1.get()).take(rows.into()).map(|row| row.trim_end().to_owned()).collect()
    }

    #[test]
    fn the_last_row_is_ours_and_says_how_to_leave() {
        let terminal = size(6, 80);
        let program = parser(inner_size(terminal));
        let mut person = parser(terminal);
        person.process(&Painter::default().paint(&view(program.screen()), terminal));
        let last = text_of(person.screen(), 6).pop().unwrap();
        assert!(last.starts_with(" a title") && last.contains("C-b d leaves it running"), "{last:?}");
        assert_eq!(inner_size(size(2, 80)), size(2, 80));
    }

    #[test]
    fn what_has_not_changed_is_not_drawn_again() {
        let terminal = size(6, 40);
        let mut program = parser(inner_size(terminal));
        let mut painter = Painter::default();
        program.process(b"one\r\ntwo");
        assert!(!painter.paint(&view(program.screen()), terminal).is_empty());
        assert_eq!(painter.paint(&view(program.screen()), terminal), b"");
        program.process(b"\r\nthree");
        let drawn = String::from_utf8(painter.paint(&view(program.screen()), terminal)).unwrap();
        assert!(drawn.contains("three") && !drawn.contains("one"), "{drawn:?}");
    }

    #[test]
    fn a_program_reaches_neither_the_clipboard_nor_the_title_nor_the_answers_of_a_terminal() {
        let terminal = size(6, 60);
        let mut program = parser(inner_size(terminal));
        program.process(
            b"\x1b]52;c;c2VjcmV0\x07\x1b]2;owned\x07\x1b[c\x1b[6n\x1bPtmux;\x1b\x1b]52;c;eA==\x07\x1b\\\x1b[21t\x1b]8;;http://x\x07ok",
        );
        let drawn = Painter::default().paint(&view(program.screen()), terminal);
        let drawn = String::from_utf8(drawn).unwrap();
        assert!(drawn.contains("ok"));
        for harm in ["\x1b]", "\x1bP", "\x1b[c", "\x1b[6n", "\x1b[21t", "owned"] {
            assert!(!drawn.contains(harm), "{harm:?} in {drawn:?}");
        }
    }

    proptest! {
        #[test]
        fn a_terminal_of_any_size_shows_as_much_of_the_picture_as_it_has_room_for(
            parts in prop::collection::vec(prop_oneof![
                "[a-z\u{e4}\u{df}\u{6f22} ]{0,30}",
                Just("\r\n".to_owned()),
                Just("\x1b[31;44m".to_owned()),
                Just("\x1b[m".to_owned()),
                Just("\x1b[2;3H".to_owned()),
                Just("\x1b[K".to_owned()),
                Just("\x1b[?1049h".to_owned()),
            ], 0..30),
            rows in 3u16..14,
            columns in 2u16..50,
        ) {
            let own = size(8, 24);
            let terminal = size(rows, columns);
            let mut program = parser(own);
            let mut person = parser(terminal);
            let mut painter = Painter::default();
            for part in &parts {
                program.process(part.as_bytes());
                person.process(&painter.paint(&view(program.screen()), terminal));
            }
            let shared = (rows - 1).min(8);
            for row in 0..shared {
                let width = columns.min(24);
                for column in 0..width {
                    let (a, b) = (program.screen().cell(row, column).unwrap(), person.screen().cell(row, column).unwrap());
                    let is_cut = a.is_wide() && column + 1 == width;
                    let letters = |cell: &Cell| cell.contents().trim().to_owned();
                    prop_assert!(is_cut || letters(a) == letters(b), "{row},{column}: {a:?} {b:?}");
                    prop_assert!(is_cut || a.bgcolor() == b.bgcolor(), "{row},{column}: {a:?} {b:?}");
                }
            }
        }
    }
}
