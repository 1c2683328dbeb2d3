//! Where a child stands among process groups, sessions and terminals. The only unsafe code of the workspace.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;

/// Where a child stands among process groups and sessions.
#[derive(Debug, Clone, Default)]
pub enum Placement {
    /// A process group of its own in our session: the terminal's Ctrl-C does not reach it.
    #[default]
    OwnGroup,
    /// Our own process group: it shares our terminal's foreground and gets its Ctrl-C.
    ParentGroup,
    /// A session of its own, without a terminal.
    OwnSession,
    /// A session of its own whose controlling terminal is this PTY slave. Standard streams are set separately
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
            Self::OwnSession => before_exec(command, new_session),
            Self::OwnTerminal(slave) => {
                let slave = Arc::clone(slave);
                before_exec(command, move || {
                    new_session()?;
                    Ok(rustix::process::ioctl_tiocsctty(&*slave)?)
                });
            }
        }
    }
}

fn new_session() -> io::Result<()> {
    rustix::process::setsid()?;
    Ok(())
}

/// `step` runs between fork and exec of a process that may have had other threads: it may make system calls
/// and nothing else (no allocation, no lock, no drop).
#[expect(unsafe_code, reason = "setsid and TIOCSCTTY must happen in the child, and std has no safe way yet")]
fn before_exec(command: &mut Command, step: impl FnMut() -> io::Result<()> + Send + Sync + 'static) {
    // SAFETY: both callers pass closures that make one or two system calls (setsid, ioctl) and convert an errno
    // into `io::Error`, which does not allocate; both calls are async-signal-safe.
    unsafe {
        command.pre_exec(step);
    }
}
