//! What git says about workspaces: kept for as long as it is true, asked for many at once where it is not.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::RepositoryId;
use owt_core::WorkspaceId;
use owt_core::pricing::Prices;
use owt_core::workspace::Phase;
use owt_ports::BranchState;
use owt_ports::Found;
use owt_ports::Outlook;
use owt_ports::Sighting;
use tracing::Span;

use crate::activity::add_activity;
use crate::engine::Engine;
use crate::landing_progress::add_landings;
use crate::view::Left;
use crate::view::WorkspaceView;

/// How many are asked at once.
const PARALLEL: usize = 8;

/// What was last seen of a workspace.
#[derive(Debug, Clone)]
struct Kept {
    repository: Option<RepositoryId>,
    outlook: Outlook,
    sighting: Sighting,
}

/// The last answers: good as long as the lookout says that nothing has changed; shown, too, when git cannot be
/// asked now.
#[derive(Default)]
pub(crate) struct FactsCache {
    known: Mutex<HashMap<WorkspaceId, Kept>>,
}

impl FactsCache {
    fn lock(&self) -> MutexGuard<'_, HashMap<WorkspaceId, Kept>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The last sighting, if it was of this outlook.
    fn last(&self, id: WorkspaceId, outlook: &Outlook) -> Option<Sighting> {
        self.lock().get(&id).filter(|kept| kept.outlook == *outlook).map(|kept| kept.sighting.clone())
    }

    /// The moment up to which what was last seen in a worktree itself holds.
    pub(crate) fn mark(&self, id: WorkspaceId) -> Option<u64> {
        self.lock().get(&id).and_then(|kept| kept.sighting.mark).map(|mark| mark.own)
    }

    /// Keeps what was seen; answers the outlook that it takes the place of, if that was another one.
    fn remember(&self, view: &WorkspaceView, outlook: &Outlook, sighting: Sighting) -> Option<Outlook> {
        let repository = view.workspace.spec.repository().map(|repository| repository.id);
        let kept = Kept { repository, outlook: outlook.clone(), sighting };
        let before = self.lock().insert(view.id, kept)?.outlook;
        (before != *outlook).then_some(before)
    }

    /// Forgets the workspaces of a repository (`None`: of all) that are not among these, and answers what was seen
    /// of them.
    fn forget_others(&self, repository: Option<RepositoryId>, there: &HashSet<WorkspaceId>) -> Vec<Outlook> {
        let gone = |id: &WorkspaceId, kept: &Kept| {
            (repository.is_none() || kept.repository == repository) && !there.contains(id)
        };
        let gone: Vec<Kept> =
            self.lock().extract_if(|id, kept| gone(id, kept)).map(|(_, kept)| kept).collect();
        gone.into_iter().map(|kept| kept.outlook).collect()
    }
}

/// Ends the watch over workspaces of a repository (`None`: of all) that are not among the live ones any more.
pub(crate) fn forget_others(engine: &Engine, repository: Option<RepositoryId>, live: &[WorkspaceView]) {
    let there = live.iter().filter(|view| outlook(view).is_some()).map(|view| view.id).collect();
    for outlook in engine.facts_cache().forget_others(repository, &there) {
        engine.ports().lookout.leave(&outlook);
    }
}

/// Adds what lies at each workspace's place now, and what git says of those that stand on a branch.
pub(crate) fn add_facts(engine: &Engine, views: &mut [WorkspaceView]) {
    add_seen(engine, views);
    add_activity(engine, views);
    add_estimates(engine, views);
    if let Err(error) = add_landings(engine, views) {
        tracing::debug!(%error, "the journal does not say what lands");
    }
    for view in views {
        view.note_switch();
        let repository = view.workspace.spec.repository().map(|repository| repository.id);
        let picture = repository.and_then(|id| engine.radar().last(id));
        let Some(picture) = picture else { continue };
        view.conflicts = picture.opponents(view.id);
        view.stranded = picture.stranded.get(&view.id).copied();
    }
}

/// Adds what those have cost by the person's prices whose agents do not say it.
fn add_estimates(engine: &Engine, views: &mut [WorkspaceView]) {
    let mut lacking = views.iter_mut().filter(|view| view.lacks_cost()).peekable();
    if lacking.peek().is_some() {
        let prices = prices(engine);
        lacking.for_each(|view| view.estimate_cost(&prices));
    }
}

