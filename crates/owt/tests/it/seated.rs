//! A command with a terminal of its own, and somebody before it.

use std::fs::File;
use std::io::Read;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Instant;

use owt_process::Child;
use owt_process::Placement;
use owt_process::Streams;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;

use crate::rehearsal::PATIENCE;
use crate::sealed::Sealed;

/// A command on a terminal of its own.
pub(crate) struct Seated {
    pub(crate) child: Child,
    terminal: File,
    /// The first bytes of a letter whose others have not come yet.
    begun: Vec<u8>,
    pub(crate) seen: String,
}

impl Seated {
    pub(crate) fn at(sealed: &Sealed, columns: u16, arguments: &[&str]) -> Self {
        let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        rustix::pty::grantpt(&master).unwrap();
        rustix::pty::unlockpt(&master).unwrap();
        let name = rustix::pty::ptsname(&master, Vec::new()).unwrap();
        let slave: OwnedFd =
            File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap().into();
        rustix::termios::tcsetwinsize(&slave, size(30, columns)).unwrap();
        let streams = Streams::terminal(&slave).unwrap();
        let placement = Placement::OwnTerminal(Arc::new(slave));
        let child = sealed.cmd(arguments).placement(placement).spawn(streams).unwrap();
        Self { child, terminal: master.into(), begun: Vec::new(), seen: String::new() }
    }

    /// Reads until the text has appeared.
    pub(crate) fn until(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.seen.contains(text) {
            assert!(Instant::now() < deadline, "no {text:?} in {:?}", self.seen);
            assert!(self.read(), "ended without {text:?}: {:?}", self.seen);
        }
    }

    /// Reads what comes next, if it comes soon; whether the terminal is still there.
    pub(crate) fn read(&mut self) -> bool {
        let mut polled = [PollFd::new(&self.terminal, PollFlags::IN)];
        let limit = Timespec { tv_sec: 1, tv_nsec: 0 };
        if rustix::event::poll(&mut polled, Some(&limit)).unwrap() == 0 {
            return true;
        }
        let mut bytes = [0; 4096];
        match self.terminal.read(&mut bytes) {
            // The terminal of a process that has ended answers with EIO on Linux.
            Ok(0) | Err(_) => false,
            Ok(count) => {
                self.take_in(&bytes[..count]);
                true
            }
        }
    }

    /// A terminal gives what was printed in any parts.
    fn take_in(&mut self, bytes: &[u8]) {
        self.begun.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.begun) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.begun.len(),
        };
        let rest = self.begun.split_off(whole);
        self.seen.push_str(&String::from_utf8_lossy(&self.begun));
        self.begun = rest;
    }

    /// Makes the window another size.
    pub(crate) fn resize(&self, rows: u16, columns: u16) {
        rustix::termios::tcsetwinsize(&self.terminal, size(rows, columns)).unwrap();
    }

    /// How the terminal takes keys.
    pub(crate) fn takes_lines(&self) -> bool {
        let modes = rustix::termios::tcgetattr(&self.terminal).unwrap().local_modes;
        modes.contains(rustix::termios::LocalModes::ICANON | rustix::termios::LocalModes::ECHO)
    }

    pub(crate) fn types(&mut self, text: &str) {
        self.terminal.write_all(text.as_bytes()).unwrap();
    }

    /// Everything that was shown, and the exit code.
    pub(crate) fn ended(mut self) -> (String, Option<i32>) {
        let deadline = Instant::now() + PATIENCE;
        while self.read() {
            assert!(Instant::now() < deadline, "it does not end: {:?}", self.seen);
        }
        let code = self.child.wait().unwrap().code();
        (self.seen.replace("\r\n", "\n"), code)
    }
}

const fn size(rows: u16, columns: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}
