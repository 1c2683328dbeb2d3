//! Bytes of a terminal in raw mode, as keys.
//!
//! It must not know what a key does.

/// Opens and closes what a terminal marks as pasted.
const PASTE_OPEN: &[u8] = b"\x1b[200~";
const PASTE_CLOSE: &[u8] = b"\x1b[201~";

/// One key, or a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Text(String),
    Pasted(String),
    Enter,
    Newline,
    Backspace,
    ClearLine,
    Escape,
    Interrupt,
    End,
}

/// Collects bytes until they are keys.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    held: Vec<u8>,
}

impl Decoder {
    /// The keys that these bytes complete. An escape byte that ends a read is the Escape key.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Key> {
        self.held.extend_from_slice(bytes);
        let mut keys = Vec::new();
        while let Some((key, length)) = first(&self.held) {
            keys.extend(key);
            self.held.drain(..length);
        }
        keys
    }
}

/// The first key and how many bytes it takes; no key for a sequence that means nothing here. `None` when more bytes
/// are needed.
fn first(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    let key = |key: Key| Some((Some(key), 1));
    match bytes.first()? {
        b'\r' => key(Key::Enter),
        b'\n' => key(Key::Newline),
        0x7f | 0x08 => key(Key::Backspace),
        0x15 => key(Key::ClearLine),
        0x03 => key(Key::Interrupt),
        0x04 => key(Key::End),
        0x1b => escape(bytes),
        byte if *byte < 0x20 && *byte != b'\t' => Some((None, 1)),
        _ => text(bytes),
    }
}

fn escape(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    if bytes.len() == 1 {
        return Some((Some(Key::Escape), 1));
    }
    if bytes.starts_with(PASTE_OPEN) {
        let body = &bytes[PASTE_OPEN.len()..];
        let end = body.windows(PASTE_CLOSE.len()).position(|window| window == PASTE_CLOSE)?;
        // A terminal sends the line ends of a paste as carriage returns.
        let pasted = String::from_utf8_lossy(&body[..end]).replace('\r', "\n");
        return Some((Some(Key::Pasted(pasted)), PASTE_OPEN.len() + end + PASTE_CLOSE.len()));
    }
    if PASTE_OPEN.starts_with(bytes) {
        return None;
    }
    if bytes[1] != b'[' {
        return Some((Some(Key::Escape), 1));
    }
    let end = bytes[2..].iter().position(|byte| (0x40..0x7f).contains(byte))?;
    Some((None, 2 + end + 1))
}

/// Printable text up to the next control byte; a character that is not complete yet stays.
fn text(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    let is_control = |byte: &u8| (*byte < 0x20 && *byte != b'\t') || *byte == 0x7f;
    let run = &bytes[..bytes.iter().position(is_control).unwrap_or(bytes.len())];
    let (valid, length) = match std::str::from_utf8(run) {
        Ok(text) => (text.to_owned(), run.len()),
        Err(error) if error.valid_up_to() > 0 => {
            (String::from_utf8_lossy(&run[..error.valid_up_to()]).into_owned(), error.valid_up_to())
        }
        Err(error) if error.error_len().is_none() && run.len() == bytes.len() => return None,
        Err(error) => ("\u{fffd}".to_owned(), error.error_len().unwrap_or(run.len())),
    };
    Some((Some(Key::Text(valid)), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_being_cut_anywhere() {
        let bytes = "a é\x1b[200~one\rtwo \x1b[31m\n\x1b[201~\r\x1b[Ax\x15".as_bytes();
        let whole = [
            Key::Text("a é".into()),
            Key::Pasted("one\ntwo \x1b[31m\n".into()),
            Key::Enter,
            Key::Text("x".into()),
            Key::ClearLine,
        ];
        assert_eq!(Decoder::default().feed(bytes), whole);
        for cut in 1..bytes.len() {
            // Cut behind an escape byte it is the Escape key, as in every terminal program.
            if bytes[cut - 1] == 0x1b {
                continue;
            }
            let mut decoder = Decoder::default();
            let mut keys = decoder.feed(&bytes[..cut]);
            keys.extend(decoder.feed(&bytes[cut..]));
            assert_eq!(joined(keys), whole, "cut at {cut}");
        }
    }

    /// Text that was cut in two, as one.
    fn joined(keys: Vec<Key>) -> Vec<Key> {
        keys.into_iter().fold(Vec::new(), |mut all, key| {
            match (all.last_mut(), key) {
                (Some(Key::Text(before)), Key::Text(after)) => before.push_str(&after),
                (_, key) => all.push(key),
            }
            all
        })
    }
}
