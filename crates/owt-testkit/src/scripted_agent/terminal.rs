//! The terminal: raw mode, and a thread that reads its keys.

use std::io;
use std::io::Read as _;
use std::io::Write as _;
use std::sync::mpsc::Receiver;
use std::sync::mpsc::SyncSender;
use std::sync::mpsc::sync_channel;
use std::thread;

use rustix::termios::OptionalActions;
use rustix::termios::QueueSelector;
use rustix::termios::Termios;

use super::keys::Decoder;
use super::keys::Key;

/// How many keys may wait to be looked at.
const KEY_CAP: usize = 1024;

/// The size of a terminal that does not tell its own.
const UNKNOWN_WIDTH: u16 = 80;
const UNKNOWN_HEIGHT: u16 = 24;

/// A terminal in raw mode; dropping it puts the mode back.
pub(super) struct RawTerminal {
    before: Termios,
}

impl RawTerminal {
    /// Takes standard input over.
    ///
    /// # Errors
    /// When it is no terminal.
    pub(super) fn take() -> io::Result<Self> {
        let before = rustix::termios::tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        rustix::termios::tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        Ok(Self { before })
    }

    /// Throws away what was typed and not read yet.
    pub(super) fn flush_input(&self) -> io::Result<()> {
        Ok(rustix::termios::tcflush(io::stdin(), QueueSelector::IFlush)?)
    }

    /// Starts the thread that reads keys. It ends when the terminal is gone or nobody listens.
    pub(super) fn keys(&self) -> io::Result<Receiver<Key>> {
        let (sender, receiver) = sync_channel(KEY_CAP);
        thread::Builder::new().name("read-keys".to_owned()).spawn(move || pass_keys_on(&sender))?;
        Ok(receiver)
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        let _gone = rustix::termios::tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}

fn pass_keys_on(sender: &SyncSender<Key>) {
    let mut decoder = Decoder::default();
    let mut bytes = [0; 4096];
    while let Ok(length @ 1..) = io::stdin().read(&mut bytes) {
        for key in decoder.feed(&bytes[..length]) {
            if sender.send(key).is_err() {
                return;
            }
        }
    }
}

/// Columns and rows.
pub(super) fn size() -> (u16, u16) {
    match rustix::termios::tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => (UNKNOWN_WIDTH, UNKNOWN_HEIGHT),
    }
}

/// Writes and makes it visible.
pub(super) fn put(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
