//! Text of others (agents, tasks, file names) made harmless for a person's terminal, and fitted into columns. It must not
//! know what the text is about.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The sign of something cut off.
pub(crate) const ELLIPSIS: &str = "…";

/// So many letters of one text are looked at: more has no room on any screen.
const LETTERS: usize = 2_000;

/// How many columns a text takes.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// Text on one line, whole: line breaks and tabs become one space, what acts on a terminal becomes visible.
pub fn one_line(text: &str) -> String {
    flowing(text.trim().chars())
}

/// The same for a screen: of a text without end only what has room.
pub(crate) fn line(text: &str) -> String {
    flowing(text.trim().chars().take(LETTERS))
}

fn flowing(letters: impl Iterator<Item = char>) -> String {
    letters.fold(String::new(), |mut line, letter| {
        match letter {
            '\n' | '\t' if line.ends_with(' ') => {}
            '\r' => {}
            '\n' | '\t' => line.push(' '),
            letter => push_harmless(&mut line, letter),
        }
        line
    })
}

/// Text with its own line breaks and tabs; what acts on a terminal becomes visible.
pub fn block(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut block, letter| {
        match letter {
            '\r' => {}
            '\n' | '\t' => block.push(letter),
            letter => push_harmless(&mut block, letter),
        }
        block
    })
}

/// The lines of a text, each harmless; tabs become spaces.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.lines().map(harmless).collect()
}

/// One line of a text with its leading spaces.
pub fn harmless(text: &str) -> String {
    let mut line = String::new();
    for letter in text.chars().take(LETTERS) {
        match letter {
            '\r' | '\n' => {}
            '\t' => line.push_str("    "),
            letter => push_harmless(&mut line, letter),
        }
    }
    line
}

fn push_harmless(text: &mut String, letter: char) {
    match letter {
        letter if letter.is_control() => text.push_str(&format!("\\x{:02x}", u32::from(letter))),
        // Marks that turn the direction of what follows (Unicode 16, UAX 9): a name could look like another.
        '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            text.push_str(&format!("\\u{{{:x}}}", u32::from(letter)));
        }
        letter => text.push(letter),
    }
}

/// At most so many columns; what is cut off is marked.
pub fn cut(text: &str, limit: usize) -> String {
    if columns(text) <= limit {
        return text.to_owned();
    }
    let (mut kept, _) = fitting(text, limit.saturating_sub(1));
    if limit > 0 {
        kept.push_str(ELLIPSIS);
    }
    kept
}

/// What of a text has room in so many columns, and the rest. What a person sees as one letter stays whole: a mark that
/// follows a letter may make it wider, so that its code points do not tell what it takes.
fn fitting(text: &str, room: usize) -> (String, &str) {
    let mut kept = String::new();
    for (at, letter) in text.grapheme_indices(true) {
        kept.push_str(letter);
        if columns(&kept) > room {
            kept.truncate(at);
            return (kept, &text[at..]);
        }
    }
    (kept, "")
}

/// Broken at spaces into lines of at most so many columns, and at most so many lines; what is left out is marked.
pub(crate) fn wrap(text: &str, width: usize, most: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut open = String::new();
    for word in text.split(' ') {
        let needed = if open.is_empty() { columns(word) } else { columns(&open) + 1 + columns(word) };
        if needed <= width {
            if !open.is_empty() {
                open.push(' ');
            }
            open.push_str(word);
            continue;
        }
        if !open.is_empty() {
            lines.push(std::mem::take(&mut open));
        }
        open = break_word(word, width, &mut lines);
        if lines.len() > most {
            break;
        }
    }
    lines.push(open);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            let marked = format!("{last}{ELLIPSIS}");
            *last = if columns(&marked) <= width { marked } else { cut(&format!("{last} "), width) };
        }
    }
    lines
}

/// A word that is wider than a line goes into as many as it needs; what is left of it comes back.
fn break_word(word: &str, width: usize, lines: &mut Vec<String>) -> String {
    let (mut open, mut rest) = fitting(word, width);
    while !rest.is_empty() {
        if open.is_empty() {
            // A letter that is wider than the line: the sign of what is cut off stands for it.
            let letter = rest.graphemes(true).next().unwrap_or(rest);
            open.push_str(ELLIPSIS);
            rest = &rest[letter.len()..];
        }
        lines.push(open);
        (open, rest) = fitting(rest, width);
    }
    open
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_acts_on_a_terminal_becomes_visible() {
        assert_eq!(line(" a\r\n\tb\u{1b}[2Jc\u{7} "), "a b\\x1b[2Jc\\x07");
        assert_eq!(line("safe\u{202e}gpj"), "safe\\u{202e}gpj");
        assert_eq!(one_line(" a\r\n\tb\u{1b}[2J "), "a b\\x1b[2J");
        assert_eq!(block("a\r\n\tb\u{9b}31m"), "a\n\tb\\x9b31m");
        assert_eq!(lines("a\tb\n  c\u{9b}31m\r\n"), ["a    b", "  c\\x9b31m"]);
    }

    #[test]
    fn wide_letters_count_twice_and_are_never_halved() {
        assert_eq!(columns("日本"), 4);
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(cut("🕯\u{fe0f}0 0", 2), "…");
        assert_eq!(cut("👩‍👩‍👧 at work", 4), "👩‍👩‍👧 …");
        assert_eq!(wrap("ab\u{17d8}c", 2, 9), ["ab", "…", "c"], "U+17D8 takes three columns");
        assert_eq!(wrap("🕯\u{fe0f}🕯\u{fe0f}", 3, 9), ["🕯\u{fe0f}", "🕯\u{fe0f}"]);
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("one two three", 7, 9), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3, 9), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("日本語", 4, 9), ["日本", "語"]);
        assert_eq!(wrap("one two three four", 5, 2), ["one", "two…"]);
        assert_eq!(wrap("", 5, 2), [""]);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_allowed(text in "\\PC*", limit in 2usize..40, most in 1usize..5) {
            let text = line(&text);
            prop_assert!(columns(&cut(&text, limit)) <= limit);
            let wrapped = wrap(&text, limit, most);
            prop_assert!(wrapped.len() <= most);
            prop_assert!(wrapped.iter().all(|line| columns(line) <= limit), "{wrapped:?}");
        }

        #[test]
        fn no_line_has_controls(text: String) {
            prop_assert!(!line(&text).chars().any(char::is_control));
            prop_assert!(!one_line(&text).chars().any(char::is_control));
            prop_assert!(!lines(&text).concat().chars().any(char::is_control));
        }
    }
}
