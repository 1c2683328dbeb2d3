//! Moves bytes between us and a child's pipes in one thread: input out, output in, neither waiting for the
//! other, each capture bounded.

use std::io;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;
use std::os::fd::OwnedFd;
use std::process::Child as StdChild;
use std::time::Duration;
use std::time::Instant;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::io::Errno;

use crate::ExitNotice;
use crate::exit_notice::poll;

const CHUNK_BYTES: usize = 64 * 1024;

/// The pipes of a running child.
pub(crate) struct Pump<'a> {
    feed: Option<Feed<'a>>,
    pub(crate) stdout: Capture,
    pub(crate) stderr: Capture,
}

impl<'a> Pump<'a> {
    /// Takes the child's pipes; `input` is what to write into its standard input, if that is a pipe.
    pub(crate) fn new(child: &mut StdChild, input: &'a [u8], cap: usize) -> io::Result<Self> {
        let feed = child.stdin.take().map(|pipe| Feed { pipe: pipe.into(), rest: input });
        let stdout = Capture::new(child.stdout.take().map(Into::into), cap);
        let stderr = Capture::new(child.stderr.take().map(Into::into), cap);
        let pipes = [feed.as_ref().map(|feed| &feed.pipe), stdout.pipe.as_ref(), stderr.pipe.as_ref()];
        for pipe in pipes.into_iter().flatten() {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        Ok(Self { feed, stdout, stderr })
    }

    /// Moves bytes until the child has ended; `false` when the deadline comes first.
    pub(crate) fn until_exit(&mut self, notice: &ExitNotice, deadline: Option<Instant>) -> io::Result<bool> {
        loop {
            let limit = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            let [exited, ..] = self.turn(Some(notice.as_fd()), limit)?;
            if exited {
                self.feed = None;
                return Ok(true);
            }
            if limit.is_some_and(|limit| limit.is_zero()) {
                return Ok(false);
            }
        }
    }

    /// Reads what is left, waiting at most `grace` in all for pipes that somebody else still holds open. Without
    /// any grace it still reads once: as much as an ordinary pipe can hold.
    pub(crate) fn drain(&mut self, grace: Duration) -> io::Result<()> {
        let deadline = Instant::now() + grace;
        self.feed = None;
        while self.stdout.pipe.is_some() || self.stderr.pipe.is_some() {
            let limit = deadline.saturating_duration_since(Instant::now());
            self.turn(None, Some(limit))?;
            if limit.is_zero() {
                break;
            }
        }
        Ok(())
    }

    /// One poll and one read or write wherever possible. Tells which of notice, input, output, error was ready.
    fn turn(&mut self, notice: Option<BorrowedFd<'_>>, limit: Option<Duration>) -> io::Result<[bool; 4]> {
        let ready = self.ready(notice, limit)?;
        if ready[1] && self.feed.as_mut().is_some_and(|feed| feed.write().is_break()) {
            self.feed = None;
        }
        if ready[2] {
            self.stdout.read()?;
        }
        if ready[3] {
            self.stderr.read()?;
        }
        Ok(ready)
    }

    fn ready(&self, notice: Option<BorrowedFd<'_>>, limit: Option<Duration>) -> io::Result<[bool; 4]> {
        let slots = [
            notice.map(|fd| (fd, PollFlags::IN)),
            self.feed.as_ref().map(|feed| (feed.pipe.as_fd(), PollFlags::OUT)),
            self.stdout.pipe.as_ref().map(|pipe| (pipe.as_fd(), PollFlags::IN)),
            self.stderr.pipe.as_ref().map(|pipe| (pipe.as_fd(), PollFlags::IN)),
        ];
        let mut fds: Vec<_> =
            slots.iter().flatten().map(|(fd, flags)| PollFd::from_borrowed_fd(*fd, *flags)).collect();
        poll(&mut fds, limit)?;
        let mut events = fds.iter().map(|fd| !fd.revents().is_empty());
        Ok(slots.map(|slot| slot.is_some() && events.next().unwrap_or(false)))
    }
}

/// What still has to be written.
struct Feed<'a> {
    pipe: OwnedFd,
    rest: &'a [u8],
}

impl Feed<'_> {
    /// Writes what fits. Breaks off when all is written or the child does not want more: that is no error,
    /// a program may end without reading its input.
    fn write(&mut self) -> std::ops::ControlFlow<()> {
        match rustix::io::write(&self.pipe, &self.rest[..self.rest.len().min(CHUNK_BYTES)]) {
            Ok(written) => self.rest = &self.rest[written..],
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(_) => return std::ops::ControlFlow::Break(()),
        }
        if self.rest.is_empty() {
            std::ops::ControlFlow::Break(())
        } else {
            std::ops::ControlFlow::Continue(())
        }
    }
}

/// One output stream: what was read, up to the cap.
pub(crate) struct Capture {
    pipe: Option<OwnedFd>,
    cap: usize,
    pub(crate) bytes: Vec<u8>,
    pub(crate) truncated: bool,
}

impl Capture {
    const fn new(pipe: Option<OwnedFd>, cap: usize) -> Self {
        Self { pipe, cap, bytes: Vec::new(), truncated: false }
    }

    fn read(&mut self) -> io::Result<()> {
        let Some(pipe) = &self.pipe else { return Ok(()) };
        let mut chunk = [0_u8; CHUNK_BYTES];
        match rustix::io::read(pipe, &mut chunk) {
            Ok(0) => self.pipe = None,
            Ok(count) => self.keep(&chunk[..count]),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn keep(&mut self, chunk: &[u8]) {
        let room = self.cap.saturating_sub(self.bytes.len()).min(chunk.len());
        self.bytes.extend_from_slice(&chunk[..room]);
        self.truncated |= room < chunk.len();
    }
}
