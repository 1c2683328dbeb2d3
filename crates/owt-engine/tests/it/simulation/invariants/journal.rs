//! The journal: no effect is forgotten, and everything else follows from the events.

use owt_ports::EventStore;
use owt_ports::StreamKind;

use crate::simulation::run::Run;

pub(super) fn nothing_is_left_undone(run: &Run) {
    let pending = run.world.store_seen.pending_effects(usize::MAX).unwrap();
    let words: Vec<_> = pending.iter().map(|effect| (&effect.stream.id, &effect.payload)).collect();
    assert!(pending.is_empty(), "effects that nobody does: {words:?}");
    assert!(run.engine.pending().is_empty(), "tasks on the board: {:?}", run.engine.pending());
}

/// The rows were compared with the fold of their events whenever they changed; this finds the rest.
pub(super) fn rows_and_outbox_are_their_events(run: &Run) {
    let store = &run.world.store_seen;
    let streams = StreamKind::ALL.map(|kind| store.streams(kind, None, usize::MAX).unwrap().len());
    let ledger = &run.ledger;
    let folded = [
        ledger.workspaces.len(),
        ledger.jobs.len(),
        ledger.attempts.len(),
        ledger.deliveries.len(),
        ledger.notebooks.len(),
        ledger.attention.len(),
        ledger.landings.len(),
        ledger.trains.len(),
    ];
    assert_eq!(streams, folded, "as many of each kind as the onlooker has seen");
    let pending = store.pending_effects(usize::MAX).unwrap();
    assert_eq!(store.rebuild_outbox().unwrap(), pending.len());
    assert_eq!(store.pending_effects(usize::MAX).unwrap(), pending);
}
