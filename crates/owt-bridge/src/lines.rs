//! Lines of a bounded length from a stream.

use std::io;
use std::io::BufRead;

/// The longest line that is read, here as well as by whoever reads what the bridge prints.
pub const MAX_LINE_BYTES: usize = 7 * 1024 * 1024;

/// One line, without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    /// A whole one. What is no UTF-8 in it is replaced.
    Text(String),
    /// It was longer than [`MAX_LINE_BYTES`] and is gone; this many bytes.
    TooLong(usize),
}

/// The next line; `None` at the end of the stream. Of one that is too long nothing is kept.
pub(crate) fn next(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let (mut line, mut bytes) = (Vec::new(), 0);
    loop {
        let found = match input.fill_buf() {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if found.is_empty() {
            return Ok((bytes > 0).then(|| whole(line, bytes)));
        }
        let end = found.iter().position(|byte| *byte == b'\n');
        let part = &found[..end.unwrap_or(found.len())];
        bytes += part.len();
        if bytes <= MAX_LINE_BYTES {
            line.extend_from_slice(part);
        } else {
            line = Vec::new();
        }
        let used = end.map_or(found.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(Some(whole(line, bytes)));
        }
    }
}

fn whole(mut line: Vec<u8>, bytes: usize) -> Line {
    if bytes > MAX_LINE_BYTES {
        return Line::TooLong(bytes);
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Line::Text(String::from_utf8_lossy(&line).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_and_what_is_too_long_is_left_out() {
        let mut text = b"one\r\n\ntw\xffo\n".to_vec();
        text.extend(std::iter::repeat_n(b'x', MAX_LINE_BYTES + 1));
        text.extend(b"\nlast");
        let mut input = io::BufReader::new(text.as_slice());
        let mut read = Vec::new();
        while let Some(line) = next(&mut input).unwrap() {
            read.push(line);
        }
        let text = |text: &str| Line::Text(text.to_owned());
        let too_long = Line::TooLong(MAX_LINE_BYTES + 1);
        assert_eq!(read, [text("one"), text(""), text("tw\u{fffd}o"), too_long, text("last")]);
    }
}
