//! The server's log file, which never grows without end: one file and its predecessor.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use tracing_subscriber::fmt::MakeWriter;

/// A file of this size, in bytes, is put aside, in the place of the one before.
const LIMIT: u64 = 4 * 1024 * 1024;

/// A log that is written by whole records.
pub(crate) struct ServerLog(Mutex<Writing>);

struct Writing {
    path: PathBuf,
    file: File,
    size: u64,
    limit: u64,
}

impl ServerLog {
    /// Opens the log, mode 0600, and goes on where it ended.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Self::open_limited(path, LIMIT)
    }

    fn open_limited(path: &Path, limit: u64) -> io::Result<Self> {
        let file = appending(path)?;
        let size = file.metadata()?.len();
        Ok(Self(Mutex::new(Writing { path: path.to_owned(), file, size, limit })))
    }
}

fn appending(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

impl Writing {
    fn turn_over(&mut self) -> io::Result<()> {
        let mut aside = self.path.clone().into_os_string();
        aside.push(".1");
        std::fs::rename(&self.path, aside)?;
        self.file = appending(&self.path)?;
        self.size = 0;
        Ok(())
    }
}

/// The lock on the log for one record.
pub(crate) struct Record<'a>(MutexGuard<'a, Writing>);

impl Write for Record<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let writing = &mut *self.0;
        if writing.size >= writing.limit {
            // A disk on which it cannot be put aside may still take more of it.
            drop(writing.turn_over());
        }
        let written = writing.file.write(bytes)?;
        writing.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.file.flush()
    }
}

impl<'a> MakeWriter<'a> for ServerLog {
    type Writer = Record<'a>;

    fn make_writer(&'a self) -> Record<'a> {
        Record(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_keeps_the_newest_records_in_two_bounded_private_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.log");
        let log = ServerLog::open_limited(&path, 100).unwrap();
        for number in 0..50 {
            writeln!(log.make_writer(), "record {number}").unwrap();
        }
        drop(log);
        let log = ServerLog::open_limited(&path, 100).unwrap();
        writeln!(log.make_writer(), "last").unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        let (before, now) = (read("server.log.1"), read("server.log"));
        assert!(before.len() < 120 && now.len() < 120, "{} {}", before.len(), now.len());
        assert!(format!("{before}{now}").ends_with("record 48\nrecord 49\nlast\n"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
