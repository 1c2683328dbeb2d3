//! The terminal of a terminal session: the picture, the person at the keys, and the pane that shows it.
//!
//! The program has an inner terminal of its own; the pane's terminal (the host's standard streams) is one viewer
//! of it, attached connections are others. When the pane goes away the program does not notice.

use std::os::fd::AsFd;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Instant;

use owt_core::look::Run;
use rustix::event::PollFlags;
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::stdio;
use rustix::termios::OptionalActions;

use crate::emulator::Emulator;
use crate::emulator::Size;
use crate::host::feed::Feed;
use crate::host::injector::TerminalFacts;
use crate::host::outlet::Outlet;
use crate::host::painter::Painter;
use crate::host::painter::View;
use crate::host::program::winsize;
use crate::host::stillness::Due;
use crate::host::stillness::Stillness;
use crate::sizes::SizeRecord;
use crate::typing::Typing;
use crate::wire::WireScreen;

/// How many of a person's bytes may wait for the program before the person's terminal is no longer read.
const KEYS_WAITING: usize = 64 * 1024;

pub(super) struct Terminal {
    emulator: Emulator,
    still: Stillness,
    picture: WireScreen,
    version: u64,
    typing: Typing,
    inner: Arc<OwnedFd>,
    size: Size,
    sizes: SizeRecord,
    pane: Option<Outlet>,
    held: Vec<u8>,
    change: u64,
    title: String,
}

/// The lines that are kept of a terminal that nobody else keeps: at 200 columns, some 6 MB when they are full.
pub(super) const HISTORY: usize = 1000;

/// What is kept beside the picture.
pub(super) struct Keeping {
    /// Lines that scroll away.
    pub(super) history: usize,
    pub(super) title: String,
}

/// The size of the pane that this process runs in.
pub(super) fn pane_size() -> Option<Size> {
    let size = rustix::termios::tcgetwinsize(stdio::stdin()).ok()?;
    Size::told(size.ws_row, size.ws_col)
}

impl Terminal {
    pub(super) fn new(
        inner: Arc<OwnedFd>,
        size: Size,
        mut sizes: SizeRecord,
        keeping: Keeping,
        now: Instant,
    ) -> Self {
        sizes.note(0, size);
        Self {
            emulator: Emulator::with_history(size, keeping.history),
            still: Stillness::default(),
            picture: WireScreen::default(),
            version: 0,
            typing: Typing::new(),
            inner,
            size,
            sizes,
            pane: open_pane(now),
            held: Vec::new(),
            change: 0,
            title: keeping.title,
        }
    }

    pub(super) fn facts(&self, now: Instant) -> TerminalFacts {
        TerminalFacts {
            bracketed_paste: self.emulator.bracketed_paste(),
            line_taken: self.typing.has_line(now),
        }
    }

    /// The program printed. Answers its questions when no real terminal is there to do so.
    pub(super) fn printed(&mut self, bytes: &[u8], feed: &mut Feed, has_viewers: bool, now: Instant) {
        self.emulator.process(bytes);
        self.change += 1;
        self.still.changed(now);
        let replies = self.emulator.take_replies();
        if let Some(pane) = &mut self.pane {
            pane.push(bytes, now);
        } else if !has_viewers {
            feed.push(&replies);
        }
    }

    /// A person's terminal sent something. While an injection is under way it waits.
    pub(super) fn keys(&mut self, bytes: &[u8], feed: &mut Feed, hold: Hold, now: Instant) {
        self.typing.feed(bytes, now);
        self.held.extend_from_slice(bytes);
        self.release(feed, hold);
    }

    /// Lets go of what waited.
    pub(super) fn release(&mut self, feed: &mut Feed, hold: Hold) {
        if hold == Hold::No && !self.held.is_empty() {
            feed.push(&std::mem::take(&mut self.held));
        }
    }

    /// Whether a person's terminal may be read now.
    pub(super) fn takes_keys(&self, feed: &Feed) -> bool {
        self.held.len() + feed.waiting() < KEYS_WAITING
    }

    /// When the picture has to be looked at.
    pub(super) fn next(&self) -> Option<Instant> {
        self.still.next()
    }

    /// Looks at the picture if it is time.
    pub(super) fn look(&mut self, now: Instant) {
        let Some(due) = self.still.due(now) else { return };
        let picture = self.emulator.picture();
        if due == Due::Anyway || picture != self.picture {
            self.picture = picture;
            self.version += 1;
        }
    }

    /// Keys that submit something were given to the program.
    pub(super) fn submitted(&mut self, now: Instant) {
        self.still.submitted(now);
    }

