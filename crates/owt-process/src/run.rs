//! Running a process to its end: input fed, output captured, time and size limited, nothing left behind.

use std::fs::File;
use std::path::Path;
use std::process::Child as StdChild;
use std::time::Duration;
use std::time::Instant;

use crate::Cmd;
use crate::Escalation;
use crate::ExitNotice;
use crate::ExitOutcome;
use crate::Input;
use crate::Output;
use crate::Placement;
use crate::ProcessError;
use crate::Stream;
use crate::Streams;
use crate::launch;
use crate::outcome::stderr_tail;
use crate::pump::Pump;
use crate::reaper;
use crate::trace::SpawnRecord;
use crate::tree;
use crate::tree::EndError;
use crate::tree::offspring;

/// How long output is still read after the process itself has ended, when something that it started in the
/// background holds its pipes open.
const AFTER_EXIT: Duration = Duration::from_millis(250);

/// How what a finished process left in its group is ended: SIGTERM, then SIGKILL.
const STRAGGLERS: Escalation = Escalation {
    interrupt: Duration::ZERO,
    terminate: Duration::from_millis(250),
    kill: Duration::from_secs(2),
};

impl Cmd {
    /// Runs the process to its end and returns what it said, whatever its exit code.
    ///
    /// What it left running in its process group is ended with everything below it (SIGTERM, 250 ms, SIGKILL);
    /// a daemon, which made a session of its own and whose parent is gone, is not. When something holds the
    /// pipes after the end of the process itself, output is read for at most 250 ms more.
    ///
    /// # Errors
    /// [`ProcessError`]; [`ProcessError::TimedOut`] after the whole tree was ended.
    pub fn run(&self) -> Result<Output, ProcessError> {
        let streams = Streams { stdin: self.input_stream()?, stdout: Stream::Piped, stderr: Stream::Piped };
        let (child, record) = launch::start(self, streams)?;
        Run { cmd: self, child, record }.finish()
    }

    /// Runs the process to its end; anything but exit code 0 is an error.
    ///
    /// # Errors
    /// [`ProcessError`]; [`ProcessError::Failed`] with the end of its standard error.
    pub fn run_checked(&self) -> Result<Output, ProcessError> {
        let output = self.run()?;
        if output.success() {
            return Ok(output);
        }
        Err(ProcessError::Failed {
            command: self.label_text(),
            outcome: output.status,
            stderr_tail: stderr_tail(&output.stderr),
        })
    }

    fn input_stream(&self) -> Result<Stream, ProcessError> {
        let opened = |path: &Path| {
            File::open(path).map_err(|source| ProcessError::File { path: path.to_owned(), source })
        };
        Ok(match &self.input {
            Input::Null => Stream::Null,
            Input::Bytes(_) => Stream::Piped,
            Input::File(path) => opened(path)?.into(),
        })
    }

    fn input_bytes(&self) -> &[u8] {
        match &self.input {
            Input::Bytes(bytes) => bytes,
            Input::Null | Input::File(_) => &[],
        }
    }
}

/// A process between its start and its end.
struct Run<'a> {
    cmd: &'a Cmd,
    child: StdChild,
    record: SpawnRecord,
}

impl Run<'_> {
    fn finish(mut self) -> Result<Output, ProcessError> {
        let cmd = self.cmd;
        let deadline = Instant::now().checked_add(cmd.timeout);
        let watched = ExitNotice::of_child(self.child.id()).and_then(|notice| {
            let mut pump = Pump::new(&mut self.child, cmd.input_bytes(), cmd.output_cap)?;
            let exited = pump.until_exit(&notice, deadline)?;
            Ok((pump, exited))
        });
        match watched {
            Ok((pump, true)) => self.collect(pump),
            Ok((pump, false)) => Err(self.out_of_time(pump)),
            Err(source) => Err(self.broken("talking", source)),
        }
    }

    fn collect(mut self, mut pump: Pump<'_>) -> Result<Output, ProcessError> {
        if let Err(source) = pump.drain(AFTER_EXIT) {
            return Err(self.broken("reading the output", source));
        }
        let status = match offspring::wait(&mut self.child) {
            Ok(status) => ExitOutcome::of(status),
            Err(source) => return Err(self.broken("waiting", source)),
        };
        if !matches!(self.cmd.placement, Placement::ParentGroup) {
            tree::end_group(self.child.id(), &STRAGGLERS);
        }
        self.record.ended(status);
        let truncated = pump.stdout.truncated || pump.stderr.truncated;
        Ok(Output { status, stdout: pump.stdout.bytes, stderr: pump.stderr.bytes, truncated })
    }

    fn out_of_time(self, mut pump: Pump<'_>) -> ProcessError {
        let ended = reaper::end(self.child, &self.cmd.escalation);
        // What it said while it was being ended is worth showing, and not worth failing for.
        let _ = pump.drain(Duration::ZERO);
        self.record.resolve(&format!("timed out{}", survival(ended)));
        ProcessError::TimedOut {
            command: self.cmd.label_text(),
            after: self.cmd.timeout,
            stderr_tail: stderr_tail(&pump.stderr.bytes),
        }
    }

    fn broken(self, operation: &'static str, source: std::io::Error) -> ProcessError {
        let ended = reaper::end(self.child, &Escalation::KILL);
        self.record.resolve(&format!("{operation} failed: {source}{}", survival(ended)));
        ProcessError::Io { command: self.cmd.label_text(), operation, source }
    }
}

fn survival(ended: Result<(), EndError>) -> String {
    ended.err().map(|error| format!(", {error}")).unwrap_or_default()
}
