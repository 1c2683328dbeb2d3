//! What must hold of whatever a program prints on a terminal of whatever size. The fuzz targets (`fuzz/`) and the bounded
//! property run (`emulated`) try it.

use owt_terminal::emulator::Emulator;
use owt_terminal::emulator::Size;

/// The picture has the size that it should, in any portions the same; asking for it changes nothing.
pub(crate) fn printed(rows: u16, columns: u16, bytes: &[u8]) {
    let Some(size) = Size::told(rows, columns) else { return };
    let mut whole = Emulator::with_history(size, 50);
    whole.process(bytes);
    let mut in_two = Emulator::with_history(size, 50);
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    in_two.process(head);
    in_two.process(tail);
    let screen = whole.screen();
    assert_eq!(screen, in_two.screen(), "in two portions");
    assert_eq!(whole.take_replies(), in_two.take_replies());
    assert_eq!(screen.rows.len(), usize::from(rows.min(1000)));
    assert_eq!(whole.coloured_rows().len(), screen.rows.len());
    assert!(screen.title.chars().count() <= 200);
    assert_eq!(whole.screen(), screen);
}

/// The first four bytes choose the size, from 1 by 1 to beyond what is drawn.
pub(crate) fn printed_anywhere(bytes: &[u8]) {
    let [a, b, c, d, rest @ ..] = bytes else { return };
    printed(u16::from_le_bytes([*a, *b]) % 1200, u16::from_le_bytes([*c, *d]) % 1200, rest);
}
