//! Bytes in any portions to lines, with a bound.

/// The longest line that is read, in bytes; a longer one is dropped up to its end and reported.
pub const MAX_LINE_BYTES: usize = 8 * 1024 * 1024;

/// One line of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Its text, without the line end; what is not UTF-8 is replaced.
    Text(String),
    /// It was longer than [`MAX_LINE_BYTES`]; this is its beginning.
    TooLong(String),
}

/// How much of a line that is too long is kept.
const KEPT: usize = 200;

/// Collects bytes into lines.
#[derive(Debug, Default)]
pub(super) struct Lines {
    partial: Vec<u8>,
    overflowed: bool,
}

impl Lines {
    /// The lines that these bytes complete. Blank lines are left out.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.add(&rest[..end]);
            lines.extend(self.finish());
            rest = &rest[end + 1..];
        }
        self.add(rest);
        lines
    }

    /// The line that the stream ended in, if any.
    pub(super) fn finish(&mut self) -> Option<Line> {
        let overflowed = std::mem::take(&mut self.overflowed);
        let bytes = std::mem::take(&mut self.partial);
        let text = String::from_utf8_lossy(&bytes);
        match text.trim_end_matches('\r') {
            text if overflowed => Some(Line::TooLong(text.to_owned())),
            text if text.trim().is_empty() => None,
            text => Some(Line::Text(text.to_owned())),
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        if self.overflowed {
            return;
        }
        if self.partial.len() + bytes.len() > MAX_LINE_BYTES {
            self.overflowed = true;
            self.partial.extend_from_slice(&bytes[..bytes.len().min(KEPT)]);
            self.partial.truncate(KEPT);
            self.partial.shrink_to_fit();
        } else {
            self.partial.extend_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_characters_may_be_cut_anywhere() {
        let text = "eins\n\nzwölf ✳\r\ndrei";
        for size in 1..=text.len() {
            let mut lines = Lines::default();
            let mut found: Vec<Line> =
                text.as_bytes().chunks(size).flat_map(|chunk| lines.feed(chunk)).collect();
            found.extend(lines.finish());
            let expected = ["eins", "zwölf ✳", "drei"].map(|line| Line::Text(line.to_owned()));
            assert_eq!(found, expected, "portions of {size}");
        }
    }

    #[test]
    fn a_line_without_end_does_not_fill_the_memory() {
        let chunk = vec![b'x'; 1024 * 1024];
        for portions in [vec![&chunk[..]; 9], vec![&chunk[..700]; 9 * 1498]] {
            let mut lines = Lines::default();
            for portion in portions {
                assert_eq!(lines.feed(portion), []);
                assert!(lines.partial.len() <= MAX_LINE_BYTES);
            }
            assert_eq!(
                lines.feed(b"\nnext\n"),
                [Line::TooLong("x".repeat(KEPT)), Line::Text("next".to_owned())]
            );
        }
    }
}
