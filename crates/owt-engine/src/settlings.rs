//! Whom an agent helps for somebody who waits: one command at a time has an agent settle a workspace's conflicts or look at its work,
//! and takes what came of it. Known to the running process alone; after a restart nobody waits.

use std::collections::BTreeSet;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use owt_core::WorkspaceId;

/// How long who comes next waits for one who was called off, and lets go at the next beat.
const HANDOVER: Duration = Duration::from_secs(5);

/// The workspaces.
#[derive(Default)]
pub(crate) struct Settlings {
    taken: Mutex<BTreeSet<WorkspaceId>>,
    let_go: Condvar,
}

/// Nobody else has this workspace helped until this is dropped.
pub(crate) struct Claim<'a> {
    settlings: &'a Settlings,
    of: WorkspaceId,
}

impl Settlings {
    /// `None`: another command has it.
    pub(crate) fn claim(&self, of: WorkspaceId) -> Option<Claim<'_>> {
        self.claim_within(of, HANDOVER)
    }

    /// Whether a command has it.
    pub(crate) fn is_claimed(&self, of: WorkspaceId) -> bool {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).contains(&of)
    }

    fn claim_within(&self, of: WorkspaceId, patience: Duration) -> Option<Claim<'_>> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.let_go.wait_timeout_while(taken, patience, |taken| taken.contains(&of));
        let (mut taken, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match taken.insert(of) {
            true => Some(Claim { settlings: self, of }),
            false => None,
        }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        self.settlings.taken.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.of);
        self.settlings.let_go.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_has_a_workspace_and_who_comes_next_waits_a_moment() {
        let settlings = Settlings::default();
        let (one, other) = (WorkspaceId::from_bits(1), WorkspaceId::from_bits(2));
        let first = settlings.claim(one).expect("nobody has it");
        assert!(settlings.is_claimed(one) && !settlings.is_claimed(other));
        assert!(settlings.claim_within(one, Duration::ZERO).is_none());
        assert!(settlings.claim_within(other, Duration::ZERO).is_some());
        std::thread::scope(|scope| {
            let next = scope.spawn(|| settlings.claim_within(one, Duration::from_secs(60)).is_some());
            drop(first);
            assert!(next.join().expect("it does not panic"));
        });
        assert!(settlings.claim_within(one, Duration::ZERO).is_some());
    }
}
