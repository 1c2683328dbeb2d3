//! One attempt's place on this machine, and what can be told of its session from there.
//!
//! The truth lies in three things that no crash can forge: the host's lock (held while it lives), the host's
//! record (the program has been started, or was about to be), and the record of the end.

use std::fs::File;
use std::io;
use std::time::Duration;
use std::time::Instant;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_ports::SessionError;
use owt_ports::SessionPresence;
use rustix::fs::FlockOperation;
use rustix::io::Errno;
use rustix::process::Flock;
use rustix::process::FlockType;
use rustix::process::Pid;
#[cfg(target_os = "linux")]
use rustix::process::PidfdFlags;
use rustix::process::Signal;

use crate::client::ClientError;
use crate::client::HostClient;
use crate::layout;
use crate::layout::AttemptFiles;
use crate::private;
use crate::private::failure;
use crate::record::ExitRecord;
use crate::wire::Message;
use crate::wire::Request;

/// How long a living host may be without its socket: it makes it as its first act, and removes it as its last.
const BETWEEN_STATES: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(5);

#[derive(Debug, Clone)]
pub(crate) struct Site {
    pub(crate) attempt: AttemptId,
    pub(crate) files: AttemptFiles,
    pub(crate) socket: AbsPath,
}

/// Held by whoever launches an attempt, or judges one whose launch was never finished.
#[derive(Debug)]
pub(crate) struct LaunchTurn(#[expect(dead_code, reason = "closing the file gives the turn back")] File);

impl Site {
    pub(crate) fn new(
        runtime: &AbsPath,
        attempts: &AbsPath,
        attempt: AttemptId,
    ) -> Result<Self, SessionError> {
        let files = AttemptFiles::new(attempts, attempt);
        Ok(Self { attempt, files, socket: layout::host_socket(runtime, attempt)? })
    }

    /// Whether there is any trace of the attempt.
    pub(crate) fn has_trace(&self) -> bool {
        [self.files.launch(), self.files.host(), self.files.exit()].iter().any(|file| file.as_path().exists())
    }

    /// Waits for the turn to launch. Whoever has it gives it back within the time that a start may take.
    pub(crate) fn launch_turn(&self) -> Result<LaunchTurn, SessionError> {
        let path = self.files.launch_lock();
        let failed = |error: io::Error| failure("waiting for the turn to launch", &path, &error);
        let file = private::lock_file(&path).map_err(failed)?;
        loop {
            match rustix::fs::flock(&file, FlockOperation::LockExclusive) {
                Ok(()) => return Ok(LaunchTurn(file)),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(failed(errno.into())),
            }
        }
    }

    /// What has become of the session. A launch that is under way is waited for.
    pub(crate) fn presence(&self) -> Result<SessionPresence, SessionError> {
        match self.presence_so_far()? {
            Some(presence) => Ok(presence),
            None => self.presence_in_turn(&self.launch_turn()?),
        }
    }

    /// What has become of the session, asked by the launcher itself. A launch that was broken off before a host
    /// took it up is undone: it never happened.
    pub(crate) fn presence_in_turn(&self, turn: &LaunchTurn) -> Result<SessionPresence, SessionError> {
        if let Some(presence) = self.presence_so_far()? {
            return Ok(presence);
        }
        match self.withdraw_launch(turn) {
            Ok(true) => Ok(SessionPresence::Never),
            Ok(false) => self.presence_so_far().map(|presence| presence.unwrap_or(SessionPresence::Never)),
            Err(error) => Err(failure("withdrawing a launch", &self.files.launch(), &error)),
        }
    }

    /// A connection to the host, if one answers. One that lives without a socket (somebody emptied the runtime
    /// folder) is asked to make it anew, and waited for.
    pub(crate) fn host(&self) -> Result<HostClient, ClientError> {
        let latest = Instant::now() + BETWEEN_STATES;
        let mut called = false;
        loop {
            match HostClient::connect(&self.socket, Some(self.attempt)) {
                Err(ClientError::Gone) if Instant::now() < latest && !self.socket.as_path().exists() => {
                    let Some(holder) = self.lock_holder()? else { return Err(ClientError::Gone) };
                    if !std::mem::replace(&mut called, true) {
                        self.call(holder)?;
                    }
                }
                other => return other,
            }
            pause();
        }
    }

    /// Whether a host is alive, whatever it is doing.
    pub(crate) fn host_lives(&self) -> io::Result<bool> {
        Ok(self.lock_holder()?.is_some())
    }

    /// The process id of the host, if it lives. That of init when its own cannot be seen from here (another pid
    /// namespace): everybody is below it then, which errs on the safe side.
    pub(crate) fn host_pid(&self) -> io::Result<Option<u32>> {
        Ok(self.lock_holder()?.and_then(|holder| u32::try_from(holder.as_raw_nonzero().get()).ok()))
    }

    /// The process that holds the host's lock, as the kernel knows it.
    fn lock_holder(&self) -> io::Result<Option<Pid>> {
        let lock = match File::options().read(true).write(true).open(self.files.host_lock()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let held = rustix::process::fcntl_getlk(&lock, &Flock::from(FlockType::WriteLock))?;
        // A holder in another pid namespace has no number here: it lives, and cannot be called.
        Ok(held.map(|held| held.pid.unwrap_or(Pid::INIT)))
    }

    /// Asks a host to look around: by a signal that changes nothing in a host of any version, and that a process
    /// without a handler ignores.
    #[cfg(target_os = "linux")]
    fn call(&self, holder: Pid) -> io::Result<()> {
        let Ok(process) = rustix::process::pidfd_open(holder, PidfdFlags::empty()) else { return Ok(()) };
        // Held by the same number still: so it was, too, when the descriptor was opened.
        if self.lock_holder()? == Some(holder) && holder != Pid::INIT {
            // Ended meanwhile, or not ours to signal: the caller sees what becomes of it.
            let _ = rustix::process::pidfd_send_signal(&process, Signal::WINCH);
        }
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    fn call(&self, holder: Pid) -> io::Result<()> {
        if holder != Pid::INIT {
            let _ = rustix::process::kill_process(holder, Signal::WINCH);
        }
        Ok(())
    }

    /// `None` when there is a launch file and nothing else: somebody is launching, or was.
    fn presence_so_far(&self) -> Result<Option<SessionPresence>, SessionError> {
        let latest = Instant::now() + BETWEEN_STATES;
        loop {
            if let Some(presence) = self.answered()? {
                return Ok(Some(presence));
            }
            let lives = self.host_lives();
            if !lives.map_err(|error| failure("looking for the host", &self.files.host_lock(), &error))? {
                return self.without_host();
            }
            if Instant::now() > latest {
                let message = format!("the session's host lives and does not listen at {}", self.socket);
                return Err(SessionError::Failed { operation: "asking the host".to_owned(), message });
            }
            pause();
        }
    }

    /// What a host says, or wrote down.
    fn answered(&self) -> Result<Option<SessionPresence>, SessionError> {
        let asked = match self.recorded()? {
            Some(ended) => return Ok(Some(ended)),
            None => self.host().and_then(|mut host| host.ask(&Request::Probe)),
        };
        match asked {
            Ok(Message::Running { host_pid, program_pid, started_at }) => {
                Ok(Some(SessionPresence::Running { host_pid, program_pid, started_at }))
            }
            Err(ClientError::Gone) => Ok(None),
            other => Err(unanswered(other)),
        }
    }

    fn recorded(&self) -> Result<Option<SessionPresence>, SessionError> {
        let record = ExitRecord::read(&self.files);
        let record = record.map_err(|error| failure("reading how it ended", &self.files.exit(), &error))?;
        Ok(record.map(|ExitRecord { exit, at }| SessionPresence::Ended { exit, at }))
    }

    fn without_host(&self) -> Result<Option<SessionPresence>, SessionError> {
        // Once more: the end is written before the host's lock is given back.
        if let Some(ended) = self.recorded()? {
            return Ok(Some(ended));
        }
        if self.files.host().as_path().exists() {
            return Ok(Some(SessionPresence::Lost));
        }
        Ok((!self.files.launch().as_path().exists()).then_some(SessionPresence::Never))
    }

    /// Takes a launch back that no host has taken up; `false` when one has meanwhile. A host that comes late
    /// waits for our lock, and finds nothing to launch.
    fn withdraw_launch(&self, _turn: &LaunchTurn) -> io::Result<bool> {
        let lock = private::lock_file(&self.files.host_lock())?;
        match rustix::fs::fcntl_lock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::AGAIN | Errno::ACCESS) => return Ok(false),
            Err(errno) => return Err(errno.into()),
        }
        if self.files.host().as_path().exists() {
            return Ok(false);
        }
        private::remove(&self.files.launch()).map(|()| true)
    }
}

/// The port's error for a host that said something else than what was asked.
pub(crate) fn unanswered(answer: Result<Message, ClientError>) -> SessionError {
    let message = match answer {
        Ok(other) => format!("the session's host answered with something else: {other:?}"),
        Err(error) => error.to_string(),
    };
    SessionError::Failed { operation: "asking the session's host".to_owned(), message }
}

#[expect(clippy::disallowed_methods, reason = "no event tells that a host has made or removed its socket")]
fn pause() {
    std::thread::sleep(LOOK_AGAIN);
}
