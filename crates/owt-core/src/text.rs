//! Text on its way to an agent: what may travel, and how it is made inert.
//!
//! Text that reaches a terminal program is not inert (decision 3): control characters act, the first character
//! may be taken as a command, and `ESC[201~` ends a bracketed paste.

use serde::Deserialize;
use serde::Serialize;

/// The largest prompt or message, in bytes of UTF-8.
pub const MAX_PROMPT_BYTES: usize = 2 * 1024 * 1024;

/// A prompt or message as the person wrote it: not empty, no NUL, newlines normalised to LF.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prompt(String);

/// Why a text cannot be a prompt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// Nothing but white space.
    #[error("the text is empty")]
    Empty,
    /// Contains a NUL byte, at this byte offset.
    #[error("the text contains a NUL byte at offset {0}")]
    Nul(usize),
    /// Larger than [`MAX_PROMPT_BYTES`].
    #[error("the text is {0} bytes long; the limit is {MAX_PROMPT_BYTES}")]
    TooLarge(usize),
}

impl Prompt {
    /// Checks a text and normalises its line ends (CR LF and CR become LF).
    ///
    /// # Errors
    /// [`PromptError`] when it is empty, holds NUL, or is too large.
    pub fn new(text: &str) -> Result<Self, PromptError> {
        if let Some(offset) = text.find('\0') {
            return Err(PromptError::Nul(offset));
        }
        match text.len() {
            length if length > MAX_PROMPT_BYTES => Err(PromptError::TooLarge(length)),
            _ if text.trim().is_empty() => Err(PromptError::Empty),
            _ => Ok(Self(text.replace("\r\n", "\n").replace('\r', "\n"))),
        }
    }

    /// The text, exactly as an agent with a pipe or a protocol gets it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text for a terminal: controls other than newline and tab become visible escapes (`\x1b`).
    pub fn for_terminal(&self) -> String {
        let mut out = String::with_capacity(self.0.len());
        for c in self.0.chars() {
            match c {
                '\n' | '\t' => out.push(c),
                c if c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
                c => out.push(c),
            }
        }
        out
    }

    /// Whether an agent's input box could take the first character as a command of its own.
    pub fn starts_like_a_command(&self) -> bool {
        self.0.trim_start().starts_with(['!', '/', '#', '@', '$', '-'])
    }
}

impl TryFrom<String> for Prompt {
    type Error = PromptError;

    fn try_from(text: String) -> Result<Self, PromptError> {
        Self::new(&text)
    }
}

impl From<Prompt> for String {
    fn from(prompt: Prompt) -> String {
        prompt.0
    }
}

/// The text without what tells a terminal to do something: whole control sequences and strings, as ECMA-48 (5th
/// edition, 5.4 and 5.6) writes them in seven and in eight bits. Other controls stay. A string that nobody ends goes as
/// far as its line.
pub fn without_sequences(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let introduced = match c {
            '\u{1b}' => rest.next_if(|c| matches!(c, '\u{20}'..='\u{7e}')),
            // The eight-bit form of ESC and a letter.
            '\u{80}'..='\u{9f}' => char::from_u32(u32::from(c) - 0x40),
            c => {
                out.push(c);
                continue;
            }
        };
        match introduced {
            Some('[') => skip_control(&mut rest),
            Some(']' | 'P' | 'X' | '^' | '_') => skip_string(&mut rest),
            Some('\u{20}'..='\u{2f}') => skip_until_final(&mut rest, '\u{30}'),
            _ => {}
        }
    }
    out
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Parameters, intermediates, one final letter.
fn skip_control(rest: &mut Letters<'_>) {
    while rest.next_if(|c| matches!(c, '\u{30}'..='\u{3f}')).is_some() {}
    skip_until_final(rest, '\u{40}');
}

/// Intermediates and one final letter from `lowest` on.
fn skip_until_final(rest: &mut Letters<'_>, lowest: char) {
    while rest.next_if(|c| matches!(c, '\u{20}'..='\u{2f}')).is_some() {}
    rest.next_if(|c| (lowest..='\u{7e}').contains(c));
}

/// As far as BEL or ST.
fn skip_string(rest: &mut Letters<'_>) {
    while let Some(c) = rest.next_if(|c| *c != '\n') {
        match c {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                rest.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn terminal_text_never_carries_a_control(text in "\\PC*|(.|\\x1b|\\x9b|\r|\n)*") {
            if let Ok(prompt) = Prompt::new(&text) {
                prop_assert!(prompt.for_terminal().chars().all(|c| c == '\n' || c == '\t' || !c.is_control()));
            }
        }
    }

    #[test]
    fn whole_sequences_go_and_the_text_between_them_stays() {
        for (text, expected) in [
            ("\x1b[31mred\x1b[0m", "red"),
            ("two\nlines \x1b[1;38;5;200mx\x1b[m", "two\nlines x"),
            ("\x1b]0;title\x07after", "after"),
            ("\x1b]8;;http://a.b\x1b\\link\x1b]8;;\x1b\\", "link"),
            ("\x1bP1$r0m\x1b\\a", "a"),
            ("\x1b(Ba\x1b7b\x1b=c", "abc"),
            ("\u{9b}31mred\u{9d}0;title\u{9c}!", "red!"),
            ("\x1b[201~pasted", "pasted"),
            ("\x1b]never ended\nnext", "\nnext"),
            ("\x1b[31é", "é"),
            ("\x1b", ""),
            ("a\tb", "a\tb"),
        ] {
            assert_eq!(without_sequences(text), expected, "{text:?}");
        }
    }

    #[test]
    fn the_end_of_a_bracketed_paste_becomes_visible_text() {
        let prompt = Prompt::new("a\x1b[201~rm -rf /\nb").unwrap();
        assert_eq!(prompt.for_terminal(), "a\\x1b[201~rm -rf /\nb");
        assert_eq!(prompt.as_str(), "a\x1b[201~rm -rf /\nb");
    }

    #[test]
    fn empty_nul_and_huge_are_refused() {
        assert_eq!(Prompt::new(" \n"), Err(PromptError::Empty));
        assert_eq!(Prompt::new("a\0"), Err(PromptError::Nul(1)));
        assert_eq!(
            Prompt::new(&"x".repeat(MAX_PROMPT_BYTES + 1)),
            Err(PromptError::TooLarge(MAX_PROMPT_BYTES + 1))
        );
    }
}
