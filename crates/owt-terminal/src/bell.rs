//! The bell of a person's terminal, with one line for those that show notifications.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The most letters of a line.
const LONGEST: usize = 200;

/// What a terminal is sent: the line by OSC 9 (iTerm2, Ghostty, `WezTerm`, kitty and Windows Terminal show it; others
/// drop it), and the bell. Begins with a word of ours: numbers first would mean something else to `ConEmu`'s kin.
pub fn signal(line: &str) -> Vec<u8> {
    let shown: String = line.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    format!("\x1b]9;owt: {shown}\x07\x07").into_bytes()
}

/// Rings at a terminal, in one write so that nothing of somebody else comes in between. One that takes nothing now is
/// not waited for.
pub(crate) fn ring_at(terminal: &Path, signal: &[u8]) -> bool {
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).unwrap_or_default();
    let opened = std::fs::OpenOptions::new().write(true).custom_flags(flags).open(terminal);
    opened.is_ok_and(|mut opened| {
        rustix::termios::isatty(&opened) && opened.write(signal).is_ok_and(|written| written == signal.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_cannot_be_more_than_a_line() {
        let told = signal("a\x1b]52;c;x\x07b\nc\u{9c}d");
        assert_eq!(told, b"\x1b]9;owt: a]52;c;xbcd\x07\x07");
        assert_eq!(signal(&"x".repeat(1000)).len(), LONGEST + "\x1b]9;owt: \x07\x07".len());
    }

    #[test]
    fn what_is_no_terminal_is_not_written_to() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(!ring_at(file.path(), b"x"));
        assert_eq!(std::fs::read(file.path()).unwrap(), b"");
    }
}
