//! A patch for a person's eyes: lines in the colours of what they mean, and nothing in them that acts on a terminal.

use owt_tui::text::block;

use crate::rendering::Style;
use crate::rendering::Tone;

/// A line is shown in pieces of at most so many bytes: one of a packed file may be as long as the file.
const PIECE: usize = 8 * 1024;

/// Paints a patch as it comes.
pub(crate) struct Painter {
    style: Style,
    /// What of the present line has come and is not shown.
    line: Vec<u8>,
    /// The tone of the present line, when a piece of it is shown.
    begun: Option<Tone>,
    hunk: Hunk,
}

/// How many lines of each side the present hunk still has; outside of one they are headings. Only by counting is a
/// removed line `-- x` told from the heading `--- x`.
#[derive(Debug, Clone, Copy, Default)]
struct Hunk {
    old: u64,
    new: u64,
}

impl Painter {
    /// Nothing was seen yet.
    pub(crate) const fn new(style: Style) -> Self {
        Self { style, line: Vec::new(), begun: None, hunk: Hunk { old: 0, new: 0 } }
    }

    /// What can be shown now that these bytes have come.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut shown = Vec::with_capacity(bytes.len());
        for part in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend_from_slice(part);
            match part.ends_with(b"\n") {
                true => {
                    self.show(&mut shown);
                    shown.push(b'\n');
                    self.begun = None;
                }
                false if self.line.len() >= PIECE => self.show(&mut shown),
                false => {}
            }
        }
        shown
    }

    /// The last line, if it has no end.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let mut shown = Vec::new();
        if !self.line.is_empty() {
            self.show(&mut shown);
        }
        shown
    }

    fn show(&mut self, shown: &mut Vec<u8>) {
        let text = String::from_utf8_lossy(&self.line).into_owned();
        self.line.clear();
        let text = block(&text);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let tone = *self.begun.get_or_insert_with(|| self.hunk.tone(text));
        shown.extend_from_slice(self.style.paint(tone, text).as_bytes());
    }
}

impl Hunk {
    /// What the next line means.
    fn tone(&mut self, line: &str) -> Tone {
        let sign = line.chars().next();
        if self.old == 0 && self.new == 0 {
            return self.heading(line);
        }
        match sign {
            Some('-') => {
                self.old = self.old.saturating_sub(1);
                Tone::Bad
            }
            Some('+') => {
                self.new = self.new.saturating_sub(1);
                Tone::Good
            }
            Some('\\') => Tone::Dim,
            _ => {
                self.old = self.old.saturating_sub(1);
                self.new = self.new.saturating_sub(1);
                Tone::Plain
            }
        }
    }

    fn heading(&mut self, line: &str) -> Tone {
        match counts(line) {
            Some((old, new)) => {
                *self = Self { old, new };
                Tone::Active
            }
            None if line.starts_with('\\') => Tone::Dim,
            None => Tone::Strong,
        }
    }
}

/// The two counts of `@@ -1,2 +3,4 @@`; a count that is not said is 1 (POSIX, diff, "Diff -u Output Format").
fn counts(line: &str) -> Option<(u64, u64)> {
    let rest = line.strip_prefix("@@ -")?;
    let (old, rest) = rest.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let count = |range: &str| match range.split_once(',') {
        Some((_, count)) => count.parse().ok(),
        None => Some(1),
    };
    Some((count(old)?, count(new)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rendering::palette::Palette;
    use crate::rendering::palette::Theme;

    const PATCH: &str = "\
diff --git a/x b/x
index 1..2 100644
--- a/x
+++ b/x
@@ -1,3 +1,2 @@ fn main()
 same
--- a/x
-\u{1b}[2Jgone
+++ b/x
\\ No newline at end of file
diff --git a/y b/y
";

    fn painted(style: Style, patch: &str, size: usize) -> String {
        let mut painter = Painter::new(style);
        let mut shown = Vec::new();
        for part in patch.as_bytes().chunks(size) {
            shown.extend(painter.feed(part));
        }
        shown.extend(painter.finish());
        String::from_utf8(shown).unwrap()
    }

    #[test]
    fn lines_have_the_colour_of_what_they_mean() {
        let style = Style::coloured(Palette::of(Theme::DarkAnsi, None));
        insta::assert_snapshot!(painted(style, PATCH, 7).replace('\u{1b}', "␛"), @r"
        ␛[1mdiff --git a/x b/x␛[0m
        ␛[1mindex 1..2 100644␛[0m
        ␛[1m--- a/x␛[0m
        ␛[1m+++ b/x␛[0m
        ␛[96m@@ -1,3 +1,2 @@ fn main()␛[0m
         same
        ␛[91m--- a/x␛[0m
        ␛[91m-\x1b[2Jgone␛[0m
        ␛[92m+++ b/x␛[0m
        ␛[90m\ No newline at end of file␛[0m
        ␛[1mdiff --git a/y b/y␛[0m
        ");
    }

    proptest! {
        #[test]
        fn the_text_stays_and_nothing_acts_on_a_terminal(patch in "([ +@-]|a|\t|\n|\u{1b}|\u{9b}|é)*", size in 1usize..40) {
            let shown = painted(Style::PLAIN, &patch, 1000);
            prop_assert_eq!(&shown, &block(&patch));
            prop_assert!(shown.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()));
            if patch.is_ascii() {
                prop_assert_eq!(painted(Style::PLAIN, &patch, size), shown);
            }
        }

        #[test]
        fn no_line_is_held_however_long_it_is(count in 1usize..40) {
            let mut painter = Painter::new(Style::PLAIN);
            let mut length = 0;
            for _ in 0..count {
                length += painter.feed(&[b'x'; 3000]).len();
                prop_assert!(painter.line.len() < PIECE);
            }
            prop_assert_eq!(length + painter.finish().len(), count * 3000);
        }
    }
}
