//! The host's one loop: waits for whatever comes first, and lets each part do its work.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;
use std::time::Instant;

use owt_core::AttemptId;
use owt_core::Timestamp;
use owt_core::session::EndReason;
use owt_core::session::Exit;
use owt_process::Child;
use owt_process::ExitNotice;
use owt_process::ExitOutcome;
use owt_process::tree;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::io::Errno;

use crate::clock;
use crate::host::alarm::Alarm;
use crate::host::connection::Connection;
use crate::host::doorway::Doorway;
use crate::host::ending::Ending;
use crate::host::feed::Feed;
use crate::host::injector::Injector;
use crate::host::injector::Scene;
use crate::host::limits::LimitClock;
use crate::host::logs::Logs;
use crate::host::program::Source;
use crate::host::program::Started;
use crate::host::terminal::Hold;
use crate::host::terminal::Terminal;
use crate::journal::Journal;
use crate::launch_file::LaunchFile;
use crate::record::ExitRecord;
use crate::record::ExitSlot;
use crate::wire::WireOutcome;

/// How much is read at once.
const READ: usize = 64 * 1024;

/// How much of what was printed before the end is still read, should a survivor go on printing.
const LAST_WORDS: usize = 64 * 1024 * 1024;

/// What a descriptor belongs to.
#[derive(Debug, Clone, Copy)]
enum Token {
    Alarm,
    Exit,
    Sweep,
    Listener,
    Source(usize),
    Feed,
    Pane,
    Connection(u64),
}

/// What the host has made ready before it starts the program.
pub(super) struct Parts {
    pub(super) alarm: Alarm,
    pub(super) doorway: Doorway,
    pub(super) slot: ExitSlot,
    pub(super) logs: Logs,
    pub(super) journal: Journal,
    pub(super) terminal: Option<Terminal>,
}

/// The program and what it prints to.
pub(super) struct Program {
    pub(super) started_at: Timestamp,
    child: Child,
    /// Gone once the end has been noticed.
    exit_notice: Option<ExitNotice>,
    outcome: Option<ExitOutcome>,
    sources: Vec<Source>,
}

impl Program {
    fn new(child: Child, sources: Vec<Source>) -> io::Result<Self> {
        let exit_notice = Some(child.exit_notice().map_err(io::Error::other)?);
        Ok(Self { started_at: clock::now(), child, exit_notice, outcome: None, sources })
    }

    pub(super) const fn pid(&self) -> u32 {
        self.child.pid()
    }
}

pub(super) struct Host {
    pub(super) attempt: AttemptId,
    pub(super) connections: BTreeMap<u64, Connection>,
    pub(super) next_connection: u64,
    pub(super) doorway: Doorway,
    pub(super) program: Program,
    pub(super) logs: Logs,
    pub(super) feed: Feed,
    pub(super) terminal: Option<Terminal>,
    pub(super) injector: Injector,
    pub(super) ending: Ending,
    journal: Journal,
    alarm: Alarm,
    slot: ExitSlot,
    pub(super) limits: LimitClock,
    buffer: Vec<u8>,
}

impl Host {
    pub(super) fn new(launch: &LaunchFile, started: Started, parts: Parts, now: Instant) -> io::Result<Self> {
        debug_assert_eq!(parts.terminal.is_some(), launch.kind.is_terminal(), "a terminal has a picture");
        Ok(Self {
            attempt: launch.attempt,
            connections: BTreeMap::new(),
            next_connection: 0,
            doorway: parts.doorway,
            program: Program::new(started.child, started.sources)?,
            logs: parts.logs,
            feed: started.feed,
            terminal: parts.terminal,
            injector: Injector::default(),
            ending: Ending::new(launch.tuning),
            journal: parts.journal,
            alarm: parts.alarm,
            slot: parts.slot,
            limits: LimitClock::start(launch.limits, now),
            buffer: vec![0; READ],
        })
    }

    /// Serves until the program has ended, nothing of it is left, and its end is recorded.
    pub(super) fn serve(mut self) -> io::Result<()> {
        loop {
            for (token, flags) in self.wait()? {
                self.handle(token, flags, Instant::now());
            }
            self.turn(Instant::now());
            if self.program.outcome.is_some() && self.ending.is_swept() {
                return self.finish();
            }
        }
    }

