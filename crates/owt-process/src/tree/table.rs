//! The table of all processes at one moment.

use std::io;

use crate::tree::ProcessIdentity;

/// One process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) identity: ProcessIdentity,
    pub(crate) parent: u32,
    pub(crate) group: u32,
    /// Zero where the system does not tell.
    pub(crate) session: u32,
    /// It has ended and nobody has waited for it.
    pub(crate) zombie: bool,
}

/// All processes that we may see.
#[cfg(target_os = "linux")]
pub(crate) fn all() -> io::Result<Vec<Entry>> {
    super::proc_table::all()
}

/// One process, zombies included.
#[cfg(target_os = "linux")]
pub(crate) fn one(pid: u32) -> Option<Entry> {
    super::proc_table::one(pid)
}

/// All processes that we may see.
#[cfg(not(target_os = "linux"))]
pub(crate) fn all() -> io::Result<Vec<Entry>> {
    super::ps_table::read(&["-ax"])
}

/// One process, zombies included.
#[cfg(not(target_os = "linux"))]
pub(crate) fn one(pid: u32) -> Option<Entry> {
    super::ps_table::read(&["-p", &pid.to_string()]).ok()?.into_iter().find(|entry| entry.identity.pid == pid)
}
