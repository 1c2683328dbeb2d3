//! The few control sequences that make a picture vanish, noticed at their last byte, before it takes effect.
//! Must not know what a picture is.

/// The longest parameters that are looked at.
const LONGEST: usize = 32;

/// What a byte is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// The alternate screen comes (DECSET 47, 1049).
    EnterAlternate,
    /// The alternate screen goes (DECRST 47, 1049).
    LeaveAlternate,
    /// The terminal forgets what has scrolled away (ED 3): most programs then print all of it again.
    ForgetHistory,
}

/// Follows a stream of bytes through its control sequences (ECMA-48 section 5.4; an ESC begins anew anywhere).
#[derive(Debug, Default)]
pub(super) struct Control {
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Ground,
    Escape,
    Parameters(Vec<u8>),
}

impl Control {
    /// The first byte in `bytes` that does something, and what; everything before it has been followed, and it too.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Option<(usize, Act)> {
        let mut at = 0;
        while at < bytes.len() {
            if matches!(self.state, State::Ground) {
                at += bytes[at..].iter().position(|byte| *byte == 0x1b)?;
            }
            if let Some(act) = self.follow(bytes[at]) {
                return Some((at, act));
            }
            at += 1;
        }
        None
    }

    fn follow(&mut self, byte: u8) -> Option<Act> {
        let (state, act) = match (std::mem::take(&mut self.state), byte) {
            (_, 0x1b) => (State::Escape, None),
            (State::Escape, b'[') => (State::Parameters(Vec::new()), None),
            (State::Parameters(mut parameters), b' '..=b'?') if parameters.len() < LONGEST => {
                parameters.push(byte);
                (State::Parameters(parameters), None)
            }
            (State::Parameters(parameters), b'@'..=b'~') => (State::Ground, act(&parameters, byte)),
            _ => (State::Ground, None),
        };
        self.state = state;
        act
    }
}

fn act(parameters: &[u8], last: u8) -> Option<Act> {
    match (parameters, last) {
        (b"3" | b"?3", b'J') => Some(Act::ForgetHistory),
        ([b'?', modes @ ..], b'h' | b'l') => {
            let named = modes.split(|byte| *byte == b';').any(|mode| matches!(mode, b"47" | b"1049"));
            named.then_some(if last == b'h' { Act::EnterAlternate } else { Act::LeaveAlternate })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_noticed_wherever_the_bytes_are_cut() {
        let bytes = b"a\x1b[2J\x1b[3J\x1b[?25;1049hb\x1b]0;[3J\x07\x1b[?1049l\x1b[1049h\x1b[?\x1b[?47h";
        let acts = [Act::ForgetHistory, Act::EnterAlternate, Act::LeaveAlternate, Act::EnterAlternate];
        for size in 1..bytes.len() {
            let mut control = Control::default();
            let mut seen = Vec::new();
            for piece in bytes.chunks(size) {
                let mut rest = piece;
                while let Some((at, act)) = control.next(rest) {
                    seen.push(act);
                    rest = &rest[at + 1..];
                }
            }
            assert_eq!(seen, acts, "in pieces of {size}");
        }
    }
}
