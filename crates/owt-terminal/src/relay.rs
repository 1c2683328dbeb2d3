//! A person at a session without tmux: `owt host-attach --person SOCKET`, which `owt attach` becomes.
//!
//! The host draws; this passes what it draws to the person's terminal and the keys back, knows the keys that are for
//! us, and leaves the terminal as it was, however it ends. It must not know what the program shows.

pub(crate) mod keys;

use std::collections::VecDeque;
use std::io;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use owt_core::AbsPath;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::io::Errno;
use rustix::stdio;
use rustix::termios::OptionalActions;
use rustix::termios::Termios;

use crate::client::ClientError;
use crate::client::HostClient;
use crate::host::Alarm;
use crate::host::raw_mode;
use crate::wire::Drawn;
use crate::wire::Message;
use crate::wire::Request;
use crate::wire::ViewerFrame;
use keys::Heard;
use keys::Keys;

/// How much is written to a terminal that says it can take something: less than it keeps free then (`WAKEUP_CHARS`
/// of Linux's n_tty.c), so that one that stops in the middle never stops us.
const CHUNK: usize = 256;

/// How much of the person's keys may wait for the host: more than anybody pastes. The keys are read on in any case, so
/// that leaving a program that takes nothing works; what is beyond this is dropped.
const KEYS_WAITING: usize = 16 * 1024 * 1024;

/// A screen of its own, as any full-screen program takes it.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[m\x1b[H\x1b[2J";

/// Every mode that the host may have set, and back to the screen before.
const LEAVE: &[u8] = b"\x18\x1b\\\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\x1b[?9l\x1b[?2004l\x1b[?1l\x1b>\x1b[?7h\x1b[m\x1b[?25h\x1b[?1049l";

/// How long a terminal that takes nothing is waited for when it is put back.
const PARTING: Duration = Duration::from_secs(1);

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The person left.
    Left,
    /// The host ended: the session has.
    Ended,
    /// The person's terminal is gone, or somebody ended us.
    Hangup,
}

/// The whole of `owt host-attach --person SOCKET`; returns the exit code: 0 when the person left or the session ended,
/// 1 when there is no session to show, 2 when standard input or output is no terminal.
pub fn run(socket: &AbsPath) -> u8 {
    if !rustix::termios::isatty(stdio::stdin()) || !rustix::termios::isatty(stdio::stdout()) {
        return 2;
    }
    let ended = join(socket).and_then(|(stream, first)| {
        let taken = Taken::take(stdio::stdin(), stdio::stdout())?;
        let ended = relay(&stream, first)?;
        drop(taken);
        Ok(ended)
    });
    let (words, code) = match ended {
        Ok(End::Left) => ("[left; the agent goes on]".to_owned(), 0),
        Ok(End::Ended) => ("[the session has ended]".to_owned(), 0),
        Ok(End::Hangup) => return 0,
        Err(error) => (format!("owt: {error}"), 1),
    };
    write_patiently(stdio::stdout(), format!("{words}\n").as_bytes());
    code
}

/// The connection, and what of the picture has come with the answer.
fn join(socket: &AbsPath) -> Result<(UnixStream, Vec<u8>), ClientError> {
    let mut client = HostClient::connect(socket, None)?;
    let (rows, columns) = size();
    match client.ask(&Request::Attach { rows, columns, drawn: Drawn::ByHost })? {
        Message::Attached => {}
        other => return Err(ClientError::Odd(format!("{other:?}"))),
    }
    let (stream, first) = client.into_stream();
    stream.set_nonblocking(true)?;
    Ok((stream, first))
}

/// The person's terminal while we have it; given back when dropped, and so also when somebody panics.
struct Taken<'a> {
    keyboard: BorrowedFd<'a>,
    screen: BorrowedFd<'a>,
    before: Termios,
}

impl<'a> Taken<'a> {
    fn take(keyboard: BorrowedFd<'a>, screen: BorrowedFd<'a>) -> io::Result<Self> {
        let before = raw_mode(keyboard).ok_or(Errno::NOTTY)?;
        let taken = Self { keyboard, screen, before };
        write_patiently(screen, ENTER);
        Ok(taken)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        write_patiently(self.screen, LEAVE);
        // A terminal that is gone needs no restoring.
        let _ = rustix::termios::tcsetattr(self.keyboard, OptionalActions::Now, &self.before);
    }
}

/// Both ways until somebody ends it.
fn relay(stream: &UnixStream, first: Vec<u8>) -> io::Result<End> {
    let mut alarm = Alarm::set()?;
    let mut passing = Passing { shown: first.into(), sent: VecDeque::new(), keys: Keys::default() };
    let mut buffer = vec![0; ViewerFrame::LIMIT];
    loop {
        let mut fds = passing.interests(stream, &alarm);
        match rustix::event::poll(&mut fds, None) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno.into()),
        }
        let [keys, screen, host, signal] = fds.map(|fd| fd.revents());
        if !signal.is_empty() {
            let signalled = alarm.take();
            if signalled.terminate || signalled.hangup {
                return Ok(End::Hangup);
            }
            if signalled.resized {
                passing.resized();
            }
        }
        let gone = PollFlags::HUP | PollFlags::ERR;
        if screen.contains(PollFlags::OUT) && passing.show().is_err() || screen.intersects(gone) {
            return Ok(End::Hangup);
        }
        if host.contains(PollFlags::OUT) && passing.send(stream).is_err() {
            return Ok(End::Ended);
        }
        // All that it drew comes before its end.
        if host.intersects(PollFlags::IN | gone) && passing.shown.is_empty() {
            match read(stream, &mut buffer)? {
                Read::Some(count) => passing.shown.extend(&buffer[..count]),
                Read::Nothing => {}
                Read::End => return Ok(End::Ended),
            }
        }
        if keys.intersects(PollFlags::IN | gone) {
            match read(stdio::stdin(), &mut buffer)? {
                Read::Some(count) if passing.typed(&buffer[..count]) == Heard::Leave => return Ok(End::Left),
                Read::Some(_) | Read::Nothing => {}
                Read::End => return Ok(End::Hangup),
            }
        }
    }
}

