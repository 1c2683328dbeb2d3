//! Starting a server when none answers: one at a time, and known the moment it is ready.

use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

use owt_api::Announcement;
use owt_api::ErrorCode;
use owt_api::Problem;

/// How much a server that fails may say before we stop listening, in bytes.
const LAST_WORDS_LIMIT: u64 = 64 * 1024;

/// Starts a server process; the binary knows how.
pub trait Starter {
    /// Starts it and returns the other end of its standard output and error. It says one
    /// [`Announcement`] there.
    ///
    /// # Errors
    /// Why the process could not be started.
    fn start(&self) -> Result<UnixStream, Problem>;
}

/// The right to start a server. The system takes it back when this process ends in whatever way.
pub(crate) struct Turn {
    _locked: File,
}

impl Turn {
    /// Waits until no other client is starting a server.
    pub(crate) fn take(lock: &Path, deadline: Instant) -> Result<Self, Problem> {
        let failed = |error: io::Error| unusable(lock, &error);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(lock)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _locked: file }),
            Err(TryLockError::Error(error)) => Err(failed(error)),
            Err(TryLockError::WouldBlock) => {
                let locked = lock_in_background(file).map_err(failed)?;
                let left = deadline.saturating_duration_since(Instant::now());
                let locked = locked.recv_timeout(left).map_err(|_| too_slow())?;
                Ok(Self { _locked: locked.map_err(failed)? })
            }
        }
    }
}

fn unusable(lock: &Path, error: &io::Error) -> Problem {
    let code = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::NoSpace,
        _ => ErrorCode::HomeNotWritable,
    };
    Problem::new(code, format!("{}: {error}", lock.display()))
        .hint("owt keeps its data there; OWT_HOME names another folder")
}

fn too_slow() -> Problem {
    Problem::new(ErrorCode::ServerUnreachable, "the server did not become ready in time")
        .hint("see why with: owt serve")
}

/// The system has no lock with a time limit. The thread ends with the lock, or with this process.
fn lock_in_background(file: File) -> io::Result<mpsc::Receiver<io::Result<File>>> {
    let (tell, told) = mpsc::sync_channel(1);
    std::thread::Builder::new().name("owt-start-wait".to_owned()).spawn(move || {
        let result = file.lock().map(|()| file);
        // Nobody waits any more: the lock goes with the file.
        drop(tell.send(result));
    })?;
    Ok(told)
}

/// Starts a server and returns when it is ready.
pub(crate) fn start(starter: &dyn Starter, deadline: Instant) -> Result<(), Problem> {
    let stream = starter.start()?;
    let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    stream.set_read_timeout(Some(left)).map_err(|error| died(&error.to_string()))?;
    match heard(stream) {
        Ok(Announcement::Ready) => Ok(()),
        Ok(Announcement::Failed { problem }) => Err(problem),
        Err(problem) => Err(problem),
    }
}

/// The announcement; other lines are the last words of a server that failed without one.
fn heard(stream: UnixStream) -> Result<Announcement, Problem> {
    let mut words = String::new();
    for line in BufReader::new(stream).take(LAST_WORDS_LIMIT).lines() {
        match line {
            Ok(line) => match serde_json::from_str(&line) {
                Ok(announcement) => return Ok(announcement),
                Err(_) => words.push_str(&format!("\n{line}")),
            },
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(too_slow()),
            Err(error) => words.push_str(&format!("\n{error}")),
        }
    }
    Err(died(words.trim()))
}

fn died(words: &str) -> Problem {
    let message = match words {
        "" => "the server ended while it was starting".to_owned(),
        words => format!("the server ended while it was starting: {words}"),
    };
    Problem::new(ErrorCode::ServerUnreachable, message).hint("see why with: owt serve")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn heard_from(text: &str) -> Result<Announcement, Problem> {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        theirs.write_all(text.as_bytes()).unwrap();
        drop(theirs);
        heard(ours)
    }

    #[test]
    fn the_announcement_is_found_among_other_words() {
        assert_eq!(heard_from("warning\n{\"server\":\"ready\"}\n"), Ok(Announcement::Ready));
        let failed =
            heard_from("{\"server\":\"failed\",\"problem\":{\"code\":\"no_space\",\"message\":\"full\"}}\n");
        assert!(matches!(failed, Ok(Announcement::Failed { problem }) if problem.code == ErrorCode::NoSpace));
    }

    #[test]
    fn last_words_are_passed_on() {
        let problem = heard_from("thread main panicked\nat x\n").unwrap_err();
        assert_eq!(problem.message, "the server ended while it was starting: thread main panicked\nat x");
        assert_eq!(problem.code, ErrorCode::ServerUnreachable);
    }

    #[test]
    fn a_silent_server_is_given_up() {
        struct Silent(UnixStream);
        impl Starter for Silent {
            fn start(&self) -> Result<UnixStream, Problem> {
                Ok(self.0.try_clone().unwrap())
            }
        }
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let problem = start(&Silent(ours), Instant::now() + Duration::from_millis(20)).unwrap_err();
        assert_eq!(problem.message, "the server did not become ready in time");
    }

    #[test]
    fn a_turn_is_bounded_and_passes_on() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("start.lock");
        let first = Turn::take(&lock, Instant::now()).unwrap();
        assert!(Turn::take(&lock, Instant::now() + Duration::from_millis(20)).is_err());
        drop(first);
        Turn::take(&lock, Instant::now() + Duration::from_secs(20)).unwrap();
    }
}
