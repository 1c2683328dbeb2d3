//! How a process ended and what it said. Must not know how it was started.

use std::borrow::Cow;
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExitOutcome {
    /// It ended by itself with this code, 0 to 255.
    Code(i32),
    /// The signal of this number ended it.
    Signal(i32),
}

impl ExitOutcome {
    /// Whether it ended with code 0.
    pub const fn success(self) -> bool {
        matches!(self, Self::Code(0))
    }

    /// The exit code, when it ended by itself.
    pub const fn code(self) -> Option<i32> {
        match self {
            Self::Code(code) => Some(code),
            Self::Signal(_) => None,
        }
    }

    /// Only of a status that `wait` returned: such a process has either exited or been ended by a signal.
    pub(crate) fn of(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Code(code),
            (None, signal) => Self::Signal(signal.unwrap_or(0)),
        }
    }
}

impl fmt::Display for ExitOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// What a finished process left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// How it ended.
    pub status: ExitOutcome,
    /// The first bytes of its standard output, up to the cap.
    pub stdout: Vec<u8>,
    /// The first bytes of its standard error, up to the cap.
    pub stderr: Vec<u8>,
    /// Whether either stream had more than the cap; the rest was read and dropped.
    pub truncated: bool,
}

impl Output {
    /// Whether the process ended with code 0.
    pub const fn success(&self) -> bool {
        self.status.success()
    }

    /// Standard output as text; bytes that are not UTF-8 become U+FFFD.
    pub fn stdout_utf8_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.stdout)
    }

    /// Standard error as text; bytes that are not UTF-8 become U+FFFD.
    pub fn stderr_utf8_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.stderr)
    }
}

/// The last part of what a process said on standard error, as text for an error message.
pub(crate) fn stderr_tail(stderr: &[u8]) -> String {
    const TAIL_BYTES: usize = 4096;
    let start = stderr.len().saturating_sub(TAIL_BYTES);
    String::from_utf8_lossy(&stderr[start..]).trim().to_owned()
}
