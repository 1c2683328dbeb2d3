//! A process that cannot be mistaken for a later one with the same number.

use rustix::process::Signal;

use crate::exit_notice::raw;
use crate::tree::table;

/// A process id with the start time of the process it belongs to. Holds until the next boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessIdentity {
    /// The process id.
    pub pid: u32,
    /// When it started; grows with time. Clock ticks since boot on Linux, a date in digits elsewhere.
    pub start_time: u64,
}

impl ProcessIdentity {
    /// The process that has this id now, zombies included.
    pub fn of(pid: u32) -> Option<Self> {
        table::one(pid).map(|entry| entry.identity)
    }

    /// We ourselves.
    pub fn of_self() -> Self {
        Self::of_child(std::process::id())
    }

    /// A child that was not waited for: its id cannot have been given away. Start time 0 should the table be
    /// unreadable, which is alive to nobody.
    pub(crate) fn of_child(pid: u32) -> Self {
        Self::of(pid).unwrap_or(Self { pid, start_time: 0 })
    }

    /// Whether this very process runs; one that has ended and was not waited for does not.
    pub fn is_alive(self) -> bool {
        table::one(self.pid).is_some_and(|entry| entry.identity == self && !entry.zombie)
    }

    /// Sends a signal, if this very process still runs. Nobody to signal is not an error.
    pub(crate) fn signal(self, signal: Signal) {
        let Some(pid) = raw(self.pid) else { return };
        // The descriptor is taken first and the identity checked after: it then cannot change any more.
        #[cfg(target_os = "linux")]
        if let Some(process) = crate::exit_notice::kernel_notice(pid) {
            if self.is_alive() {
                let _ = rustix::process::pidfd_send_signal(process, signal);
            }
            return;
        }
        if self.is_alive() {
            let _ = rustix::process::kill_process(pid, signal);
        }
    }
}
