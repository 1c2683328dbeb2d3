//! A terminal that a test types into and looks at.

use std::fs::File;
use std::io::Read as _;
use std::io::Write as _;
use std::num::NonZero;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::thread::JoinHandle;
use std::time::Duration;

use owt_process::Child;
use owt_process::ExitOutcome;
use owt_process::Placement;
use owt_process::Streams;
use owt_testkit::lab;

use super::stage::Stage;

const ROWS: NonZero<u16> = NonZero::new(30).unwrap();
const COLUMNS: NonZero<u16> = NonZero::new(100).unwrap();
const PATIENCE: Duration = Duration::from_secs(20);

/// What was drawn.
struct Shown {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

pub(crate) struct Pty {
    child: Child,
    master: File,
    shown: Arc<(Mutex<Shown>, Condvar)>,
    reader: Option<JoinHandle<()>>,
}

impl Pty {
    pub(crate) fn start(stage: &Stage, arguments: &[&str]) -> Self {
        let (master, slave) = open();
        let command = stage.command(arguments).placement(Placement::OwnTerminal(Arc::clone(&slave)));
        let child = command.spawn(Streams::terminal(&slave).unwrap()).unwrap();
        drop((command, slave));
        let parser = vt100::Parser::new(ROWS, COLUMNS, 0);
        let shown = Arc::new((Mutex::new(Shown { parser, bytes: Vec::new() }), Condvar::new()));
        let reader = std::thread::Builder::new().name("read-pty".into()).spawn({
            let (mut master, shown) = (master.try_clone().unwrap(), Arc::clone(&shown));
            move || read_on(&mut master, &shown)
        });
        Self { child, master, shown, reader: Some(reader.unwrap()) }
    }

    pub(crate) fn type_in(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).unwrap();
    }

    pub(crate) fn paste(&mut self, text: &str) {
        self.type_in(&format!("\x1b[200~{text}\x1b[201~"));
    }

    /// Waits until the screen satisfies the condition; its text.
    pub(crate) fn wait_until(&self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) -> String {
        let (shown, changed) = &*self.shown;
        let shown = shown.lock().unwrap();
        let wait = changed.wait_timeout_while(shown, PATIENCE, |shown| !is_so(shown.parser.screen()));
        let (shown, timeout) = wait.unwrap();
        let text = shown.parser.screen().contents();
        assert!(!timeout.timed_out(), "no {what} on:\n{text}");
        text
    }

    pub(crate) fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |screen| screen.contents().contains(text))
    }

    /// Whether these bytes were ever written.
    pub(crate) fn wrote(&self, bytes: &str) -> bool {
        let shown = self.shown.0.lock().unwrap();
        shown.bytes.windows(bytes.len()).any(|window| window == bytes.as_bytes())
    }

    pub(crate) fn wait(mut self) -> ExitOutcome {
        self.child.wait().unwrap()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ended = self.child.terminate_tree(&owt_process::Escalation::TOOL);
        if let Some(reader) = self.reader.take() {
            let _ended = reader.join();
        }
    }
}

fn open() -> (File, Arc<OwnedFd>) {
    let opened = lab::Pty::open(ROWS.get(), COLUMNS.get()).unwrap();
    (opened.master, Arc::new(opened.slave))
}

fn read_on(master: &mut File, shown: &(Mutex<Shown>, Condvar)) {
    let mut bytes = [0; 8192];
    while let Ok(length @ 1..) = master.read(&mut bytes) {
        let mut state = shown.0.lock().unwrap();
        state.parser.process(&bytes[..length]);
        state.bytes.extend_from_slice(&bytes[..length]);
        shown.1.notify_all();
    }
}
