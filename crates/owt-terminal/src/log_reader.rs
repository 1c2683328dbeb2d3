//! Reading logs, while they are being written and after.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::time::UNIX_EPOCH;

use owt_core::AbsPath;
use owt_core::Timestamp;
use owt_ports::LogPage;

/// At most `limit` bytes from `offset` on. A log that is not there is empty.
pub(crate) fn page(path: &AbsPath, offset: u64, limit: usize) -> io::Result<LogPage> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(LogPage { bytes: Vec::new(), next: offset, at_end: true });
        }
        Err(error) => return Err(error),
    };
    let available = file.metadata()?.len().saturating_sub(offset);
    let wanted = usize::try_from(available).unwrap_or(usize::MAX).min(limit);
    let mut bytes = vec![0; wanted];
    let mut got = 0;
    while got < wanted {
        match file.read_at(&mut bytes[got..], offset + got as u64) {
            Ok(0) => break,
            Ok(count) => got += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(got);
    Ok(LogPage { bytes, next: offset + got as u64, at_end: got as u64 >= available })
}

/// When a log grew last; `None` where it is empty or not there.
pub(crate) fn grew_at(path: &AbsPath) -> io::Result<Option<Timestamp>> {
    let metadata = match std::fs::metadata(path.as_path()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    if metadata.len() == 0 {
        return Ok(None);
    }
    let since = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Some(Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = AbsPath::new(folder.path().join("output.log")).unwrap();
        assert!(page(&path, 0, 10).unwrap().at_end);
        std::fs::write(&path, b"abcdefg").unwrap();
        let first = page(&path, 0, 4).unwrap();
        assert_eq!((first.bytes.as_slice(), first.next, first.at_end), (b"abcd".as_slice(), 4, false));
        let second = page(&path, first.next, 4).unwrap();
        assert_eq!((second.bytes.as_slice(), second.next, second.at_end), (b"efg".as_slice(), 7, true));
        let beyond = page(&path, 100, 4).unwrap();
        assert_eq!((beyond.bytes.len(), beyond.next, beyond.at_end), (0, 100, true));
    }
}
