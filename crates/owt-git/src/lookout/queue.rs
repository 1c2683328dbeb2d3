//! The system's queue of changes: inotify(7). Must not know what is watched, or why.
//!
//! No thread reads it. The kernel puts an event into the queue before the system call that made the change
//! returns, so that whoever reads it at the moment of a question has seen everything done before.

use std::ffi::OsStr;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::inotify;
use rustix::fs::inotify::CreateFlags;
use rustix::fs::inotify::ReadFlags;
use rustix::fs::inotify::WatchFlags;
use rustix::io::Errno;

/// Bytes that are read at once; one event takes at most 16 and a file's name.
const READ_SIZE: usize = 8192;

/// Every change of a file, a folder's entries, or either one's own attributes. Writing through a mapping shows when
/// the mapping is closed.
const CHANGES: WatchFlags = WatchFlags::ATTRIB
    .union(WatchFlags::CLOSE_WRITE)
    .union(WatchFlags::CREATE)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MODIFY)
    .union(WatchFlags::MOVE)
    .union(WatchFlags::MOVE_SELF);

/// One watch of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct WatchId(pub(super) i32);

/// What the queue tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notice<'a> {
    /// Something changed below a watch: in the entry of this name, or in the watched thing itself.
    Changed(WatchId, Option<&'a OsStr>),
    /// This watch is no more, or what it watched is elsewhere now.
    Ended(WatchId),
    /// The queue was full: anything may have changed.
    Lost,
}

/// The queue.
#[derive(Debug)]
pub(super) struct Queue {
    fd: OwnedFd,
}

impl Queue {
    pub(super) fn open() -> io::Result<Self> {
        Ok(Self { fd: inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)? })
    }

    /// Watches a folder until its first change: one watch puts at most two events into the queue, however busy the
    /// folder is. Watching it again is allowed.
    pub(super) fn watch_once(&self, folder: &Path) -> io::Result<WatchId> {
        let kind =
            WatchFlags::ONESHOT | WatchFlags::ONLYDIR | WatchFlags::DONT_FOLLOW | WatchFlags::EXCL_UNLINK;
        self.add(folder, CHANGES | kind)
    }

    /// Watches a folder.
    pub(super) fn watch_folder(&self, folder: &Path) -> io::Result<WatchId> {
        self.add(folder, CHANGES | WatchFlags::ONLYDIR | WatchFlags::DONT_FOLLOW)
    }

    /// Watches the file that a path leads to, whatever it is called.
    pub(super) fn watch_file(&self, file: &Path) -> io::Result<WatchId> {
        self.add(file, CHANGES)
    }

    fn add(&self, path: &Path, flags: WatchFlags) -> io::Result<WatchId> {
        Ok(WatchId(inotify::add_watch(&self.fd, path, flags)?))
    }

    /// Ends a watch. One that has ended by itself is no error worth telling.
    pub(super) fn unwatch(&self, watch: WatchId) {
        let _ = inotify::remove_watch(&self.fd, watch.0);
    }

    /// Reads everything that is in the queue, without waiting.
    pub(super) fn read(&self, mut tell: impl FnMut(Notice<'_>)) -> io::Result<()> {
        let mut buffer = [MaybeUninit::uninit(); READ_SIZE];
        let mut reader = inotify::Reader::new(&self.fd, &mut buffer);
        loop {
            match reader.next() {
                Ok(event) => tell(notice(&event)),
                Err(Errno::WOULDBLOCK) => return Ok(()),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn notice<'a>(event: &'a inotify::Event<'_>) -> Notice<'a> {
    const GONE: ReadFlags = ReadFlags::DELETE_SELF
        .union(ReadFlags::IGNORED)
        .union(ReadFlags::MOVE_SELF)
        .union(ReadFlags::UNMOUNT);
    let watch = WatchId(event.wd());
    match event.events() {
        flags if flags.contains(ReadFlags::QUEUE_OVERFLOW) => Notice::Lost,
        flags if flags.intersects(GONE) => Notice::Ended(watch),
        _ => Notice::Changed(watch, event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()))),
    }
}
