//! Which children of this process we started ourselves and will wait for. What is not in here and still becomes
//! our child was adopted, and only [`reap_adopted`](crate::tree::reap_adopted) waits for it.

use std::collections::BTreeSet;
use std::io;
use std::process::Child as StdChild;
use std::process::Command;
use std::process::ExitStatus;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;

static OURS: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// Held shared between a fork and the entry in `OURS`, exclusively while adopted children are told from ours,
/// and while programs are written.
static STARTING: RwLock<()> = RwLock::new(());

/// Starts a command and remembers the child as ours.
pub(crate) fn spawned(command: &mut Command) -> io::Result<StdChild> {
    let _starting = STARTING.read().unwrap_or_else(PoisonError::into_inner);
    let child = command.spawn()?;
    ours(|ours| ours.insert(child.id()));
    Ok(child)
}

/// Waits for a child of ours.
pub(crate) fn wait(child: &mut StdChild) -> io::Result<ExitStatus> {
    let status = child.wait();
    ours(|ours| ours.remove(&child.id()));
    status
}

/// Takes the status of a child of ours if it has ended.
pub(crate) fn try_wait(child: &mut StdChild) -> io::Result<Option<ExitStatus>> {
    let status = child.try_wait();
    if !matches!(status, Ok(None)) {
        ours(|ours| ours.remove(&child.id()));
    }
    status
}

/// Runs `step` while this process starts no other. A program that is written in it can be executed at once: a child on its
/// way to its own program holds open what was being written when it was forked, and until it lets go, the system lets
/// nobody execute that (ETXTBSY, execve(2)).
pub fn while_none_starts<R>(step: impl FnOnce() -> R) -> R {
    let _starting = STARTING.write().unwrap_or_else(PoisonError::into_inner);
    step()
}

/// The same with the children that are ours.
pub(crate) fn with_ours<R>(step: impl FnOnce(&BTreeSet<u32>) -> R) -> R {
    while_none_starts(|| ours(|ours| step(ours)))
}

fn ours<R>(step: impl FnOnce(&mut BTreeSet<u32>) -> R) -> R {
    step(&mut OURS.lock().unwrap_or_else(PoisonError::into_inner))
}
