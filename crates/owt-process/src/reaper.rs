//! Waits for children that nobody else waits for, so that none stays a zombie.

use std::process::Child as StdChild;

use crate::tree::offspring;

/// Takes a child's status now if it has ended, else in a thread of its own.
///
/// A thread rather than a second fork: between fork and exec of a threaded process almost nothing is allowed,
/// the process id stays known, and when we end first the child is inherited by init anyway. Cancel rule: the
/// thread ends with the child and keeps nothing else alive. Error rule: a failed wait means that it is gone;
/// without a thread the child stays a zombie until we end, and the trace says so.
pub(crate) fn reap(mut child: StdChild) {
    if let Ok(Some(_)) | Err(_) = offspring::try_wait(&mut child) {
        return;
    }
    let pid = child.id();
    let waiting =
        std::thread::Builder::new().name(format!("owt-reap-{pid}")).stack_size(64 * 1024).spawn(move || {
            // Nobody is left who could want the status.
            let _ = offspring::wait(&mut child);
        });
    if let Err(error) = waiting {
        tracing::warn!(target: crate::TRACE_TARGET, pid, %error, "no thread to wait for a child");
    }
}
