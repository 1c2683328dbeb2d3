//! Where a child stands among process groups, sessions and terminals. The only unsafe code of this room.

use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;

/// The signals of POSIX and their kin are numbered up to here, on Linux and macOS alike.
const LAST_CLASSIC_SIGNAL: i32 = 31;

/// Where a child stands among process groups and sessions.
#[derive(Debug, Clone, Default)]
pub enum Placement {
    /// A process group of its own in our session: the terminal's Ctrl-C does not reach it.
    #[default]
    OwnGroup,
    /// Our own process group: it shares our terminal's foreground and gets its Ctrl-C.
    ParentGroup,
    /// A session of its own, without a terminal and with every signal at its default: a shell that starts us in
    /// the background has us ignore SIGINT and SIGQUIT, and what is ignored is inherited.
    OwnSession,
    /// The same, with a controlling terminal: this PTY slave. Standard streams are set separately
    /// ([`Streams::terminal`](crate::Streams::terminal)).
    OwnTerminal(Arc<OwnedFd>),
}

impl Placement {
    pub(crate) fn apply(&self, command: &mut Command) {
        match self {
            Self::OwnGroup => {
                command.process_group(0);
            }
            Self::ParentGroup => {}
            Self::OwnSession => in_new_session(command, None),
            Self::OwnTerminal(slave) => in_new_session(command, Some(Arc::clone(slave))),
        }
    }
}

/// What is added runs between fork and exec of a process that may have had other threads: it makes system calls
/// and nothing else (no allocation, no lock, no drop).
#[expect(
    unsafe_code,
    reason = "this must happen in the child before exec, and std has no safe way for it yet"
)]
fn in_new_session(command: &mut Command, terminal: Option<Arc<OwnedFd>>) {
    // SAFETY: signal, setsid and ioctl are async-signal-safe, an errno becomes an `io::Error` without allocation,
    // and setting a default disposition cannot break an invariant of a process that is about to be replaced.
    unsafe {
        command.pre_exec(move || {
            for signal in 1..=LAST_CLASSIC_SIGNAL {
                // SIGKILL and SIGSTOP refuse, and need not be set.
                libc::signal(signal, libc::SIG_DFL);
            }
            rustix::process::setsid()?;
            if let Some(terminal) = &terminal {
                rustix::process::ioctl_tiocsctty(terminal)?;
            }
            Ok(())
        });
    }
}