/// What is on its way.
struct Passing {
    /// To the person's terminal.
    shown: VecDeque<u8>,
    /// To the host.
    sent: VecDeque<u8>,
    keys: Keys,
}

impl Passing {
    fn interests<'a>(&self, stream: &'a UnixStream, alarm: &'a Alarm) -> [PollFd<'a>; 4] {
        let when = |wanted: bool, flags| if wanted { flags } else { PollFlags::empty() };
        // Nothing more is taken from the host while the terminal is behind: the host then draws less often.
        let host = when(self.shown.is_empty(), PollFlags::IN) | when(!self.sent.is_empty(), PollFlags::OUT);
        [
            PollFd::from_borrowed_fd(stdio::stdin(), PollFlags::IN),
            PollFd::from_borrowed_fd(stdio::stdout(), when(!self.shown.is_empty(), PollFlags::OUT)),
            PollFd::new(stream, host),
            PollFd::new(alarm, PollFlags::IN),
        ]
    }

    /// Writes a part of what is to be shown, to a terminal that takes something.
    fn show(&mut self) -> rustix::io::Result<()> {
        let part: Vec<u8> = self.shown.iter().take(CHUNK).copied().collect();
        let count = unless_interrupted(rustix::io::write(stdio::stdout(), &part))?;
        self.shown.drain(..count);
        Ok(())
    }

    fn send(&mut self, stream: &UnixStream) -> rustix::io::Result<()> {
        let count = unless_interrupted(rustix::io::write(stream, self.sent.make_contiguous()))?;
        self.sent.drain(..count);
        Ok(())
    }

    fn resized(&mut self) {
        let (rows, columns) = size();
        // What is queued was drawn for another size; a sequence that is cut off is ended, and all of it drawn again.
        self.shown.clear();
        self.shown.extend(b"\x18\x1b[m\x1b[2J");
        self.sent.extend(ViewerFrame::Size { rows, columns }.encode());
    }

    fn typed(&mut self, bytes: &[u8]) -> Heard {
        for action in self.keys.feed(bytes) {
            match action {
                Heard::Leave => return Heard::Leave,
                Heard::Scroll(lines) => self.push(&ViewerFrame::Scroll { lines }),
                Heard::Keys(keys) => self.push(&ViewerFrame::Input(keys)),
            }
        }
        Heard::Keys(Vec::new())
    }

    fn push(&mut self, frame: &ViewerFrame) {
        if self.sent.len() < KEYS_WAITING {
            self.sent.extend(frame.encode());
        }
    }
}

enum Read {
    Some(usize),
    Nothing,
    End,
}

fn read(from: impl AsFd, buffer: &mut [u8]) -> io::Result<Read> {
    match rustix::io::read(from, &mut *buffer) {
        // A terminal that is gone says EIO, a host that is gone resets.
        Ok(0) | Err(Errno::IO | Errno::CONNRESET) => Ok(Read::End),
        Ok(count) => Ok(Read::Some(count)),
        Err(Errno::INTR | Errno::AGAIN) => Ok(Read::Nothing),
        Err(errno) => Err(errno.into()),
    }
}

fn unless_interrupted(written: rustix::io::Result<usize>) -> rustix::io::Result<usize> {
    match written {
        Err(Errno::INTR | Errno::AGAIN) => Ok(0),
        other => other,
    }
}

/// Writes to the person's terminal; gives up on one that takes nothing.
fn write_patiently(screen: BorrowedFd<'_>, mut bytes: &[u8]) {
    let limit = Timespec { tv_sec: i64::try_from(PARTING.as_secs()).unwrap_or(1), tv_nsec: 0 };
    while !bytes.is_empty() {
        let mut fds = [PollFd::from_borrowed_fd(screen, PollFlags::OUT)];
        match rustix::event::poll(&mut fds, Some(&limit)) {
            Ok(0) => return,
            Err(Errno::INTR) => continue,
            Ok(_) | Err(_) => {}
        }
        match unless_interrupted(rustix::io::write(screen, &bytes[..bytes.len().min(CHUNK)])) {
            Ok(count) => bytes = &bytes[count..],
            Err(_) => return,
        }
    }
}

/// Rows and columns of the person's terminal; 0 where it does not know.
fn size() -> (u16, u16) {
    rustix::termios::tcgetwinsize(stdio::stdin()).map_or((0, 0), |size| (size.ws_row, size.ws_col))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;

    use rustix::pty::OpenptFlags;

    use super::*;

    #[test]
    fn a_terminal_is_given_back_by_a_panic_too() {
        let mut master: File = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap().into();
        rustix::pty::unlockpt(&master).unwrap();
        let name = rustix::pty::ptsname(&master, Vec::new()).unwrap();
        let slave = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        let modes = || rustix::termios::tcgetattr(&slave).unwrap().local_modes;
        let before = modes();
        let panicked = std::panic::catch_unwind(|| {
            let _taken = Taken::take(slave.as_fd(), slave.as_fd()).unwrap();
            assert_eq!(modes(), before, "what a defect would do");
        });
        assert!(panicked.is_err());
        assert_eq!(modes(), before);
        let mut shown = vec![0; ENTER.len() + LEAVE.len()];
        master.read_exact(&mut shown).unwrap();
        assert_eq!(shown, [ENTER, LEAVE].concat());
    }
}
