//! What a host writes down about itself and about the end of its program.
//!
//! These records are what tells ended from lost after any crash. They must not depend on a host being alive.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_core::session::Exit;
use serde::Deserialize;
use serde::Serialize;

use crate::layout::AttemptFiles;
use crate::private;

/// That a host has begun with this attempt. Written before the program is started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HostRecord {
    pub(crate) pid: u32,
    pub(crate) at: Timestamp,
}

impl HostRecord {
    pub(crate) fn write(&self, files: &AttemptFiles) -> io::Result<()> {
        private::replace(&files.host(), &serde_json::to_vec(self)?)
    }
}

/// How the program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExitRecord {
    pub(crate) exit: Exit,
    pub(crate) at: Timestamp,
}

impl ExitRecord {
    /// The record of an attempt; `None` when there is none.
    pub(crate) fn read(files: &AttemptFiles) -> io::Result<Option<Self>> {
        match private::read(&files.exit()) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Disk space taken at the start, so that the end can be recorded on a full disk.
#[derive(Debug)]
pub(crate) struct ExitSlot {
    reserve: AbsPath,
    exit: AbsPath,
    folder: AbsPath,
}

impl ExitSlot {
    const BYTES: usize = 4096;

    pub(crate) fn reserve(files: &AttemptFiles) -> io::Result<Self> {
        let slot = Self { reserve: files.exit_reserve(), exit: files.exit(), folder: files.folder().clone() };
        let mut file = slot.open(true)?;
        file.write_all(&[b' '; Self::BYTES])?;
        file.sync_all()?;
        Ok(slot)
    }

    /// Records the end: durable when this returns.
    pub(crate) fn commit(&self, record: ExitRecord) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(&record)?;
        // Blank space after JSON is JSON; every block that is written is already ours.
        bytes.resize(Self::BYTES, b' ');
        let mut file = self.open(false)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(&self.reserve, &self.exit)?;
        private::sync_folder(&self.folder)
    }

    fn open(&self, create: bool) -> io::Result<File> {
        OpenOptions::new().write(true).create(create).truncate(false).mode(0o600).open(&self.reserve)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_read_back_from_the_reserved_space() {
        let folder = tempfile::tempdir().unwrap();
        let launch = AbsPath::new(folder.path().join("launch.json")).unwrap();
        let files = AttemptFiles::around(&launch).unwrap();
        let slot = ExitSlot::reserve(&files).unwrap();
        assert_eq!(ExitRecord::read(&files).unwrap(), None);
        let record = ExitRecord { exit: Exit::Code { code: 3 }, at: Timestamp::from_millis(12) };
        slot.commit(record).unwrap();
        assert_eq!(ExitRecord::read(&files).unwrap(), Some(record));
        assert_eq!(std::fs::metadata(files.exit()).unwrap().len(), ExitSlot::BYTES as u64);
    }
}
