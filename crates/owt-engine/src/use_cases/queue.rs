//! In which order the work of a repository's workspaces should land, and why.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::JobId;
use owt_core::Timestamp;
use owt_core::WorkspaceId;
use owt_core::authority::Principal;
use owt_core::queue::Entry;
use owt_core::queue::Readiness;
use owt_core::queue::Reason;
use owt_core::queue::order;
use owt_core::train::CarPlace;
use owt_core::train::Train;
use owt_core::vcs::BranchName;
use owt_core::vcs::Repository;
use owt_core::workspace::Phase;
use owt_ports::Found;
use owt_ports::StoreError;

use super::ListError;
use super::conflicts;
use crate::engine::Engine;
use crate::radar::Picture;
use crate::radar::Stranded;
use crate::radar::Swept;
use crate::radar::sweep;
use crate::records::Which;
use crate::view::WorkspaceView;

/// A place in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuePlace {
    /// The workspace.
    pub id: WorkspaceId,
    /// Its name.
    pub workspace: String,
    /// Its branch.
    pub branch: BranchName,
    /// Where it would land; `None`: none is known.
    pub target: Option<BranchName>,
    /// Whether it could.
    pub readiness: Readiness,
    /// Why it is here.
    pub reason: Reason,
    /// Files that it changes.
    pub files: Option<u32>,
    /// Commits that its base does not have.
    pub commits: Option<u32>,
    /// Names of those that it would not merge with.
    pub conflicts_with: Vec<String>,
    /// Those that it stands on.
    pub depends_on: Vec<WorkspaceId>,
    /// How far it is in a train that runs.
    pub train: Option<CarPlace>,
    /// When it was begun.
    pub created_at: Timestamp,
}

/// The queue, with names for the ids in its reasons.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queue {
    /// In the order in which they should land, those of one target together.
    pub places: Vec<QueuePlace>,
    names: BTreeMap<WorkspaceId, String>,
}

impl Queue {
    /// The name of a workspace.
    pub fn name(&self, id: WorkspaceId) -> &str {
        self.names.get(&id).map_or("?", String::as_str)
    }
}

/// What is on its way out has landed, or was not to; what was made to help another workspace never is.
fn is_to_land(view: &WorkspaceView) -> bool {
    !matches!(view.workspace.phase, Phase::Removing { .. }) && view.workspace.spec.helps().is_none()
}

/// The queue as it is now.
///
/// # Errors
/// [`ListError`].
pub fn queue(engine: &Engine, asker: &Principal, folder: &AbsPath) -> Result<Queue, ListError> {
    let repository = conflicts::allowed(engine, asker, folder)?;
    let Swept { picture, views } = sweep(engine, &repository)?;
    let standing = Standing::of(&views, &picture);
    let mut by_target: BTreeMap<Option<&BranchName>, Vec<Entry>> = BTreeMap::new();
    for view in views.iter().filter(|view| is_to_land(view)) {
        let Some(line) = view.workspace.spec.line() else { continue };
        by_target.entry(line.base.branch.as_ref()).or_default().push(standing.entry(view));
    }
    let mut aboard = aboard(engine, &repository)?;
    let names = views.iter().map(|view| (view.id, view.name().to_owned())).collect();
    let mut queue = Queue { places: Vec::new(), names };
    for (target, entries) in by_target {
        for place in order(&entries) {
            let view = views.iter().find(|view| view.id == place.id);
            let entry = entries.iter().find(|entry| entry.id == place.id);
            let (Some(view), Some(entry)) = (view, entry) else { continue };
            let Some(line) = view.workspace.spec.line() else { continue };
            let named = |ids: &BTreeSet<WorkspaceId>| {
                ids.iter().map(|id| queue.name(*id).to_owned()).collect::<Vec<_>>()
            };
            let place = QueuePlace {
                id: view.id,
                workspace: view.name().to_owned(),
                branch: line.branch.clone(),
                target: target.cloned(),
                readiness: place.readiness,
                reason: place.reason,
                files: entry.files,
                commits: view.facts.as_ref().map(|facts| facts.ahead),
                conflicts_with: named(&entry.conflicts_with),
                depends_on: entry.depends_on.iter().copied().collect(),
                train: aboard.remove(&view.id),
                created_at: view.created_at,
            };
            queue.places.push(place);
        }
    }
    Ok(queue)
}

/// How far those are that ride in a train.
fn aboard(engine: &Engine, repository: &Repository) -> Result<BTreeMap<WorkspaceId, CarPlace>, StoreError> {
    let trains = engine.records().list::<Train>(Some(&repository.id.to_string()), Which::Live)?;
    let cars = trains.into_iter().filter(|it| it.state.is_under_way()).flat_map(|it| it.state.cars);
    Ok(cars.map(|car| (car.spec.landing.workspace, car.place)).collect())
}

/// What all of them together say about each.
struct Standing<'a> {
    picture: &'a Picture,
    by_job: BTreeMap<JobId, WorkspaceId>,
    conflicts: BTreeMap<WorkspaceId, BTreeSet<WorkspaceId>>,
    against_target: BTreeSet<WorkspaceId>,
}

impl<'a> Standing<'a> {
    fn of(views: &[WorkspaceView], picture: &'a Picture) -> Self {
        let mut conflicts: BTreeMap<WorkspaceId, BTreeSet<WorkspaceId>> = BTreeMap::new();
        for pair in &picture.pairs {
            conflicts.entry(pair.a.id).or_default().insert(pair.b.id);
            conflicts.entry(pair.b.id).or_default().insert(pair.a.id);
        }
        Self {
            picture,
            by_job: views.iter().map(|view| (view.workspace.spec.job, view.id)).collect(),
            conflicts,
            against_target: picture.targets.iter().map(|it| it.workspace.id).collect(),
        }
    }

    fn entry(&self, view: &WorkspaceView) -> Entry {
        Entry {
            id: view.id,
            readiness: self.readiness(view),
            depends_on: self.depends_on(view),
            conflicts_with: self.conflicts.get(&view.id).cloned().unwrap_or_default(),
            files: self.picture.files.get(&view.id).copied(),
            created_at: view.created_at,
        }
    }

    /// Those whose jobs its job waits for.
    fn depends_on(&self, view: &WorkspaceView) -> BTreeSet<WorkspaceId> {
        let jobs = view.job.iter().flat_map(|(_, job)| &job.spec.order.depends_on);
        jobs.filter_map(|job| self.by_job.get(job)).copied().filter(|id| *id != view.id).collect()
    }

    fn readiness(&self, view: &WorkspaceView) -> Readiness {
        let own = view.workspace.spec.line().map(|line| &line.branch);
        let facts = match (&view.facts, view.found) {
            (Some(facts), Found::Folder) if facts.branch.as_ref() == own => facts,
            _ => return Readiness::Away,
        };
        match (view.is_at_rest(), facts.dirty_files, facts.ahead) {
            (false, ..) => Readiness::Working,
            (true, 1.., _) => Readiness::Uncommitted,
            (true, 0, 0) => Readiness::Empty,
            (true, 0, _) if self.against_target.contains(&view.id) => Readiness::Conflicts,
            (true, 0, _) => match self.picture.stranded.get(&view.id) {
                Some(Stranded::TargetGone) => Readiness::TargetGone,
                Some(Stranded::Unrelated) => Readiness::Unrelated,
                None => Readiness::Ready,
            },
        }
    }
}
