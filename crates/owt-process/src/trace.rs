//! The trace record of every process that is started: who, where, how long, what came of it.

use std::ffi::OsStr;
use std::time::Instant;

use crate::Cmd;
use crate::ExitOutcome;

/// The `tracing` target of all records (level DEBUG; `-vv` shows them). Values of environment variables are
/// never part of a record, and arguments are cut at 200 characters.
pub const TRACE_TARGET: &str = "owt_process::spawn";

/// Longest part of an argument that a record shows, in characters: arguments can be whole prompts.
const ARGUMENT_CHARACTERS: usize = 200;

/// The record of one process, from the attempt to start it until it is known what came of it.
#[derive(Debug)]
#[must_use = "a record must be told what came of the process"]
pub(crate) struct SpawnRecord {
    label: String,
    program: String,
    args: Vec<String>,
    cwd: String,
    pid: Option<u32>,
    started: Instant,
    resolved: bool,
}

impl SpawnRecord {
    pub(crate) fn begin(cmd: &Cmd) -> Self {
        Self {
            label: cmd.label_text(),
            program: cmd.program().to_string_lossy().into_owned(),
            args: cmd.arguments().map(shortened).collect(),
            cwd: cmd.directory().map(|path| path.display().to_string()).unwrap_or_default(),
            pid: None,
            started: Instant::now(),
            resolved: false,
        }
    }

    pub(crate) const fn started(&mut self, pid: u32) {
        self.pid = Some(pid);
    }

    /// It runs and will for some time: the first of two records.
    pub(crate) fn tell_start(&self) {
        self.emit("running");
    }

    /// It ended.
    pub(crate) fn ended(self, outcome: ExitOutcome) {
        self.resolve(&outcome.to_string());
    }

    /// Something else came of it: it was not started, timed out, was left to itself.
    pub(crate) fn resolve(mut self, outcome: &str) {
        self.emit(outcome);
        self.resolved = true;
    }

    fn emit(&self, outcome: &str) {
        tracing::event!(
            target: TRACE_TARGET,
            tracing::Level::DEBUG,
            label = self.label,
            program = self.program,
            args = ?self.args,
            cwd = self.cwd,
            pid = self.pid,
            duration_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
            outcome,
        );
    }
}

impl Drop for SpawnRecord {
    fn drop(&mut self) {
        if !self.resolved {
            self.emit("unresolved");
            debug_assert!(std::thread::panicking(), "the record of {} was dropped unresolved", self.label);
        }
    }
}

fn shortened(argument: &OsStr) -> String {
    let text = argument.to_string_lossy();
    match text.char_indices().nth(ARGUMENT_CHARACTERS) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text.into_owned(),
    }
}
