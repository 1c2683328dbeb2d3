//! The logs of one attempt: every byte that its program printed, up to a limit.

use std::fs::File;
use std::io;
use std::io::Write;

use owt_ports::Stream;

use crate::layout::AttemptFiles;
use crate::private;

/// Nothing more can be recorded: the limit is reached, the disk is full, or it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

#[derive(Debug)]
struct Log {
    file: File,
    length: u64,
    limit: u64,
}

#[derive(Debug)]
pub(super) struct Logs {
    output: Log,
    error: Log,
}

impl Logs {
    pub(super) fn open(files: &AttemptFiles, limit: u64) -> io::Result<Self> {
        let open = |stream| Log::open(private::append(&files.log(stream))?, limit);
        Ok(Self { output: open(Stream::Output)?, error: open(Stream::Error)? })
    }

    /// Adds what was printed; what does not fit any more is lost.
    pub(super) fn write(&mut self, stream: Stream, bytes: &[u8]) -> Result<(), Full> {
        match stream {
            Stream::Output => self.output.write(bytes),
            Stream::Error => self.error.write(bytes),
        }
    }

    /// How far the logs of output and error reach.
    pub(super) const fn lengths(&self) -> (u64, u64) {
        (self.output.length, self.error.length)
    }
}

impl Log {
    fn open(file: File, limit: u64) -> io::Result<Self> {
        Ok(Self { length: file.metadata()?.len(), file, limit })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Full> {
        let room = usize::try_from(self.limit.saturating_sub(self.length)).unwrap_or(usize::MAX);
        let mut rest = &bytes[..bytes.len().min(room)];
        while !rest.is_empty() {
            match self.file.write(rest) {
                Ok(count) => {
                    self.length += count as u64;
                    rest = &rest[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => {
                    // From here on nothing is written: a log has no holes.
                    self.limit = self.length;
                    return Err(Full);
                }
            }
        }
        if bytes.len() > room { Err(Full) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use owt_core::AbsPath;

    use super::*;

    #[test]
    fn it_holds_exactly_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let files = AttemptFiles::around(&AbsPath::new(folder.path().join("launch.json")).unwrap()).unwrap();
        let mut logs = Logs::open(&files, 5).unwrap();
        assert_eq!(logs.write(Stream::Output, b"abcde"), Ok(()));
        assert_eq!(logs.write(Stream::Output, b"f"), Err(Full));
        assert_eq!(logs.write(Stream::Error, b"abcdefgh"), Err(Full));
        assert_eq!(logs.lengths(), (5, 5));
        assert_eq!(std::fs::read(files.log(Stream::Error)).unwrap(), b"abcde");
    }

    #[test]
    fn a_full_disk_is_full() {
        let full = File::options().write(true).open("/dev/full");
        let Ok(file) = full else { return };
        let mut log = Log { file, length: 0, limit: 100 };
        assert_eq!(log.write(b"x"), Err(Full));
        assert_eq!(log.length, 0);
    }
}
