//! Who looks at terminals now: they are told when one may show something else, and nobody else is. Must not know what it
//! shows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::AttemptId;

use crate::use_cases::StillThere;

/// Those who look.
#[derive(Debug, Clone, Default)]
pub(crate) struct Viewers(Arc<Room>);

#[derive(Debug, Default)]
struct Room {
    seats: Mutex<BTreeMap<AttemptId, Seat>>,
    changed: Condvar,
}

/// A terminal that somebody looks at.
#[derive(Debug, Default)]
struct Seat {
    viewers: usize,
    changes: u64,
}

/// Somebody who looks, for as long as this is held.
#[derive(Debug)]
pub(crate) struct Viewer {
    all: Viewers,
    attempt: AttemptId,
}

impl Viewers {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<AttemptId, Seat>> {
        self.0.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody begins to look.
    pub(crate) fn join(&self, attempt: AttemptId) -> Viewer {
        self.lock().entry(attempt).or_default().viewers += 1;
        Viewer { all: self.clone(), attempt }
    }

    /// It may show something else now, or nothing more.
    pub(crate) fn tell(&self, attempt: AttemptId) {
        if let Some(seat) = self.lock().get_mut(&attempt) {
            seat.changes += 1;
            self.0.changed.notify_all();
        }
    }

    /// Each is to look whether anybody still wants to know.
    pub(crate) fn nudge(&self) {
        // Whoever is about to wait has the lock until they do.
        let _seats = self.lock();
        self.0.changed.notify_all();
    }
}

impl Viewer {
    /// The changes so far.
    pub(crate) fn changes(&self) -> u64 {
        self.all.lock().get(&self.attempt).map_or(0, |seat| seat.changes)
    }

    /// Waits for a change after `seen`, as long as somebody is there.
    pub(crate) fn await_change(&self, seen: u64, still_there: StillThere<'_>) {
        let is_same =
            |seats: &BTreeMap<AttemptId, Seat>| seats.get(&self.attempt).is_some_and(|it| it.changes == seen);
        let mut seats = self.all.lock();
        while is_same(&seats) && still_there() {
            seats = self.all.0.changed.wait(seats).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        let mut seats = self.all.lock();
        if let Some(seat) = seats.get_mut(&self.attempt) {
            seat.viewers -= 1;
            if seat.viewers == 0 {
                seats.remove(&self.attempt);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;
    use std::sync::atomic::Ordering;

    use super::*;

    #[test]
    fn what_nobody_looks_at_is_not_remembered() {
        let (viewers, attempt) = (Viewers::default(), AttemptId::from_bits(1));
        viewers.tell(attempt);
        assert!(viewers.lock().is_empty());
        let (one, other) = (viewers.join(attempt), viewers.join(attempt));
        viewers.tell(attempt);
        assert_eq!((one.changes(), other.changes()), (1, 1));
        drop(one);
        assert_eq!(other.changes(), 1);
        drop(other);
        assert!(viewers.lock().is_empty());
    }

    #[test]
    fn a_change_and_the_leaving_of_whoever_asked_end_the_waiting() {
        let (viewers, attempt) = (Viewers::default(), AttemptId::from_bits(1));
        let viewer = viewers.join(attempt);
        let there = AtomicBool::new(true);
        viewers.tell(AttemptId::from_bits(2));
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| viewer.await_change(0, &|| true));
            viewers.tell(attempt);
            waiting.join().unwrap();
            let waiting = scope.spawn(|| viewer.await_change(1, &|| there.load(Ordering::SeqCst)));
            there.store(false, Ordering::SeqCst);
            viewers.nudge();
            waiting.join().unwrap();
        });
    }
}
