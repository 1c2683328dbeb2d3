//! A terminal session's log as a person saw it: the bytes go through the emulator once more, with the sizes that the
//! terminal had; what scrolled away and what is showing are the lines.
//!
//! Bounded for logs of any length: only the last [`REACH`] bytes are read, and only so many lines are held. This room
//! knows the files of an attempt; what the bytes mean is known to `reel`, what was told before to `told`.

mod control;
mod reel;
mod told;

use std::io;

use owt_core::AbsPath;
use owt_ports::Omitted;
use owt_ports::SessionError;
use owt_ports::Stream;
use owt_ports::Transcript;

use crate::emulator::Size;
use crate::layout::AttemptFiles;
use crate::log_reader;
use crate::private::failure;
use crate::sizes;
use crate::sizes::Sized;
use reel::Reel;

/// How much of the end of a log is looked at.
const REACH: u64 = 16 * 1024 * 1024;

/// How much is read at once.
const PAGE: usize = 256 * 1024;

/// One attempt's log on its way through the emulator.
pub(crate) struct LogTranscript {
    log: AbsPath,
    sizes: AbsPath,
    begun_at: u64,
    at: u64,
    reel: Reel,
}

impl LogTranscript {
    /// Nothing has been read of the log yet.
    pub(crate) fn open(files: &AttemptFiles) -> Result<Self, SessionError> {
        let log = files.log(Stream::Output);
        let begun_at = beginning(&log).map_err(|error| failure("reading a log", &log, &error))?;
        Ok(Self { log, sizes: files.sizes(), begun_at, at: begun_at, reel: Reel::new(Size::UNSEEN) })
    }

    /// Takes in what the log has gained.
    fn read_on(&mut self) -> Result<(), SessionError> {
        let failed = |path: &AbsPath, error: &io::Error| failure("reading a log", path, error);
        let sizes = sizes::read(&self.sizes).map_err(|error| failed(&self.sizes, &error))?;
        loop {
            let page =
                log_reader::page(&self.log, self.at, PAGE).map_err(|error| failed(&self.log, &error))?;
            self.play(&page.bytes, &sizes);
            if page.at_end {
                return Ok(());
            }
        }
    }

    /// Plays the bytes that follow, each at the size that the terminal had then.
    fn play(&mut self, mut bytes: &[u8], sizes: &[Sized]) {
        while !bytes.is_empty() {
            let passed = sizes.partition_point(|sized| sized.at <= self.at);
            if let Some(now) = passed.checked_sub(1).and_then(|last| sizes[last].size()) {
                self.reel.resize(now);
            }
            let until = sizes.get(passed).map_or(u64::MAX, |next| next.at - self.at);
            let count = usize::try_from(until).unwrap_or(usize::MAX).min(bytes.len());
            let (before, after) = bytes.split_at(count);
            self.reel.play(before);
            self.at += count as u64;
            bytes = after;
        }
    }
}

impl Transcript for LogTranscript {
    fn news(&mut self) -> Result<Vec<String>, SessionError> {
        let before = self.at;
        self.read_on()?;
        let mut lines = self.reel.take_settled();
        if before == self.at {
            lines.extend(self.reel.take_showing());
        }
        Ok(lines)
    }

    fn rest(&mut self) -> Result<Vec<String>, SessionError> {
        self.read_on()?;
        Ok(self.reel.take_everything())
    }

    fn omitted(&self) -> Omitted {
        Omitted { bytes: self.begun_at, lines: self.reel.dropped() }
    }
}

/// Where to begin: at the first byte, or at the first line that begins within reach of the end.
fn beginning(log: &AbsPath) -> io::Result<u64> {
    let length = match std::fs::metadata(log) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        other => other?.len(),
    };
    let from = length.saturating_sub(REACH);
    if from == 0 {
        return Ok(0);
    }
    let page = log_reader::page(log, from, PAGE)?;
    let line = page.bytes.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    Ok(from + line as u64)
}

#[cfg(test)]
mod tests;
