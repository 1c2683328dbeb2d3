//! What a terminal program's output looks like: the picture, the modes, the questions it asked.
//!
//! Public for whoever records pictures of programs as the product sees them. Wraps the crate vt100 (0.18.1). It must not know where the bytes come from.

mod coloured;
mod looks;

use std::num::NonZeroU16;

use owt_core::look::Run;
use owt_ports::Screen;
use vt100::Callbacks;
use vt100::Parser;

use crate::wire::WireProgress;
use crate::wire::WireScreen;

/// The largest picture in either direction; a terminal that claims to be larger is drawn this large.
const MAX_SIDE: u16 = 1000;

/// The longest window title kept, in characters.
const MAX_TITLE: usize = 200;

/// Rows and columns, neither of them zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub(crate) rows: NonZeroU16,
    pub(crate) columns: NonZeroU16,
}

impl Size {
    /// The size of a terminal that nobody looks at.
    pub(crate) const UNSEEN: Self = Self {
        rows: NonZeroU16::new(50).expect("not zero"),
        columns: NonZeroU16::new(200).expect("not zero"),
    };

    /// A size that a terminal told; `None` when it does not know its own.
    pub fn told(rows: u16, columns: u16) -> Option<Self> {
        let side = |value: u16| NonZeroU16::new(value.min(MAX_SIDE));
        Some(Self { rows: side(rows)?, columns: side(columns)? })
    }
}

/// A terminal program's picture.
pub struct Emulator {
    parser: Parser<Told>,
    /// The beginning of a letter whose end has not come.
    begun: Vec<u8>,
}

/// What the picture itself does not hold.
#[derive(Debug, Default)]
struct Told {
    title: String,
    progress: WireProgress,
    focus_events: bool,
    replies: Vec<u8>,
}

/// How many of the last bytes are the beginning of a letter in UTF-8, and not its end.
fn begun_letter(bytes: &[u8]) -> usize {
    let is_begun = |length: &usize| {
        let end = &bytes[bytes.len() - length..];
        std::str::from_utf8(end).is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    };
    (1..=bytes.len().min(3)).find(is_begun).unwrap_or(0)
}

impl Emulator {
    /// Without a history.
    #[cfg(test)]
    pub(crate) fn new(size: Size) -> Self {
        Self::with_history(size, 0)
    }

    /// Keeps so many lines that scroll away.
    pub fn with_history(size: Size, lines: usize) -> Self {
        let parser = Parser::new_with_callbacks(size.rows, size.columns, lines, Told::default());
        Self { parser, begun: Vec::new() }
    }

    /// The lines that have scrolled away and are kept.
    pub(crate) fn history(&self) -> usize {
        self.parser.screen().scrollback_len()
    }

    /// Looks at the picture, so many lines back.
    pub(crate) fn look<T>(&mut self, back: usize, with: impl FnOnce(&vt100::Screen) -> T) -> T {
        self.parser.screen_mut().set_scrollback(back);
        let seen = with(self.parser.screen());
        // Everybody else wants the present.
        self.parser.screen_mut().set_scrollback(0);
        seen
    }

    /// Takes what the program printed.
    ///
    /// A letter that is cut between two portions is given to the parser as one: vte 0.15 drops what stands between such a
    /// letter and a byte that is no UTF-8, where both come within four bytes.
    pub fn process(&mut self, bytes: &[u8]) {
        let mut all = std::mem::take(&mut self.begun);
        if all.is_empty() {
            self.begun = self.process_letters(bytes).to_vec();
        } else {
            all.extend_from_slice(bytes);
            self.begun = self.process_letters(&all).to_vec();
        }
    }

