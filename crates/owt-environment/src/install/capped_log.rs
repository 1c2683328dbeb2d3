//! The log of an install: its beginning and its end, at most 10 MiB, readable at any time.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// The most bytes of a log.
const MOST: u64 = 10 * 1024 * 1024;

/// A log that is full keeps this much of its beginning, and half as much of its end when it is cut.
const HEAD: u64 = MOST / 2;
const TAIL: u64 = HEAD / 2;

/// A file that is cut in the middle when it is full.
#[derive(Debug)]
pub(crate) struct CappedLog {
    file: File,
    length: u64,
    left_out: u64,
    trouble: Option<io::Error>,
}

impl CappedLog {
    /// Replaces the file; a link in its place is refused.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            use std::os::unix::fs::DirBuilderExt;
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let flags = OFlags::NOFOLLOW.bits().cast_signed();
        let options = &mut OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(true).mode(0o600).custom_flags(flags);
        let file = file.open(path)?;
        rustix::fs::fchmod(&file, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR)?;
        Ok(Self { file, length: 0, left_out: 0, trouble: None })
    }

    /// Adds to it. What goes wrong is kept for the end: an install does not stop because nobody can read about it.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let written = self.file.write_all(bytes).and_then(|()| {
            self.length += bytes.len() as u64;
            if self.length > MOST { self.cut() } else { Ok(()) }
        });
        if let Err(error) = written {
            self.trouble.get_or_insert(error);
        }
    }

    /// The first thing that went wrong.
    pub(crate) fn trouble(self) -> Option<io::Error> {
        self.trouble
    }

    fn cut(&mut self) -> io::Result<()> {
        let mut tail = Vec::new();
        self.file.seek(SeekFrom::Start(self.length - TAIL))?;
        self.file.read_to_end(&mut tail)?;
        self.left_out += self.length - HEAD - TAIL;
        let notice = format!("\n[... about {} bytes are left out here ...]\n", self.left_out);
        self.file.set_len(HEAD)?;
        self.file.seek(SeekFrom::Start(HEAD))?;
        self.file.write_all(notice.as_bytes())?;
        self.file.write_all(&tail)?;
        self.length = HEAD + notice.len() as u64 + tail.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn beginning_and_end_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logs/install.log");
        let mut log = CappedLog::create(&path).unwrap();
        log.write(b"first line\n");
        for number in 0..400 {
            log.write(&vec![b'x'; 100_000]);
            log.write(format!("\nnumber {number}\n").as_bytes());
        }
        log.write(b"last line\n");
        assert!(log.trouble().is_none());
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes.len() as u64 <= MOST, "{}", bytes.len());
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("first line\n") && text.ends_with("number 399\nlast line\n"));
        assert_eq!(text.matches("bytes are left out here").count(), 1);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
