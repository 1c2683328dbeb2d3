//! What a program adds lines to, read as it grows: a file, or a conversation in its database. What was replaced or cut is read
//! anew.

use owt_core::AbsPath;
use owt_ports::FileError;
use owt_ports::FilePart;
use owt_ports::FilePlace;
use owt_ports::KeptConversation;
use owt_ports::PrivateFiles;
use owt_ports::ReadFrom;
use owt_ports::RecordDatabases;

use crate::ports::Ports;

/// Bytes that are read at once: of a record that is met in the middle, these are its last.
pub(super) const PART: usize = 256 * 1024;

/// Parts that are read at one look; the rest waits for the next.
const PARTS: usize = 16;

/// The longest line that is kept until it is whole; what is longer says nothing of use.
pub(super) const LONGEST_LINE: usize = 8 * 1024 * 1024;

/// Where a record is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RecordAt {
    File(AbsPath),
    Database { path: AbsPath, conversation: KeptConversation },
}

impl RecordAt {
    /// The file that it is in.
    pub(super) const fn path(&self) -> &AbsPath {
        match self {
            Self::File(path) | Self::Database { path, .. } => path,
        }
    }

    /// Its own name.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::File(path) => path.file_name(),
            Self::Database { conversation: KeptConversation(name), .. } => name,
        }
    }
}

/// What records are read with.
#[derive(Clone, Copy)]
pub(super) struct Shelves<'a> {
    pub(super) files: &'a dyn PrivateFiles,
    pub(super) databases: &'a dyn RecordDatabases,
}

impl<'a> Shelves<'a> {
    /// Those of the world.
    pub(super) fn of(ports: &'a Ports) -> Self {
        Self { files: &*ports.files, databases: &*ports.databases }
    }

    /// The part of a record that begins there.
    pub(super) fn read_on(self, at: &RecordAt, from: ReadFrom) -> Result<Option<FilePart>, FileError> {
        match at {
            RecordAt::File(path) => self.files.read_on(path, from, PART),
            RecordAt::Database { path, conversation } => {
                self.databases.read_on(path, conversation, from, PART)
            }
        }
    }
}

/// Whether another try may succeed.
pub(super) const fn is_passing(error: &FileError) -> bool {
    matches!(error, FileError::Busy { .. })
}

/// A record that was found.
pub(super) struct Record {
    pub(super) at: RecordAt,
    /// Where it is read from when it is met.
    first: ReadFrom,
    pub(super) read: Option<FilePlace>,
    /// The beginning of a line whose end is not written yet.
    pub(super) rest: Vec<u8>,
    /// Whether the next bytes are in the middle of a line whose beginning is not kept.
    in_midst: bool,
    /// Whether it was left with more to read.
    pub(super) is_behind: bool,
}

impl Record {
    /// One whose end matters alone.
    pub(super) const fn near_end(at: RecordAt) -> Self {
        Self::from(at, ReadFrom::NearEnd)
    }

    /// One that matters as a whole.
    pub(super) const fn whole(at: RecordAt) -> Self {
        Self::from(at, ReadFrom::Beginning)
    }

    const fn from(at: RecordAt, first: ReadFrom) -> Self {
        Self { at, first, read: None, rest: Vec::new(), in_midst: false, is_behind: false }
    }

    /// How much of it was read.
    pub(super) fn how_far(&self) -> u64 {
        self.read.map_or(0, |read| read.offset)
    }

    /// The lines that were completed since the last call.
    pub(super) fn lines(&mut self, shelves: Shelves<'_>) -> Result<Vec<String>, FileError> {
        let mut lines = Vec::new();
        self.is_behind = false;
        for _ in 0..PARTS {
            let from = self.read.map_or(self.first, ReadFrom::Place);
            let part = match shelves.read_on(&self.at, from) {
                // What was read before it is passed: it is said now, and the rest later.
                Err(error) if is_passing(&error) || (error != FileError::Crashed && !lines.is_empty()) => {
                    self.is_behind = true;
                    return Ok(lines);
                }
                part => part?,
            };
            let Some(part) = part else {
                self.read = None;
                break;
            };
            let goes_on =
                self.read.is_some_and(|read| read.file == part.end.file && read.offset == part.offset);
            if !goes_on {
                self.rest.clear();
                let is_in_midst = part.offset > 0;
                // Another one in its place was met near its end.
                if is_in_midst && self.first == ReadFrom::Beginning {
                    self.read = None;
                    continue;
                }
                // A database gives whole lines.
                self.in_midst = is_in_midst && matches!(self.at, RecordAt::File(_));
            }
            let count = part.bytes.len();
            self.read = Some(part.end);
            self.take(&part.bytes, &mut lines);
            if count < PART {
                return Ok(lines);
            }
        }
        self.is_behind = self.read.is_some();
        Ok(lines)
    }

