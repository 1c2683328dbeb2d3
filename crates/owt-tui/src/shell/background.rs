//! Whether the terminal is dark or light, as it says itself (OSC 11, xterm's control sequences). Nobody waits for its word:
//! the board is painted, and once more when the word is there, if it ever comes. It must not know what is made of it.

use std::io;
use std::io::Write;
use std::time::Duration;
use std::time::Instant;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;

/// How long an answer may be under way.
const LIMIT: Duration = Duration::from_millis(150);

/// What is the background? The answer comes among the keys: `ESC ] 11 ; rgb:RRRR/GGGG/BBBB`, ended by BEL or `ESC \`.
const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";

/// A question that has no answer yet.
#[derive(Debug)]
pub(super) struct Question {
    asked: Instant,
}

impl Question {
    pub(super) fn ask() -> io::Result<Self> {
        let mut terminal = io::stdout();
        terminal.write_all(QUESTION).and_then(|()| terminal.flush())?;
        Ok(Self { asked: Instant::now() })
    }

    /// Whoever gets the terminal next is not to get our answer as keys: what is still under way is taken off it. Nobody else
    /// may read the terminal meanwhile.
    pub(super) fn settle(self) {
        let deadline = self.asked + LIMIT;
        let mut answer = Vec::new();
        while !is_whole(&answer) {
            match read_before(deadline) {
                Some(bytes) => answer.extend(bytes),
                None => return,
            }
        }
    }
}

/// What comes from the terminal before then.
fn read_before(deadline: Instant) -> Option<Vec<u8>> {
    let left = deadline.checked_duration_since(Instant::now())?;
    let limit = Timespec { tv_sec: 0, tv_nsec: left.subsec_nanos().into() };
    let stdin = io::stdin();
    let mut polled = [PollFd::new(&stdin, PollFlags::IN)];
    if rustix::event::poll(&mut polled, Some(&limit)).ok()? == 0 {
        return None;
    }
    let mut bytes = vec![0_u8; 256];
    let count = rustix::io::read(&stdin, &mut bytes).ok().filter(|&count| count > 0)?;
    bytes.truncate(count);
    Some(bytes)
}

fn is_whole(answer: &[u8]) -> bool {
    let begin = answer.windows(4).position(|window| window == b"\x1b]11");
    begin.is_some_and(|at| {
        answer[at + 4..].contains(&0x07) || answer[at + 4..].windows(2).any(|end| end == b"\x1b\\")
    })
}

/// How light the colour of an answer is, from 0 to 1 (ITU-R BT.709): `11;rgb:RRRR/GGGG/BBBB`, one to four digits each.
pub(super) fn lightness(answer: &str) -> Option<f64> {
    let colour = answer.strip_prefix("11;rgb:")?;
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
        let light = |text: &str| lightness(text).map(|light| light > 0.5);
        assert_eq!(light("11;rgb:ffff/ffff/ffff"), Some(true));
        assert_eq!(light("11;rgb:1e/1e/1e"), Some(false));
        assert_eq!(light("11;rgb:fff/ffff"), None);
        assert_eq!(light("11;rgb:"), None);
        assert_eq!(light(""), None);
        assert!(is_whole(b"j\x1b]11;rgb:00/00/00\x07") && is_whole(b"\x1b]11;rgb:00/00/00\x1b\\"));
        assert!(!is_whole(b"\x1b]11;rgb:cc/cc/cc") && !is_whole(b"\x07"));
    }
}
