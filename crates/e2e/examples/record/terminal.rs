//! A program in a terminal of our own: keys go in, and every picture that it drew is kept with the moment it stood
//! whole. The pictures are those of the product's emulator, which also answers what the program asks its terminal.

use std::fs::File;
use std::io::Read as _;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use owt_process::Child;
use owt_process::Cmd;
use owt_process::Escalation;
use owt_process::Placement;
use owt_process::Streams;
use owt_terminal::emulator::Emulator;
use owt_terminal::emulator::Size;
use owt_testkit::lab::Pty;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;

/// A program that has printed nothing for so long has finished a piece of drawing.
const DRAWN: Duration = Duration::from_millis(8);

/// A picture is kept after so long even of a program that goes on drawing.
const AT_THE_LATEST: Duration = Duration::from_millis(40);

/// What was shown from a moment on.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    pub(crate) drawn: Instant,
    pub(crate) rows: Vec<String>,
    /// The rows with their colours.
    pub(crate) coloured: Vec<String>,
    pub(crate) title: String,
    pub(crate) cursor: (u16, u16),
}

#[derive(Default)]
struct Reel {
    pictures: Vec<Picture>,
    last_change: Option<Instant>,
    takes_pastes: bool,
    has_ended: bool,
}

pub(crate) struct Terminal {
    child: Child,
    keyboard: File,
    reel: Arc<(Mutex<Reel>, Condvar)>,
    reader: Option<JoinHandle<()>>,
}

impl Terminal {
    pub(crate) fn open(command: Cmd, rows: u16, columns: u16) -> Self {
        let Pty { master: keyboard, slave } = Pty::open(rows, columns).unwrap();
        let streams = Streams::terminal(&slave).unwrap();
        let child = command.placement(Placement::OwnTerminal(Arc::new(slave))).spawn(streams).unwrap();
        let reel = Arc::new((Mutex::new(Reel::default()), Condvar::new()));
        let reader = Reader {
            screen: keyboard.try_clone().unwrap(),
            emulator: Emulator::with_history(Size::told(rows, columns).expect("no side is zero"), 0),
            reel: Arc::clone(&reel),
        };
        let reader = std::thread::Builder::new().name("read-screen".to_owned()).spawn(|| reader.read_on());
        Self { child, keyboard, reel, reader: Some(reader.unwrap()) }
    }

    pub(crate) fn types(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Types as a terminal does what is pasted into it.
    pub(crate) fn pastes(&mut self, text: &str) {
        self.types(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Waits until something is shown, pastes are taken, and nothing has changed for so long; whether it came to that.
    pub(crate) fn is_ready(&self, still: Duration, limit: Duration) -> bool {
        self.comes_to(limit, |reel| {
            reel.takes_pastes && reel.last_change.is_some_and(|last| last.elapsed() >= still)
        })
    }

    /// Waits until nothing has changed for so long, and something is shown.
    pub(crate) fn is_still(&self, still: Duration, limit: Duration) -> bool {
        self.comes_to(limit, |reel| reel.last_change.is_some_and(|last| last.elapsed() >= still))
    }

    /// Waits for the program's end.
    pub(crate) fn ends(&self, limit: Duration) -> bool {
        self.comes_to(limit, |reel| reel.has_ended)
    }

    fn comes_to(&self, limit: Duration, is_so: impl Fn(&Reel) -> bool) -> bool {
        let latest = Instant::now() + limit;
        let (reel, changed) = &*self.reel;
        let mut reel = reel.lock().unwrap();
        while !is_so(&reel) {
            if Instant::now() >= latest {
                return false;
            }
            // Stillness is no event: it is looked for.
            reel = changed.wait_timeout(reel, Duration::from_millis(50)).unwrap().0;
        }
        true
    }

    /// What is shown.
    pub(crate) fn text(&self) -> String {
        let reel = self.reel.0.lock().unwrap();
        reel.pictures.last().map_or_else(String::new, |picture| picture.rows.join("\n"))
    }

    /// Everything that was shown.
    pub(crate) fn pictures(&self) -> Vec<Picture> {
        self.reel.0.lock().unwrap().pictures.clone()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ended = self.child.terminate_tree(&Escalation::TOOL);
        if let Some(reader) = self.reader.take() {
            let _ended = reader.join();
        }
    }
}

/// Ends when the last program has left the terminal.
struct Reader {
    screen: File,
    emulator: Emulator,
    reel: Arc<(Mutex<Reel>, Condvar)>,
}

impl Reader {
    fn read_on(mut self) {
        let mut bytes = [0; 64 * 1024];
        let mut undrawn: Option<Instant> = None;
        loop {
            if undrawn.is_some_and(|since| since.elapsed() >= AT_THE_LATEST) || !self.waits(undrawn) {
                self.keep();
                undrawn = None;
                continue;
            }
            // A terminal that everybody has left cannot be read.
            let Ok(count @ 1..) = self.screen.read(&mut bytes) else { break };
            self.emulator.process(&bytes[..count]);
            let replies = self.emulator.take_replies();
            let _gone = self.screen.write_all(&replies);
            undrawn = undrawn.or(Some(Instant::now()));
        }
        self.keep();
        self.reel.0.lock().unwrap().has_ended = true;
        self.reel.1.notify_all();
    }

    /// Waits for more; whether it came before the piece of drawing was finished.
    fn waits(&self, undrawn: Option<Instant>) -> bool {
        let limit = undrawn.map(|_| Timespec { tv_sec: 0, tv_nsec: DRAWN.subsec_nanos().into() });
        let mut polled = [PollFd::new(&self.screen, PollFlags::IN)];
        rustix::event::poll(&mut polled, limit.as_ref()).unwrap_or(0) > 0
    }

    fn keep(&self) {
        let screen = self.emulator.screen();
        let mut reel = self.reel.0.lock().unwrap();
        reel.takes_pastes = screen.bracketed_paste;
        let same = |last: &Picture| (&last.rows, &last.title) == (&screen.rows, &screen.title);
        if reel.pictures.last().is_some_and(same) {
            return;
        }
        let now = Instant::now();
        let coloured = self.emulator.coloured_rows();
        let (rows, title, cursor) = (screen.rows, screen.title, screen.cursor);
        if rows.iter().any(|row| !row.is_empty()) {
            reel.last_change = Some(now);
        }
        reel.pictures.push(Picture { drawn: now, rows, coloured, title, cursor });
        self.reel.1.notify_all();
    }
}
