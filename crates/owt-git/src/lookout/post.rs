//! The queue and the table of those who are told, under one lock: a watch is never in one without the other.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use owt_ports::Mark;

use super::queue::Notice;
use super::queue::Queue;
use super::queue::WatchId;
use super::table::Conflict;
use super::table::Part;
use super::table::Table;
use super::table::Watcher;

/// The most watches that we take of the system for all worktrees together. One costs the kernel about 1 KiB.
const MOST: usize = 32 * 1024;

/// Of the watches that the system grants a person, we take at most one in this many: their editor needs some, too.
const SHARE: usize = 4;

/// Where Linux says how many watches one person may have.
const GRANTED: &str = "/proc/sys/fs/inotify/max_user_watches";

/// Why changes cannot be noticed somewhere.
#[derive(Debug)]
pub(super) enum Refused {
    /// There are too many folders, here or in all.
    TooMany,
    /// Something there could change unnoticed, or cannot be looked at.
    Unfit,
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // ENOSPC: the system's limit of watches.
            io::ErrorKind::StorageFull => Self::TooMany,
            _ => Self::Unfit,
        }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Post {
    queue: Queue,
    table: Table,
    limit: usize,
}

impl Post {
    /// # Errors
    /// Where the system has no such queue, or no more of them.
    pub(super) fn open() -> io::Result<Self> {
        let granted =
            std::fs::read_to_string(GRANTED).ok().and_then(|text| text.trim().parse::<usize>().ok());
        let limit = granted.map_or(MOST, |granted| MOST.min(granted / SHARE));
        Ok(Self { queue: Queue::open()?, table: Table::default(), limit })
    }

    /// Takes in everything that has happened so far.
    pub(super) fn catch_up(&mut self) {
        let Self { queue, table, .. } = self;
        if queue.read(|notice| table.take_in(notice)).is_err() {
            table.take_in(Notice::Lost);
        }
    }

    /// How many watches there are.
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn enter(&mut self) -> Watcher {
        self.table.enter()
    }

    pub(super) fn leave(&mut self, watcher: Watcher) {
        let ended = self.table.leave(watcher);
        self.end(ended);
    }

    pub(super) fn mark(&self, watcher: Watcher) -> Option<Mark> {
        self.table.mark(watcher)
    }

    pub(super) fn touch(&mut self, watcher: Watcher) {
        self.table.touch(watcher);
    }

    /// Takes a watcher's shared interests back, before it states them anew; [`Post::settle`] ends what is left over.
    pub(super) fn withdraw(&mut self, watcher: Watcher) {
        self.table.withdraw(watcher);
    }

    /// Ends the watches that nobody has any more.
    pub(super) fn settle(&mut self) {
        let idle = self.table.idle();
        self.end(idle);
    }

    /// Ends a watcher's own watches but for those in `kept`, which is in order.
    pub(super) fn keep_only(&mut self, watcher: Watcher, had: &[WatchId], kept: &[WatchId]) {
        let dropped = self.table.keep_only(watcher, had, kept);
        self.end(dropped);
    }

    /// Watches a folder for one watcher, until its first change.
    pub(super) fn watch_once(&mut self, watcher: Watcher, folder: &Path) -> Result<WatchId, Refused> {
        self.room()?;
        let watch = self.queue.watch_once(folder)?;
        let added = self.table.add_once(watch, watcher);
        self.unless_in_conflict(watch, added)?;
        Ok(watch)
    }

    /// Watches an entry of a folder, or all (`None`). `false`: there is no such folder.
    pub(super) fn watch_folder(
        &mut self,
        watcher: Watcher,
        parts: &[Part],
        folder: &Path,
        name: Option<&OsStr>,
    ) -> Result<bool, Refused> {
        self.room()?;
        let watch = match self.queue.watch_folder(folder) {
            Ok(watch) => watch,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        for &part in parts {
            let added = self.table.add_shared(watch, watcher, part, name);
            self.unless_in_conflict(watch, added)?;
        }
        Ok(true)
    }

    /// Watches the file that a path leads to, if there is one.
    pub(super) fn watch_file(&mut self, watcher: Watcher, file: &Path) -> Result<(), Refused> {
        self.room()?;
        match self.queue.watch_file(file) {
            Ok(watch) => {
                let added = self.table.add_shared(watch, watcher, Part::Own, None);
                self.unless_in_conflict(watch, added)
            }
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn room(&self) -> Result<(), Refused> {
        if self.table.len() < self.limit { Ok(()) } else { Err(Refused::TooMany) }
    }

    fn unless_in_conflict(&mut self, watch: WatchId, added: Result<(), Conflict>) -> Result<(), Refused> {
        added.map_err(|Conflict| {
            self.queue.unwatch(watch);
            Refused::Unfit
        })
    }

    fn end(&self, watches: Vec<WatchId>) {
        watches.into_iter().for_each(|watch| self.queue.unwatch(watch));
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
