//! What is to be done outside, and who is at it. Effects of one stream are done one after the other, but for the candidates
//! of a train: what is done with each is done in its order, and those of several at once. Those of different streams may be
//! done at once.

use std::collections::HashMap;
use std::collections::HashSet;
use std::collections::VecDeque;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::EffectId;
use owt_core::RequestId;
use owt_core::effect::Effect;
use owt_ports::StoreError;
use owt_ports::StreamId;

/// An effect to be done.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its id.
    pub id: EffectId,
    /// The stream that asked for it.
    pub stream: StreamId,
    /// What.
    pub effect: Effect,
    /// The request that led to it.
    pub correlation: RequestId,
}

/// What is done one after the other: the effects of a stream, but for those that have a line of their own.
pub type Line = (StreamId, Option<u32>);

impl Task {
    /// In which line it stands.
    pub fn line(&self) -> Line {
        let own = match self.effect {
            Effect::BoardCar { number } | Effect::CheckCar { number, .. } | Effect::DropCar { number } => {
                Some(number)
            }
            _ => None,
        };
        (self.stream.clone(), own)
    }
}

/// Who does an effect: what takes minutes must not keep those who do what takes moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Moments.
    Short,
    /// Minutes.
    Long,
    /// Minutes, and so many at once as the person has allowed.
    Checks,
}

impl Lane {
    const fn of(effect: &Effect) -> Self {
        match effect {
            Effect::InstallWorkspace
            | Effect::BuildCandidate
            | Effect::CheckCandidate
            | Effect::BoardCar { .. } => Self::Long,
            Effect::CheckCar { .. } => Self::Checks,
            _ => Self::Short,
        }
    }
}

#[derive(Default)]
struct Inner {
    waiting: VecDeque<Task>,
    known: HashSet<EffectId>,
    busy: HashSet<Line>,
    failed: HashMap<EffectId, Trouble>,
    /// Those whose turn it is not yet.
    parked: Vec<Task>,
    turn: Turn,
    closed: bool,
}

/// Counts how often somebody's turn may have come: who finds that it is not theirs says since when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Turn(u64);

/// What kept an effect from being done or recorded.
struct Trouble {
    stream: StreamId,
    correlation: RequestId,
    error: StoreError,
}

/// The board. Bounded by what is recorded in the outbox.
#[derive(Default)]
pub(crate) struct EffectBoard {
    inner: Mutex<Inner>,
    changed: Condvar,
}

impl EffectBoard {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a task; one that is known already is left.
    pub(crate) fn add(&self, task: Task) {
        let mut inner = self.lock();
        if inner.known.insert(task.id) {
            inner.failed.remove(&task.id);
            inner.waiting.push_back(task);
            self.changed.notify_all();
        }
    }

    /// Takes the oldest task of a lane whose stream nobody is at; waits for one. `None` once the board is closed.
    pub(crate) fn take(&self, lane: Lane) -> Option<Task> {
        let mut inner = self.lock();
        loop {
            if inner.closed {
                return None;
            }
            if let Some(task) = next(&mut inner, lane) {
                return Some(task);
            }
            inner = self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Takes a certain task, if nobody is at its stream.
    pub(crate) fn take_this(&self, id: EffectId) -> Option<Task> {
        let mut inner = self.lock();
        let at = inner.waiting.iter().position(|task| task.id == id)?;
        if inner.busy.contains(&inner.waiting[at].line()) {
            return None;
        }
        let task = inner.waiting.remove(at)?;
        inner.busy.insert(task.line());
        Some(task)
    }

    /// The tasks that wait, oldest first.
    pub(crate) fn waiting(&self) -> Vec<Task> {
        self.lock().waiting.iter().cloned().collect()
    }

    /// A task is done: its stream is free again.
    pub(crate) fn finished(&self, task: &Task) {
        let mut inner = self.lock();
        inner.busy.remove(&task.line());
        inner.known.remove(&task.id);
        self.changed.notify_all();
    }

    /// The present turn; to be asked before it is looked whose it is.
    pub(crate) fn turn(&self) -> Turn {
        self.lock().turn
    }

    /// It was not this task's turn: it waits for the next, and its stream is free again meanwhile.
    pub(crate) fn park(&self, task: &Task, seen: Turn) {
        let mut inner = self.lock();
        inner.busy.remove(&task.line());
        // The next turn may have begun while it looked.
        match inner.turn == seen {
            true => inner.parked.push(task.clone()),
            false => inner.waiting.push_back(task.clone()),
        }
        self.changed.notify_all();
    }

    /// Whoever waits for their turn is to look again.
    pub(crate) fn next_turn(&self) {
        let mut inner = self.lock();
        inner.turn.0 += 1;
        let parked = std::mem::take(&mut inner.parked);
        inner.waiting.extend(parked);
        self.changed.notify_all();
    }

    /// A task could not be done: its stream is free again, and the task waits in the outbox until it is added anew.
    pub(crate) fn failed(&self, task: &Task, error: &StoreError) {
        let trouble =
            Trouble { stream: task.stream.clone(), correlation: task.correlation, error: error.clone() };
        self.lock().failed.insert(task.id, trouble);
        self.finished(task);
    }

    /// Why an effect of this stream, or one that this request led to, waits in the outbox.
    pub(crate) fn trouble(&self, stream: &StreamId, correlation: RequestId) -> Option<StoreError> {
        let inner = self.lock();
        let mut of_it = inner
            .failed
            .values()
            .filter(|trouble| trouble.stream == *stream || trouble.correlation == correlation);
        of_it.next().map(|trouble| trouble.error.clone())
    }

    /// Whether no task is handed out any more: what takes long is to end.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// No task is handed out any more; those who wait for one are told.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }
}

fn next(inner: &mut Inner, lane: Lane) -> Option<Task> {
    let fits = |task: &Task| Lane::of(&task.effect) == lane && !inner.busy.contains(&task.line());
    let at = inner.waiting.iter().position(fits)?;
    let task = inner.waiting.remove(at)?;
    inner.busy.insert(task.line());
    Some(task)
}

#[cfg(test)]
mod tests {
    use owt_ports::StreamKind;

    use super::*;

    fn task(number: u128) -> Task {
        Task {
            id: EffectId::from_bits(number),
            stream: StreamId { kind: StreamKind::Landing, id: number.to_string() },
            effect: Effect::PredictLanding,
            correlation: RequestId::from_bits(number),
        }
    }

    fn waiting(board: &EffectBoard) -> Vec<EffectId> {
        board.waiting().into_iter().map(|task| task.id).collect()
    }

    #[test]
    fn who_is_parked_is_handed_out_with_the_next_turn_and_not_before() {
        let board = EffectBoard::default();
        board.add(task(1));
        let parked = board.take(Lane::Short).unwrap();
        board.park(&parked, board.turn());
        // The reconciler offers all that is recorded.
        board.add(task(1));
        assert_eq!(waiting(&board), []);
        board.next_turn();
        assert_eq!(waiting(&board), [parked.id]);
        assert_eq!(board.take(Lane::Short).unwrap().id, parked.id, "nobody is at its stream");
    }

    #[test]
    fn a_turn_that_comes_while_somebody_looks_is_not_missed() {
        let board = EffectBoard::default();
        board.add(task(1));
        let looking = board.take(Lane::Short).unwrap();
        let seen = board.turn();
        board.next_turn();
        board.park(&looking, seen);
        assert_eq!(waiting(&board), [looking.id]);
    }
}
