//! The host: one small process per attempt that owns the program's streams and outlives every server.
//!
//! `owt host --launch FILE` is [`run`]. It starts the program, keeps every byte that is printed, keeps the
//! limits, carries injections, serves the protocol of `wire`, ends everything below it, and writes down how the
//! program ended. One thread polls; another exists only while everybody is being ended. The host knows nothing
//! of jobs, agents or the server.

mod alarm;
mod connection;
mod doorway;
mod ending;
mod event_loop;
mod feed;
mod injector;
mod limits;
mod logs;
mod news;
mod onlooker;
mod outlet;
mod painter;
mod program;
mod requests;
mod stillness;
mod terminal;

use std::fs::File;
use std::io;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::time::Instant;

use owt_core::AbsPath;
use owt_core::session::Exit;
use owt_core::session::SessionKind;
use rustix::fs::FlockOperation;
use rustix::fs::OFlags;

pub(crate) use alarm::Alarm;
pub(crate) use alarm::Signalled;
pub(crate) use terminal::raw_mode;

use crate::clock;
use crate::emulator::Size;
use crate::host::doorway::Doorway;
use crate::host::event_loop::Host;
use crate::host::event_loop::Parts;
use crate::host::program::NotStarted;
use crate::host::program::Started;
use crate::host::terminal::HISTORY;
use crate::host::terminal::Keeping;
use crate::host::terminal::Terminal;
use crate::journal;
use crate::journal::Journal;
use crate::launch_file::LaunchFile;
use crate::launch_file::Stdin;
use crate::layout::AttemptFiles;
use crate::private;
use crate::record::ExitRecord;
use crate::record::ExitSlot;
use crate::record::HostRecord;
use crate::sizes::SizeRecord;

/// The whole of `owt host --launch FILE`; returns the exit code. What goes wrong before the program is started
/// is written beside the launch file, for the launcher to read: a host has nobody to print to.
pub fn run(launch_file: &AbsPath) -> u8 {
    let Some(files) = AttemptFiles::around(launch_file) else { return 2 };
    match host(&files) {
        Ok(()) => 0,
        Err(error) => {
            // The complaint is a courtesy; without it the launcher still sees that the host is gone.
            let _ = private::replace(&files.complaint(), error.to_string().as_bytes());
            1
        }
    }
}

fn host(files: &AttemptFiles) -> io::Result<()> {
    // Open until told or until we end: either way the launcher hears of it.
    let ready = Ready::open(files);
    let Some(_alive) = stay_alone(files)? else { return Ok(()) };
    let launch = LaunchFile::read(&files.launch())?;
    leave_callers_session();
    let alarm = Alarm::set()?;
    // Where there is no such thing (macOS) orphans are found by their process group alone.
    let _ = owt_process::tree::become_subreaper();
    let doorway = Doorway::open(launch.socket.clone())?;
    let slot = ExitSlot::reserve(files)?;
    let logs = logs::Logs::open(files, launch.tuning.log_limit_of(launch.kind))?;
    let mut journal = Journal::open(&files.journal())?;
    let sizes = launch.kind.is_terminal().then(|| SizeRecord::open(&files.sizes())).transpose()?;
    HostRecord { pid: std::process::id(), at: clock::now() }.write(files)?;

    let size = terminal::pane_size().unwrap_or(Size::UNSEEN);
    let served = match start(&launch, size, &mut journal) {
        Err(NotStarted(errno)) => {
            slot.commit(ExitRecord { exit: Exit::NotStarted { errno }, at: clock::now() })?;
            ready.tell();
            Ok(())
        }
        Ok(started) => {
            let now = Instant::now();
            let screen = started.inner.clone().zip(sizes);
            let terminal =
                screen.map(|(inner, sizes)| Terminal::new(inner, size, sizes, keeping(&launch), now));
            let parts = Parts { alarm, doorway, slot, logs, journal, terminal };
            let host = Host::new(&launch, started, parts, now)?;
            ready.tell();
            host.serve()
        }
    };
    // Whoever finds the socket gone reads the record of the end.
    let _ = private::remove(&launch.socket);
    // Of no use to anybody from here on. Where the end could not be written down, it goes when the session is found lost.
    if served.is_ok() {
        let _ = private::remove(&files.launch());
    }
    served
}

/// What is kept of a terminal beside its picture.
fn keeping(launch: &LaunchFile) -> Keeping {
    let history = if launch.kind == SessionKind::Pty { HISTORY } else { 0 };
    Keeping { history, title: launch.title.clone() }
}

/// Holds the attempt's lock for the life of this process; `None` when a host has been here already, whatever
/// became of it: a program is started once.
fn stay_alone(files: &AttemptFiles) -> io::Result<Option<File>> {
    let lock = private::lock_file(&files.host_lock())?;
    rustix::fs::fcntl_lock(&lock, FlockOperation::LockExclusive)?;
    let been = files.host().as_path().exists() || files.exit().as_path().exists();
    Ok((!been).then_some(lock))
}

/// In a pane we lead the session that tmux made; elsewhere the launcher made one. Only a host started by hand
/// still shares its caller's.
fn leave_callers_session() {
    // Refused to who leads a group or session already, which is as good.
    let _ = rustix::process::setsid();
}

/// Starts the program; a file on its standard input that carries a delivery is journalled like an injection.
fn start(launch: &LaunchFile, size: Size, journal: &mut Journal) -> Result<Started, NotStarted> {
    let carried = match &launch.stdin {
        Stdin::File { delivery: Some(delivery), .. } => {
            Some(journal::key_text(&owt_ports::InjectionKey::Delivery(*delivery)))
        }
        _ => None,
    };
    if let Some(key) = &carried {
        journal.begin(key)?;
    }
    let started = program::start(launch, size);
    if let Some(key) = &carried {
        // A line that does not reach the disk leaves the delivery uncertain, which is then the truth.
        let _ = if started.is_ok() { journal.end(key) } else { journal.void(key) };
    }
    started
}

/// Tells the launcher, if it still waits, that the program is started or recorded as not startable.
struct Ready(Option<File>);

impl Ready {
    fn open(files: &AttemptFiles) -> Self {
        let nonblock = i32::try_from(OFlags::NONBLOCK.bits()).expect("O_NONBLOCK is a small flag");
        Self(File::options().write(true).custom_flags(nonblock).open(files.ready()).ok())
    }

    fn tell(self) {
        if let Some(mut launcher) = self.0 {
            // A launcher that went away meanwhile needs no telling.
            let _ = launcher.write_all(b"ready\n");
        }
    }
}
