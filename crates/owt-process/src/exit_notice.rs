//! Being told that a process has ended, as a descriptor to poll beside its pipes.

use std::io;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::process::Pid;
use rustix::process::WaitId;
use rustix::process::WaitIdOptions;

/// Becomes readable when a process has ended. Of a child it does not take the exit status away: the child still has
/// to be waited for.
#[derive(Debug)]
pub struct ExitNotice {
    fd: OwnedFd,
}

impl ExitNotice {
    /// Watches a child that has not been waited for yet.
    pub(crate) fn of_child(pid: u32) -> io::Result<Self> {
        let pid = raw(pid).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(Self { fd: kernel_notice(pid).map_or_else(|| waiting_thread(pid), Ok)? })
    }

    /// Watches a process that is not ours to wait for; `None` where the system cannot tell of its end.
    pub fn of_other(pid: u32) -> Option<Self> {
        kernel_notice(raw(pid)?).map(|fd| Self { fd })
    }

    /// Waits until the child has ended; `false` when the time is over first. `None` is no limit.
    ///
    /// # Errors
    /// Only failures of the system itself.
    pub fn wait(&self, limit: Option<Duration>) -> io::Result<bool> {
        let mut fds = [PollFd::new(&self.fd, PollFlags::IN)];
        Ok(poll(&mut fds, limit)? > 0)
    }
}

impl AsFd for ExitNotice {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

pub(crate) fn raw(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

/// `poll` that counts an interruption as "nothing yet": callers look at the clock themselves.
pub(crate) fn poll(fds: &mut [PollFd<'_>], limit: Option<Duration>) -> io::Result<usize> {
    let limit = limit.map(|limit| Timespec {
        tv_sec: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: limit.subsec_nanos().into(),
    });
    match rustix::event::poll(fds, limit.as_ref()) {
        Err(rustix::io::Errno::INTR) => Ok(0),
        other => Ok(other?),
    }
}

/// A pidfd; `None` where the system has none (macOS, Linux before 5.3, some sandboxes).
#[cfg(target_os = "linux")]
pub(crate) fn kernel_notice(pid: Pid) -> Option<OwnedFd> {
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok()
}

/// See the Linux version.
#[cfg(not(target_os = "linux"))]
pub(crate) fn kernel_notice(_pid: Pid) -> Option<OwnedFd> {
    None
}

/// A pipe whose writing end is closed by a thread that waits. Cancel rule: the thread ends with the child, which
/// whoever holds the notice ends or waits for. Error rule: a failed wait means that the child is gone.
fn waiting_thread(pid: Pid) -> io::Result<OwnedFd> {
    let (reader, writer) = io::pipe()?;
    std::thread::Builder::new().name(format!("owt-exit-{pid}")).stack_size(64 * 1024).spawn(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(rustix::io::Errno::INTR) = rustix::process::waitid(WaitId::Pid(pid), options) {}
        drop(writer);
    })?;
    Ok(reader.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::Cmd;
    use crate::Stream;
    use crate::Streams;

    #[test]
    fn the_thread_that_stands_in_for_a_pidfd_tells_of_the_end_and_leaves_the_status() {
        let streams = Streams { stdin: Stream::Piped, ..Streams::default() };
        let mut child = Cmd::new("/bin/sh").args(["-c", "read line; exit 7"]).spawn(streams).unwrap();
        let notice = ExitNotice { fd: waiting_thread(raw(child.pid()).unwrap()).unwrap() };
        assert!(!notice.wait(Some(Duration::from_millis(20))).unwrap());
        child.stdin.take().unwrap().write_all(b"go\n").unwrap();
        assert!(notice.wait(Some(Duration::from_secs(20))).unwrap());
        assert_eq!(child.wait().unwrap().code(), Some(7));
    }
}
