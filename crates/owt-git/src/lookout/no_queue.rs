//! The queue of changes on systems where we have none: it never opens, and git is asked every time.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

/// One watch of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct WatchId(pub(super) i32);

/// What the queue tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(dead_code, reason = "told by the queues of other systems")]
pub(super) enum Notice<'a> {
    /// Something changed below a watch.
    Changed(WatchId, Option<&'a OsStr>),
    /// This watch is no more.
    Ended(WatchId),
    /// Anything may have changed.
    Lost,
}

/// A queue that there is none of.
#[derive(Debug)]
pub(super) enum Queue {}

impl Queue {
    pub(super) fn open() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn watch_once(&self, _folder: &Path) -> io::Result<WatchId> {
        match *self {}
    }

    pub(super) fn watch_folder(&self, _folder: &Path) -> io::Result<WatchId> {
        match *self {}
    }

    pub(super) fn watch_file(&self, _file: &Path) -> io::Result<WatchId> {
        match *self {}
    }

    pub(super) fn unwatch(&self, _watch: WatchId) {
        match *self {}
    }

    pub(super) fn read(&self, _tell: impl FnMut(Notice<'_>)) -> io::Result<()> {
        match *self {}
    }
}
