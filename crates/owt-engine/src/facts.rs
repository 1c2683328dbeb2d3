//! What git says about workspaces, asked for many at once.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use owt_core::WorkspaceId;
use owt_core::vcs::WorktreeFacts;
use owt_core::workspace::Phase;

use crate::engine::Engine;
use crate::view::WorkspaceView;

/// How many are asked at once.
const PARALLEL: usize = 8;

/// The last answers, shown when git cannot be asked now.
#[derive(Default)]
pub(crate) struct FactsCache {
    known: Mutex<HashMap<WorkspaceId, WorktreeFacts>>,
}

impl FactsCache {
    fn remember(&self, id: WorkspaceId, facts: &WorktreeFacts) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(id, facts.clone());
    }

    fn recall(&self, id: WorkspaceId) -> Option<WorktreeFacts> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }
}

/// Asks git about each workspace that stands on a branch.
pub(crate) fn add_facts(engine: &Engine, views: &mut [WorkspaceView]) {
    let share = views.len().div_ceil(PARALLEL).max(1);
    std::thread::scope(|scope| {
        for part in views.chunks_mut(share) {
            let builder = std::thread::Builder::new().name("facts".to_owned());
            let asked = builder.spawn_scoped(scope, || part.iter_mut().for_each(|view| ask(engine, view)));
            if let Err(error) = asked {
                tracing::warn!(%error, "no thread to ask git with: the last answers are shown");
            }
        }
    });
}

fn ask(engine: &Engine, view: &mut WorkspaceView) {
    let Some(line) = view.workspace.spec.line() else { return };
    if view.workspace.phase != Phase::Ready || view.workspace.missing {
        return;
    }
    let git = &engine.ports().git;
    match git.facts(&view.workspace.spec.path, &line.base.sha, line.base.branch.as_ref()) {
        Ok(facts) => {
            engine.facts_cache().remember(view.id, &facts);
            view.facts = Some(facts);
        }
        Err(error) => {
            tracing::debug!(workspace = view.name(), %error, "git does not answer");
            view.facts = engine.facts_cache().recall(view.id);
        }
    }
}
