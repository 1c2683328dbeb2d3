//! How long a process is given to obey each signal before the next, harder one.

use std::time::Duration;

/// SIGINT, then SIGTERM, then SIGKILL, each followed by a time to obey. A grace of zero leaves that signal out;
/// SIGKILL is always sent to what is still there. Programs that inherited SIGINT ignored (a shell started us in
/// the background) obey only the second signal, unless they are in a session of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escalation {
    /// Time to obey SIGINT.
    pub interrupt: Duration,
    /// Time to obey SIGTERM.
    pub terminate: Duration,
    /// Time for the kernel to take away what was killed; after that survivors are reported.
    pub kill: Duration,
}

impl Escalation {
    /// For agent programs, which write their transcript when interrupted: 5 s, 5 s, 2 s.
    pub const AGENT: Self = Self {
        interrupt: Duration::from_secs(5),
        terminate: Duration::from_secs(5),
        kill: Duration::from_secs(2),
    };

    /// For tools that ran out of time (git removes its lock files on SIGINT): 1 s, 1 s, 2 s.
    pub const TOOL: Self = Self {
        interrupt: Duration::from_secs(1),
        terminate: Duration::from_secs(1),
        kill: Duration::from_secs(2),
    };

    /// SIGKILL at once, 2 s for the kernel.
    pub const KILL: Self =
        Self { interrupt: Duration::ZERO, terminate: Duration::ZERO, kill: Duration::from_secs(2) };
}
