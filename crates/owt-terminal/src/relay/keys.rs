//! The keys that are for us and not for the program, as in tmux: Ctrl-b and one more. What is pasted is never one of
//! them. Pure.

/// Ctrl-b.
const PREFIX: u8 = 0x02;

/// What a page is, where the size does not matter.
const PAGE: i16 = 20;

/// The longest sequence of a key that is waited for.
const LONGEST: usize = 16;

/// What a terminal puts before and after what is pasted (xterm's bracketed paste; the relay switches it on).
pub(crate) const PASTE_BEGINS: &[u8] = b"\x1b[200~";
pub(crate) const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// What the person wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// These are for the program. A marker of a paste stands alone.
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
    /// What is pasted, up to its end: how much of the marker has come.
    Pasted(usize),
}

/// Tells the person's keys apart.
#[derive(Debug, Default)]
pub(super) struct Keys {
    expecting: Expecting,
    /// How much of the marker of a paste has come. Passed on all the same: a person's Escape alone waits for nothing.
    opening: usize,
}

/// What a key of ours, or while scrolled back, does.
enum Meaning {
    /// It is not whole yet.
    More,
    Leave,
    Start(i16),
    Scroll(i16),
    Present,
    /// A paste, which belongs to the present.
    Paste,
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
        heard.retain(|one| *one != Heard::Keys(Vec::new()));
        heard
    }

    fn take(&mut self, byte: u8, heard: &mut Vec<Heard>) {
        let meaning = match &mut self.expecting {
            Expecting::Anything if byte == PREFIX => {
                self.expecting = Expecting::Ours(Vec::new());
                return;
            }
            Expecting::Anything => {
                pass(byte, heard);
                self.opening = progress(PASTE_BEGINS, self.opening, byte);
                if self.opening == PASTE_BEGINS.len() {
                    self.opening = 0;
                    set_apart(PASTE_BEGINS, heard);
                    self.expecting = Expecting::Pasted(0);
                }
                return;
            }
            Expecting::Pasted(closing) => {
                pass(byte, heard);
                *closing = progress(PASTE_ENDS, *closing, byte);
                if *closing == PASTE_ENDS.len() {
                    set_apart(PASTE_ENDS, heard);
                    self.expecting = Expecting::Anything;
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
            Meaning::Paste => Expecting::Pasted(0),
            Meaning::Nothing if was_scrolling => Expecting::Scrolling(Vec::new()),
            Meaning::Leave | Meaning::Present | Meaning::Prefix | Meaning::Nothing => Expecting::Anything,
        };
        self.expecting = next;
        match meaning {
            Meaning::Leave => heard.push(Heard::Leave),
            Meaning::Start(lines) | Meaning::Scroll(lines) => heard.push(Heard::Scroll(*lines)),
            Meaning::Present => heard.push(Heard::Scroll(i16::MIN)),
            Meaning::Prefix => heard.push(Heard::Keys(vec![PREFIX])),
            Meaning::Paste => {
                heard.push(Heard::Scroll(i16::MIN));
                heard.push(Heard::Keys(PASTE_BEGINS.to_vec()));
                // What follows is not part of the marker.
                heard.push(Heard::Keys(Vec::new()));
            }
            Meaning::More | Meaning::Nothing => {}
        }
    }
}

/// A key for the program.
fn pass(byte: u8, heard: &mut Vec<Heard>) {
    match heard.last_mut() {
        Some(Heard::Keys(keys)) => keys.push(byte),
        _ => heard.push(Heard::Keys(vec![byte])),
    }
}

/// How much of the marker has come with this byte.
fn progress(marker: &[u8], before: usize, byte: u8) -> usize {
    if marker.get(before) == Some(&byte) {
        return before + 1;
    }
    usize::from(marker.first() == Some(&byte))
}

/// The marker that has just come whole stands alone, unless it came in pieces.
fn set_apart(marker: &[u8], heard: &mut Vec<Heard>) {
    if let Some(Heard::Keys(keys)) = heard.last_mut()
        && keys.ends_with(marker)
    {
        keys.truncate(keys.len() - marker.len());
        if keys.is_empty() {
            heard.pop();
        }
        heard.push(Heard::Keys(marker.to_vec()));
        heard.push(Heard::Keys(Vec::new()));
    }
}

fn ours(key: &[u8]) -> Meaning {
    match key {
        b"d" | b"D" => Meaning::Leave,
        [PREFIX] => Meaning::Prefix,
        b"[" => Meaning::Start(1),
        b"\x1b[5~" => Meaning::Start(PAGE),
        PASTE_BEGINS => Meaning::Paste,
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
        PASTE_BEGINS => Meaning::Paste,
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

    #[test]
    fn what_is_pasted_is_no_key_of_ours() {
        let pasted = b"\x1b[200~a\x02db\x02[\x1b[201~";
        let parts = [keys(PASTE_BEGINS), keys(b"a\x02db\x02["), keys(PASTE_ENDS)];
        assert_eq!(heard(pasted), parts);
        assert_eq!(heard(&[b"x".as_slice(), pasted, b"\x02d"].concat())[4..], [Heard::Leave]);
        for before in [b"\x02[".as_slice(), b"\x02"] {
            let all = heard(&[before, pasted].concat());
            assert_eq!(
                all[all.len() - 4..],
                [&[Heard::Scroll(i16::MIN)], parts.as_slice()].concat(),
                "{before:?}"
            );
        }
        // Cut anywhere it is still a paste, whose markers then come in pieces.
        let mut cut = Keys::default();
        let told: Vec<Heard> = pasted.iter().flat_map(|byte| cut.feed(&[*byte])).collect();
        assert!(!told.contains(&Heard::Leave) && told.len() == pasted.len(), "{told:?}");
    }

    #[test]
    fn an_escape_alone_waits_for_nothing() {
        let mut typed = Keys::default();
        assert_eq!(typed.feed(b"\x1b"), [keys(b"\x1b")]);
        assert_eq!(typed.feed(b"[2"), [keys(b"[2")]);
        assert_eq!(typed.feed(b"\x02d"), [Heard::Leave]);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_the_keys_are_cut(bytes in prop::collection::vec(prop_oneof![
            Just(vec![PREFIX]), Just(b"d".to_vec()), Just(b"[".to_vec()), Just(vec![0x1b]), Just(b"5~".to_vec()),
            Just(b"q".to_vec()), Just(PASTE_BEGINS.to_vec()), Just(PASTE_ENDS.to_vec()), any::<u8>().prop_map(|byte| vec![byte]),
        ], 0..40), cut in 0usize..80) {
            let bytes = bytes.concat();
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
