//! The thread that keeps the pictures of conflicts true while agents work.
//!
//! Cancel rule: [`Rounds::stop`]; a sweep that is under way is finished. Error rule: what failed is tried again with the
//! next change.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use owt_core::vcs::Repository;
use owt_ports::StoreError;

use super::sweep;
use super::telling::tell;
use crate::engine::Engine;
use crate::use_cases::select::live_workspaces;
use crate::workers::StopFlag;
use crate::workers::named;

/// Between two rounds at least: agents at work cause many changes.
const CALM: Duration = Duration::from_secs(2);

/// So many times as long as a round took is nothing done after it.
const SHARE: u32 = 10;

/// Without a change there is nothing to look at; the wait only ends to see whether it is to stop.
const LONGEST: Duration = Duration::from_secs(3600);

/// The running thread.
pub struct Rounds {
    engine: Engine,
    stop: Arc<StopFlag>,
    thread: JoinHandle<()>,
}

/// Starts it.
///
/// # Errors
/// When the system gives no thread.
pub fn watch_for_conflicts(engine: &Engine) -> Result<Rounds, StoreError> {
    let stop = Arc::new(StopFlag::default());
    let (own, flag) = (engine.clone(), stop.clone());
    let thread = named("radar", move || go_round(&own, &flag))?;
    Ok(Rounds { engine: engine.clone(), stop, thread })
}

impl Rounds {
    /// Ends it.
    pub fn stop(self) {
        self.stop.set();
        self.engine.nudge();
        if self.thread.join().is_err() {
            tracing::error!("the thread that looks for conflicts had panicked");
        }
    }
}

fn go_round(engine: &Engine, stop: &StopFlag) {
    loop {
        let (seen, begun) = (engine.beats(), Instant::now());
        if let Err(error) = round(engine, stop) {
            tracing::warn!(%error, "conflicts were not looked for; they are with the next change");
        }
        if stop.wait(CALM.max(begun.elapsed() * SHARE)) {
            return;
        }
        engine.await_beat(seen, LONGEST, &|| !stop.wait(Duration::ZERO));
        if stop.wait(Duration::ZERO) {
            return;
        }
    }
}

/// Looks at every repository in which several work.
fn round(engine: &Engine, stop: &StopFlag) -> Result<(), StoreError> {
    let mut busy: BTreeMap<_, (Repository, usize)> = BTreeMap::new();
    for record in live_workspaces(engine, None)? {
        if let Some(repository) = record.state.spec.repository() {
            busy.entry(repository.id).or_insert_with(|| (repository.clone(), 0)).1 += 1;
        }
    }
    for (repository, _) in busy.into_values().filter(|(_, count)| *count > 1) {
        if stop.wait(Duration::ZERO) {
            return Ok(());
        }
        let swept = sweep(engine, &repository)?;
        tell(engine, &repository, &swept)?;
    }
    Ok(())
}
