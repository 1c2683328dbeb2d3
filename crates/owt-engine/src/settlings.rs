//! Whom an agent helps for somebody who waits: one command at a time has an agent settle a workspace's conflicts or look at its work,
//! and takes what came of it. Known to the running process alone; after a restart nobody waits.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::WorkspaceId;

use crate::engine::Engine;

/// The workspaces, and who helps with each once that is known.
#[derive(Default)]
pub(crate) struct Settlings {
    taken: Mutex<BTreeMap<WorkspaceId, Option<WorkspaceId>>>,
}

impl Settlings {
    /// Whether somebody waits for what this one makes of that workspace. One that is only being started counts as waited for.
    pub(crate) fn is_awaited(&self, of: WorkspaceId, helper: WorkspaceId) -> bool {
        self.lock().get(&of).is_some_and(|known| known.is_none_or(|known| known == helper))
    }

    fn take(&self, of: WorkspaceId) -> bool {
        let mut taken = self.lock();
        let is_free = !taken.contains_key(&of);
        if is_free {
            taken.insert(of, None);
        }
        is_free
    }

    fn helped(&self, of: WorkspaceId, by: WorkspaceId) {
        self.lock().insert(of, Some(by));
    }

    fn let_go(&self, of: WorkspaceId) {
        self.lock().remove(&of);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<WorkspaceId, Option<WorkspaceId>>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody else has this workspace helped until this is dropped.
pub(crate) struct Claim {
    engine: Engine,
    of: WorkspaceId,
}

impl Claim {
    /// `None`: another command has it.
    pub(crate) fn take(engine: &Engine, of: WorkspaceId) -> Option<Self> {
        engine.settlings().take(of).then(|| Self { engine: engine.clone(), of })
    }

    /// This one helps.
    pub(crate) fn helped(&self, by: WorkspaceId) {
        self.engine.settlings().helped(self.of, by);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.engine.settlings().let_go(self.of);
        self.engine.nudge();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_has_a_workspace_and_waits_for_one_helper() {
        let settlings = Settlings::default();
        let [one, other, helper, stray] = [1, 2, 3, 4].map(WorkspaceId::from_bits);
        assert!(settlings.take(one) && !settlings.take(one) && settlings.take(other));
        assert!(settlings.is_awaited(one, helper) && settlings.is_awaited(one, stray));
        settlings.helped(one, helper);
        assert!(settlings.is_awaited(one, helper) && !settlings.is_awaited(one, stray));
        settlings.let_go(one);
        assert!(!settlings.is_awaited(one, helper) && settlings.take(one));
    }
}
