//! A window to a session whose tmux pane is gone: the person's terminal, relayed to the session's host.
//!
//! `owt host-attach SOCKET` is [`run`]; a fresh pane of our tmux server runs it. It must not know tmux.

use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use owt_core::AbsPath;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::stdio;
use rustix::termios::OptionalActions;

use crate::client::ClientError;
use crate::client::HostClient;
use crate::host::Alarm;
use crate::host::raw_mode;
use crate::wire::Drawn;
use crate::wire::Message;
use crate::wire::Request;
use crate::wire::ViewerFrame;

/// The whole of `owt host-attach SOCKET`; returns the exit code: 0 when the session ended or the terminal went
/// away, 1 when there is no session to show, 2 when standard input is no terminal.
pub fn run(socket: &AbsPath) -> u8 {
    let Some(before) = raw_mode(stdio::stdin()) else { return 2 };
    let relayed = join(socket).and_then(|(stream, first)| Ok(relay(&stream, &first)?));
    // A terminal that is gone needs no restoring.
    let _ = rustix::termios::tcsetattr(stdio::stdin(), OptionalActions::Now, &before);
    u8::from(relayed.is_err())
}

fn join(socket: &AbsPath) -> Result<(UnixStream, Vec<u8>), ClientError> {
    let mut client = HostClient::connect(socket, None)?;
    let (rows, columns) = size();
    match client.ask(&Request::Attach { rows, columns, drawn: Drawn::ByProgram })? {
        Message::Attached => {
            client.wait_forever()?;
            Ok(client.into_stream())
        }
        other => Err(ClientError::Odd(format!("{other:?}"))),
    }
}

/// Copies both ways until either side ends.
fn relay(stream: &UnixStream, first: &[u8]) -> io::Result<()> {
    let mut alarm = Alarm::set()?;
    let mut buffer = vec![0; ViewerFrame::LIMIT];
    write_all(stdio::stdout(), first)?;
    loop {
        let mut fds = [
            PollFd::from_borrowed_fd(stdio::stdin(), PollFlags::IN),
            PollFd::new(stream, PollFlags::IN),
            PollFd::new(&alarm, PollFlags::IN),
        ];
        match rustix::event::poll(&mut fds, None) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(errno) => return Err(errno.into()),
        }
        let [keys, screen, signal] = fds.map(|fd| !fd.revents().is_empty());
        if signal && alarm.take().resized {
            let (rows, columns) = size();
            write_all(stream, &ViewerFrame::Size { rows, columns }.encode())?;
        }
        if screen && !copy(stream, &mut buffer, |bytes| write_all(stdio::stdout(), bytes))? {
            return Ok(());
        }
        let send = |bytes: &[u8]| write_all(stream, &ViewerFrame::Input(bytes.to_vec()).encode());
        if keys && !copy(stdio::stdin(), &mut buffer, send)? {
            return Ok(());
        }
    }
}

/// Passes on one read; `false` when there is nothing more to come.
fn copy(from: impl AsFd, buffer: &mut [u8], to: impl Fn(&[u8]) -> io::Result<()>) -> io::Result<bool> {
    match rustix::io::read(from, &mut *buffer) {
        Ok(0) | Err(Errno::IO) => Ok(false),
        Ok(count) => to(&buffer[..count]).map(|()| true),
        Err(Errno::INTR | Errno::AGAIN) => Ok(true),
        Err(errno) => Err(errno.into()),
    }
}

fn write_all(to: impl AsFd, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(&to, bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(())
}

/// Rows and columns of the person's terminal; 0 where it does not know.
fn size() -> (u16, u16) {
    rustix::termios::tcgetwinsize(stdio::stdin()).map_or((0, 0), |size| (size.ws_row, size.ws_col))
}
