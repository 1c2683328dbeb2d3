//! What the host tells without being asked.
//!
//! Every watcher is brought from what it was told to what is now, and only when it has taken everything told
//! before: however slow it is, it costs one message.

use std::time::Duration;
use std::time::Instant;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;

use crate::host::connection::Connection;
use crate::host::connection::Mode;
use crate::host::event_loop::Host;
use crate::host::terminal::Terminal;
use crate::record::ExitRecord;
use crate::wire::Message;

/// How long the end is told to connections that do not read.
const FAREWELL: Duration = Duration::from_secs(1);

impl Host {
    /// Brings every watcher up to date and sends what can be sent.
    pub(super) fn tell_news(&mut self, now: Instant) {
        if let Some(terminal) = &mut self.terminal {
            for connection in self.connections.values_mut() {
                connection.draw(terminal, now);
            }
        }
        let (lengths, terminal) = (self.logs.lengths(), self.terminal.as_ref());
        let redraw = || terminal.map(Terminal::redraw).unwrap_or_default();
        self.connections.retain(|_, connection| {
            // Sent first: news are told only to those who have taken everything before.
            connection.flush(now, redraw).is_ok() && {
                tell(connection, lengths, terminal);
                connection.flush(now, redraw).is_ok()
            }
        });
    }

    /// Tells everybody that the session has ended, for a moment.
    pub(super) fn tell_end(&mut self, record: ExitRecord) {
        let now = Instant::now();
        self.tell_news(now);
        let ExitRecord { exit, at } = record;
        for connection in self.connections.values_mut() {
            match connection.mode {
                Mode::Waiting | Mode::Watching { .. } => connection.send(&Message::Ended { exit, at }),
                Mode::New | Mode::Asking | Mode::Viewing(_) | Mode::Watched(_) | Mode::Closing => {}
            }
        }
        let latest = now + FAREWELL;
        loop {
            self.connections
                .retain(|_, connection| connection.flush(now, Vec::new).is_ok() && !connection.is_sent());
            let left = latest.saturating_duration_since(Instant::now());
            if self.connections.is_empty() || left.is_zero() {
                return;
            }
            self.await_readers(left);
        }
    }

    fn await_readers(&self, limit: Duration) {
        let mut fds: Vec<_> =
            self.connections.values().map(|one| PollFd::from_borrowed_fd(one.fd(), PollFlags::OUT)).collect();
        let limit = Timespec { tv_sec: 0, tv_nsec: limit.subsec_nanos().max(1).into() };
        // Interrupted or not, the caller looks at the clock.
        let _ = rustix::event::poll(&mut fds, Some(&limit));
    }
}

fn tell(connection: &mut Connection, lengths: (u64, u64), terminal: Option<&Terminal>) {
    if !connection.is_sent() {
        return;
    }
    let Mode::Watching { output, error, picture } = &mut connection.mode else { return };
    let grown = (*output, *error) != lengths;
    (*output, *error) = lengths;
    let newer = terminal.filter(|terminal| *picture != Some(terminal.version()));
    *picture = newer.map(Terminal::version).or(*picture);
    if grown {
        connection.send(&Message::Grew { output: lengths.0, error: lengths.1 });
    }
    if let Some(terminal) = newer {
        connection.send(&Message::Screen { screen: terminal.picture(), looks: Vec::new() });
    }
}
