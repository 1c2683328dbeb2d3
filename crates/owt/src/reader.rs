//! Who reads what a command prints: once nobody does, a command that waits for more to print has no reason to go on.

use std::io;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::io::Errno;

use crate::interrupt::end;

/// Ends the command quietly, as a write would that nobody reads, as soon as the reader of standard output is gone. A
/// command that prints only when something changes would otherwise stay until then (`owt list --watch | head -1`).
pub(crate) fn end_without() {
    let watching = std::thread::Builder::new().name("owt-reader".to_owned()).spawn(|| {
        if is_gone() {
            end(0);
        }
    });
    if watching.is_err() {
        tracing::warn!("nobody watches for the reader of the output");
    }
}

/// Waits until the reader of a pipe or socket is gone: nothing else is waited for, and errors are always told. Anything
/// else than a pipe has no reader, and the thread ends with the process.
fn is_gone() -> bool {
    let stdout = io::stdout();
    loop {
        let mut asked = [PollFd::new(&stdout, PollFlags::empty())];
        match rustix::event::poll(&mut asked, None) {
            Ok(_) => {
                return asked[0].revents().intersects(PollFlags::ERR | PollFlags::HUP);
            }
            Err(Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}
