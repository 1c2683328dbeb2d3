//! One server per home, by a lock on a file that is held for life (decision 13).
//!
//! The system drops the lock when the process ends in whatever way, so a lock that is held means a living server.

use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

/// How often a claimant that waits for the lock looks whether the holder has begun to answer.
const LOOK: Duration = Duration::from_millis(20);

/// How often a holder that has no socket is asked to look after it.
const CALL: Duration = Duration::from_secs(1);

/// Proof that this process is the one server of its home. Dropping it lets the next one in.
#[derive(Debug)]
pub struct Instance {
    _locked: File,
}

/// What to do while another process has the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience<'a> {
    /// Give up at once.
    None,
    /// Wait for its end, at most this long: it was asked to stop. Whoever takes the lock after it is not waited for.
    UntilItEnds(Duration),
    /// Wait for its end, at most this long, but not when it answers on its socket: then it is no server that
    /// drains, but one that was faster.
    UnlessItAnswers(&'a Path, Duration),
}

/// Who has the lock instead of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Its process id, when it has written it.
    pub pid: Option<u32>,
}

/// Why this process is not the server.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// Another server has the lock, and still had it when patience ended.
    #[error("another server is running")]
    Held(Held),
    /// The lock file cannot be used.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Instance {
    /// Takes the lock.
    ///
    /// # Errors
    /// [`InstanceError`].
    pub fn claim(lock: &Path, patience: Patience<'_>) -> Result<Self, InstanceError> {
        let failed = |source| InstanceError::Io { path: lock.to_owned(), source };
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(lock)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Self::signed(file).map_err(failed),
            Err(TryLockError::Error(source)) => Err(failed(source)),
            Err(TryLockError::WouldBlock) => {
                let reader = file.try_clone().map_err(failed)?;
                match waited(file, patience).map_err(failed)? {
                    Some(file) => Self::signed(file).map_err(failed),
                    None => Err(InstanceError::Held(holder(&reader))),
                }
            }
        }
    }

    fn signed(mut file: File) -> io::Result<Self> {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Self { _locked: file })
    }
}

fn holder(mut file: &File) -> Held {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    Held { pid: read.ok().and_then(|_| text.trim().parse().ok()) }
}

/// The locked file, or `None` when patience ended.
fn waited(file: File, patience: Patience<'_>) -> io::Result<Option<File>> {
    let (limit, socket) = match patience {
        Patience::None => return Ok(None),
        Patience::UntilItEnds(limit) => (limit, None),
        Patience::UnlessItAnswers(socket, limit) => (limit, Some(socket)),
    };
    let answers = || socket.is_some_and(|socket| UnixStream::connect(socket).is_ok());
    let deadline = Instant::now() + limit;
    if answers() {
        return Ok(None);
    }
    let first = holder(&file).pid;
    let reader = file.try_clone()?;
    let another_has_it = || {
        let now = holder(&reader).pid;
        now.is_some() && now != first && matches!(patience, Patience::UntilItEnds(_))
    };
    let locked = lock_in_background(file)?;
    let mut next_call = Instant::now();
    loop {
        if next_call <= Instant::now() && socket.is_some_and(|socket| !socket.exists()) {
            next_call = Instant::now() + CALL;
            first.into_iter().for_each(call);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        match locked.recv_timeout(left.min(LOOK)) {
            Ok(result) => return result.map(Some),
            Err(_) if left.is_zero() || answers() || another_has_it() => return Ok(None),
            Err(_) => {}
        }
    }
}

/// Asks the holder to look after its socket, which somebody took away. The signal is one that a process without a
/// handler ignores: a holder of another version, or whoever has the number of one that was killed a moment ago.
fn call(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // Not ours, or gone: then the lock tells.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::WINCH);
    }
}

/// The system has no lock with a time limit. The thread ends with the lock, or with this process, which has
/// nothing left to do once patience has ended.
fn lock_in_background(file: File) -> io::Result<mpsc::Receiver<io::Result<File>>> {
    let (tell, told) = mpsc::sync_channel(1);
    std::thread::Builder::new().name("owt-lock-wait".to_owned()).spawn(move || {
        let result = file.lock().map(|()| file);
        // Nobody waits any more: the lock goes with the file.
        drop(tell.send(result));
    })?;
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(folder: &Path, patience: Patience<'_>) -> Result<Instance, InstanceError> {
        Instance::claim(&folder.join("server.lock"), patience)
    }

    #[test]
    fn who_waits_for_an_end_does_not_wait_for_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        // Borrowed: a folder that moved into the thread would be gone at its end.
        let path = folder.path();
        let lock = path.join("server.lock");
        let _held = claim(path, Patience::None).unwrap();
        let waited = std::thread::scope(|scope| {
            let limit = Duration::from_secs(600);
            let waiting = scope.spawn(move || claim(path, Patience::UntilItEnds(limit)).err());
            // As if others had been faster, one after the other: the lock is held, and never by who had it before.
            for pid in (1_u32..).take_while(|_| !waiting.is_finished()) {
                std::fs::write(&lock, format!("{pid}\n")).unwrap();
            }
            waiting.join().unwrap()
        });
        assert!(matches!(waited, Some(InstanceError::Held(_))), "{waited:?}");
    }

    #[test]
    fn the_second_learns_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let first = claim(folder.path(), Patience::None).unwrap();
        match claim(folder.path(), Patience::None) {
            Err(InstanceError::Held(held)) => assert_eq!(held.pid, Some(std::process::id())),
            other => panic!("{other:?}"),
        }
        drop(first);
        claim(folder.path(), Patience::None).unwrap();
    }

    #[test]
    fn patience_is_rewarded_when_the_first_ends() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("server.sock");
        let limit = Duration::from_secs(20);
        for patience in [Patience::UntilItEnds(limit), Patience::UnlessItAnswers(&socket, limit)] {
            let first = claim(folder.path(), Patience::None).unwrap();
            std::thread::scope(|scope| {
                let second = scope.spawn(|| claim(folder.path(), patience));
                drop(first);
                second.join().unwrap().unwrap();
            });
        }
    }

    #[test]
    fn patience_ends() {
        let folder = tempfile::tempdir().unwrap();
        let _first = claim(folder.path(), Patience::None).unwrap();
        let short = Patience::UntilItEnds(Duration::from_millis(20));
        assert!(matches!(claim(folder.path(), short), Err(InstanceError::Held(_))));
    }

    #[test]
    fn a_holder_that_answers_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("server.sock");
        let _first = claim(folder.path(), Patience::None).unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let began = Instant::now();
        let patience = Patience::UnlessItAnswers(&socket, Duration::from_secs(60));
        assert!(matches!(claim(folder.path(), patience), Err(InstanceError::Held(_))));
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}
