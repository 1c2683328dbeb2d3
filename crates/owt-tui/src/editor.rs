//! A text that a person writes, with a cursor. It must not know what the text is for.

use crate::key::Code;
use crate::key::Key;

/// The longest text, in bytes: what the server takes has its own limit, far below a paste by mistake.
const LIMIT: usize = 1024 * 1024;

/// A text and where the cursor is in it (bytes, at a letter's beginning).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Editor {
    text: String,
    cursor: usize,
}

impl Editor {
    pub(crate) const fn empty() -> Self {
        Self { text: String::new(), cursor: 0 }
    }

    /// A text that was written before, with the cursor behind it.
    pub(crate) fn holding(text: String) -> Self {
        Self { cursor: text.len(), text }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Before and behind the cursor.
    pub(crate) fn halves(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }

    pub(crate) fn insert(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        if self.text.len() + text.len() <= LIMIT {
            self.text.insert_str(self.cursor, &text);
            self.cursor += text.len();
        }
    }

    /// Takes a key that edits; whether it was one.
    pub(crate) fn take(&mut self, key: Key) -> bool {
        match (key.code, key.ctrl, key.alt) {
            (Code::Char(letter), false, false) => self.insert(letter.encode_utf8(&mut [0; 4])),
            (Code::Enter, _, true) | (Code::Char('j'), true, false) => self.insert("\n"),
            (Code::Backspace, false, false) => self.remove(self.before(), self.cursor),
            (Code::Delete, false, false) => self.remove(self.cursor, self.behind()),
            (Code::Char('w'), true, false) | (Code::Backspace, _, _) => {
                self.remove(self.word_start(), self.cursor);
            }
            (Code::Char('u'), true, false) => self.remove(self.line_start(), self.cursor),
            (Code::Char('k'), true, false) => self.remove(self.cursor, self.line_end()),
            (Code::Left, ..) | (Code::Char('b'), true, false) => self.cursor = self.before(),
            (Code::Right, ..) | (Code::Char('f'), true, false) => self.cursor = self.behind(),
            (Code::Home, ..) | (Code::Char('a'), true, false) => self.cursor = self.line_start(),
            (Code::End, ..) | (Code::Char('e'), true, false) => self.cursor = self.line_end(),
            _ => return false,
        }
        true
    }

    /// The cursor goes to a byte, at which a letter begins.
    pub(crate) fn go_to(&mut self, at: usize) {
        if self.text.is_char_boundary(at) {
            self.cursor = at;
        }
    }

    fn remove(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    fn before(&self) -> usize {
        self.text[..self.cursor].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    fn behind(&self) -> usize {
        self.text[self.cursor..].chars().next().map_or(self.cursor, |letter| self.cursor + letter.len_utf8())
    }

    fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.cursor..].find('\n').map_or(self.text.len(), |at| self.cursor + at)
    }

    fn word_start(&self) -> usize {
        let before = self.text[..self.cursor].trim_end();
        before
            .rfind(char::is_whitespace)
            .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn after(keys: &[&str]) -> String {
        let mut editor = Editor::default();
        for key in keys {
            assert!(editor.take(key.parse().unwrap()), "{key}");
        }
        let (before, behind) = editor.halves();
        format!("{before}|{behind}")
    }

    #[test]
    fn keys_edit() {
        assert_eq!(after(&["a", "b", "left", "c"]), "ac|b");
        assert_eq!(after(&["a", "alt-enter", "ü", "home", "delete", "x"]), "a\nx|");
        assert_eq!(after(&["a", "space", "b", "c", "ctrl-w"]), "a |");
        assert_eq!(after(&["a", "b", "left", "ctrl-k"]), "a|");
        assert_eq!(after(&["a", "ctrl-j", "b", "ctrl-u", "backspace", "backspace", "backspace"]), "|");
    }

    proptest! {
        #[test]
        fn any_keys_leave_the_cursor_at_a_letter(keys in prop::collection::vec(0usize..12, 0..60)) {
            let all = ["ä", "日", "space", "alt-enter", "left", "right", "home", "end", "backspace", "delete", "ctrl-w", "ctrl-k"];
            let mut editor = Editor::default();
            for key in keys {
                editor.take(all[key].parse().unwrap());
            }
            let (before, behind) = editor.halves();
            prop_assert_eq!(format!("{before}{behind}"), editor.text());
        }
    }
}
