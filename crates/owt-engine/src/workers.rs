//! The threads that run the engine: some that do effects, one that claims what is due later, one that reconciles on a timer, one
//! that lets the trash expire.
//!
//! Cancel rule: [`Workers::stop`] closes the board and ends the timer; an effect that is under way is finished, an install is ended.
//! The trash is not waited for.
//! Error rule: a failed effect stays in the outbox and is done again at the next start; it is logged.

use crate::reconcile;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread::JoinHandle;
use std::time::Duration;

use owt_ports::StoreError;

use crate::board::Lane;
use crate::effects::queue::LEASE_TTL;
use crate::engine::Engine;
use crate::session_files::SessionFiles;
use crate::subject;

/// Effects done at once.
const EFFECT_THREADS: usize = 8;
/// Installs done at once.
const INSTALL_THREADS: usize = 4;
/// Checks of trains done at once, whatever the configuration says of one train.
const CHECK_THREADS: usize = 16;
/// How often the record is compared with what is there, and leases are renewed.
const RECONCILE_EVERY: Duration = Duration::from_secs(LEASE_TTL.as_secs() / 3);

/// Every which round looks at everything: asking git about each workspace costs a process each.
const WHOLE_ROUND: u32 = 20;

/// How long after the start the trash is looked through for the first time, and how often then.
const TRASH_FIRST: Duration = Duration::from_secs(60);
const TRASH_EVERY: Duration = Duration::from_secs(6 * 3600);

/// The running threads.
pub struct Workers {
    engine: Engine,
    stop: Arc<StopFlag>,
    threads: Vec<JoinHandle<()>>,
}

/// The wish that a thread ends.
#[derive(Default)]
pub(crate) struct StopFlag {
    stopped: Mutex<bool>,
    changed: Condvar,
}

impl StopFlag {
    /// Waits; `true` when it is time to stop.
    pub(crate) fn wait(&self, timeout: Duration) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let (stopped, _) = self
            .changed
            .wait_timeout_while(stopped, timeout, |stopped| !*stopped)
            .unwrap_or_else(PoisonError::into_inner);
        *stopped
    }

    /// Makes everyone who waits stop.
    pub(crate) fn set(&self) {
        *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }
}

/// Takes up where the last process stopped, and starts the threads.
///
/// `each_round` is called at the start and with every round of the reconciler, for what the engine cannot read by itself.
///
/// # Errors
/// Failures of the journal, or of the system to give a thread.
pub fn start(engine: &Engine, each_round: impl Fn() + Send + 'static) -> Result<Workers, StoreError> {
    engine.recover()?;
    let stop = Arc::new(StopFlag::default());
    let mut threads = Vec::new();
    for number in 1..=EFFECT_THREADS {
        let own = engine.clone();
        threads.push(named(&format!("effects {number}"), move || do_effects(&own, Lane::Short))?);
    }
    for number in 1..=INSTALL_THREADS {
        let own = engine.clone();
        threads.push(named(&format!("installs {number}"), move || do_effects(&own, Lane::Long))?);
    }
    for number in 1..=CHECK_THREADS {
        let own = engine.clone();
        threads.push(named(&format!("checks {number}"), move || do_effects(&own, Lane::Checks))?);
    }
    each_round();
    let (own, flag) = (engine.clone(), stop.clone());
    threads.push(named("due jobs", move || claim_when_due(&own, &flag))?);
    let (own, flag) = (engine.clone(), stop.clone());
    threads.push(named("reconcile", move || reconcile_on_timer(&own, &flag, &each_round))?);
    let (own, flag) = (engine.clone(), stop.clone());
    // Nobody waits for its end: it may be counting a large tree, and what it has begun to remove it goes on with.
    drop(named("trash", move || empty_trash_on_timer(&own, &flag))?);
    Ok(Workers { engine: engine.clone(), stop, threads })
}

impl Workers {
    /// Ends the threads; effects that are under way are finished first.
    pub fn stop(self) {
        self.stop.set();
        self.engine.due().beat();
        self.engine.board().close();
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the engine had panicked");
            }
        }
    }
}

/// A thread with a name.
pub(crate) fn named(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| StoreError::Failed(format!("no thread for {name}: {error}")))
}

fn do_effects(engine: &Engine, lane: Lane) {
    while let Some(task) = engine.board().take(lane) {
        let _inside = subject::effect_span(engine.records(), &task).entered();
        if let Err(error) = engine.effects().run(&task) {
            tracing::error!(effect = %task.id, stream = %task.stream.id, %error, "an effect failed; it stays recorded");
            engine.nudge();
        }
    }
}

/// Claims what goes on later when its time has come. A machine that slept is helped by the reconciler.
fn claim_when_due(engine: &Engine, stop: &StopFlag) {
    loop {
        let seen = engine.due().beats();
        if stop.wait(Duration::ZERO) {
            return;
        }
        let queue = engine.effects().queue();
        let claimed = queue.time_to_next().and_then(|left| match left {
            Some(Duration::ZERO) => queue.claim_due(engine.fresh_request()).map(|()| None),
            left => Ok(Some(left.unwrap_or(RECONCILE_EVERY))),
        });
        match claimed {
            Ok(None) => {}
            Ok(Some(left)) => engine.due().wait(seen, left),
            Err(error) => {
                tracing::error!(%error, "what is due was not claimed; it is tried again");
                engine.due().wait(seen, RECONCILE_EVERY);
            }
        }
    }
}

fn empty_trash_on_timer(engine: &Engine, stop: &StopFlag) {
    let mut next = TRASH_FIRST;
    while !stop.wait(next) {
        next = TRASH_EVERY;
        if let Err(error) = engine.empty_trash(&|| !stop.wait(Duration::ZERO)) {
            tracing::error!(%error, "the trash was not looked through; it is tried again");
        }
    }
}

fn reconcile_on_timer(engine: &Engine, stop: &StopFlag, each_round: &dyn Fn()) {
    let (mut rounds, mut session_files) = (0u32, SessionFiles::default());
    while !stop.wait(RECONCILE_EVERY) {
        rounds = rounds.wrapping_add(1);
        each_round();
        let done = if rounds.is_multiple_of(WHOLE_ROUND) {
            reconcile::reconcile(engine)
        } else {
            reconcile::reconcile_sessions(engine)
        };
        // In the first round, too, and after the reports that waited for a server were taken in.
        let done = match rounds % WHOLE_ROUND {
            1 => done.and_then(|()| session_files.sweep(engine)),
            _ => done,
        };
        if let Err(error) = done {
            tracing::error!(%error, "reconciling failed; it is tried again");
        }
    }
}
