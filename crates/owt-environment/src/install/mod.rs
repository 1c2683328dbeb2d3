//! Installs what the projects of a worktree need, and leaves nothing running and nothing for git to see.

mod attempt;
mod capped_log;
mod hook;
mod leftover;
mod made;
mod record;
mod step;
mod surroundings;

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use owt_core::AbsPath;
use owt_core::environment::InstallFailure;
use owt_core::environment::InstallFailureKind;
use owt_ports::EnvironmentError;
use owt_ports::InstallOutcome;
use owt_ports::InstallPlan;
use owt_ports::IsCancelled;
use owt_ports::OnProgress;

use crate::fault;
use attempt::Attempt;
use capped_log::CappedLog;
use made::Before;
use record::Record;

pub(crate) use hook::run_hook;

/// How many projects are worked on at a time: their installs load network, disk and processors alike.
const AT_ONCE: usize = 2;

pub(crate) fn install(
    plan: &InstallPlan,
    progress: OnProgress<'_>,
    cancelled: IsCancelled<'_>,
) -> Result<InstallOutcome, EnvironmentError> {
    let shared = Shared::begin(plan, progress, cancelled)?;
    shared.work_through();
    Ok(shared.finish())
}

/// Ends what an earlier install with this log has left running.
pub(crate) fn end_leftover(log: &AbsPath) -> Result<(), EnvironmentError> {
    let io = |message: String| EnvironmentError::Io { path: log.clone(), message };
    let recorded = Record::left_by_a_crash(log).map(|record| record.processes).unwrap_or_default();
    leftover::end_recorded(&recorded).map_err(io)?;
    leftover::end_marked(&leftover::mark_of(log)).map_err(io)?;
    Record::forget(log).map_err(|error| fault::at(log, log.as_path(), &error))
}

/// What the threads of one install have in common.
pub(crate) struct Shared<'a> {
    pub(crate) plan: &'a InstallPlan,
    pub(crate) progress: OnProgress<'a>,
    pub(crate) cancelled: IsCancelled<'a>,
    log: Mutex<CappedLog>,
    record: Mutex<Record>,
    next: AtomicUsize,
    failures: Mutex<Vec<Option<InstallFailure>>>,
}

impl<'a> Shared<'a> {
    fn begin(
        plan: &'a InstallPlan,
        progress: OnProgress<'a>,
        cancelled: IsCancelled<'a>,
    ) -> Result<Self, EnvironmentError> {
        let broken = |error: std::io::Error| fault::at(&plan.log, plan.log.as_path(), &error);
        let earlier = Record::left_by_a_crash(&plan.log);
        end_leftover(&plan.log)?;
        let log = CappedLog::create(plan.log.as_path()).map_err(broken)?;
        let before = earlier.map_or_else(|| Before::of(plan), |record| record.before);
        let record = Record::begin(&plan.log, before).map_err(broken)?;
        Ok(Self {
            plan,
            progress,
            cancelled,
            log: Mutex::new(log),
            record: Mutex::new(record),
            next: AtomicUsize::new(0),
            failures: Mutex::new(vec![None; plan.projects.len()]),
        })
    }

    /// Threads end with the projects, whose time is limited and which can be cancelled; one that panics takes the
    /// install with it.
    fn work_through(&self) {
        let helpers = AT_ONCE.min(self.plan.projects.len()).saturating_sub(1);
        thread::scope(|scope| {
            for number in 0..helpers {
                let thread = thread::Builder::new().name(format!("owt-install-{number}"));
                if let Err(error) = thread.spawn_scoped(scope, || self.work()) {
                    tracing::warn!(%error, "no thread for a second project: they are installed one after the other");
                }
            }
            self.work();
        });
    }

    fn work(&self) {
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(project) = self.plan.projects.get(index) else { return };
            let failure = Attempt::of_project(self, index, project).run().failure;
            self.failures.lock().unwrap_or_else(PoisonError::into_inner)[index] = failure;
        }
    }

    pub(crate) fn log(&self, bytes: &[u8]) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).write(bytes);
    }

    /// Writes down who is running, so that a crash does not lose them.
    pub(crate) fn change_record(&self, change: impl FnOnce(&mut Record)) {
        let mut record = self.record.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut record);
        if let Err(error) = record.save() {
            tracing::warn!(%error, log = %self.plan.log, "what is being installed cannot be written down");
        }
    }

    fn finish(self) -> InstallOutcome {
        let mut outcome = InstallOutcome::default();
        let record = self.record.into_inner().unwrap_or_else(PoisonError::into_inner);
        let failures = self.failures.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (project, _) in self.plan.projects.iter().zip(&failures).filter(|(_, failure)| is_full(failure)) {
            outcome.notices.extend(made::take_back(&record.before, self.plan, project));
        }
        outcome.notices.extend(record.before.tidy(self.plan));
        let log = self.log.into_inner().unwrap_or_else(PoisonError::into_inner);
        outcome.notices.extend(log.trouble().map(|error| format!("the log is not complete: {error}")));
        outcome.failures = failures.into_iter().flatten().collect();
        if let Err(error) = Record::forget(&self.plan.log) {
            outcome.notices.push(format!("the record of the install stays behind: {error}"));
        }
        outcome
    }
}

fn is_full(failure: &Option<InstallFailure>) -> bool {
    failure.as_ref().is_some_and(|failure| failure.kind == InstallFailureKind::DiskFull)
}
