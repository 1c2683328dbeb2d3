//! Ctrl-C while a task has set something up that must be taken down again. The programs that the task runs get it
//! from the terminal and end; the task itself goes on to its own end. The second Ctrl-C ends it where it is.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;
use signal_hook::flag;

use crate::failure::Failure;
use crate::program::INTERRUPTED;

/// Whether somebody wants the task to end.
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Begins to watch, for as long as the task lives.
    pub(crate) fn watch() -> Result<Self, Failure> {
        let wanted = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first sets what makes the second end the task.
            flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&wanted))
                .and_then(|_| flag::register(signal, Arc::clone(&wanted)))
                .map_err(|error| Failure::new(format!("signals cannot be watched: {error}")))?;
        }
        Ok(Self(wanted))
    }

    /// Fails once somebody has asked for the end.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.0.load(Ordering::SeqCst) { Err(Failure::new("interrupted")) } else { Ok(()) }
    }
}
