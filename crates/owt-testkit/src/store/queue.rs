//! The queue of jobs in memory. It must not know the journal beside it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use owt_core::AttemptId;
use owt_core::JobId;
use owt_core::Timestamp;
use owt_ports::Lease;
use owt_ports::NewJob;
use owt_ports::RunnerId;
use owt_ports::Settlement;
use owt_ports::StoreError;

#[derive(Debug, Default)]
pub(super) struct Queue {
    places: BTreeMap<JobId, Place>,
    enqueued: u64,
}

#[derive(Debug)]
struct Place {
    priority: i32,
    not_before: Timestamp,
    position: u64,
    token: u64,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Waiting,
    Claimed { runner: RunnerId, attempt: AttemptId, until: Timestamp },
    Withdrawn,
    Finished,
}

impl Place {
    fn is_due(&self, now: Timestamp) -> bool {
        match self.state {
            State::Waiting => self.not_before <= now,
            State::Claimed { until, .. } => until <= now,
            State::Withdrawn | State::Finished => false,
        }
    }
}

impl Queue {
    pub(super) fn enqueue(&mut self, job: &NewJob) {
        let known = self.places.get(&job.job);
        if known.is_some_and(|place| place.state != State::Withdrawn) {
            return;
        }
        let token = known.map_or(0, |place| place.token);
        self.enqueued += 1;
        let place = Place {
            priority: job.priority,
            not_before: job.not_before,
            position: self.enqueued,
            token,
            state: State::Waiting,
        };
        self.places.insert(job.job, place);
    }

    pub(super) fn reopen(&mut self, job: &NewJob, token: u64) {
        let Some(place) = self.places.get_mut(&job.job).filter(|place| place.token == token) else { return };
        let not_before = match place.state {
            State::Waiting => place.not_before.min(job.not_before),
            State::Claimed { .. } | State::Finished | State::Withdrawn => job.not_before,
        };
        self.enqueued += 1;
        *place = Place {
            priority: job.priority,
            not_before,
            position: self.enqueued,
            token,
            state: State::Waiting,
        };
    }

    pub(super) fn claim(
        &mut self,
        runner: &RunnerId,
        attempt: AttemptId,
        now: Timestamp,
        ttl: Duration,
    ) -> Option<Lease> {
        let due = self.places.iter_mut().filter(|(_, place)| place.is_due(now));
        let (&job, place) = due.min_by_key(|(_, place)| (Reverse(place.priority), place.position))?;
        let until = now.plus(ttl);
        place.token += 1;
        place.state = State::Claimed { runner: runner.clone(), attempt, until };
        Some(Lease { job, token: place.token, attempt, until })
    }

    pub(super) fn renew(
        &mut self,
        lease: &Lease,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Lease, StoreError> {
        match self.at(lease)?.state {
            State::Claimed { attempt, ref mut until, .. } => {
                *until = now.plus(ttl);
                Ok(Lease { job: lease.job, token: lease.token, attempt, until: *until })
            }
            _ => Err(StoreError::LeaseLost(lease.job)),
        }
    }

    pub(super) fn settle(&mut self, lease: &Lease, settlement: Settlement) -> Result<(), StoreError> {
        let place = self.at(lease)?;
        match (&place.state, settlement) {
            (State::Claimed { .. }, Settlement::Finished) => place.state = State::Finished,
            (State::Claimed { .. }, Settlement::Retry(not_before)) => {
                place.not_before = not_before;
                place.state = State::Waiting;
            }
            (State::Finished, Settlement::Finished)
            | (State::Waiting | State::Withdrawn, Settlement::Retry(_)) => {}
            _ => return Err(StoreError::LeaseLost(lease.job)),
        }
        Ok(())
    }

    pub(super) fn withdraw(&mut self, job: JobId) -> bool {
        match self.places.get_mut(&job) {
            Some(place) if place.state == State::Waiting => {
                place.state = State::Withdrawn;
                true
            }
            _ => false,
        }
    }

    /// Whether somebody works on it or may yet.
    pub(super) fn is_open(&self, job: JobId) -> bool {
        let place = self.places.get(&job);
        place.is_some_and(|place| matches!(place.state, State::Waiting | State::Claimed { .. }))
    }

    pub(super) fn forget(&mut self, job: JobId) {
        self.places.remove(&job);
    }

    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let waiting = self.places.values().filter(|place| matches!(place.state, State::Waiting));
        waiting.map(|place| place.not_before).min()
    }

    pub(super) fn held(&self, runner: &RunnerId) -> Vec<Lease> {
        self.places
            .iter()
            .filter_map(|(&job, place)| match &place.state {
                State::Claimed { runner: holder, attempt, until } if holder == runner => {
                    Some(Lease { job, token: place.token, attempt: *attempt, until: *until })
                }
                _ => None,
            })
            .collect()
    }

    fn at(&mut self, lease: &Lease) -> Result<&mut Place, StoreError> {
        self.places
            .get_mut(&lease.job)
            .filter(|place| place.token == lease.token)
            .ok_or(StoreError::LeaseLost(lease.job))
    }
}
