//! A terminal that hands out each key at once, until this is dropped.

use std::io;
use std::os::fd::OwnedFd;

use rustix::termios::OptionalActions;
use rustix::termios::Termios;

/// As long as it lives, the terminal is raw.
#[derive(Debug)]
pub(super) struct RawMode {
    terminal: OwnedFd,
    before: Termios,
}

impl RawMode {
    /// Makes the terminal raw.
    pub(super) fn enter(terminal: OwnedFd) -> io::Result<Self> {
        let before = rustix::termios::tcgetattr(&terminal)?;
        let mut raw = before.clone();
        raw.make_raw();
        rustix::termios::tcsetattr(&terminal, OptionalActions::Drain, &raw)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // A terminal that has gone away needs no restoring.
        let _gone = rustix::termios::tcsetattr(&self.terminal, OptionalActions::Drain, &self.before);
    }
}
