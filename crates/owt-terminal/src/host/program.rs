//! Starting the session's program with exactly the argv, environment and directory of the launch file.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use owt_core::session::SessionKind;
use owt_ports::Stream;
use owt_process::Child;
use owt_process::Cmd;
use owt_process::Placement;
use owt_process::ProcessError;
use owt_process::Streams;
use rustix::io::Errno;
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;

use crate::emulator::Size;
use crate::host::feed::Feed;
use crate::launch_file::LaunchFile;
use crate::launch_file::Stdin;

/// One thing that the program prints to.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) stream: Stream,
    pub(super) fd: Arc<OwnedFd>,
    /// Whether nothing more will come.
    pub(super) is_over: bool,
}

impl Source {
    fn new(stream: Stream, fd: OwnedFd) -> io::Result<Self> {
        Ok(Self { stream, fd: unblocked(fd)?, is_over: false })
    }
}

/// A started program and our ends of its streams.
#[derive(Debug)]
pub(super) struct Started {
    pub(super) child: Child,
    pub(super) sources: Vec<Source>,
    pub(super) feed: Feed,
    /// The terminal that the program runs on, if it does.
    pub(super) inner: Option<Arc<OwnedFd>>,
}

/// It could not be started: the system's error number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotStarted(pub(super) i32);

impl From<io::Error> for NotStarted {
    fn from(error: io::Error) -> Self {
        Self(error.raw_os_error().unwrap_or(Errno::IO.raw_os_error()))
    }
}

impl From<Errno> for NotStarted {
    fn from(errno: Errno) -> Self {
        Self(errno.raw_os_error())
    }
}

/// Starts the program; a terminal program on an inner terminal of the given size.
pub(super) fn start(launch: &LaunchFile, size: Size) -> Result<Started, NotStarted> {
    match launch.kind {
        SessionKind::Headless | SessionKind::Structured => start_on_pipes(launch),
        SessionKind::Tmux | SessionKind::Pty => start_on_terminal(launch, size),
    }
}

fn start_on_pipes(launch: &LaunchFile) -> Result<Started, NotStarted> {
    let stdin = match &launch.stdin {
        Stdin::File { path, .. } => File::open(path)?.into(),
        Stdin::Open => owt_process::Stream::Piped,
        Stdin::Nothing | Stdin::Terminal => owt_process::Stream::Null,
    };
    let streams = Streams { stdin, ..Streams::piped() };
    let mut child = command(launch).placement(Placement::OwnSession).spawn(streams).map_err(errno_of)?;
    let output = child.stdout.take().map(|pipe| Source::new(Stream::Output, pipe.into()));
    let error = child.stderr.take().map(|pipe| Source::new(Stream::Error, pipe.into()));
    let feed = match child.stdin.take() {
        Some(pipe) => Feed::into_fd(unblocked(pipe.into())?),
        None => Feed::none(),
    };
    let sources = [output, error].into_iter().flatten().collect::<io::Result<_>>()?;
    Ok(Started { child, sources, feed, inner: None })
}

fn start_on_terminal(launch: &LaunchFile, size: Size) -> Result<Started, NotStarted> {
    let (master, slave) = open_terminal(size)?;
    let streams = Streams::terminal(&slave)?;
    let placement = Placement::OwnTerminal(Arc::new(slave));
    let child = command(launch).placement(placement).spawn(streams).map_err(errno_of)?;
    let source = Source::new(Stream::Output, master)?;
    let inner = Arc::clone(&source.fd);
    Ok(Started { child, sources: vec![source], feed: Feed::into_fd(Arc::clone(&inner)), inner: Some(inner) })
}

fn command(launch: &LaunchFile) -> Cmd {
    let (program, arguments) = launch.argv.split_first().expect("a launch file is written with a program");
    Cmd::new(program)
        .args(arguments)
        .env_clear()
        .envs(&launch.environment)
        .current_dir(&launch.directory)
        .label("the session's program")
}

fn unblocked(fd: OwnedFd) -> io::Result<Arc<OwnedFd>> {
    rustix::io::ioctl_fionbio(&fd, true)?;
    Ok(Arc::new(fd))
}

fn open_terminal(size: Size) -> io::Result<(OwnedFd, OwnedFd)> {
    let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC)?;
    rustix::pty::grantpt(&master)?;
    rustix::pty::unlockpt(&master)?;
    rustix::termios::tcsetwinsize(&master, winsize(size))?;
    let name = rustix::pty::ptsname(&master, Vec::new())?;
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let slave = rustix::fs::open(name, flags, rustix::fs::Mode::empty())?;
    Ok((master, slave))
}

/// A size in the system's words.
pub(super) const fn winsize(size: Size) -> Winsize {
    Winsize { ws_row: size.rows.get(), ws_col: size.columns.get(), ws_xpixel: 0, ws_ypixel: 0 }
}

fn errno_of(error: ProcessError) -> NotStarted {
    match error {
        ProcessError::NotFound { .. } | ProcessError::RelativeProgram { .. } => Errno::NOENT.into(),
        ProcessError::NotExecutable { .. } => Errno::ACCESS.into(),
        ProcessError::WorkingDirectory { path, .. } => {
            std::fs::read_dir(path).err().map_or(Errno::NOTDIR.into(), Into::into)
        }
        ProcessError::TooLong { .. } => Errno::TOOBIG.into(),
        ProcessError::NoSpace { .. } => Errno::NOSPC.into(),
        ProcessError::Resources { source, .. }
        | ProcessError::File { source, .. }
        | ProcessError::Io { source, .. } => source.into(),
        ProcessError::NulByte { .. } | ProcessError::TimedOut { .. } | ProcessError::Failed { .. } => {
            Errno::INVAL.into()
        }
    }
}