    fn wait(&self) -> io::Result<Vec<(Token, PollFlags)>> {
        let now = Instant::now();
        let (tokens, mut fds): (Vec<Token>, Vec<PollFd<'_>>) = self.interests(now).into_iter().unzip();
        let limit = self.next(now).map(|next| timespec(next.saturating_duration_since(now)));
        match rustix::event::poll(&mut fds, limit.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
        let ready = tokens.into_iter().zip(&fds).map(|(token, fd)| (token, fd.revents()));
        Ok(ready.filter(|(_, flags)| !flags.is_empty()).collect())
    }

    fn interests(&self, now: Instant) -> Vec<(Token, PollFd<'_>)> {
        let input = |token, fd| (token, PollFd::from_borrowed_fd(fd, PollFlags::IN));
        let mut list =
            vec![input(Token::Alarm, self.alarm.as_fd()), input(Token::Listener, self.doorway.as_fd())];
        list.extend(self.program.exit_notice.as_ref().map(|notice| input(Token::Exit, notice.as_fd())));
        list.extend(self.ending.waits_for().map(|done| input(Token::Sweep, done)));
        if self.held_back_until(now).is_none() {
            let sources = self.program.sources.iter().enumerate();
            list.extend(sources.map(|(at, source)| input(Token::Source(at), source.fd.as_fd())));
        }
        let out = |fd| (Token::Feed, PollFd::from_borrowed_fd(fd, PollFlags::OUT));
        list.extend(self.feed.waits_for().map(out));
        let pane = self.terminal.as_ref().and_then(|terminal| terminal.pane_interest(&self.feed));
        for (fd, side) in [(rustix::stdio::stdin(), PollFlags::IN), (rustix::stdio::stdout(), PollFlags::OUT)]
        {
            let wanted = pane.filter(|flags| flags.contains(side));
            list.extend(wanted.map(|_| (Token::Pane, PollFd::from_borrowed_fd(fd, side))));
        }
        let takes_keys = self.terminal.as_ref().is_none_or(|terminal| terminal.takes_keys(&self.feed));
        list.extend(self.connections.iter().map(|(id, connection)| {
            let interest = connection.interest(takes_keys);
            (Token::Connection(*id), PollFd::from_borrowed_fd(connection.fd(), interest))
        }));
        list
    }

    /// When something is to be done although nothing comes.
    fn next(&self, now: Instant) -> Option<Instant> {
        let limit = if self.ending.waits_for().is_some() { None } else { self.limits.next() };
        let injection = self.injector.next(self.limits.last_output());
        let picture = self.terminal.as_ref().and_then(Terminal::next);
        let drawing = self.terminal.as_ref().and_then(|terminal| {
            let change = terminal.change();
            self.connections.values().filter_map(|connection| connection.draws_at(change, now)).min()
        });
        [limit, injection, picture, drawing, self.held_back_until(now)].into_iter().flatten().min()
    }

    /// Until when nothing is read from the program, because somebody who looks on is behind.
    fn held_back_until(&self, now: Instant) -> Option<Instant> {
        let viewers = self.connections.values().filter_map(|connection| connection.holds_back_until(now));
        let pane = self.terminal.as_ref().and_then(|terminal| terminal.holds_back_until(now));
        viewers.chain(pane).max()
    }

    fn handle(&mut self, token: Token, flags: PollFlags, now: Instant) {
        match token {
            Token::Alarm => self.signalled(now),
            Token::Exit => self.program_ended(),
            Token::Sweep => self.ending.sweep_is_over(),
            Token::Listener => self.accept(),
            Token::Source(at) => {
                self.read_source(at, now);
            }
            Token::Feed => self.feed.flush(),
            Token::Pane => self.read_pane(now),
            Token::Connection(id) => {
                if flags.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) {
                    let mut buffer = std::mem::take(&mut self.buffer);
                    self.hear(id, &mut buffer, now);
                    self.buffer = buffer;
                }
            }
        }
    }

    /// What is to be done whenever something has happened.
    fn turn(&mut self, now: Instant) {
        if self.program.outcome.is_none()
            && let Some(reason) = self.limits.reached(now)
        {
            self.ending.begin(reason);
        }
        // A source that closed is kept in place while its neighbours are being read, and dropped here.
        self.program.sources.retain(|source| !source.is_over);
        self.advance_injections(now);
        let hold = self.hold();
        if let Some(terminal) = &mut self.terminal {
            terminal.release(&mut self.feed, hold);
            terminal.look(now);
            terminal.flush_pane(now);
        }
        self.feed.flush();
        self.tell_news(now);
    }

    /// Whether a person's keys have to wait.
    pub(super) const fn hold(&self) -> Hold {
        if self.injector.is_busy() { Hold::Yes } else { Hold::No }
    }

    fn advance_injections(&mut self, now: Instant) {
        let rows = || self.terminal.as_ref().map(|terminal| terminal.picture().rows).unwrap_or_default();
        let mut scene = Scene {
            feed: &mut self.feed,
            journal: &mut self.journal,
            terminal: self.terminal.as_ref().map(|terminal| terminal.facts(now)),
            rows: &rows,
            last_output: self.limits.last_output(),
            now,
        };
        for verdict in self.injector.advance(&mut scene) {
            if matches!(verdict.answer, Ok(WireOutcome::Injected)) {
                self.limits.set_paused(false, now);
                if let Some(terminal) = &mut self.terminal {
                    terminal.submitted(now);
                }
            }
            self.tell_verdict(verdict);
        }
    }

    fn signalled(&mut self, now: Instant) {
        let signalled = self.alarm.take();
        if signalled.child {
            // Adopted orphans that ended; the program itself is left to its holder.
            let _ = tree::reap_adopted();
        }
        if signalled.terminate {
            self.ending.begin(EndReason::Requested);
        }
        if signalled.resized {
            // Whoever found no socket sends this signal, too.
            self.doorway.look_after();
        }
        if signalled.resized
            && let Some(terminal) = &mut self.terminal
            && let Some(size) = super::terminal::pane_size()
        {
            terminal.resize(size, self.logs.lengths().0, now);
        }
    }

    fn program_ended(&mut self) {
        if let Ok(Some(outcome)) = self.program.child.try_wait() {
            self.program.outcome = Some(outcome);
            self.program.exit_notice = None;
            self.ending.clean_up();
        }
    }

    /// Reads once; returns how much.
    fn read_source(&mut self, at: usize, now: Instant) -> usize {
        let mut buffer = std::mem::take(&mut self.buffer);
        let source = &mut self.program.sources[at];
        let stream = source.stream;
        let count = match rustix::io::read(&source.fd, &mut buffer[..]) {
            Ok(count) if count > 0 => count,
            Err(Errno::AGAIN | Errno::INTR) => 0,
            // A terminal whose last program closed it says EIO.
            Ok(_) | Err(_) => {
                source.is_over = true;
                0
            }
        };
        if count > 0 {
            self.printed(stream, &buffer[..count], now);
        }
        self.buffer = buffer;
        count
    }

    fn printed(&mut self, stream: owt_ports::Stream, bytes: &[u8], now: Instant) {
        self.limits.printed(now);
        if self.logs.write(stream, bytes).is_err() && self.program.outcome.is_none() {
            self.ending.begin(EndReason::LogFull);
        }
        if let Some(terminal) = &mut self.terminal {
            let viewers = self.connections.values_mut().filter_map(Connection::viewer);
            let count = viewers.map(|viewer| viewer.push(bytes, now)).count();
            terminal.printed(bytes, &mut self.feed, count > 0, now);
        }
    }

    fn read_pane(&mut self, now: Instant) {
        let hold = self.hold();
        let Some(terminal) = &mut self.terminal else { return };
        if !terminal.takes_keys(&self.feed) {
            return;
        }
        if let Some(count) = terminal.read_pane(&mut self.buffer) {
            terminal.keys(&self.buffer[..count], &mut self.feed, hold, now);
        }
    }

    /// Reads the last words, records the end, and tells everybody.
    fn finish(mut self) -> io::Result<()> {
        let now = Instant::now();
        for at in 0..self.program.sources.len() {
            let mut total = 0;
            while total < LAST_WORDS && !self.program.sources[at].is_over {
                match self.read_source(at, now) {
                    0 => break,
                    count => total += count,
                }
            }
        }
        let outcome = self.program.outcome.expect("the loop ends after the program");
        let exit = match (self.ending.reason(), outcome) {
            (Some(reason), _) => Exit::Ended { reason },
            (None, ExitOutcome::Code(code)) => Exit::Code { code },
            (None, ExitOutcome::Signal(signal)) => Exit::Signal { signal },
        };
        let record = ExitRecord { exit, at: clock::now() };
        self.slot.commit(record)?;
        self.tell_end(record);
        Ok(())
    }
}

fn timespec(duration: Duration) -> Timespec {
    // Rounded up to a millisecond: a wait that ends just before its moment would turn the loop for nothing.
    let duration = duration + Duration::from_millis(1);
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: duration.subsec_nanos().into(),
    }
}
