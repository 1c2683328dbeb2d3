//! A pseudo terminal for a program, seen from the side of who sits before it.

use std::fs::File;
use std::os::fd::OwnedFd;

use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::io::FdFlags;
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;

/// Both ends of a terminal.
#[derive(Debug)]
pub struct Pty {
    /// Where keys go in and what is shown comes out.
    pub master: File,
    /// The terminal that the program is given.
    pub slave: OwnedFd,
}

impl Pty {
    /// A terminal of so many rows and columns. No child inherits its master: that would keep the terminal alive.
    ///
    /// # Errors
    /// There is no terminal to be had.
    pub fn open(rows: u16, columns: u16) -> rustix::io::Result<Self> {
        let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        rustix::io::fcntl_setfd(&master, FdFlags::CLOEXEC)?;
        rustix::pty::grantpt(&master)?;
        rustix::pty::unlockpt(&master)?;
        let name = rustix::pty::ptsname(&master, Vec::new())?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let slave = rustix::fs::open(&name, flags, Mode::empty())?;
        rustix::termios::tcsetwinsize(&slave, winsize(rows, columns))?;
        Ok(Self { master: master.into(), slave })
    }
}

/// A size in characters.
pub(super) const fn winsize(rows: u16, columns: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}