    /// Something was refused because the person has the line: it is offered again by whoever sees the picture then.
    pub(super) fn refused(&mut self) {
        if let Some(free) = self.typing.free_at() {
            self.still.waited_for(free);
        }
    }

    /// The number of the newest picture that was worth showing; grows.
    pub(super) const fn version(&self) -> u64 {
        self.version
    }

    /// The picture as it is now.
    pub(super) fn picture(&self) -> WireScreen {
        self.emulator.picture()
    }

    /// How the rows of that look.
    pub(super) fn looks(&self) -> Vec<Vec<Run>> {
        self.emulator.looks()
    }

    /// The number of the last change; grows.
    pub(super) const fn change(&self) -> u64 {
        self.change
    }

    /// Whether the program wants to be told where a paste begins and ends.
    pub(super) fn wants_markers(&self) -> bool {
        self.emulator.bracketed_paste()
    }

    /// The program's size now.
    pub(super) const fn size(&self) -> Size {
        self.size
    }

    /// The lines that have scrolled away and are kept.
    pub(super) fn history(&self) -> usize {
        self.emulator.history()
    }

    /// What a person's terminal is to be sent to show the picture, so many lines back.
    pub(super) fn paint(&mut self, painter: &mut Painter, terminal: Size, back: usize) -> Vec<u8> {
        let (history, title) = (self.emulator.history(), self.title.as_str());
        self.emulator.look(back, |screen| painter.paint(&View { screen, history, title }, terminal))
    }

    /// The bytes that bring any terminal to this picture.
    pub(super) fn redraw(&self) -> Vec<u8> {
        self.emulator.redraw()
    }

    /// Gives the program's terminal another size; `written` is how much of its output is in the log.
    pub(super) fn resize(&mut self, size: Size, written: u64, now: Instant) {
        self.sizes.note(written, size);
        // A terminal that the program has closed has no size any more.
        let _ = rustix::termios::tcsetwinsize(&self.inner, winsize(size));
        self.emulator.resize(size);
        self.size = size;
        self.change += 1;
        self.still.changed(now);
    }

    /// What to wait for on the pane's terminal.
    pub(super) fn pane_interest(&self, feed: &Feed) -> Option<PollFlags> {
        let pane = self.pane.as_ref()?;
        let read = if self.takes_keys(feed) { PollFlags::IN } else { PollFlags::empty() };
        let write = if pane.wants_to_write() { PollFlags::OUT } else { PollFlags::empty() };
        Some(read | write)
    }

    /// Until when the program has to wait for the pane, if it has to.
    pub(super) fn holds_back_until(&self, now: Instant) -> Option<Instant> {
        self.pane.as_ref().and_then(|pane| pane.holds_back_until(now))
    }

    /// Reads the pane's terminal; `None` when nothing is there. A pane that is gone stays gone.
    pub(super) fn read_pane(&mut self, buffer: &mut [u8]) -> Option<usize> {
        self.pane.as_ref()?;
        match rustix::io::read(stdio::stdin(), buffer) {
            Ok(count) if count > 0 => Some(count),
            Err(Errno::AGAIN | Errno::INTR) => None,
            Ok(_) | Err(_) => {
                self.pane = None;
                None
            }
        }
    }

    pub(super) fn flush_pane(&mut self, now: Instant) {
        let emulator = &self.emulator;
        if let Some(pane) = &mut self.pane
            && pane.flush(stdio::stdout(), now, || emulator.redraw()).is_err()
        {
            self.pane = None;
        }
    }
}

/// Whether a person's keys have to wait for an injection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Yes,
    No,
}

/// The pane's terminal, raw and not blocking; `None` when the standard streams are no terminal.
fn open_pane(now: Instant) -> Option<Outlet> {
    raw_mode(stdio::stdin())?;
    for fd in [stdio::stdin(), stdio::stdout()] {
        let flags = rustix::fs::fcntl_getfl(fd).ok()?;
        rustix::fs::fcntl_setfl(fd, flags | OFlags::NONBLOCK).ok()?;
    }
    Some(Outlet::fresh(now))
}

/// Makes a terminal pass every byte as it is; returns how it was before, `None` when it is no terminal.
pub(crate) fn raw_mode(fd: impl AsFd) -> Option<rustix::termios::Termios> {
    let before = rustix::termios::tcgetattr(&fd).ok()?;
    let mut raw = before.clone();
    raw.make_raw();
    rustix::termios::tcsetattr(&fd, OptionalActions::Now, &raw).ok()?;
    Some(before)
}