    fn take(&mut self, bytes: &[u8], lines: &mut Vec<String>) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.rest.extend_from_slice(piece);
            match piece.last() {
                Some(b'\n') => {
                    let line = std::mem::take(&mut self.rest);
                    if !std::mem::take(&mut self.in_midst) {
                        lines.push(String::from_utf8_lossy(&line).into_owned());
                    }
                }
                _ if self.rest.len() > LONGEST_LINE => {
                    self.rest.clear();
                    self.in_midst = true;
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering;
    use std::time::Duration;

    use owt_core::Timestamp;
    use owt_testkit::crash::CrashPlan;
    use owt_testkit::files::MemoryFiles;
    use owt_testkit::record_databases::MemoryRecords;
    use owt_testkit::record_databases_conformance::Begun;
    use owt_testkit::record_databases_conformance::RecordProgram;

    use super::*;

    /// Some reads go well, and one fails.
    struct Failing {
        records: MemoryRecords,
        good: AtomicUsize,
        error: FileError,
    }

    impl RecordDatabases for Failing {
        fn begun_in(
            &self,
            database: &AbsPath,
            folder: &AbsPath,
            since: Timestamp,
        ) -> Result<Vec<KeptConversation>, FileError> {
            self.records.begun_in(database, folder, since)
        }

        fn helpers_of(
            &self,
            database: &AbsPath,
            conversation: &KeptConversation,
        ) -> Result<Vec<KeptConversation>, FileError> {
            self.records.helpers_of(database, conversation)
        }

        fn read_on(
            &self,
            database: &AbsPath,
            conversation: &KeptConversation,
            from: ReadFrom,
            limit: usize,
        ) -> Result<Option<FilePart>, FileError> {
            match self.good.fetch_sub(1, Ordering::Relaxed) {
                0 => Err(self.error.clone()),
                _ => self.records.read_on(database, conversation, from, limit),
            }
        }

        fn await_free(&self, database: &AbsPath, at_most: Duration) -> Result<(), FileError> {
            self.records.await_free(database, at_most)
        }
    }

    #[test]
    fn when_a_look_breaks_off_what_it_has_read_is_said_once_and_the_rest_by_the_next() {
        let (path, id) = (AbsPath::new("/p/o.db").unwrap(), KeptConversation("ses_1".to_owned()));
        let records = MemoryRecords::new(CrashPlan::never());
        let folder = AbsPath::new("/w").unwrap();
        records.begin(&path, Begun { id: id.clone(), helps: None, folder, at: Timestamp::EPOCH });
        let numbers: Vec<String> = (0..40_000).map(|number| number.to_string()).collect();
        numbers.iter().for_each(|number| records.write(&path, &id, "said.1", number));
        let (busy, io) = (
            FileError::Busy { path: path.clone() },
            FileError::Io { path: path.clone(), message: "torn".to_owned() },
        );
        let files = MemoryFiles::new(CrashPlan::never());
        for (good, error) in [(0, &busy), (2, &busy), (2, &io)] {
            let good = AtomicUsize::new(good);
            let databases = Failing { records: records.clone(), good, error: error.clone() };
            let shelves = Shelves { files: &files, databases: &databases };
            let at = RecordAt::Database { path: path.clone(), conversation: id.clone() };
            let mut record = Record::whole(at);
            let mut said = record.lines(shelves).unwrap();
            assert!(record.is_behind && said.len() < numbers.len(), "{} with {error}", said.len());
            said.extend(record.lines(shelves).unwrap());
            assert!(!record.is_behind);
            let line = |number: &String| format!("{{\"type\":\"said.1\",\"data\":{number}}}\n");
            assert!(said.iter().cloned().eq(numbers.iter().map(line)), "{}", said.len());
        }
    }
}
