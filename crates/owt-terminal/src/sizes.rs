//! The sizes that an attempt's terminal had: one JSON object a line, each with the place in the log from which it
//! holds. Without them a log could not be drawn again. Must not know who resizes, or why.

use std::fs::File;
use std::io;
use std::io::Write;

use owt_core::AbsPath;
use serde::Deserialize;
use serde::Serialize;

use crate::emulator::Size;
use crate::private;

/// The longest record: somebody who drags a window for hours is no reason to fill a disk.
const LIMIT: u64 = 1024 * 1024;

/// A size, and from where in the log it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sized {
    pub(crate) at: u64,
    rows: u16,
    columns: u16,
}

impl Sized {
    pub(crate) fn size(self) -> Option<Size> {
        Size::told(self.rows, self.columns)
    }
}

/// The record of one attempt, open for writing. Only the attempt's host has one.
#[derive(Debug)]
pub(crate) struct SizeRecord {
    file: File,
    length: u64,
    last: Option<Size>,
}

impl SizeRecord {
    pub(crate) fn open(path: &AbsPath) -> io::Result<Self> {
        let file = private::append(path)?;
        Ok(Self { length: file.metadata()?.len(), file, last: None })
    }

    /// From this place in the log on the terminal has this size. What cannot be written is left out: the log is then
    /// drawn at the size before.
    pub(crate) fn note(&mut self, at: u64, size: Size) {
        if self.last.replace(size) == Some(size) || self.length > LIMIT {
            return;
        }
        let sized = Sized { at, rows: size.rows.get(), columns: size.columns.get() };
        if let Ok(mut line) = serde_json::to_vec(&sized) {
            line.push(b'\n');
            self.length += line.len() as u64;
            let _ = self.file.write_all(&line);
        }
    }
}

/// All sizes, in order. None are known of an attempt without a terminal.
pub(crate) fn read(path: &AbsPath) -> io::Result<Vec<Sized>> {
    let bytes = match private::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    // A line that is torn, by a crash or because it is being written now, says nothing yet.
    let mut sizes: Vec<Sized> =
        bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
    sizes.sort_by_key(|sized| sized.at);
    Ok(sizes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_back_without_repeats_and_torn_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = AbsPath::new(folder.path().join("sizes.jsonl")).unwrap();
        assert_eq!(read(&path).unwrap(), []);
        let mut record = SizeRecord::open(&path).unwrap();
        let (small, large) = (Size::told(2, 10).unwrap(), Size::told(50, 200).unwrap());
        for (at, size) in [(0, large), (7, small), (9, small), (9, large)] {
            record.note(at, size);
        }
        record.file.write_all(b"{\"at\":99,\"ro").unwrap();
        let found: Vec<_> =
            read(&path).unwrap().iter().map(|sized| (sized.at, sized.size().unwrap())).collect();
        assert_eq!(found, [(0, large), (7, small), (9, large)]);
    }

    #[test]
    fn the_record_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let path = AbsPath::new(folder.path().join("sizes.jsonl")).unwrap();
        let mut record = SizeRecord::open(&path).unwrap();
        for at in 0..100_000 {
            record.note(at, Size::told(2 + u16::from(at % 2 == 0), 10).unwrap());
        }
        assert!(std::fs::metadata(&path).unwrap().len() < LIMIT + 100);
    }
}
