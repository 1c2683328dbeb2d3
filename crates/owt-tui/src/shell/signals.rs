//! Signals that end a process end the board, so that the terminal is left as it was. It must not know how the board ends.

use std::io;
use std::io::Read as _;
use std::os::unix::net::UnixStream;

use signal_hook::SigId;
use signal_hook::consts::SIGHUP;
use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;
use signal_hook::low_level;

use crate::shell::Heard;
use crate::shell::Mouth;

/// What is heard of them.
pub(super) struct Signals {
    tell: UnixStream,
    interrupt: SigId,
}

impl Signals {
    /// Its thread ends with the process.
    pub(super) fn watch(mouth: Mouth) -> io::Result<Self> {
        let (mut told, tell) = UnixStream::pair()?;
        for signal in [SIGTERM, SIGHUP] {
            low_level::pipe::register(signal, tell.try_clone()?)?;
        }
        let wait = move || {
            if told.read_exact(&mut [0]).is_ok() {
                drop(mouth.send(Heard::Leave));
            }
        };
        std::thread::Builder::new().name("owt-board-signals".to_owned()).spawn(wait)?;
        let interrupt = low_level::pipe::register(SIGINT, tell.try_clone()?)?;
        Ok(Self { tell, interrupt })
    }

    /// While somebody else has the terminal, its Ctrl-C is theirs: the system sends it to us, too. On our own screen it is a key.
    pub(super) fn lend<T>(&mut self, there: impl FnOnce() -> T) -> io::Result<T> {
        low_level::unregister(self.interrupt);
        let came_back = there();
        self.interrupt = low_level::pipe::register(SIGINT, self.tell.try_clone()?)?;
        Ok(came_back)
    }
}
