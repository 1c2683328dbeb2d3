//! Bytes on their way into the program: a queue before a descriptor that does not block.
//!
//! Positions count every byte ever queued, so that a sender can tell when its last byte was taken.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::ops::Range;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::io::Errno;

/// A queue that was this large is given back to the system once it is empty.
const KEEP: usize = 64 * 1024;

#[derive(Debug)]
pub(super) struct Feed {
    fd: Option<Arc<OwnedFd>>,
    queue: VecDeque<u8>,
    written: u64,
}

impl Feed {
    /// A feed into this descriptor, which must not block.
    pub(super) const fn into_fd(fd: Arc<OwnedFd>) -> Self {
        Self { fd: Some(fd), queue: VecDeque::new(), written: 0 }
    }

    /// A program that reads nothing from us.
    pub(super) const fn none() -> Self {
        Self { fd: None, queue: VecDeque::new(), written: 0 }
    }

    /// The descriptor to wait for, when something is queued.
    pub(super) fn waits_for(&self) -> Option<BorrowedFd<'_>> {
        self.fd.as_ref().filter(|_| !self.queue.is_empty()).map(|fd| fd.as_fd())
    }

    /// Whether bytes can no longer reach the program (or never could).
    pub(super) const fn is_closed(&self) -> bool {
        self.fd.is_none()
    }

    /// How many bytes wait.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// How many bytes the program's side has taken so far.
    pub(super) const fn written(&self) -> u64 {
        self.written
    }

    /// Queues bytes; returns where they lie.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Range<u64> {
        let start = self.written + self.queue.len() as u64;
        if self.fd.is_some() {
            self.queue.extend(bytes);
        }
        start..start + bytes.len() as u64
    }

    /// Writes what is taken now.
    pub(super) fn flush(&mut self) {
        while let Some(fd) = self.fd.as_ref().filter(|_| !self.queue.is_empty()) {
            let (front, back) = self.queue.as_slices();
            match rustix::io::writev(fd, &[IoSlice::new(front), IoSlice::new(back)]) {
                Ok(count) => {
                    self.queue.drain(..count);
                    self.written += count as u64;
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                Err(_) => self.close(),
            }
        }
        if self.queue.capacity() > KEEP {
            self.queue = VecDeque::new();
        }
    }

    /// Forgets what was not taken.
    pub(super) fn abandon(&mut self) {
        self.queue = VecDeque::new();
    }

    fn close(&mut self) {
        self.fd = None;
        self.queue = VecDeque::new();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_does_not_fit_waits_and_arrives_in_order() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&writer, true).unwrap();
        let mut feed = Feed::into_fd(Arc::new(writer.into()));
        let bytes: Vec<u8> = (0..200_000u32).map(|n| (n % 251) as u8).collect();
        assert_eq!(feed.push(&bytes), 0..200_000);
        feed.flush();
        assert!(feed.waits_for().is_some() && feed.written() > 0);
        let mut got = Vec::new();
        while got.len() < bytes.len() {
            let mut part = [0; 4096];
            let count = reader.read(&mut part).unwrap();
            got.extend_from_slice(&part[..count]);
            feed.flush();
        }
        assert_eq!((got, feed.written()), (bytes, 200_000));
    }

    #[test]
    fn a_reader_that_went_away_closes_the_feed() {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut feed = Feed::into_fd(Arc::new(writer.into()));
        drop(reader);
        feed.push(b"x");
        feed.flush();
        assert!(feed.is_closed());
        assert_eq!((feed.written(), feed.waiting()), (0, 0));
    }
}
