//! Who keeps the database from being written or read. Asked of the system, never tried: taking a lock would keep others
//! out, and a connection that writes may change the file.

use std::fs::File;
use std::io;
use std::time::Duration;
use std::time::Instant;

use owt_core::AbsPath;
use rustix::process::Flock;
use rustix::process::FlockType;
use rustix::process::fcntl_getlk;

/// The bytes of the file that SQLite locks (`PENDING_BYTE`, `RESERVED_BYTE` and the shared range; SQLite's file locking
/// document, version 3). With a write-ahead log others hold them for reading only.
const FILE: (u64, u64) = (0x4000_0000, 512);

/// The byte of the log's index that a writer locks (`WAL_WRITE_LOCK` at 120; SQLite's document of the WAL-index).
const WRITER: (u64, u64) = (120, 1);

/// How often a lock is looked at again that may be a writer's at work.
const PAUSE: Duration = Duration::from_millis(20);

/// Who holds a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// Its process id; `None` where the system does not tell, as on a shared disk.
    pub pid: Option<u32>,
}

/// Who has held the database at `path` for all of `patience` so that nobody else can write it. For a process
/// that has no connection to it: closing a file lets go of its own locks.
///
/// # Errors
/// When the files cannot be looked at. One that is not there is held by nobody.
pub fn lock_holder(path: &AbsPath, patience: Duration) -> io::Result<Option<Holder>> {
    let began = Instant::now();
    let Some(first) = holder(path)? else { return Ok(None) };
    while began.elapsed() < patience {
        pause();
        // Another writer's turn: they take it in turns.
        if holder(path)? != Some(first) {
            return Ok(None);
        }
    }
    Ok(Some(first))
}

fn holder(path: &AbsPath) -> io::Result<Option<Holder>> {
    let index = format!("{path}-shm");
    match held(path.as_str(), FILE)? {
        None => held(&index, WRITER),
        found => Ok(found),
    }
}

/// Who keeps others from so much as reading there.
fn held(path: &str, (start, length): (u64, u64)) -> io::Result<Option<Holder>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let asked = Flock { start, length, ..Flock::from(FlockType::ReadLock) };
    let pid = |lock: Flock| u32::try_from(lock.pid?.as_raw_nonzero().get()).ok();
    Ok(fcntl_getlk(&file, &asked)?.map(|lock| Holder { pid: pid(lock) }))
}

#[expect(clippy::disallowed_methods, reason = "nobody tells when a lock of another process goes")]
fn pause() {
    std::thread::sleep(PAUSE);
}