/// The person's prices; none while their configuration is broken, of which whatever needs it tells.
pub(crate) fn prices(engine: &Engine) -> Prices {
    engine.ports().settings.settings(None, None).map(|settings| settings.prices).unwrap_or_default()
}

fn add_seen(engine: &Engine, views: &mut [WorkspaceView]) {
    let mut changed = add_unchanged(engine, views);
    if let [one] = changed.as_mut_slice() {
        return ask(engine, one);
    }
    let share = changed.len().div_ceil(PARALLEL).max(1);
    std::thread::scope(|scope| {
        for part in changed.chunks_mut(share) {
            let builder = std::thread::Builder::new().name("facts".to_owned());
            let span = Span::current();
            let asked = builder.spawn_scoped(scope, move || {
                let _inside = span.entered();
                part.iter_mut().for_each(|view| ask(engine, view));
            });
            if let Err(error) = asked {
                tracing::warn!(%error, "no thread to ask git with: the last answers are shown");
            }
        }
    });
}

/// Adds what is known and still true; answers the workspaces that git must be asked about.
fn add_unchanged<'a>(engine: &Engine, views: &'a mut [WorkspaceView]) -> Vec<&'a mut WorkspaceView> {
    let seen: Vec<Option<(Outlook, Sighting)>> = views
        .iter()
        .map(|view| {
            let outlook = outlook(view)?;
            let last = engine.facts_cache().last(view.id, &outlook)?;
            Some((outlook, last))
        })
        .collect();
    let marked: Vec<_> =
        seen.iter().flatten().filter_map(|(outlook, sighting)| Some((outlook, sighting.mark?))).collect();
    let mut unchanged = engine.ports().lookout.unchanged(&marked).into_iter();
    let mut holds = |sighting: &Sighting| sighting.mark.is_some() && unchanged.next() == Some(true);
    let mut changed = Vec::new();
    for (view, seen) in views.iter_mut().zip(&seen) {
        view.facts = seen.as_ref().filter(|(_, last)| holds(last)).map(|(_, last)| last.facts.clone());
        match view.facts {
            // Its folder is where it was, whatever is recorded.
            Some(_) => view.take_in(Found::Folder),
            None => changed.push(view),
        }
    }
    changed
}

fn ask(engine: &Engine, view: &mut WorkspaceView) {
    if view.workspace.phase != Phase::Ready {
        return;
    }
    let spec = &view.workspace.spec;
    view.take_in(engine.ports().lookout.find(spec.repository(), &spec.path));
    match view.found {
        Found::Folder => look(engine, view),
        Found::Nothing | Found::Another => view.left = left(engine, view),
        Found::NoRepository => {}
    }
}

fn look(engine: &Engine, view: &mut WorkspaceView) {
    let Some(outlook) = outlook(view) else { return };
    let last = engine.facts_cache().last(view.id, &outlook);
    let lookout = &engine.ports().lookout;
    match lookout.look(&outlook, last.as_ref()) {
        Ok(sighting) => {
            view.facts = Some(sighting.facts.clone());
            if let Some(before) = engine.facts_cache().remember(view, &outlook, sighting) {
                lookout.leave(&before);
            }
        }
        Err(error) => {
            tracing::debug!(workspace = view.name(), %error, "git does not answer");
            view.facts = last.map(|last| last.facts);
        }
    }
}

/// How the branch of a workspace without a folder stands against its base.
fn left(engine: &Engine, view: &WorkspaceView) -> Option<Left> {
    let line = view.workspace.spec.line()?;
    let git = &engine.ports().git;
    let tip = |branch| match git.branch_state(&line.repository, branch) {
        Ok(BranchState::Taken(tip)) => Some(tip),
        _ => None,
    };
    let own = tip(&line.branch)?;
    let base = line.base.branch.as_ref().and_then(tip).unwrap_or_else(|| line.base.sha.clone());
    let count = |from, to| git.count_commits(&line.repository, from, to).ok();
    Some(Left { ahead: count(&base, &own)?, behind: count(&own, &base)? })
}

/// What there is to see of a workspace; `None` where it stands on no branch, or is not ready.
fn outlook(view: &WorkspaceView) -> Option<Outlook> {
    let line = view.workspace.spec.line()?;
    let there = view.workspace.phase == Phase::Ready;
    there.then(|| Outlook {
        worktree: view.workspace.spec.path.clone(),
        base: line.base.sha.clone(),
        base_branch: line.base.branch.clone(),
    })
}
