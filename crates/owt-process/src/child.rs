//! A long-lived child that somebody holds.

use std::io;
use std::process::Child as StdChild;
use std::process::ChildStderr;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::ExitStatus;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Signal;

use crate::Cmd;
use crate::Escalation;
use crate::ExitNotice;
use crate::ExitOutcome;
use crate::ProcessError;
use crate::Streams;
use crate::launch;
use crate::reaper;
use crate::trace::SpawnRecord;
use crate::tree;
use crate::tree::ProcessIdentity;
use crate::tree::offspring;

impl Cmd {
    /// Starts the process and hands it out. Timeout, output cap and [`Cmd::stdin`] play no part: its streams are
    /// those given here.
    ///
    /// # Errors
    /// [`ProcessError`], as for [`Cmd::run`] before the process runs.
    pub fn spawn(&self, streams: Streams) -> Result<Child, ProcessError> {
        let (child, record) = launch::start(self, streams)?;
        Ok(Child::new(child, record, self.label_text()))
    }

    /// Replaces this process with the command, in our own process group; returns only when that failed.
    pub fn exec(&self) -> ProcessError {
        launch::replace(self)
    }
}

/// A running child. Dropping one that was not waited for kills its tree at once, so that an early return leaves
/// nothing behind.
#[derive(Debug)]
pub struct Child {
    /// Its standard input, when that is a pipe.
    pub stdin: Option<ChildStdin>,
    /// Its standard output, when that is a pipe.
    pub stdout: Option<ChildStdout>,
    /// Its standard error, when that is a pipe.
    pub stderr: Option<ChildStderr>,
    identity: ProcessIdentity,
    label: String,
    state: State,
}

#[derive(Debug)]
enum State {
    Running(StdChild, SpawnRecord),
    Ended(ExitOutcome),
}

impl Child {
    fn new(mut child: StdChild, record: SpawnRecord, label: String) -> Self {
        record.tell_start();
        Self {
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
            identity: ProcessIdentity::of_child(child.id()),
            label,
            state: State::Running(child, record),
        }
    }

    /// Its process id.
    pub const fn pid(&self) -> u32 {
        self.identity.pid
    }

    /// Its process id and start time.
    pub const fn identity(&self) -> ProcessIdentity {
        self.identity
    }

    /// A descriptor that becomes readable when it has ended, to poll beside others.
    ///
    /// # Errors
    /// When it was waited for already, or the system has no descriptors or threads left.
    pub fn exit_notice(&self) -> Result<ExitNotice, ProcessError> {
        let watched = match self.state {
            State::Running(..) => ExitNotice::of_child(self.pid()),
            State::Ended(_) => Err(io::Error::from(io::ErrorKind::NotFound)),
        };
        watched.map_err(|source| self.failed("watching", source))
    }

    /// Waits for its end. Closes its standard input first, if that is still here.
    ///
    /// # Errors
    /// Only failures of the system itself.
    pub fn wait(&mut self) -> Result<ExitOutcome, ProcessError> {
        self.stdin = None;
        let waited = match &mut self.state {
            State::Running(child, _) => offspring::wait(child),
            State::Ended(outcome) => return Ok(*outcome),
        };
        waited.map(|status| self.settle(status)).map_err(|source| self.failed("waiting", source))
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// Only failures of the system itself.
    pub fn try_wait(&mut self) -> Result<Option<ExitOutcome>, ProcessError> {
        let waited = match &mut self.state {
            State::Running(child, _) => offspring::try_wait(child),
            State::Ended(outcome) => return Ok(Some(*outcome)),
        };
        let status = waited.map_err(|source| self.failed("waiting", source))?;
        Ok(status.map(|status| self.settle(status)))
    }

    /// Waits for its end for at most this long; leaves its standard input open.
    ///
    /// # Errors
    /// Only failures of the system itself.
    pub fn wait_timeout(&mut self, limit: Duration) -> Result<Option<ExitOutcome>, ProcessError> {
        if let State::Running(..) = self.state {
            let deadline = Instant::now().checked_add(limit);
            let notice = self.exit_notice()?;
            let left = || deadline.map(|at| at.saturating_duration_since(Instant::now()));
            while !notice.wait(left()).map_err(|source| self.failed("watching", source))? {
                if left().is_some_and(|left| left.is_zero()) {
                    break;
                }
            }
        }
        self.try_wait()
    }

    /// Ends it and everything below it, and waits for its end. To end it while another thread waits, use
    /// [`tree::end_tree`] with its process id.
    ///
    /// # Errors
    /// [`ProcessError::Io`] when something survived even SIGKILL.
    pub fn terminate_tree(&mut self, escalation: &Escalation) -> Result<ExitOutcome, ProcessError> {
        if let State::Running(..) = self.state {
            tree::end_tree(self.pid(), escalation)
                .map_err(|error| self.failed("ending", io::Error::other(error)))?;
        }
        self.wait()
    }

    fn settle(&mut self, status: ExitStatus) -> ExitOutcome {
        let outcome = ExitOutcome::of(status);
        if let State::Running(_, record) = std::mem::replace(&mut self.state, State::Ended(outcome)) {
            record.ended(outcome);
        }
        outcome
    }

    fn failed(&self, operation: &'static str, source: io::Error) -> ProcessError {
        ProcessError::Io { command: self.label.clone(), operation, source }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let waited = self.try_wait();
        let killed = State::Ended(ExitOutcome::Signal(Signal::KILL.as_raw()));
        let State::Running(child, record) = std::mem::replace(&mut self.state, killed) else { return };
        if let Err(error) = waited {
            return record.resolve(&format!("lost: {error}"));
        }
        match reaper::end(child, &Escalation::KILL) {
            Ok(()) => record.resolve("killed: nobody held it any more"),
            Err(error) => record.resolve(&format!("nobody held it any more: {error}")),
        }
    }
}
