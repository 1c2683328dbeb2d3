//! Bytes on their way to somebody who may be slow: a connection, a person's terminal.

use std::os::fd::AsFd;

use rustix::io::Errno;

/// How far a viewer may lag before it is drawn anew instead.
const LAG: usize = 256 * 1024;

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

/// A terminal that shows the session. One that falls behind loses bytes, never the picture: when it can take
/// something again it is drawn anew.
#[derive(Debug)]
pub(super) struct Outlet {
    outbox: Outbox,
    stale: bool,
}

impl Outlet {
    /// A terminal that shows everything from the first byte.
    pub(super) fn fresh() -> Self {
        Self { outbox: Outbox::default(), stale: false }
    }

    /// A terminal that joins later and has to be drawn first.
    pub(super) fn joining() -> Self {
        Self { outbox: Outbox::default(), stale: true }
    }

    pub(super) const fn wants_to_write(&self) -> bool {
        self.stale || !self.outbox.is_empty()
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        if self.stale {
            return;
        }
        if self.outbox.len() + bytes.len() > LAG {
            // What is queued still goes out; only then is there room for a picture worth drawing.
            self.stale = true;
            return;
        }
        self.outbox.push(bytes);
    }

    pub(super) fn flush(&mut self, fd: impl AsFd, redraw: impl Fn() -> Vec<u8>) -> Result<(), Gone> {
        self.outbox.flush(&fd)?;
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

    #[test]
    fn a_viewer_that_lags_too_far_is_drawn_anew_instead() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&writer, true).unwrap();
        let mut outlet = Outlet::fresh();
        for _ in 0..100 {
            outlet.push(&[b'x'; 8192]);
            outlet.flush(&writer, || b"<redraw>".to_vec()).unwrap();
        }
        assert!(outlet.outbox.len() <= LAG && outlet.stale);
        let mut got = Vec::new();
        while !got.ends_with(b"<redraw>") {
            let mut part = [0; 65536];
            let count = reader.read(&mut part).unwrap();
            got.extend_from_slice(&part[..count]);
            outlet.flush(&writer, || b"<redraw>".to_vec()).unwrap();
        }
        assert!(got.len() < 100 * 8192 && !outlet.wants_to_write());
    }
}