    /// Returns the beginning of a letter that the bytes end with.
    fn process_letters<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (whole, begun) = bytes.split_at(bytes.len() - begun_letter(bytes));
        self.parser.process(whole);
        begun
    }

    pub(crate) fn resize(&mut self, size: Size) {
        self.parser.set_size(size.rows, size.columns);
    }

    /// Answers to the questions that the program asked since the last call: device attributes, status, cursor
    /// position. Whoever has a real terminal at hand drops them, because that one answers.
    pub fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.parser.callbacks_mut().replies)
    }

    pub(crate) fn bracketed_paste(&self) -> bool {
        self.parser.screen().bracketed_paste()
    }

    /// What is shown, plain.
    pub fn screen(&self) -> Screen {
        self.picture().into()
    }

    /// The rows as `tmux capture-pane -ep` writes them, with the sequences that colour them.
    pub fn coloured_rows(&self) -> Vec<String> {
        coloured::rows(self.parser.screen())
    }

    /// How the rows of the picture look.
    pub(crate) fn looks(&self) -> Vec<Vec<Run>> {
        looks::rows(self.parser.screen())
    }

    pub(crate) fn picture(&self) -> WireScreen {
        let screen = self.parser.screen();
        let (_, columns) = screen.size();
        WireScreen {
            rows: screen.rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect(),
            title: self.parser.callbacks().title.clone(),
            bracketed_paste: screen.bracketed_paste(),
            alternate: screen.alternate_screen(),
            cursor: screen.cursor_position(),
            progress: self.parser.callbacks().progress,
        }
    }

    /// The bytes that bring any terminal to this picture and these modes, whatever it showed before.
    pub(crate) fn redraw(&self) -> Vec<u8> {
        let screen = self.parser.screen();
        let told = self.parser.callbacks();
        let alternate = if screen.alternate_screen() { "\x1b[?1049h" } else { "" };
        let focus = if told.focus_events { "\x1b[?1004h" } else { "" };
        // CAN and ST end whatever sequence an earlier, cut off output left open.
        let mut text = format!("\x18\x1b\\\x1b[?1049l{alternate}\x1b[m\x1b[r\x1b[H\x1b[2J");
        text.push_str(&screen.state_formatted());
        text.push_str(&format!("{focus}\x1b]2;{}\x1b\\", told.title));
        text.into_bytes()
    }
}

impl Callbacks for Told {
    fn set_window_title(&mut self, _: &mut vt100::Screen, title: &[u8]) {
        let title = String::from_utf8_lossy(title);
        self.title = title.chars().filter(|c| !c.is_control()).take(MAX_TITLE).collect();
    }

