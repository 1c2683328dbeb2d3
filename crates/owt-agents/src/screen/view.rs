//! A terminal's picture as plain text.

/// A terminal's picture: rows from top to bottom without trailing blanks, and the window's title. No-break spaces
/// are spaces here, because programs use both for the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScreenView {
    rows: Vec<String>,
    title: String,
    progress: String,
}

impl ScreenView {
    /// A picture of these rows.
    pub fn new<S: AsRef<str>>(rows: &[S], title: &str) -> Self {
        let plain = |row: &S| row.as_ref().replace('\u{a0}', " ").trim_end().to_owned();
        let rows = rows.iter().map(plain).collect();
        Self { rows, title: title.trim().to_owned(), progress: String::new() }
    }

    /// The same with what the program shows of its progress (OSC 9;4): `busy`, `failed`, `paused`, or nothing.
    #[must_use]
    pub fn with_progress(self, progress: &str) -> Self {
        Self { progress: progress.to_owned(), ..self }
    }

    /// A picture from a pane's text, plain or with the escape sequences of `tmux capture-pane -e`: colours are
    /// dropped, a title (`OSC 0` or `OSC 2`) and progress (`OSC 9;4`) are taken, nothing else is interpreted.
    pub fn from_capture(text: &str) -> Self {
        let (plain, commands) = strip(text);
        let mut view = Self::new(&plain.lines().collect::<Vec<_>>(), "");
        for command in commands {
            match command.split(';').collect::<Vec<_>>()[..] {
                ["0" | "2", _, ..] => view.title = command[2..].trim().to_owned(),
                ["9", "4", state, ..] => {
                    let word = match state {
                        "1" | "3" => "busy",
                        "2" => "failed",
                        "4" => "paused",
                        _ => "",
                    };
                    view = view.with_progress(word);
                }
                _ => {}
            }
        }
        view
    }

    /// The rows.
    pub fn rows(&self) -> &[String] {
        &self.rows
    }

    /// The title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What the program shows of its progress; empty where that is nothing.
    pub fn progress(&self) -> &str {
        &self.progress
    }
}

/// The text without escape sequences and controls, and its commands to the terminal (OSC).
fn strip(text: &str) -> (String, Vec<String>) {
    let (mut plain, mut commands) = (String::with_capacity(text.len()), Vec::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\x1b' => match chars.next() {
                Some('[') => {
                    // A control sequence ends with the first character from '@' to '~' (ECMA-48, 5.4).
                    let _ = chars.by_ref().find(|c| ('@'..='~').contains(c));
                }
                Some(']') => commands.push(operating_system_command(&mut chars)),
                Some('(' | ')' | '#' | '%' | '*' | '+') => {
                    let _ = chars.next();
                }
                _ => {}
            },
            '\n' | '\t' => plain.push(c),
            c if c.is_control() => {}
            c => plain.push(c),
        }
    }
    (plain, commands)
}

/// The text up to BEL or ESC \, both consumed.
fn operating_system_command(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut command = String::new();
    while let Some(c) = chars.next() {
        match c {
            '\x07' => break,
            '\x1b' => {
                let _ = chars.next_if_eq(&'\\');
                break;
            }
            c => command.push(c),
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn colours_are_dropped_and_the_title_is_taken() {
        let view = ScreenView::from_capture(
            "\x1b]2;✳ name\x1b\\\x1b[1;38;5;75mbold\x1b[0m text  \n\x1b(Bnext\u{a0}x\r\n",
        );
        assert_eq!(view, ScreenView::new(&["bold text", "next x"], "✳ name"));
        for (sequence, progress) in [
            ("9;4;3;", "busy"),
            ("9;4;1;40", "busy"),
            ("9;4;2", "failed"),
            ("9;4;0;", ""),
            ("9;hi", ""),
            ("0", ""),
        ] {
            let view = ScreenView::from_capture(&format!("\x1b]{sequence}\x07text"));
            assert_eq!((view.progress(), view.title()), (progress, ""), "{sequence}");
        }
    }

    proptest! {
        #[test]
        fn any_text_becomes_rows_without_controls(text in "(.|\n|\x1b|\\[|\\]|\x07|m)*") {
            let view = ScreenView::from_capture(&text);
            prop_assert!(view.rows().iter().all(|row| !row.chars().any(|c| c.is_control() && c != '\t')));
        }
    }
}
