//! Whether the terminal is dark or light, as it says itself (OSC 11, xterm's control sequences). It must not know what is
//! made of that.

use std::io;
use std::io::Write;
use std::time::Duration;
use std::time::Instant;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;

use crate::Theme;

/// How long a terminal may take. One that knows nothing of colours answers the second question at once.
const LIMIT: Duration = Duration::from_millis(150);

/// What is the background, and then: what are you (DA1)? The second is answered by every terminal, after the first.
const QUESTIONS: &[u8] = b"\x1b]11;?\x1b\\\x1b[c";

/// The theme that fits; `None` when the terminal does not say. Nobody else may read the terminal meanwhile.
pub(super) fn theme() -> Option<Theme> {
    io::stdout().write_all(QUESTIONS).and_then(|()| io::stdout().flush()).ok()?;
    let deadline = Instant::now() + LIMIT;
    let mut answer = Vec::new();
    let stdin = io::stdin();
    while !is_whole(&answer) {
        let left = deadline.checked_duration_since(Instant::now())?;
        let limit = Timespec { tv_sec: 0, tv_nsec: left.subsec_nanos().into() };
        let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
        if rustix::event::poll(&mut polled, Some(&limit)).ok()? == 0 {
            return None;
        }
        let mut bytes = [0_u8; 256];
        let count = rustix::io::read(&stdin, &mut bytes).ok().filter(|&count| count > 0)?;
        answer.extend_from_slice(bytes.get(..count)?);
    }
    Some(if lightness(&answer)? > 0.5 { Theme::Light } else { Theme::Dark })
}

/// Whether the answer to the second question is there: `ESC [ ? ... c`.
fn is_whole(answer: &[u8]) -> bool {
    let begin = answer.windows(3).position(|window| window == b"\x1b[?");
    begin.is_some_and(|at| answer[at..].contains(&b'c'))
}

/// How light the colour of an answer is, from 0 to 1 (ITU-R BT.709): `rgb:RRRR/GGGG/BBBB`, one to four digits each.
fn lightness(answer: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(answer).ok()?;
    let (_, colour) = text.split_once("]11;rgb:")?;
    let colour = colour.split(['\x07', '\x1b']).next()?;
    let parts: Vec<f64> = colour.split('/').map(part).collect::<Option<_>>()?;
    let [red, green, blue] = parts.try_into().ok()?;
    Some(0.2126 * red + 0.7152 * green + 0.0722 * blue)
}

fn part(digits: &str) -> Option<f64> {
    let most = match digits.len() {
        1..=4 => 16_f64.powi(i32::try_from(digits.len()).ok()?) - 1.0,
        _ => return None,
    };
    Some(f64::from(u32::from_str_radix(digits, 16).ok()?) / most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_in_every_spelling() {
        let light = |text: &str| lightness(text.as_bytes()).map(|light| light > 0.5);
        assert_eq!(light("\x1b]11;rgb:ffff/ffff/ffff\x07\x1b[?62c"), Some(true));
        assert_eq!(light("\x1b]11;rgb:1e/1e/1e\x1b\\\x1b[?1;2c"), Some(false));
        assert_eq!(light("\x1b]11;rgb:fff/ffff\x07"), None);
        assert_eq!(light("\x1b[?62c"), None);
        assert!(is_whole(b"\x1b]11;rgb:00/00/00\x07\x1b[?62;4c") && !is_whole(b"\x1b]11;rgb:cc/cc/cc\x07"));
    }
}
