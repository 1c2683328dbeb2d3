//! Somebody before a terminal of their own: a PTY with a program on it, and what such a terminal would show.
#![expect(
    clippy::unwrap_used,
    reason = "a test's way of failing is to panic; what the system refuses here is no finding"
)]

use std::fs::File;
use std::io::Read as _;
use std::io::Write as _;
use std::num::NonZeroU16;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use owt_process::Child;
use owt_process::Cmd;
use owt_process::ExitOutcome;
use owt_process::Placement;
use owt_process::Streams;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::termios::Termios;

use super::pty::Pty;
use super::pty::winsize;

/// Longer than anything that is waited for here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program on a terminal of its own. What it prints is taken only while somebody waits for something: a seat that
/// nobody looks at is a terminal that takes nothing.
pub struct Seat {
    child: Child,
    keyboard: File,
    /// Held so that the terminal outlives the program, as a person's does.
    screen: OwnedFd,
    parser: vt100::Parser,
    seen: Vec<u8>,
    /// The terminal's settings before the program had it.
    found: Termios,
}

impl Seat {
    /// Starts the program on a terminal of so many rows and columns.
    ///
    /// # Panics
    /// Where there is no terminal to be had, or no such program.
    pub fn take(command: Cmd, rows: u16, columns: u16) -> Self {
        let Pty { master, slave } = Pty::open(rows, columns).unwrap();
        let streams = Streams::terminal(&slave).unwrap();
        let screen = slave.try_clone().unwrap();
        let found = rustix::termios::tcgetattr(&screen).unwrap();
        let child = command.placement(Placement::OwnTerminal(Arc::new(slave))).spawn(streams).unwrap();
        Self { child, keyboard: master, screen, parser: parser(rows, columns), seen: Vec::new(), found }
    }

    /// How the terminal was set before the program had it.
    pub const fn found(&self) -> &Termios {
        &self.found
    }

    /// The program's process.
    pub const fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Types.
    ///
    /// # Panics
    /// When the terminal takes nothing more.
    pub fn types(&mut self, keys: impl AsRef<[u8]>) {
        self.keyboard.write_all(keys.as_ref()).unwrap();
    }

    /// Gives the terminal another size.
    ///
    /// # Panics
    /// When the terminal is gone.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        rustix::termios::tcsetwinsize(&self.keyboard, winsize(rows, columns)).unwrap();
        self.parser.set_size(side(rows), side(columns));
    }

    /// Looks on until the screen is so.
    ///
    /// # Panics
    /// When it does not become so.
    pub fn until(&mut self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) {
        let latest = Instant::now() + PATIENCE;
        while !is_so(self.parser.screen()) {
            assert!(Instant::now() < latest, "waited in vain for {what} on:\n{}", self.text());
            self.read(Duration::from_millis(100));
        }
    }

    /// Looks on until the screen shows this text.
    ///
    /// # Panics
    /// When it does not come to.
    pub fn until_shown(&mut self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    /// Presses a key for the row that has just been put under it, as a person does whom the board asks to look first:
    /// once more, a moment later.
    ///
    /// # Panics
    /// When the text is never shown.
    pub fn means(&mut self, key: &str, text: &str) {
        let latest = Instant::now() + PATIENCE;
        let shows = |seat: &Self, text: &str| seat.screen().contents().contains(text);
        while !shows(self, text) {
            assert!(Instant::now() < latest, "waited in vain for {text} on:\n{}", self.text());
            self.types(key);
            let looked = Instant::now() + Duration::from_secs(1);
            while !shows(self, text) && (Instant::now() < looked || !shows(self, "look, then once more")) {
                assert!(Instant::now() < latest, "waited in vain for {text} on:\n{}", self.text());
                self.read(Duration::from_millis(100));
            }
        }
    }

    /// Looks on until the terminal was sent these bytes, whatever it shows of them.
    ///
    /// # Panics
    /// When it is not.
    pub fn until_seen(&mut self, bytes: &str) {
        let latest = Instant::now() + PATIENCE;
        while !self.seen.windows(bytes.len()).any(|window| window == bytes.as_bytes()) {
            assert!(Instant::now() < latest, "waited in vain for {bytes:?} on:\n{}", self.text());
            self.read(Duration::from_millis(100));
        }
    }

    /// Looks on until the program has ended, and at what it printed last; how it ended.
    ///
    /// # Panics
    /// When it does not end.
    pub fn until_ended(&mut self) -> ExitOutcome {
        let latest = Instant::now() + PATIENCE;
        loop {
            if let Some(outcome) = self.child.try_wait().unwrap() {
                while self.read(Duration::ZERO) {}
                return outcome;
            }
            assert!(Instant::now() < latest, "it does not end:\n{}", self.text());
            self.read(Duration::from_millis(20));
        }
    }

    /// What is on the screen now.
    pub fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// The text on the screen.
    pub fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// Every byte that the terminal was sent.
    pub fn seen(&self) -> &[u8] {
        &self.seen
    }

    /// How the terminal treats lines and keys.
    ///
    /// # Panics
    /// When the terminal is gone.
    pub fn settings(&self) -> Termios {
        rustix::termios::tcgetattr(&self.screen).unwrap()
    }

    /// Takes what is printed next, if it comes in this time; whether something came.
    fn read(&mut self, patience: Duration) -> bool {
        let limit = Timespec { tv_sec: 0, tv_nsec: patience.subsec_nanos().into() };
        let mut polled = [PollFd::new(&self.keyboard, PollFlags::IN)];
        if rustix::event::poll(&mut polled, Some(&limit)).unwrap_or(0) == 0 {
            return false;
        }
        let mut bytes = [0; 64 * 1024];
        let count = self.keyboard.read(&mut bytes).unwrap_or(0);
        self.parser.process(&bytes[..count]);
        self.seen.extend_from_slice(&bytes[..count]);
        count > 0
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // Who has ended already needs no ending.
        let _ = self.child.terminate_tree(&owt_process::Escalation::TOOL);
    }
}

fn parser(rows: u16, columns: u16) -> vt100::Parser {
    vt100::Parser::new(side(rows), side(columns), 0)
}

fn side(length: u16) -> NonZeroU16 {
    NonZeroU16::new(length).expect("a terminal has rows and columns")
}
