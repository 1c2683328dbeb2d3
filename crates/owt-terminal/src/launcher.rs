//! Launching a host and waiting until it has started the program.

use std::fs::File;
use std::io;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;
use std::time::Instant;

use owt_core::AbsPath;
use owt_ports::SessionError;
use owt_ports::SessionPresence;
use owt_process::Cmd;
use owt_process::Log;
use owt_process::ProcessError;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::private;
use crate::private::failure;
use crate::site::LaunchTurn;
use crate::site::Site;

/// How long a host may take until it has started the program.
const START_TIME: Duration = Duration::from_secs(20);

/// The arguments of the hidden command that is a host.
pub(crate) fn host_arguments(site: &Site) -> [String; 3] {
    ["host".to_owned(), "--launch".to_owned(), site.files.launch().to_string()]
}

/// Starts a host that needs no pane: a session of its own, nothing of our environment.
pub(crate) fn spawn_detached(owt: &AbsPath, site: &Site) -> Result<(), SessionError> {
    let host = Cmd::new(owt.as_str())
        .args(host_arguments(site))
        .env_clear()
        .current_dir(site.files.folder())
        .label("owt host");
    host.spawn_detached(&Log::Null).map(drop).map_err(|error| process_failure("starting the host", &error))
}

/// Starts a host by `spawn` and waits until it is ready or gone.
pub(crate) fn start(
    site: &Site,
    turn: &LaunchTurn,
    spawn: impl FnOnce() -> Result<(), SessionError>,
) -> Result<SessionPresence, SessionError> {
    let fifo = site.files.ready();
    let listening = Listening::open(&fifo).map_err(|error| failure("preparing the launch", &fifo, &error))?;
    let heard = spawn().map(|()| listening.wait(START_TIME));
    // The FIFO has served; a leftover is replaced by the next launch.
    let _ = private::remove(&fifo);
    match (heard?, site.presence_in_turn(turn)?) {
        (Heard::Silence, SessionPresence::Never) => Err(not_started(site, "the host did not start in time")),
        (_, SessionPresence::Never) => Err(not_started(site, "the host ended before it started the program")),
        (_, presence) => Ok(presence),
    }
}

fn not_started(site: &Site, what: &str) -> SessionError {
    let complaint = private::read(&site.files.complaint()).unwrap_or_default();
    let complaint = String::from_utf8_lossy(&complaint).into_owned();
    let message = if complaint.is_empty() { what.to_owned() } else { format!("{what}: {complaint}") };
    SessionError::Failed { operation: "starting the host".to_owned(), message }
}

/// The port's error for a process that could not be started or failed.
pub(crate) fn process_failure(operation: &str, error: &ProcessError) -> SessionError {
    SessionError::Failed { operation: operation.to_owned(), message: error.to_string() }
}

/// What was heard of a host that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// It said that it is ready, or it is gone: its record tells.
    Something,
    Silence,
}

/// The launcher's end of the FIFO that a host opens first of all.
struct Listening(File);

impl Listening {
    fn open(fifo: &AbsPath) -> io::Result<Self> {
        private::remove(fifo)?;
        make_fifo(fifo)?;
        let nonblock = i32::try_from(OFlags::NONBLOCK.bits()).expect("O_NONBLOCK is a small flag");
        File::options().read(true).custom_flags(nonblock).open(fifo).map(Self)
    }

    /// A host that ends closes the FIFO, which is heard too.
    fn wait(mut self, limit: Duration) -> Heard {
        let latest = Instant::now() + limit;
        loop {
            let left = latest.saturating_duration_since(Instant::now());
            let timeout = Timespec {
                tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: left.subsec_nanos().into(),
            };
            let mut fds = [PollFd::new(&self.0, PollFlags::IN)];
            match rustix::event::poll(&mut fds, Some(&timeout)) {
                Ok(0) => return Heard::Silence,
                Err(Errno::INTR) => {}
                Ok(_) | Err(_) => match self.0.read(&mut [0; 16]) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    _ => return Heard::Something,
                },
            }
        }
    }
}

#[cfg(not(target_vendor = "apple"))]
fn make_fifo(path: &AbsPath) -> io::Result<()> {
    use rustix::fs::FileType;
    let mode = Mode::RUSR | Mode::WUSR;
    Ok(rustix::fs::mknodat(rustix::fs::CWD, path.as_path(), FileType::Fifo, mode, 0)?)
}

#[cfg(target_vendor = "apple")]
fn make_fifo(path: &AbsPath) -> io::Result<()> {
    Ok(rustix::fs::mkfifoat(rustix::fs::CWD, path.as_path(), Mode::RUSR | Mode::WUSR)?)
}
