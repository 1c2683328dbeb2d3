//! Inheriting the orphans below us, so that they stay findable.

use std::io;

use rustix::process::WaitId;
use rustix::process::WaitIdOptions;
use rustix::process::WaitOptions;

use crate::exit_notice::raw;
use crate::tree::offspring;
use crate::tree::table;

/// Makes this process inherit what its descendants leave behind, instead of init: an orphan that called setsid
/// stays in our tree. Call [`reap_adopted`] whenever SIGCHLD arrives.
///
/// # Errors
/// When the system refuses; [`io::ErrorKind::Unsupported`] where there is no such thing (macOS): orphans are
/// then found only by process group.
pub fn become_subreaper() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    return Ok(rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?);
    #[cfg(not(target_os = "linux"))]
    return Err(io::Error::from(io::ErrorKind::Unsupported));
}

/// Takes the status of adopted children that have ended, so that they do not stay zombies; returns how many.
/// Children that this crate started are left to those who hold them.
///
/// # Errors
/// When the process table cannot be read.
pub fn reap_adopted() -> io::Result<usize> {
    let any_ended = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    if !matches!(rustix::process::waitid(WaitId::All, any_ended), Ok(Some(_))) {
        return Ok(0);
    }
    let us = std::process::id();
    let entries = table::all()?;
    let ended = entries.iter().filter(|entry| entry.parent == us && entry.zombie).map(|e| e.identity.pid);
    Ok(offspring::with_ours(|ours| {
        let adopted = ended.filter(|pid| !ours.contains(pid)).filter_map(raw);
        adopted
            .filter(|pid| matches!(rustix::process::waitpid(Some(*pid), WaitOptions::NOHANG), Ok(Some(_))))
            .count()
    }))
}
