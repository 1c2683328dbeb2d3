//! A text that is being written, broken at the width, and which of its letters stands where. It must not know what the
//! text is for.

use std::ops::Range;

use ratatui_core::layout::Position;
use ratatui_core::layout::Rect;
use unicode_segmentation::UnicodeSegmentation;

use crate::draw::Canvas;
use crate::draw::narrow;
use crate::editor::Editor;
use crate::status::Tone;
use crate::text;

/// Draws what has room of it, so that the cursor is to be seen; where that belongs.
pub(super) fn draw(editor: &Editor, room: Rect, canvas: &mut Canvas<'_>) -> Position {
    let Window { lines, line, top } = Window::of(editor, room);
    for (y, bytes) in (room.top()..room.bottom()).zip(lines.iter().skip(top)) {
        let shown: String = editor.text().get(bytes.clone()).map(seen).unwrap_or_default();
        canvas.put((room.x, y), room.width, Tone::Plain, &shown);
    }
    let start = lines.get(line).map_or(0, |bytes| bytes.start);
    let column = narrow(editor.halves().0.get(start..).map_or(0, |before| text::columns(&seen(before))));
    let last = room.right().saturating_sub(1).max(room.x);
    Position::new(room.x.saturating_add(column).min(last), room.y + narrow(line - top))
}

/// The byte at which the letter begins that stands there; behind the end of a line is its end.
pub(super) fn letter_at(editor: &Editor, room: Rect, place: Position) -> Option<usize> {
    if !room.contains(place) {
        return None;
    }
    let Window { lines, top, .. } = Window::of(editor, room);
    let Some(bytes) = lines.get(top + usize::from(place.y - room.y)) else {
        return Some(editor.text().len());
    };
    let mut until = usize::from(place.x - room.x);
    for (at, letter) in editor.text().get(bytes.clone())?.grapheme_indices(true) {
        match until.checked_sub(text::columns(&seen(letter)).max(1)) {
            Some(left) => until = left,
            None => return Some(bytes.start + at),
        }
    }
    Some(bytes.end)
}

/// So many lines of the screen does it take.
pub(super) fn height(editor: &Editor, width: u16) -> u16 {
    narrow(lines(editor.text(), width).len())
}

/// What of a text is to be seen.
struct Window {
    lines: Vec<Range<usize>>,
    /// The cursor's.
    line: usize,
    /// The first that is seen.
    top: usize,
}

impl Window {
    fn of(editor: &Editor, room: Rect) -> Self {
        let lines = lines(editor.text(), room.width);
        let cursor = editor.halves().0.len();
        let line = lines.iter().rposition(|bytes| bytes.start <= cursor).unwrap_or(0);
        Self { lines, line, top: line.saturating_sub(usize::from(room.height.saturating_sub(1))) }
    }
}

/// The bytes of each line of the screen: letters stay where they were typed.
fn lines(typed: &str, width: u16) -> Vec<Range<usize>> {
    let (mut lines, mut from) = (Vec::new(), 0);
    for line in typed.split('\n') {
        let (mut start, mut taken) = (from, 0);
        for (at, letter) in line.grapheme_indices(true) {
            let columns = text::columns(&seen(letter));
            if taken > 0 && taken + columns > usize::from(width.max(2)) {
                lines.push(start..from + at);
                (start, taken) = (from + at, 0);
            }
            taken += columns;
        }
        lines.push(start..from + line.len());
        from += line.len() + 1;
    }
    lines
}

/// Letters as they are shown.
fn seen(letters: &str) -> String {
    text::harmless(letters)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(typed: &str, width: u16) -> Vec<&str> {
        lines(typed, width).into_iter().map(|bytes| &typed[bytes]).collect()
    }

    #[test]
    fn a_text_is_broken_where_it_has_no_room() {
        assert_eq!(shown("", 4), [""]);
        assert_eq!(shown("abcde\n\nf", 4), ["abcd", "e", "", "f"]);
        assert_eq!(shown("日本語", 4), ["日本", "語"], "wide letters take two");
        assert_eq!(shown("a\tb", 4), ["a", "\t", "b"], "a tab is four");
        assert_eq!(shown("ae\u{301}b", 2), ["ae\u{301}", "b"], "a mark stays on its letter");
    }

    #[test]
    fn a_long_line_is_shown_to_its_end() {
        assert_eq!(lines(&"a".repeat(10_000), 100).len(), 100);
    }

    #[test]
    fn what_is_pointed_at_is_the_letter_that_stands_there() {
        let editor = Editor::holding("日b\nlast".to_owned());
        let room = Rect::new(10, 5, 8, 3);
        let at = |x, y| letter_at(&editor, room, Position::new(x, y));
        assert_eq!([at(10, 5), at(11, 5), at(12, 5), at(15, 5)], [Some(0), Some(0), Some(3), Some(4)]);
        assert_eq!([at(12, 6), at(17, 6), at(10, 7)], [Some(7), Some(9), Some(9)]);
        assert_eq!([at(9, 5), at(10, 8)], [None, None], "outside of it");
    }

    proptest! {
        #[test]
        fn each_letter_is_on_one_line(typed in "(\\PC|\\n|\\t){0,60}", width in 1u16..20) {
            let lines = lines(&typed, width);
            let kept: String = lines.iter().map(|bytes| &typed[bytes.clone()]).collect();
            prop_assert_eq!(kept, typed.replace('\n', ""));
        }

        #[test]
        fn any_place_is_at_a_letter_of_it(typed in "(\\PC|\\n|\\t){0,60}", x in 0u16..12, y in 0u16..6) {
            let editor = Editor::holding(typed);
            let at = letter_at(&editor, Rect::new(1, 1, 9, 4), Position::new(x, y));
            prop_assert!(at.is_none_or(|at| editor.text().is_char_boundary(at)));
        }
    }
}
