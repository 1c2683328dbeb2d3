//! Sessions: started once, one at a time for each job, and recorded as they are.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use owt_core::AttemptId;
use owt_core::JobId;
use owt_core::attempt::AttemptPhase;
use owt_core::machine::Machine;
use owt_core::session::SessionKind;
use owt_core::workspace::Phase;

use crate::simulation::run::Run;

pub(super) fn none_is_started_twice(run: &Run) {
    let starts = run.world.sessions_seen.starts();
    let once: BTreeSet<&AttemptId> = starts.iter().collect();
    assert_eq!(once.len(), starts.len(), "a session was started twice: {starts:?}");
}

pub(super) fn one_live_attempt_per_job(run: &Run) {
    let mut live: BTreeMap<JobId, AttemptId> = BTreeMap::new();
    for attempt in run.ledger.attempts.values().filter(|attempt| attempt.is_live()) {
        let other = live.insert(attempt.spec.job, attempt.id);
        assert_eq!(other, None, "{} has two live attempts, {} too", attempt.spec.job, attempt.id);
    }
}

/// However often a hook's report comes: no more turns are counted than there were.
pub(super) fn no_turn_counts_twice(run: &Run) {
    for attempt in run.ledger.attempts.values() {
        let turns = run.world.stage.actor(attempt.id).map_or(0, |actor| actor.turns);
        // Of a program that says nothing a good exit counts as the end of its turn.
        let turns = turns.max(u32::from(attempt.spec.session == SessionKind::Headless));
        assert!(attempt.turns <= turns, "{} counts {} turns of {turns}", attempt.id, attempt.turns);
    }
}

/// At rest an attempt runs in the record exactly when its program runs in the world, and none runs where no
/// workspace is.
pub(super) fn record_and_world_agree(run: &Run) {
    for attempt in run.ledger.attempts.values() {
        let recorded = matches!(attempt.phase, AttemptPhase::Running { .. });
        let (id, phase) = (attempt.id, &attempt.phase);
        assert_eq!(recorded, run.lives(id), "{id} is recorded as {phase:?}, and the world differs");
        let job = &run.ledger.jobs[&attempt.spec.job];
        let is_newest = job.newest_attempt() == Some(id);
        assert_eq!(recorded, is_newest && job.is_live(), "{id} is {phase:?}, its job {:?}", job.phase);
        let workspace = &run.ledger.workspaces[&attempt.spec.workspace];
        assert!(!recorded || workspace.phase == Phase::Ready, "{id} runs in {:?}", workspace.phase);
    }
    for id in run.living() {
        assert!(run.ledger.attempts.contains_key(&id), "{id} runs, and nobody knows it");
    }
}
