//! Text of others (agents, tasks, file names) made harmless for a person's terminal, and cut to a width.

use unicode_width::UnicodeWidthChar;
use unicode_width::UnicodeWidthStr;

/// The sign of something cut off.
const ELLIPSIS: char = '…';

/// How many columns a text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.width()
}

/// Text on one line: line breaks and tabs become spaces, what acts on a terminal becomes visible.
pub(crate) fn one_line(text: &str) -> String {
    text.trim().chars().fold(String::with_capacity(text.len()), |mut line, letter| {
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
pub(crate) fn block(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut block, letter| {
        match letter {
            '\r' => {}
            '\n' | '\t' => block.push(letter),
            letter => push_harmless(&mut block, letter),
        }
        block
    })
}

fn push_harmless(text: &mut String, letter: char) {
    match letter {
        letter if letter.is_control() => text.push_str(&format!("\\x{:02x}", u32::from(letter))),
        // Marks that turn the direction of what follows (Unicode 16, UAX 9): a name could look like another.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            text.push_str(&format!("\\u{{{:x}}}", u32::from(letter)));
        }
        letter => text.push(letter),
    }
}

/// At most so many columns; what is cut off is marked.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    if columns(text) <= limit {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for letter in text.chars() {
        let width = letter.width().unwrap_or(0);
        if used + width + 1 > limit {
            break;
        }
        used += width;
        kept.push(letter);
    }
    if limit > 0 {
        kept.push(ELLIPSIS);
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_acts_on_a_terminal_becomes_visible() {
        assert_eq!(one_line(" a\r\n\tb\u{1b}[2Jc\u{7} "), "a b\\x1b[2Jc\\x07");
        assert_eq!(block("a\r\n\tb\u{9b}31m"), "a\n\tb\\x9b31m");
        assert_eq!(one_line("safe\u{202e}gpj"), "safe\\u{202e}gpj");
    }

    #[test]
    fn wide_letters_count_twice_and_are_never_halved() {
        assert_eq!(columns("日本"), 4);
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("abc", 0), "");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_allowed(text in "\\PC*", limit in 0usize..40) {
            prop_assert!(columns(&cut(&text, limit)) <= limit);
        }

        #[test]
        fn one_line_has_no_controls(text: String) {
            prop_assert!(!one_line(&text).chars().any(char::is_control));
        }
    }
}
