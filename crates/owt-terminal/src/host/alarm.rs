//! The signals that a host listens to, as a descriptor to poll and flags to read.
//!
//! Handlers, not `SIG_IGN`: an ignored signal would stay ignored in the program that is started.

use std::io;
use std::io::Read;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use signal_hook::consts::SIGCHLD;
use signal_hook::consts::SIGHUP;
use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGQUIT;
use signal_hook::consts::SIGTERM;
use signal_hook::consts::SIGTSTP;
use signal_hook::consts::SIGWINCH;

/// What has been signalled since the last look.
#[expect(clippy::struct_excessive_bools, reason = "one for each signal that somebody listens to")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Signalled {
    pub(crate) child: bool,
    pub(crate) resized: bool,
    pub(crate) terminate: bool,
    /// The terminal went away, or somebody says so.
    pub(crate) hangup: bool,
}

#[derive(Debug)]
pub(crate) struct Alarm {
    wake: UnixStream,
    child: Arc<AtomicBool>,
    resized: Arc<AtomicBool>,
    terminate: Arc<AtomicBool>,
    hangup: Arc<AtomicBool>,
}

impl Alarm {
    pub(crate) fn set() -> io::Result<Self> {
        let (wake, ring) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let flag = |signal| {
            let flag = Arc::new(AtomicBool::new(false));
            signal_hook::flag::register(signal, Arc::clone(&flag))?;
            signal_hook::low_level::pipe::register(signal, ring.try_clone()?)?;
            io::Result::Ok(flag)
        };
        let (child, resized) = (flag(SIGCHLD)?, flag(SIGWINCH)?);
        let alarm = Self { wake, child, resized, terminate: flag(SIGTERM)?, hangup: flag(SIGHUP)? };
        // A terminal that goes away or a key pressed in it must end neither the host nor the program.
        for signal in [SIGINT, SIGQUIT, SIGTSTP] {
            flag(signal)?;
        }
        Ok(alarm)
    }

    pub(crate) fn take(&mut self) -> Signalled {
        let mut rings = [0; 64];
        // The descriptor is emptied before the flags are read, so that a signal in between rings again.
        while matches!(self.wake.read(&mut rings), Ok(count) if count == rings.len()) {}
        let was_set = |flag: &AtomicBool| flag.swap(false, Ordering::SeqCst);
        Signalled {
            child: was_set(&self.child),
            resized: was_set(&self.resized),
            terminate: was_set(&self.terminate),
            hangup: was_set(&self.hangup),
        }
    }
}

impl AsFd for Alarm {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}
