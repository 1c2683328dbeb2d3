//! The keys that are for us and not for the program, as in tmux: Ctrl-b and one more. Pure.

/// Ctrl-b.
const PREFIX: u8 = 0x02;

/// What a page is, where the size does not matter.
const PAGE: i16 = 20;

/// The longest sequence of a key that is waited for.
const LONGEST: usize = 16;

/// What the person wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// These are for the program.
    Keys(Vec<u8>),
    /// To leave.
    Leave,
    /// To see this many lines further back, or on where it is negative.
    Scroll(i16),
}

/// What the next key means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
enum Expecting {
    #[default]
    Anything,
    /// A key of ours: what of it has come.
    Ours(Vec<u8>),
    /// A key while scrolled back: what of it has come.
    Scrolling(Vec<u8>),
}

/// Tells the person's keys apart.
#[derive(Debug, Default)]
pub(super) struct Keys {
    expecting: Expecting,
}

/// What a key of ours, or while scrolled back, does.
enum Meaning {
    /// It is not whole yet.
    More,
    Leave,
    Start(i16),
    Scroll(i16),
    Present,
    /// The prefix itself, for the program.
    Prefix,
    Nothing,
}

impl Keys {
    /// Takes what was typed; what it means, in order.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<Heard> {
        let mut heard = Vec::new();
        for &byte in bytes {
            self.take(byte, &mut heard);
        }
        heard
    }

    fn take(&mut self, byte: u8, heard: &mut Vec<Heard>) {
        let meaning = match &mut self.expecting {
            Expecting::Anything if byte == PREFIX => {
                self.expecting = Expecting::Ours(Vec::new());
                return;
            }
            Expecting::Anything => {
                match heard.last_mut() {
                    Some(Heard::Keys(keys)) => keys.push(byte),
                    _ => heard.push(Heard::Keys(vec![byte])),
                }
                return;
            }
            Expecting::Ours(key) => {
                key.push(byte);
                ours(key)
            }
            Expecting::Scrolling(key) if key.is_empty() && byte == PREFIX => {
                self.expecting = Expecting::Ours(Vec::new());
                return;
            }
            Expecting::Scrolling(key) => {
                key.push(byte);
                while_scrolling(key)
            }
        };
        self.act(&meaning, heard);
    }

    fn act(&mut self, meaning: &Meaning, heard: &mut Vec<Heard>) {
        let was_scrolling = matches!(self.expecting, Expecting::Scrolling(_));
        let next = match meaning {
            Meaning::More => return,
            Meaning::Start(_) | Meaning::Scroll(_) => Expecting::Scrolling(Vec::new()),
            Meaning::Nothing if was_scrolling => Expecting::Scrolling(Vec::new()),
            Meaning::Leave | Meaning::Present | Meaning::Prefix | Meaning::Nothing => Expecting::Anything,
        };
        self.expecting = next;
        match meaning {
            Meaning::Leave => heard.push(Heard::Leave),
            Meaning::Start(lines) | Meaning::Scroll(lines) => heard.push(Heard::Scroll(*lines)),
            Meaning::Present => heard.push(Heard::Scroll(i16::MIN)),
            Meaning::Prefix => heard.push(Heard::Keys(vec![PREFIX])),
            Meaning::More | Meaning::Nothing => {}
        }
    }
}

fn ours(key: &[u8]) -> Meaning {
    match key {
        b"d" | b"D" => Meaning::Leave,
        [PREFIX] => Meaning::Prefix,
        b"[" => Meaning::Start(1),
        b"\x1b[5~" => Meaning::Start(PAGE),
        _ if is_begun(key) => Meaning::More,
        _ => Meaning::Nothing,
    }
}

fn while_scrolling(key: &[u8]) -> Meaning {
    match key {
        b"q" | b"\r" | b"\x03" | b"i" => Meaning::Present,
        b"k" | b"\x1b[A" | b"\x1bOA" => Meaning::Scroll(1),
        b"j" | b"\x1b[B" | b"\x1bOB" => Meaning::Scroll(-1),
        b"\x1b[5~" | b"b" | b"\x15" => Meaning::Scroll(PAGE),
        b"\x1b[6~" | b"f" | b" " | b"\x06" | b"\x04" => Meaning::Scroll(-PAGE),
        b"g" | b"\x1b[H" | b"\x1b[1~" => Meaning::Scroll(i16::MAX),
        b"G" | b"\x1b[F" | b"\x1b[4~" => Meaning::Scroll(i16::MIN),
        // Escape alone, twice since it begins other keys.
        b"\x1b\x1b" => Meaning::Present,
        _ if is_begun(key) => Meaning::More,
        _ => Meaning::Nothing,
    }
}

/// Whether these are the beginning of a sequence (ECMA-48 5.4, and `ESC O` of the keypad).
fn is_begun(key: &[u8]) -> bool {
    match key {
        b"\x1b" | b"\x1b[" | b"\x1bO" => true,
        [0x1b, b'[', rest @ ..] => key.len() < LONGEST && rest.iter().all(|byte| (0x20..0x40).contains(byte)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn heard(bytes: &[u8]) -> Vec<Heard> {
        Keys::default().feed(bytes)
    }

    fn keys(bytes: &[u8]) -> Heard {
        Heard::Keys(bytes.to_vec())
    }

    #[test]
    fn our_keys_are_told_from_the_programs() {
        assert_eq!(heard(b"ab\x02dc"), [keys(b"ab"), Heard::Leave, keys(b"c")]);
        assert_eq!(heard(b"\x02\x02"), [keys(b"\x02")]);
        assert_eq!(heard(b"\x02xy"), [keys(b"y")]);
        assert_eq!(heard(b"\x02\x1b[Ay"), [keys(b"y")], "a key that means nothing is taken as a whole");
        assert_eq!(heard(b"\x04\x03\x1b[A"), [keys(b"\x04\x03\x1b[A")], "everything else is the program's");
    }

    #[test]
    fn a_person_leaves_while_scrolled_back_too() {
        assert_eq!(heard(b"\x02[\x02d"), [Heard::Scroll(1), Heard::Leave]);
    }

    #[test]
    fn while_scrolled_back_no_key_reaches_the_program() {
        let all = heard(b"\x02[k\x1b[5~zj\x1b[99;5u qx");
        let back = [1, 1, PAGE, -1, -PAGE, i16::MIN].map(Heard::Scroll);
        assert_eq!(all, [back.as_slice(), &[keys(b"x")]].concat());
        assert_eq!(heard(b"\x02\x1b[5~\r")[..], [Heard::Scroll(PAGE), Heard::Scroll(i16::MIN)]);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_keys_are_cut(bytes in prop::collection::vec(prop_oneof![
            Just(PREFIX), Just(b'd'), Just(b'['), Just(0x1b), Just(b'5'), Just(b'~'), Just(b'q'), any::<u8>()
        ], 0..40), cut in 0usize..40) {
            let joined = |parts: Vec<Heard>| parts.into_iter().fold(Vec::<Heard>::new(), |mut all, one| {
                match (all.last_mut(), one) {
                    (Some(Heard::Keys(before)), Heard::Keys(more)) => before.extend(more),
                    (_, one) => all.push(one),
                }
                all
            });
            let (one, two) = bytes.split_at(cut.min(bytes.len()));
            let mut keys = Keys::default();
            let parts = [keys.feed(one), keys.feed(two)].concat();
            prop_assert_eq!(joined(parts), joined(heard(&bytes)));
        }
    }
}
