//! Ending everything below the host, while its loop goes on reading what is printed meanwhile.

use std::io;
use std::io::PipeReader;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use owt_core::session::EndReason;
use owt_process::Escalation;
use owt_process::tree;

use crate::launch_file::HostTuning;

/// How long the kernel may take to remove what was killed.
const KILL_TIME: Duration = Duration::from_secs(2);

#[derive(Debug)]
enum Stage {
    /// Nobody is being ended.
    Calm,
    /// A thread is ending everybody; the pipe closes when it is done.
    Sweeping(PipeReader),
    /// Nobody is left.
    Swept,
}

/// Whether and why the session is being ended by us.
#[derive(Debug)]
pub(super) struct Ending {
    reason: Option<EndReason>,
    stage: Stage,
    tuning: HostTuning,
}

impl Ending {
    pub(super) const fn new(tuning: HostTuning) -> Self {
        Self { reason: None, stage: Stage::Calm, tuning }
    }

    /// Why we ended the program; `None` when it ended by itself.
    pub(super) const fn reason(&self) -> Option<EndReason> {
        self.reason
    }

    pub(super) const fn is_swept(&self) -> bool {
        matches!(self.stage, Stage::Swept)
    }

    /// Interrupts, terminates, kills. The first reason stays.
    pub(super) fn begin(&mut self, reason: EndReason) {
        if !matches!(self.stage, Stage::Calm) {
            return;
        }
        self.reason = Some(reason);
        self.sweep(Escalation {
            interrupt: self.tuning.interrupt_grace,
            terminate: self.tuning.terminate_grace,
            kill: KILL_TIME,
        });
    }

    /// The program has ended; what it left behind is terminated, then killed.
    pub(super) fn clean_up(&mut self) {
        if matches!(self.stage, Stage::Calm) {
            let terminate = self.tuning.terminate_grace;
            self.sweep(Escalation { interrupt: Duration::ZERO, terminate, kill: KILL_TIME });
        }
    }

    /// The descriptor that tells of the end of the sweep.
    pub(super) fn waits_for(&self) -> Option<BorrowedFd<'_>> {
        match &self.stage {
            Stage::Sweeping(done) => Some(done.as_fd()),
            Stage::Calm | Stage::Swept => None,
        }
    }

    pub(super) fn sweep_is_over(&mut self) {
        self.stage = Stage::Swept;
    }

    /// Cancel rule of the thread: it ends when nobody is left, at the latest when the last grace is over. Error
    /// rule: who survives SIGKILL stays behind; the record of the end matters more.
    fn sweep(&mut self, escalation: Escalation) {
        self.stage = sweeping(escalation).map_or(Stage::Swept, Stage::Sweeping);
    }
}

fn sweeping(escalation: Escalation) -> io::Result<PipeReader> {
    let (reader, writer) = io::pipe()?;
    let work = move || {
        // Survivors are stuck in the kernel; nothing more can be done about them.
        let _ = tree::end_descendants(std::process::id(), &escalation);
        drop(writer);
    };
    let thread = std::thread::Builder::new().name("owt-host-end".to_owned()).stack_size(128 * 1024);
    match thread.spawn(work) {
        Ok(_) => Ok(reader),
        Err(error) => {
            // Without a thread there is no time to obey, but still an end.
            let _ = tree::end_descendants(std::process::id(), &Escalation::KILL);
            Err(error)
        }
    }
}
