//! Bytes of a terminal, in any portions, as keys. Pure.

/// What begins and ends a pasted text (xterm's bracketed paste).
const PASTE_BEGINS: &[u8] = b"\x1b[200~";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// The longest pasted text, in bytes; the rest of a longer one is dropped.
const MAX_PASTE: usize = 4 * 1024 * 1024;

/// The longest escape sequence that is waited for.
const MAX_SEQUENCE: usize = 64;

/// A key, or what is like one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Letter(char),
    Paste(String),
    Enter,
    Backspace,
    /// Ctrl-U.
    ClearLine,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D.
    EndOfInput,
}

/// Bytes on their way to being keys.
#[derive(Debug, Default)]
pub(super) struct Keys {
    pending: Vec<u8>,
    pasted: Option<Vec<u8>>,
}

impl Keys {
    /// The keys that these bytes complete.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Key> {
        self.pending.extend_from_slice(bytes);
        let mut keys = Vec::new();
        let mut taken = 0;
        while let Some((length, key)) = self.step(taken) {
            taken += length;
            keys.extend(key);
        }
        self.pending.drain(..taken);
        keys
    }

    /// How many bytes from there are complete, and the key that they are, if any; `None` when more must come.
    fn step(&mut self, from: usize) -> Option<(usize, Option<Key>)> {
        let rest = &self.pending[from..];
        match &mut self.pasted {
            Some(pasted) => paste_on(pasted, rest).map(|(length, ended)| {
                let text = ended.then(|| self.pasted.take().unwrap_or_default());
                (length, text.map(|bytes| Key::Paste(text_of(&bytes))))
            }),
            None if rest.starts_with(PASTE_BEGINS) => {
                self.pasted = Some(Vec::new());
                Some((PASTE_BEGINS.len(), None))
            }
            None => key(rest),
        }
    }
}

/// Takes pasted bytes, up to where an end may begin; whether it did end.
fn paste_on(pasted: &mut Vec<u8>, rest: &[u8]) -> Option<(usize, bool)> {
    let end = rest.windows(PASTE_ENDS.len()).position(|window| window == PASTE_ENDS);
    let certain = end.unwrap_or_else(|| {
        let longest = (1..PASTE_ENDS.len()).rev().find(|&length| rest.ends_with(&PASTE_ENDS[..length]));
        rest.len() - longest.unwrap_or(0)
    });
    let room = MAX_PASTE.saturating_sub(pasted.len());
    pasted.extend_from_slice(&rest[..certain.min(room)]);
    match end {
        Some(at) => Some((at + PASTE_ENDS.len(), true)),
        None if certain > 0 => Some((certain, false)),
        None => None,
    }
}

/// Terminals paste line ends as carriage returns.
fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n")
}

fn key(rest: &[u8]) -> Option<(usize, Option<Key>)> {
    let single = |key| Some((1, key));
    match *rest.first()? {
        b'\r' => single(Some(Key::Enter)),
        b'\n' => single(Some(Key::Letter('\n'))),
        b'\t' => single(Some(Key::Letter('\t'))),
        0x7f | 0x08 => single(Some(Key::Backspace)),
        0x03 => single(Some(Key::Interrupt)),
        0x04 => single(Some(Key::EndOfInput)),
        0x15 => single(Some(Key::ClearLine)),
        0x1b => sequence(rest).map(|length| (length, None)),
        byte if byte < 0x20 => single(None),
        _ => letter(rest),
    }
}

/// The length of an escape sequence (ECMA-48 5.4: it ends with the first byte from `@` to `~`). None means
/// anything here, but their bytes are no letters.
fn sequence(rest: &[u8]) -> Option<usize> {
    match rest.get(1)? {
        b'[' => {
            let end = rest.iter().skip(2).position(|byte| (b'@'..=b'~').contains(byte));
            end.map(|at| at + 3).or_else(|| (rest.len() > MAX_SEQUENCE).then_some(rest.len()))
        }
        b'O' => (rest.len() > 2).then_some(3),
        // The escape key itself, and then another.
        0x1b => Some(1),
        _ => Some(2),
    }
}

fn letter(rest: &[u8]) -> Option<(usize, Option<Key>)> {
    let start = &rest[..rest.len().min(4)];
    match std::str::from_utf8(start) {
        Ok(text) => text.chars().next().map(|c| (c.len_utf8(), Some(Key::Letter(c)))),
        Err(error) if error.valid_up_to() > 0 => {
            let valid = String::from_utf8_lossy(&start[..error.valid_up_to()]);
            valid.chars().next().map(|c| (c.len_utf8(), Some(Key::Letter(c))))
        }
        // More must come, or it is nothing.
        Err(error) => error.error_len().map(|length| (length, None)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn letters(text: &str) -> Vec<Key> {
        text.chars().map(Key::Letter).collect()
    }

    #[test]
    fn keys_are_told_apart_in_any_portions() {
        let bytes = "aé日\r\x7f\x03\x04\x15\x1b[A\x1bOPz\x1b[200~one\rtwo\x1b[A\x1b[201~\r\x01q".as_bytes();
        let expected = [
            letters("aé日"),
            vec![Key::Enter, Key::Backspace, Key::Interrupt, Key::EndOfInput, Key::ClearLine],
            letters("z"),
            vec![Key::Paste("one\ntwo\x1b[A".to_owned()), Key::Enter],
            letters("q"),
        ]
        .concat();
        for size in 1..=bytes.len() {
            let mut keys = Keys::default();
            let found: Vec<Key> = bytes.chunks(size).flat_map(|portion| keys.feed(portion)).collect();
            assert_eq!(found, expected, "portions of {size}");
        }
    }

    #[test]
    fn what_never_ends_is_bounded() {
        let mut keys = Keys::default();
        keys.feed(PASTE_BEGINS);
        for _ in 0..6 {
            keys.feed(&vec![b'x'; 1024 * 1024]);
        }
        let Some([Key::Paste(text)]) = keys.feed(PASTE_ENDS).get(..1).map(|keys| [keys[0].clone()]) else {
            panic!("the paste has ended");
        };
        assert_eq!(text.len(), MAX_PASTE);
        let mut keys = Keys::default();
        keys.feed(&[b"\x1b[".as_slice(), &[b'1'; 100]].concat());
        assert_eq!(keys.feed(b"a"), letters("a"));
    }

    proptest! {
        #[test]
        fn no_bytes_stop_it(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x1b), Just(b'[')], 0..200)) {
            let mut keys = Keys::default();
            keys.feed(&bytes);
            prop_assert!(keys.pending.len() <= MAX_SEQUENCE);
        }

        #[test]
        fn a_pasted_text_arrives_whole(text in "[^\x1b\r]*", size in 1usize..20) {
            let sent = [PASTE_BEGINS, text.as_bytes(), PASTE_ENDS].concat();
            let mut keys = Keys::default();
            let found: Vec<Key> = sent.chunks(size).flat_map(|portion| keys.feed(portion)).collect();
            prop_assert_eq!(found, [Key::Paste(text)]);
        }
    }
}
