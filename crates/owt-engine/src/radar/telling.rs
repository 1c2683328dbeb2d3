//! Telling agents at work what the radar has found: each of two that would not merge with one another.

use std::collections::BTreeSet;

use owt_core::effect::Message;
use owt_core::status::Status;
use owt_core::vcs::Repository;
use owt_core::workspace::WorkspaceInput;
use owt_core::workspace::WorkspaceName;
use owt_ports::StoreError;

use super::Named;
use super::Pair;
use super::Swept;
use crate::engine::Engine;
use crate::notes::hears_of_conflicts;
use crate::settings::ConflictNews;
use crate::view::WorkspaceView;

/// Tells those concerned what is news to them. What is broken in the configuration tells nobody.
pub(super) fn tell(engine: &Engine, repository: &Repository, swept: &Swept) -> Result<(), StoreError> {
    let settings = engine.ports().settings.settings(Some(&repository.root), None);
    if swept.picture.pairs.is_empty()
        || !settings.is_ok_and(|it| it.before_landing.conflict_news == ConflictNews::Told)
    {
        return Ok(());
    }
    for pair in &swept.picture.pairs {
        for (own, other) in [(&pair.a, &pair.b), (&pair.b, &pair.a)] {
            if let Some(view) = swept.views.iter().find(|view| view.id == own.id && is_at_work(view)) {
                tell_one(engine, view, other, pair)?;
            }
        }
    }
    Ok(())
}

/// In the middle of something. Nobody is woken by what may be settled when they go on, and are told then.
fn is_at_work(view: &WorkspaceView) -> bool {
    let hears = match (&view.job, view.running()) {
        (Some((_, job)), Some((_, attempt))) => hears_of_conflicts(job, attempt),
        _ => false,
    };
    hears
        && matches!(view.judgement.status, Status::Working | Status::WaitingInput | Status::WaitingPermission)
}

fn tell_one(engine: &Engine, view: &WorkspaceView, other: &Named, pair: &Pair) -> Result<(), StoreError> {
    let files: BTreeSet<&String> = pair.clashes.iter().map(|clash| &clash.conflict.path).collect();
    let files: Vec<String> = files.into_iter().cloned().collect();
    let now = engine.ports().clock.now();
    if view.workspace.conflicts_told.news(other.id, &files, now).is_empty() {
        return Ok(());
    }
    let input = WorkspaceInput::Conflicts { other: other.id, name: WorkspaceName::new(&other.name), files };
    engine.dispatch(Message::Workspace { id: view.id, input }, engine.fresh_request())
}
