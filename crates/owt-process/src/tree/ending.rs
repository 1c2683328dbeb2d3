//! Ending whole families of processes, also those that left the group or session.

use std::collections::BTreeSet;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;
use std::time::Instant;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::process::Signal;

use crate::Escalation;
use crate::exit_notice;
use crate::tree::ProcessIdentity;
use crate::tree::family::ancestors;
use crate::tree::family::joined;
use crate::tree::table;
use crate::tree::table::Entry;

/// How long to wait for an end before looking for newcomers.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Why a family could not be ended.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// These were still there after SIGKILL (stuck in the kernel, or another user's).
    #[error("{} processes survived SIGKILL, the first is {}", .0.len(), .0.first().map_or(0, |first| first.pid))]
    Survivors(Vec<ProcessIdentity>),
    /// The process table cannot be read.
    #[error("the process table cannot be read")]
    Table(#[from] io::Error),
    /// We are part of that family ourselves; nothing was done.
    #[error("process {0} is this process or an ancestor of it")]
    OurOwn(u32),
}

/// Ends `root` and everything that belongs to it: descendants, its process group, its session, and those of
/// descendants, looking again until none is left. Each gets SIGINT, SIGTERM and SIGKILL with the time between
/// them. Done when all have ended; ones that wait for their parent to wait count as ended.
///
/// Orphans that left group and session before the first look are found only by a subreaper, with
/// [`end_descendants`] of itself.
///
/// # Errors
/// [`EndError`]; [`EndError::OurOwn`] for an ancestor of ours. A process that does not exist is success.
pub fn end_tree(root: u32, escalation: &Escalation) -> Result<(), EndError> {
    if root == std::process::id() {
        return Err(EndError::OurOwn(root));
    }
    match foreign(root)? {
        Some(root) => Hunt { spared: None, quarry: BTreeSet::from([root]) }.run(escalation),
        None => Ok(()),
    }
}

/// Ends everything below `root` as [`end_tree`] does, and leaves `root` itself alone. A host that is a subreaper
/// ends everything it ever started with `end_descendants(std::process::id(), ...)`.
///
/// # Errors
/// [`EndError`]; [`EndError::OurOwn`] for an ancestor of ours. A process that does not exist is success.
pub fn end_descendants(root: u32, escalation: &Escalation) -> Result<(), EndError> {
    match foreign(root)? {
        Some(root) => Hunt { spared: Some(root), quarry: BTreeSet::new() }.run(escalation),
        None => Ok(()),
    }
}

/// Ends what is left of a process group whose leader, a child of ours, was waited for a moment ago: its number
/// is not given away while the group exists. Best effort: a survivor is reported in the trace.
pub(crate) fn end_group(leader: u32, escalation: &Escalation) {
    let Some(group) = exit_notice::raw(leader) else { return };
    if rustix::process::test_kill_process_group(group).is_err() {
        return;
    }
    let quarry = BTreeSet::from([ProcessIdentity { pid: leader, start_time: 0 }]);
    if let Err(error) = (Hunt { spared: None, quarry }).run(escalation) {
        tracing::warn!(target: crate::TRACE_TARGET, leader, %error, "what a process left behind is still there");
    }
}

/// Refuses to hunt where we ourselves would be among the hunted.
fn foreign(root: u32) -> Result<Option<ProcessIdentity>, EndError> {
    if ancestors(std::process::id()).iter().any(|ancestor| ancestor.pid == root) {
        return Err(EndError::OurOwn(root));
    }
    Ok(ProcessIdentity::of(root))
}

struct Hunt {
    spared: Option<ProcessIdentity>,
    /// Everybody who was ever found; the dead stay, because they may have led a group.
    quarry: BTreeSet<ProcessIdentity>,
}

impl Hunt {
    fn run(mut self, escalation: &Escalation) -> Result<(), EndError> {
        for (signal, grace) in [(Signal::INT, escalation.interrupt), (Signal::TERM, escalation.terminate)] {
            if !grace.is_zero() && self.press(signal, grace)?.is_empty() {
                return Ok(());
            }
        }
        let grace = escalation.kill.max(LOOK_AGAIN);
        self.freeze(grace)?;
        let survivors = self.press(Signal::KILL, grace)?;
        if survivors.is_empty() { Ok(()) } else { Err(EndError::Survivors(survivors)) }
    }

    /// Signals everybody once, newcomers too, and waits for their ends; returns who is left.
    fn press(&mut self, signal: Signal, grace: Duration) -> io::Result<Vec<ProcessIdentity>> {
        let deadline = Instant::now() + grace;
        let mut signalled = BTreeSet::new();
        loop {
            let living = self.look()?;
            for process in living.iter().filter(|process| signalled.insert(**process)) {
                process.signal(signal);
                // A stopped process obeys nothing but SIGKILL until it is continued.
                process.signal(Signal::CONT);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if living.is_empty() || left.is_zero() {
                return Ok(living);
            }
            await_an_end(&living, left.min(LOOK_AGAIN))?;
        }
    }

    /// Stops everybody, so that nobody can fork between being looked for and being killed: whole groups at once
    /// first, since a group that forks all the time outruns any look at the table.
    fn freeze(&mut self, grace: Duration) -> io::Result<()> {
        let deadline = Instant::now() + grace;
        let mut stopped = BTreeSet::new();
        loop {
            self.stop_groups();
            let moving: Vec<_> =
                self.look()?.into_iter().filter(|process| stopped.insert(*process)).collect();
            if moving.is_empty() || Instant::now() > deadline {
                return Ok(());
            }
            for process in moving {
                process.signal(Signal::STOP);
            }
        }
    }

    /// A leader that is still in the table keeps its number, so that the group is no other.
    fn stop_groups(&self) {
        // The table says 0 where the leader lives outside our namespace of processes, which rustix takes for a fault.
        let Some(ours) = table::one(std::process::id()).map(|entry| entry.group) else { return };
        let there = |process: &&ProcessIdentity| ProcessIdentity::of(process.pid) == Some(**process);
        let foreign = self.quarry.iter().filter(there).map(|process| process.pid).filter(|pid| *pid != ours);
        for group in foreign.filter_map(exit_notice::raw) {
            // Most lead no group, which is no error.
            let _ = rustix::process::kill_process_group(group, Signal::STOP);
        }
    }

    /// Adds newcomers; returns everybody who lives.
    fn look(&mut self) -> io::Result<Vec<ProcessIdentity>> {
        let entries = table::all()?;
        self.quarry = joined(&entries, &self.quarry, self.spared);
        let us = std::process::id();
        let hunted = |entry: &&Entry| {
            !entry.zombie && entry.identity.pid != us && self.quarry.contains(&entry.identity)
        };
        Ok(entries.iter().filter(hunted).map(|entry| entry.identity).collect())
    }
}

/// Returns when one of these has ended, or the time is over.
fn await_an_end(living: &[ProcessIdentity], limit: Duration) -> io::Result<()> {
    let notices: Vec<OwnedFd> = living
        .iter()
        .filter_map(|process| exit_notice::kernel_notice(exit_notice::raw(process.pid)?))
        .collect();
    let mut fds: Vec<PollFd<'_>> = notices.iter().map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
    exit_notice::poll(&mut fds, Some(limit))?;
    Ok(())
}
