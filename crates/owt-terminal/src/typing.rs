//! Whether a person is in the middle of a line: read off the bytes that a terminal sends.
//!
//! A terminal sends more than keys: answers to the program's questions, focus changes, the mouse. Those are no
//! typing. This room must not know the program that reads the keys.

use std::time::Duration;
use std::time::Instant;

/// How long after the last key a line that was not entered still belongs to the person.
pub(crate) const HOLD: Duration = Duration::from_secs(5);

const CTRL_C: u8 = 0x03;
const CTRL_U: u8 = 0x15;
const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ground,
    Escape,
    /// A control sequence; its parameter bytes are collected.
    Control,
    /// A key sent as `ESC O x`.
    SingleShift,
    /// A device control, system command, privacy or application string.
    Text,
    /// ESC inside such a string.
    TextEscape,
    /// The rest of an old-style mouse report, in bytes.
    Mouse(u8),
}

/// Follows a person's keys.
#[derive(Debug)]
pub(crate) struct Typing {
    state: State,
    parameters: Vec<u8>,
    pasting: bool,
    since: Option<Instant>,
}

impl Typing {
    pub(crate) const fn new() -> Self {
        Self { state: State::Ground, parameters: Vec::new(), pasting: false, since: None }
    }

    /// Whether a person has the line.
    pub(crate) fn has_line(&self, now: Instant) -> bool {
        self.since.is_some_and(|last| now.duration_since(last) < HOLD)
    }

    /// When the line is free again, should the person type nothing more.
    pub(crate) fn free_at(&self) -> Option<Instant> {
        self.since.map(|last| last + HOLD)
    }

    /// Takes what the terminal sent.
    pub(crate) fn feed(&mut self, bytes: &[u8], now: Instant) {
        for &byte in bytes {
            self.byte(byte, now);
        }
    }

    fn byte(&mut self, byte: u8, now: Instant) {
        self.state = match (self.state, byte) {
            (State::Ground, ESC) => State::Escape,
            (State::Ground, _) => self.key(byte, now),
            (State::Escape, b'[') => {
                self.parameters.clear();
                State::Control
            }
            (State::Escape, b'O') => State::SingleShift,
            (State::Escape, b'P' | b']' | b'^' | b'_' | b'X') => State::Text,
            (State::Escape, ESC) => State::Escape,
            // A key together with Alt.
            (State::Escape, _) => self.typed(now),
            (State::SingleShift, _) => self.typed(now),
            (State::Control, b'M') if self.parameters.is_empty() => State::Mouse(3),
            (State::Control, 0x40..=0x7e) => self.control(byte, now),
            (State::Control, _) => {
                self.parameters.truncate(32);
                self.parameters.push(byte);
                State::Control
            }
            (State::Text, BEL) | (State::TextEscape, b'\\') => State::Ground,
            (State::Text, ESC) => State::TextEscape,
            (State::Text | State::TextEscape, _) => State::Text,
            (State::Mouse(1), _) => State::Ground,
            (State::Mouse(left), _) => State::Mouse(left - 1),
        };
    }

    fn key(&mut self, byte: u8, now: Instant) -> State {
        match byte {
            b'\r' | b'\n' if !self.pasting => self.entered(),
            CTRL_C | CTRL_U => self.entered(),
            // Backspace, tab, printable, UTF-8; the other controls move about and type nothing.
            b'\t' | b'\r' | b'\n' | 0x20..=0xff => self.typed(now),
            _ => State::Ground,
        }
    }

    fn control(&mut self, last: u8, now: Instant) -> State {
        match (self.parameters.as_slice(), last) {
            (b"200", b'~') => {
                self.pasting = true;
                self.typed(now)
            }
            (b"201", b'~') => {
                self.pasting = false;
                State::Ground
            }
            // Enter of terminals that tell keys by number (kitty, xterm's modifyOtherKeys).
            (b"13", b'u') => self.entered(),
            // Answers carry a mark (`?`, `<`, `>`); so do mouse reports.
            (&[b'?' | b'<' | b'>' | b'=', ..], _) => State::Ground,
            (_, b'A'..=b'H' | b'u' | b'~') => self.typed(now),
            _ => State::Ground,
        }
    }

    fn typed(&mut self, now: Instant) -> State {
        self.since = Some(now);
        State::Ground
    }

    fn entered(&mut self) -> State {
        self.since = None;
        State::Ground
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(bytes: &[u8]) -> bool {
        let now = Instant::now();
        let mut typing = Typing::new();
        typing.feed(bytes, now);
        typing.has_line(now)
    }

    #[test]
    fn keys_take_the_line_and_enter_gives_it_back() {
        for (bytes, taken) in [
            (b"h".as_slice(), true),
            (b"hello\r", false),
            (b"hello\x15", false),
            (b"hello\x03", false),
            (b"hello\x1b[13u", false),
            (b"\x1b[A", true),
            (b"\x1bOA", true),
            (b"\x1b\r", true),
            ("ä".as_bytes(), true),
            (b"\x1b[200~a\rb\x1b[201~", true),
            (b"\x1b[200~a\rb\x1b[201~\r", false),
        ] {
            assert_eq!(after(bytes), taken, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn what_the_terminal_says_by_itself_is_no_typing() {
        for bytes in [
            b"\x1b[?1;2c".as_slice(),
            b"\x1b[>84;0;0c",
            b"\x1b[12;40R",
            b"\x1b[I",
            b"\x1b[O",
            b"\x1b[<0;10;20M",
            b"\x1b[M abc"[..6].as_ref(),
            b"\x1b]11;rgb:0000/0000/0000\x1b\\",
            b"\x1b]10;rgb:ffff/ffff/ffff\x07",
            b"\x1bP>|tmux 3.3a\x1b\\",
            b"\x1b[?2026;2$y",
        ] {
            assert!(!after(bytes), "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_line_left_alone_is_free_again() {
        let now = Instant::now();
        let mut typing = Typing::new();
        typing.feed(b"half", now);
        assert!(typing.has_line(now + HOLD - Duration::from_millis(1)));
        assert!(!typing.has_line(now + HOLD));
    }

    proptest! {
        #[test]
        fn cuts_between_reads_change_nothing(bytes: Vec<u8>, cut in 0usize..64) {
            let now = Instant::now();
            let cut = cut.min(bytes.len());
            let mut typing = Typing::new();
            typing.feed(&bytes[..cut], now);
            typing.feed(&bytes[cut..], now);
            prop_assert_eq!(typing.has_line(now), after(&bytes));
        }
    }
}
