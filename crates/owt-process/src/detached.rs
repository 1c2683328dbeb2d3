//! Starting a process that outlives us: the server, the hosts.

use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use crate::Cmd;
use crate::Placement;
use crate::ProcessError;
use crate::Stream;
use crate::Streams;
use crate::launch;
use crate::reaper;

/// Where the output of a detached process goes.
#[derive(Debug, Clone, Default)]
pub enum Log {
    /// Nowhere (`/dev/null`).
    #[default]
    Null,
    /// Added to this file, which is created with mode 0600.
    File(PathBuf),
    /// An open pipe or socket: whoever reads its other end sees the end of file when the process has ended.
    Fd(Arc<OwnedFd>),
}

impl Cmd {
    /// Starts the process in a session of its own, with nothing to read, and lets it go; returns its process id.
    /// It is never a zombie for longer than it takes to wait for it: a thread of ours does while we live, init
    /// does afterwards. It runs in our current directory unless told otherwise.
    ///
    /// # Errors
    /// [`ProcessError`], as for [`Cmd::run`] before the process runs; [`ProcessError::File`] and
    /// [`ProcessError::NoSpace`] for the log.
    pub fn spawn_detached(&self, log: &Log) -> Result<u32, ProcessError> {
        let cmd = self.clone().placement(Placement::OwnSession);
        let (child, record) = launch::start(&cmd, streams(log)?)?;
        let pid = child.id();
        record.resolve("left to itself");
        reaper::reap(child);
        Ok(pid)
    }
}

fn streams(log: &Log) -> Result<Streams, ProcessError> {
    match log {
        Log::Null => Ok(Streams::default()),
        Log::File(path) => twice(&opened(path)?.into(), path),
        Log::Fd(open) => twice(open, Path::new("the descriptor for the log")),
    }
}

fn twice(open: &OwnedFd, shown: &Path) -> Result<Streams, ProcessError> {
    let copy = || open.try_clone().map_err(|source| ProcessError::File { path: shown.to_owned(), source });
    Ok(Streams { stdin: Stream::Null, stdout: Stream::Fd(copy()?), stderr: Stream::Fd(copy()?) })
}

fn opened(path: &Path) -> Result<File, ProcessError> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(|source| {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                ProcessError::NoSpace { path: path.to_owned() }
            }
            _ => ProcessError::File { path: path.to_owned(), source },
        }
    })
}
