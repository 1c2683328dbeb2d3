//! One connection to the host: what it has become, what it still has to be told.

use std::io::Read;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::time::Instant;

use rustix::event::PollFlags;

use crate::host::onlooker::Onlooker;
use crate::host::outlet::Gone;
use crate::host::outlet::Outbox;
use crate::host::outlet::Outlet;
use crate::host::terminal::Terminal;
use crate::wire;
use crate::wire::Fault;
use crate::wire::FaultCode;
use crate::wire::Message;
use crate::wire::Request;
use crate::wire::ViewerFrame;

/// A buffer that was this large is given back to the system once it is empty.
const KEEP: usize = 16 * 1024;

/// What a connection is for.
#[derive(Debug)]
pub(super) enum Mode {
    /// It has not said hello.
    New,
    /// It asks and is answered.
    Asking,
    /// It asked for something that takes time; nothing is read until it has its answer.
    Waiting,
    /// It is told of news: how far it was told, and which picture it has.
    Watching { output: u64, error: u64, picture: Option<u64> },
    /// It is a terminal.
    Viewing(Outlet),
    /// It is a person's terminal on which we draw.
    Watched(Onlooker),
    /// It is closed once everything is sent.
    Closing,
}

#[derive(Debug)]
pub(super) struct Connection {
    stream: UnixStream,
    inbox: Vec<u8>,
    outbox: Outbox,
    pub(super) mode: Mode,
}

/// What a connection sent.
#[derive(Debug)]
pub(super) enum Received {
    Request(Request),
    Frame(ViewerFrame),
}

impl Connection {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self { stream, inbox: Vec::new(), outbox: Outbox::default(), mode: Mode::New }
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    pub(super) fn interest(&self, takes_keys: bool) -> PollFlags {
        let read = match self.mode {
            Mode::Viewing(_) | Mode::Watched(_) if !takes_keys => PollFlags::empty(),
            _ => PollFlags::IN,
        };
        let sends = match &self.mode {
            Mode::Viewing(outlet) => outlet.wants_to_write(),
            _ => false,
        };
        if sends || !self.outbox.is_empty() { read | PollFlags::OUT } else { read }
    }

    /// Reads what has come. A connection that ends is gone.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<(), Gone> {
        match self.stream.read(buffer) {
            Ok(0) => Err(Gone),
            Ok(count) => {
                self.inbox.extend_from_slice(&buffer[..count]);
                if self.inbox.len() > wire::MAX_LINE { Err(Gone) } else { Ok(()) }
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Ok(()),
            Err(_) => Err(Gone),
        }
    }

    /// The next whole thing that has come; nothing while an answer is due.
    pub(super) fn next(&mut self) -> Option<Result<Received, Fault>> {
        let (received, length) = match self.mode {
            Mode::Waiting | Mode::Closing => return None,
            Mode::Viewing(_) | Mode::Watched(_) => match ViewerFrame::decode(&self.inbox) {
                Ok(None) => return None,
                Ok(Some((frame, length))) => (Ok(Received::Frame(frame)), length),
                Err(fault) => (Err(fault), self.inbox.len()),
            },
            Mode::New | Mode::Asking | Mode::Watching { .. } => {
                let end = self.inbox.iter().position(|&byte| byte == b'\n')?;
                let request = serde_json::from_slice(&self.inbox[..end]).map(Received::Request);
                (request.map_err(|error| Fault::new(FaultCode::BadRequest, error.to_string())), end + 1)
            }
        };
        self.inbox.drain(..length);
        if self.inbox.is_empty() && self.inbox.capacity() > KEEP {
            self.inbox = Vec::new();
        }
        Some(received)
    }

    /// The terminal that this connection has become.
    pub(super) const fn viewer(&mut self) -> Option<&mut Outlet> {
        match &mut self.mode {
            Mode::Viewing(outlet) => Some(outlet),
            _ => None,
        }
    }

    /// The person whose terminal this is.
    pub(super) const fn onlooker(&mut self) -> Option<&mut Onlooker> {
        match &mut self.mode {
            Mode::Watched(onlooker) => Some(onlooker),
            _ => None,
        }
    }

    /// Rings, if this is a person's terminal.
    pub(super) fn ring(&mut self, signal: &[u8]) -> Option<()> {
        self.onlooker()?;
        // Between whole drawings: nothing is cut in two by it.
        self.outbox.push(signal);
        Some(())
    }

    /// When this terminal is to be drawn; not before it has taken everything drawn before.
    pub(super) fn draws_at(&self, change: u64, now: Instant) -> Option<Instant> {
        match &self.mode {
            Mode::Watched(onlooker) if self.outbox.is_empty() => onlooker.due(change, now),
            _ => None,
        }
    }

    /// Draws, if it is time.
    pub(super) fn draw(&mut self, terminal: &mut Terminal, now: Instant) {
        if self.draws_at(terminal.change(), now).is_some_and(|due| due <= now)
            && let Mode::Watched(onlooker) = &mut self.mode
        {
            self.outbox.push(&onlooker.draw(terminal, now));
        }
    }

    /// Until when the program has to wait for this terminal, if it is one and it has to.
    pub(super) fn holds_back_until(&self, now: Instant) -> Option<Instant> {
        match &self.mode {
            Mode::Viewing(outlet) => outlet.holds_back_until(now),
            _ => None,
        }
    }

    pub(super) fn send(&mut self, message: &Message) {
        self.outbox.push(&wire::line(message));
    }

    /// Answers and goes on listening.
    pub(super) fn answer(&mut self, message: &Message) {
        self.send(message);
        if matches!(self.mode, Mode::Waiting) {
            self.mode = Mode::Asking;
        }
    }

    /// Says why, and closes.
    pub(super) fn refuse(&mut self, fault: Fault) {
        self.send(&Message::Refused { fault });
        self.mode = Mode::Closing;
    }

    /// Whether nothing waits to be sent.
    pub(super) const fn is_sent(&self) -> bool {
        self.outbox.is_empty()
    }

    pub(super) fn flush(&mut self, now: Instant, redraw: impl Fn() -> Vec<u8>) -> Result<(), Gone> {
        self.outbox.flush(&self.stream)?;
        if let (Mode::Viewing(outlet), true) = (&mut self.mode, self.outbox.is_empty()) {
            outlet.flush(&self.stream, now, redraw)?;
        }
        if matches!(self.mode, Mode::Closing) && self.outbox.is_empty() { Err(Gone) } else { Ok(()) }
    }
}
