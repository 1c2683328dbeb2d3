//! Waits for children that nobody else waits for, so that none stays a zombie.

use std::process::Child as StdChild;

use crate::Escalation;
use crate::tree;
use crate::tree::EndError;
use crate::tree::offspring;

/// Ends a child with everything below it, and sees to it that it is waited for. When even looking for what is
/// below it fails (no descriptors left), the child itself is killed.
pub(crate) fn end(mut child: StdChild, escalation: &Escalation) -> Result<(), EndError> {
    let ended = tree::end_tree(child.id(), escalation);
    if ended.is_err() {
        // An error here says that it has ended.
        let _ = child.kill();
    }
    reap(child);
    ended
}

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
