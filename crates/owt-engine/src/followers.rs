//! Who reads along in a log: a person who does has seen what is new. Must not know what they read.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::AttemptId;

/// Ends that somebody has read are remembered until whoever marks news has looked at them; so many.
const ENDS: usize = 64;

/// The people who follow logs now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Followers(Arc<Mutex<Seats>>);

#[derive(Debug, Default)]
struct Seats {
    taken: BTreeMap<AttemptId, usize>,
    read_to_the_end: VecDeque<AttemptId>,
}

/// Somebody who follows, for as long as this is held.
#[derive(Debug)]
pub(crate) struct Follower {
    all: Followers,
    attempt: AttemptId,
}

impl Followers {
    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody begins to follow.
    pub(crate) fn join(&self, attempt: AttemptId) -> Follower {
        *self.lock().taken.entry(attempt).or_default() += 1;
        Follower { all: self.clone(), attempt }
    }

    /// Whether somebody follows, or has until its end.
    pub(crate) fn any(&self, attempt: AttemptId) -> bool {
        let seats = self.lock();
        seats.taken.contains_key(&attempt) || seats.read_to_the_end.contains(&attempt)
    }
}

impl Follower {
    /// The end was read, too.
    pub(crate) fn has_read_the_end(&self) {
        let mut seats = self.all.lock();
        seats.read_to_the_end.push_back(self.attempt);
        let surplus = seats.read_to_the_end.len().saturating_sub(ENDS);
        seats.read_to_the_end.drain(..surplus);
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let mut seats = self.all.lock();
        if let Some(count) = seats.taken.get_mut(&self.attempt) {
            *count -= 1;
            if *count == 0 {
                seats.taken.remove(&self.attempt);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_to_leave_is_noticed() {
        let (followers, attempt) = (Followers::default(), AttemptId::from_bits(1));
        let (one, other) = (followers.join(attempt), followers.join(attempt));
        assert!(followers.any(attempt) && !followers.any(AttemptId::from_bits(2)));
        drop(one);
        assert!(followers.any(attempt));
        drop(other);
        assert!(!followers.any(attempt));
        followers.join(attempt).has_read_the_end();
        assert!(followers.any(attempt));
        for other in 2..=65 {
            followers.join(AttemptId::from_bits(other)).has_read_the_end();
        }
        assert!(!followers.any(attempt) && followers.any(AttemptId::from_bits(2)));
    }
}
