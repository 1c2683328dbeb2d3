//! One command of an install: nothing to read, no terminal, its output taken as it comes, its time limited, and
//! nothing of it left when it is over.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;
use std::time::Instant;

use owt_process::Child;
use owt_process::Cmd;
use owt_process::Escalation;
use owt_process::ExitNotice;
use owt_process::ExitOutcome;
use owt_process::ProcessError;
use owt_process::Stream;
use owt_process::Streams;
use owt_process::tree;
use owt_process::tree::ProcessIdentity;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::io::Errno;

use super::leftover;

/// How often it is asked whether the install was cancelled: the question comes as a function, not as an event.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// How long output is still read when something that left no trace of itself holds the pipe open.
const AFTER_EXIT: Duration = Duration::from_millis(500);

/// How what a finished command left behind is ended.
const STRAGGLERS: Escalation = Escalation {
    interrupt: Duration::ZERO,
    terminate: Duration::from_millis(500),
    kill: Duration::from_secs(2),
};

/// How a command ended.
#[derive(Debug)]
pub(crate) enum StepEnd {
    Exited(ExitOutcome),
    TimedOut,
    Cancelled,
}

/// A command with what limits it.
pub(crate) struct Step<'a> {
    pub(crate) cmd: Cmd,
    /// What its processes are marked with.
    pub(crate) mark: &'a str,
    pub(crate) deadline: Instant,
    pub(crate) cancelled: &'a dyn Fn() -> bool,
    /// Told who runs.
    pub(crate) started: &'a dyn Fn(ProcessIdentity),
    /// Gets what it prints on either stream.
    pub(crate) output: &'a dyn Fn(&[u8]),
}

impl Step<'_> {
    /// Runs it to its end. Also says how many processes of it were left then, which have been ended.
    pub(crate) fn run(&self) -> Result<(StepEnd, usize), ProcessError> {
        let (pipe, writer) = pipe().map_err(|source| self.broken("connecting", source))?;
        let twin = writer.try_clone().map_err(|source| self.broken("connecting", source))?;
        let streams = Streams { stdin: Stream::Null, stdout: Stream::Fd(writer), stderr: Stream::Fd(twin) };
        let mut child = self.cmd.spawn(streams)?;
        (self.started)(child.identity());
        let notice = child.exit_notice()?;
        let early = self.watch(&pipe, &notice).map_err(|source| self.broken("watching", source))?;
        let left = if early.is_none() { leftover::count(self.mark) } else { 0 };
        let outcome = self.clear_away(&mut child, early.is_some())?;
        self.drain(&pipe).map_err(|source| self.broken("reading", source))?;
        Ok((early.unwrap_or(StepEnd::Exited(outcome)), left))
    }

    /// Until it has ended, or should.
    fn watch(&self, pipe: &OwnedFd, notice: &ExitNotice) -> io::Result<Option<StepEnd>> {
        let mut is_open = true;
        loop {
            if (self.cancelled)() {
                return Ok(Some(StepEnd::Cancelled));
            }
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Some(StepEnd::TimedOut));
            }
            let mut fds = vec![PollFd::new(notice, PollFlags::IN)];
            if is_open {
                fds.push(PollFd::new(pipe, PollFlags::IN));
            }
            wait(&mut fds, left.min(ASK_AGAIN))?;
            let has_ended = !fds[0].revents().is_empty();
            let is_readable = fds.get(1).is_some_and(|fd| !fd.revents().is_empty());
            if is_readable {
                is_open = self.read(pipe)? != Reading::Ended;
            }
            if has_ended {
                return Ok(None);
            }
        }
    }

    /// Ends it, if it still runs, and everything that it started, whatever session that is in.
    fn clear_away(&self, child: &mut Child, is_running: bool) -> Result<ExitOutcome, ProcessError> {
        let outcome = if is_running {
            child.terminate_tree(&Escalation::TOOL)?
        } else {
            // Not waited for yet, so that its number still names its group and session.
            tree::end_tree(child.pid(), &STRAGGLERS)
                .map_err(|error| self.broken("ending what is left", io::Error::other(error)))?;
            child.wait()?
        };
        leftover::end_marked(self.mark)
            .map_err(|message| self.broken("ending what is left", io::Error::other(message)))?;
        Ok(outcome)
    }

    /// Reads what is in the pipe. Normally nobody holds it any more, and the end comes at once.
    fn drain(&self, pipe: &OwnedFd) -> io::Result<()> {
        let deadline = Instant::now() + AFTER_EXIT;
        loop {
            match self.read(pipe)? {
                Reading::Ended => return Ok(()),
                Reading::Some => {}
                Reading::Nothing => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Ok(());
                    }
                    wait(&mut [PollFd::new(pipe, PollFlags::IN)], left)?;
                }
            }
        }
    }

    fn read(&self, pipe: &OwnedFd) -> io::Result<Reading> {
        let mut chunk = [0_u8; 32 * 1024];
        match rustix::io::read(pipe, &mut chunk) {
            Ok(0) => Ok(Reading::Ended),
            Ok(count) => {
                (self.output)(&chunk[..count]);
                Ok(Reading::Some)
            }
            Err(Errno::AGAIN | Errno::INTR) => Ok(Reading::Nothing),
            Err(error) => Err(error.into()),
        }
    }

    fn broken(&self, operation: &'static str, source: io::Error) -> ProcessError {
        ProcessError::Io { command: self.cmd.to_string(), operation, source }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Reading {
    Some,
    Nothing,
    Ended,
}

/// A pipe whose reading end never blocks. Neither end is inherited.
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = io::pipe()?;
    let reader = OwnedFd::from(reader);
    rustix::io::ioctl_fionbio(&reader, true)?;
    Ok((reader, writer.into()))
}

/// An interruption counts as "nothing yet": callers look at the clock themselves.
fn wait(fds: &mut [PollFd<'_>], limit: Duration) -> io::Result<()> {
    let seconds = i64::try_from(limit.as_secs()).unwrap_or(i64::MAX);
    let limit = Timespec { tv_sec: seconds, tv_nsec: limit.subsec_nanos().into() };
    match rustix::event::poll(fds, Some(&limit)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