    fn unhandled_osc(&mut self, _: &mut vt100::Screen, params: &[&[u8]]) {
        let [b"9", b"4", state, ..] = params else { return };
        self.progress = match state {
            [b'1' | b'3'] => WireProgress::Busy,
            [b'2'] => WireProgress::Failed,
            [b'4'] => WireProgress::Paused,
            _ => WireProgress::Nothing,
        };
    }

    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        first: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        last: char,
    ) {
        let number = params.first().and_then(|param| param.first()).copied().unwrap_or(0);
        match (first, last) {
            // DA1 and DA2 (ECMA-48 8.3.24, xterm ctlseqs): a VT100 with advanced video, no firmware version.
            (None, 'c') if number == 0 => self.replies.extend_from_slice(b"\x1b[?1;2c"),
            (Some(b'>'), 'c') if number == 0 => self.replies.extend_from_slice(b"\x1b[>0;0;0c"),
            // DSR: "all well", and the cursor's place counted from one.
            (None, 'n') if number == 5 => self.replies.extend_from_slice(b"\x1b[0n"),
            (None, 'n') if number == 6 => {
                let (row, column) = screen.cursor_position();
                self.replies.extend_from_slice(format!("\x1b[{};{}R", row + 1, column + 1).as_bytes());
            }
            (Some(b'?'), 'h' | 'l') if params.contains(&&[1004][..]) => self.focus_events = last == 'h',
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use owt_ports::Progress;
    use proptest::prelude::*;

    use super::*;

    fn emulator() -> Emulator {
        Emulator::new(Size::told(5, 20).unwrap())
    }

    #[test]
    fn a_letter_that_is_cut_takes_nothing_with_it() {
        let bytes = "Ξ`".bytes().chain([0xbd, b'u', 0xe6, 0x97]).collect::<Vec<u8>>();
        let mut whole = emulator();
        whole.process(&bytes);
        assert!(whole.screen().rows[0].contains("Ξ`"), "{:?}", whole.screen());
        let mut in_bytes = emulator();
        bytes.iter().for_each(|byte| in_bytes.process(&[*byte]));
        assert_eq!(in_bytes.screen(), whole.screen());
        in_bytes.process(&[0xa5]);
        assert!(in_bytes.screen().rows[0].ends_with('日'), "{:?}", in_bytes.screen());
    }

    #[test]
    fn modes_title_and_rows_are_seen() {
        let mut emulator = emulator();
        emulator.process(b"\x1b[?1049h\x1b[?2004h\x1b]2;a\tb\x07\x1b[2;3Hhi  ");
        let picture = emulator.picture();
        assert_eq!(picture.rows[1], "  hi");
        assert_eq!(picture.title, "ab");
        assert!(picture.bracketed_paste && picture.alternate);
        assert_eq!(picture.cursor, (1, 6));
    }

    #[test]
    fn progress_is_shown_until_it_is_taken_away() {
        let mut emulator = emulator();
        let mut after = |bytes: &[u8]| {
            emulator.process(bytes);
            emulator.screen().progress
        };
        assert_eq!(after(b"\x1b]9;4;3;\x07"), Progress::Busy);
        assert_eq!(
            after(b"x\x1b]9;hello\x07\x1b]9;4\x07"),
            Progress::Busy,
            "other sequences say nothing of it"
        );
        assert_eq!(after(b"\x1b]9;4;1;50\x1b\\"), Progress::Busy);
        assert_eq!(after(b"\x1b]9;4;2\x07"), Progress::Failed);
        assert_eq!(after(b"\x1b]9;4;4;7\x07"), Progress::Paused);
        assert_eq!(after(b"\x1b]9;4;0;\x07"), Progress::Nothing);
        assert_eq!(after(b"\x1b]9;4;1;99\x07\x1b]9;4;77\x07"), Progress::Nothing, "what nobody knows");
    }

    #[test]
    fn questions_are_answered_once() {
        let mut emulator = emulator();
        emulator.process(b"\x1b[2;4H\x1b[6n\x1b[c\x1b[5n");
        assert_eq!(emulator.take_replies(), b"\x1b[2;4R\x1b[?1;2c\x1b[0n");
        assert!(emulator.take_replies().is_empty());
    }

    proptest! {
        #[test]
        fn a_redraw_brings_a_fresh_terminal_to_the_same_picture(
            parts in prop::collection::vec(prop_oneof![
                "[a-zäß漢 ]{0,30}",
                Just("\r\n".to_owned()),
                Just("\x1b[?1049h".to_owned()),
                Just("\x1b[?1049l".to_owned()),
                Just("\x1b[?2004h".to_owned()),
                Just("\x1b[31m".to_owned()),
                Just("\x1b[2;3H".to_owned()),
                Just("\x1b]2;title\x07".to_owned()),
            ], 0..20)
        ) {
            let mut first = emulator();
            first.process(parts.concat().as_bytes());
            let mut second = emulator();
            second.process(b"old picture \x1b]0;half a sequence");
            second.process(&first.redraw());
            prop_assert_eq!(first.picture(), second.picture());
        }

        #[test]
        fn no_output_and_no_size_breaks_it(
            bytes: Vec<u8>, codes in "(\x1b\\[[0-9;?]{0,6}[@-~]|[a-z漢\r\n]|\x1b[78McD]){0,60}",
            (rows, columns) in prop_oneof![4 => (1u16..60, 1u16..60), 1 => Just((1, 1)), 1 => Just((200, 500))],
        ) {
            let mut emulator = emulator();
            emulator.process(&bytes);
            emulator.process(codes.as_bytes());
            if let Some(size) = Size::told(rows, columns) {
                emulator.resize(size);
            }
            emulator.process(codes.as_bytes());
            let _ = (emulator.picture(), emulator.redraw(), emulator.take_replies(), emulator.coloured_rows(), emulator.looks());
        }
    }
}
