//! Being asked to end by a signal.

use std::io;
use std::io::Read;
use std::os::unix::net::UnixStream;

use signal_hook::consts::SIGHUP;
use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;

/// What is heard of the signals that ask a program to end.
#[derive(Debug)]
pub(crate) struct Signals {
    wake: UnixStream,
}

impl Signals {
    /// From now on they end nothing by themselves.
    pub(crate) fn listen() -> io::Result<Self> {
        let (wake, ring) = UnixStream::pair()?;
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            signal_hook::low_level::pipe::register(signal, ring.try_clone()?)?;
        }
        Ok(Self { wake })
    }

    /// Waits for the first.
    pub(crate) fn wait(mut self) -> io::Result<()> {
        self.wake.read_exact(&mut [0])
    }
}
