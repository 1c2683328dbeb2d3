//! Why a process could not be started, or did not do what was asked. The distinctions are those that a caller
//! acts on: install it, make it executable, create the folder, free resources, try again, show what it said.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::ExitOutcome;

/// Why starting or running a process failed.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// No such program on the search path, or no file at its path.
    #[error("program '{program}' not found")]
    NotFound {
        /// As the caller named it.
        program: String,
    },
    /// The program's path is relative, so what it means would depend on a current directory.
    #[error("program path '{program}' is relative: give a name or an absolute path")]
    RelativeProgram {
        /// As the caller named it.
        program: String,
    },
    /// The file is there and cannot be executed: permission, format, or its interpreter is missing.
    #[error("program '{program}' cannot be executed: {reason}")]
    NotExecutable {
        /// Its path.
        program: String,
        /// In the system's words.
        reason: String,
    },
    /// The working directory is missing, no directory, or may not be entered.
    #[error("working directory {path} cannot be used: {reason}")]
    WorkingDirectory {
        /// The directory.
        path: PathBuf,
        /// In the system's words.
        reason: String,
    },
    /// A NUL byte, which no argument, variable or path can carry.
    #[error("{place} contains a NUL byte")]
    NulByte {
        /// Where: "argument 2", "variable NAME", "program".
        place: String,
    },
    /// Arguments and environment together (or one argument alone) exceed what the system takes.
    #[error("arguments and environment of '{program}' are too long for the system")]
    TooLong {
        /// As the caller named it.
        program: String,
    },
    /// Out of memory, process slots or file descriptors.
    #[error("the system has no resources left to run {command}")]
    Resources {
        /// Label or command line.
        command: String,
        /// What the system said.
        source: io::Error,
    },
    /// The disk of this file is full.
    #[error("no space left on the disk of {path}")]
    NoSpace {
        /// The file that was to be written.
        path: PathBuf,
    },
    /// A file for standard input or output could not be opened.
    #[error("cannot open {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It did not end in time; it and everything it started were ended.
    #[error("{command} did not finish within {after:?}")]
    TimedOut {
        /// Label or command line.
        command: String,
        /// The limit.
        after: Duration,
        /// The end of what it said on standard error until then.
        stderr_tail: String,
    },
    /// It ran and failed (only [`Cmd::run_checked`](crate::Cmd::run_checked) says this).
    #[error("{command} failed with {outcome}: {stderr_tail}")]
    Failed {
        /// Label or command line.
        command: String,
        /// How it ended.
        outcome: ExitOutcome,
        /// The end of what it said on standard error.
        stderr_tail: String,
    },
    /// Anything else that the system refused.
    #[error("{operation} of {command} failed")]
    Io {
        /// Label or command line.
        command: String,
        /// What was being done.
        operation: &'static str,
        /// What the system said.
        source: io::Error,
    },
}
