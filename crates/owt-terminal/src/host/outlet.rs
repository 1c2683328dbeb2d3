//! Bytes on their way to somebody who may be slow: a connection, a person's terminal.

use std::os::fd::AsFd;
use std::time::Duration;
use std::time::Instant;

use rustix::io::Errno;

/// How far a viewer may lag before it is drawn anew instead.
const LAG: usize = 128 * 1024;

/// How far a viewer may lag before the program has to wait for it, as it would for any terminal: a person wants
/// the lines of a long output in the window's history.
const BEHIND: usize = 32 * 1024;

/// How long the program waits for a viewer that takes nothing at all.
const STUCK: Duration = Duration::from_millis(250);

/// The other side is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

/// A queue of whole messages.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    pending: Vec<u8>,
    sent: usize,
}

impl Outbox {
    pub(crate) const fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    fn len(&self) -> usize {
        self.pending.len() - self.sent
    }

    /// Writes what is taken now.
    pub(crate) fn flush(&mut self, fd: impl AsFd) -> Result<(), Gone> {
        while self.sent < self.pending.len() {
            match rustix::io::write(&fd, &self.pending[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(()),
                Err(_) => return Err(Gone),
            }
        }
        *self = Self::default();
        Ok(())
    }
}

/// A terminal that shows the session. One that is stuck loses bytes, never the picture: when it can take
/// something again it is drawn anew.
#[derive(Debug)]
pub(super) struct Outlet {
    outbox: Outbox,
    stale: bool,
    moved: Instant,
}

impl Outlet {
    /// A terminal that shows everything from the first byte.
    pub(super) fn fresh(now: Instant) -> Self {
        Self { outbox: Outbox::default(), stale: false, moved: now }
    }

    /// A terminal that joins later and has to be drawn first.
    pub(super) fn joining(now: Instant) -> Self {
        Self { outbox: Outbox::default(), stale: true, moved: now }
    }

    pub(super) const fn wants_to_write(&self) -> bool {
        self.stale || !self.outbox.is_empty()
    }

    /// Until when the program has to wait for this viewer, if it has to.
    pub(super) fn holds_back_until(&self, now: Instant) -> Option<Instant> {
        let until = self.moved + STUCK;
        (self.outbox.len() >= BEHIND && !self.stale && now < until).then_some(until)
    }

    pub(super) fn push(&mut self, bytes: &[u8], now: Instant) {
        if self.stale {
            return;
        }
        if self.outbox.is_empty() {
            self.moved = now;
        }
        if self.outbox.len() + bytes.len() > LAG {
            // What is queued still goes out; only then is there room for a picture worth drawing.
            self.stale = true;
            return;
        }
        self.outbox.push(bytes);
    }

    pub(super) fn flush(
        &mut self,
        fd: impl AsFd,
        now: Instant,
        redraw: impl Fn() -> Vec<u8>,
    ) -> Result<(), Gone> {
        let before = self.outbox.len();
        self.outbox.flush(&fd)?;
        if self.outbox.len() < before {
            self.moved = now;
        }
        if self.stale && self.outbox.is_empty() {
            self.stale = false;
            self.outbox.push(&redraw());
            self.outbox.flush(&fd)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
        let (reader, writer) = std::io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&writer, true).unwrap();
        (reader, writer)
    }

    #[test]
    fn a_viewer_that_lags_too_far_is_drawn_anew_instead() {
        let (mut reader, writer) = pipe();
        let now = Instant::now();
        let mut outlet = Outlet::fresh(now);
        for _ in 0..100 {
            outlet.push(&[b'x'; 8192], now);
            outlet.flush(&writer, now, || b"<redraw>".to_vec()).unwrap();
        }
        assert!(outlet.outbox.len() <= LAG && outlet.stale);
        let mut got = Vec::new();
        while !got.ends_with(b"<redraw>") {
            let mut part = [0; 65536];
            let count = reader.read(&mut part).unwrap();
            got.extend_from_slice(&part[..count]);
            outlet.flush(&writer, now, || b"<redraw>".to_vec()).unwrap();
        }
        assert!(got.len() < 100 * 8192 && !outlet.wants_to_write());
    }

    #[test]
    fn the_program_waits_for_a_viewer_that_moves_and_not_for_one_that_is_stuck() {
        let (mut reader, writer) = pipe();
        let start = Instant::now();
        let mut outlet = Outlet::fresh(start);
        outlet.push(&[b'x'; 120_000], start);
        outlet.flush(&writer, start, Vec::new).unwrap();
        let later = start + STUCK - Duration::from_millis(1);
        assert_eq!(outlet.holds_back_until(later), Some(start + STUCK));
        assert_eq!(reader.read(&mut [0; 8192]).unwrap(), 8192);
        outlet.flush(&writer, later, Vec::new).unwrap();
        assert_eq!(outlet.holds_back_until(start + STUCK), Some(later + STUCK));
        assert_eq!(outlet.holds_back_until(later + STUCK), None);
        assert_eq!(Outlet::fresh(start).holds_back_until(start), None);
    }
}
