//! The conflict radar at work: what stands in every live workspace of a repository and how it goes together. Each sweep
//! asks git only for what has changed since the last one, and leaves a picture that lists read without asking anybody.

pub(crate) mod rounds;
mod telling;

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use owt_core::AbsPath;
use owt_core::RepositoryId;
use owt_core::WorkspaceId;
use owt_core::landing::Conflict;
use owt_core::radar::Board;
use owt_core::radar::Clash;
use owt_core::radar::Meeting;
use owt_core::radar::Standing;
use owt_core::radar::Verdict;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_ports::BranchState;
use owt_ports::GitError;
use owt_ports::StoreError;

use crate::engine::Engine;
use crate::facts::add_facts;
use crate::facts::forget_others;
use crate::use_cases::select::live_workspaces;
use crate::view::WorkspaceView;

/// How the live workspaces of a repository go together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// How many workspaces were looked at.
    pub workspaces: usize,
    /// Pairs that do not go together, the older workspace first.
    pub pairs: Vec<Pair>,
    /// Workspaces that do not go together with their target.
    pub targets: Vec<AgainstTarget>,
    /// What could not be found out.
    pub unknown: Vec<Blank>,
    /// Workspaces that cannot land in their target, whatever they change.
    pub stranded: BTreeMap<WorkspaceId, Stranded>,
    /// How many files each changes since it parted from its target, where that is known.
    pub files: BTreeMap<WorkspaceId, u32>,
}

/// What a sweep found.
pub(crate) struct Swept {
    /// How they go together.
    pub(crate) picture: Arc<Picture>,
    /// The live workspaces.
    pub(crate) views: Vec<WorkspaceView>,
}

/// A workspace by id and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
}

/// Two workspaces that would not merge with one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The one.
    pub a: Named,
    /// The other.
    pub b: Named,
    /// In what.
    pub clashes: Vec<Clash>,
}

/// A workspace that would not merge into its target: `a` is the target, `b` the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgainstTarget {
    /// The workspace.
    pub workspace: Named,
    /// The branch.
    pub target: BranchName,
    /// In what.
    pub clashes: Vec<Clash>,
}

/// Why a workspace cannot land in its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranded {
    /// There is no such branch any more.
    TargetGone,
    /// They have no commit in common.
    Unrelated,
}

impl Stranded {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TargetGone => "target_gone",
            Self::Unrelated => "unrelated",
        }
    }
}

/// Something that could not be found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blank {
    /// The workspace.
    pub workspace: Named,
    /// With what: another workspace or a target; `None`: what stands there at all.
    pub with: Option<String>,
    /// Why.
    pub why: String,
}

/// What a workspace's work would not merge with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opponents {
    /// Names of other workspaces.
    pub others: Vec<String>,
    /// Its target.
    pub target: Option<BranchName>,
}

impl Picture {
    /// What a workspace does not go together with.
    pub(crate) fn opponents(&self, id: WorkspaceId) -> Opponents {
        let mut targets = self.targets.iter();
        let target = targets.find(|it| it.workspace.id == id).map(|it| it.target.clone());
        Opponents { others: self.conflicts_with(id), target }
    }

    /// The names of those that a workspace does not go together with.
    fn conflicts_with(&self, id: WorkspaceId) -> Vec<String> {
        let other = |pair: &Pair| match (pair.a.id == id, pair.b.id == id) {
            (true, _) => Some(pair.b.name.clone()),
            (_, true) => Some(pair.a.name.clone()),
            _ => None,
        };
        self.pairs.iter().filter_map(other).collect()
    }
}

/// What is known of each repository.
#[derive(Default)]
pub(crate) struct RadarRoom {
    known: Mutex<HashMap<RepositoryId, Arc<Mutex<Known>>>>,
    pictures: Mutex<HashMap<RepositoryId, Arc<Picture>>>,
}

#[derive(Default)]
struct Known {
    board: Board,
    /// What stood in each workspace with uncommitted work, at which mark of the lookout.
    standing: BTreeMap<WorkspaceId, Seen>,
}

struct Seen {
    worktree: AbsPath,
    mark: Option<u64>,
    standing: Standing,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl RadarRoom {
    /// The picture that the last sweep left.
    pub(crate) fn last(&self, repository: RepositoryId) -> Option<Arc<Picture>> {
        lock(&self.pictures).get(&repository).cloned()
    }

    fn known(&self, repository: RepositoryId) -> Arc<Mutex<Known>> {
        Arc::clone(lock(&self.known).entry(repository).or_default())
    }
}

/// Looks at a repository again. One sweep of a repository at a time: whoever comes second gets what is then true.
///
/// # Errors
/// Only failures of the journal; what git cannot say is part of the picture.
pub(crate) fn sweep(engine: &Engine, repository: &Repository) -> Result<Swept, StoreError> {
    let known = engine.radar().known(repository.id);
    let mut known = lock(&known);
    let live = live_workspaces(engine, Some(repository.id))?;
    let mut views = WorkspaceView::gather_all(engine.records(), live)?;
    forget_others(engine, Some(repository.id), &views);
    add_facts(engine, &mut views);
    let picture = Arc::new(Sweep { engine, repository, known: &mut known }.picture(&views));
    let before = lock(&engine.radar().pictures).insert(repository.id, picture.clone());
    if before.is_none_or(|before| before != picture) {
        // Lists that somebody watches show it.
        engine.nudge();
    }
    Ok(Swept { picture, views })
}

/// What a workspace would not merge with at a commit, were all that stands in it committed now.
///
/// # Errors
/// Whatever keeps git from saying it.
pub(crate) fn conflicts_at(
    engine: &Engine,
    repository: &Repository,
    view: &WorkspaceView,
    onto: &ObjectId,
) -> Result<Vec<Conflict>, GitError> {
    let known = engine.radar().known(repository.id);
    let mut known = lock(&known);
    let standing = Sweep { engine, repository, known: &mut known }.look_at(view)?;
    let Some(b) = standing else { return Ok(Vec::new()) };
    let meeting = Meeting { a: Standing::committed(onto.clone()), b };
    match engine.ports().radar.compare(repository, &[meeting])?.pop() {
        Some(Verdict::Conflicts(clashes)) => Ok(clashes.into_iter().map(|clash| clash.conflict).collect()),
        Some(Verdict::Unknown { why }) => {
            Err(GitError::Failed { operation: "merge-tree".to_owned(), message: why })
        }
        Some(Verdict::Clean | Verdict::Unrelated) | None => Ok(Vec::new()),
    }
}

struct Sweep<'a> {
    engine: &'a Engine,
    repository: &'a Repository,
    known: &'a mut Known,
}

/// Somebody's work in a sweep.
struct Worker {
    named: Named,
    standing: Standing,
    target: Option<BranchName>,
    /// Whether it has anything that its base does not have.
    has_work: bool,
}

/// Who meets whom.
enum Who {
    Pair(usize, usize),
    Target(usize, BranchName),
}

/// Where a target is.
enum Tip {
    At(Standing),
    Gone,
    Unknown { why: String },
}

type Tips = BTreeMap<BranchName, Tip>;

impl Sweep<'_> {
    fn picture(&mut self, views: &[WorkspaceView]) -> Picture {
        let mut picture = Picture::default();
        let mut workers = Vec::new();
        for view in views {
            let named = Named { id: view.id, name: view.name().to_owned() };
            match self.standing(view) {
                Ok(Some(standing)) => {
                    let target = view.workspace.spec.line().and_then(|line| line.base.branch.clone());
                    // What its base would conflict with is its base's affair.
                    let has_work =
                        view.facts.as_ref().is_none_or(|facts| facts.ahead > 0 || facts.dirty_files > 0);
                    workers.push(Worker { named, standing, target, has_work });
                }
                Ok(None) => {}
                Err(error) => {
                    picture.unknown.push(Blank { workspace: named, with: None, why: error.to_string() });
                }
            }
        }
        self.leave_others(views);
        picture.workspaces = workers.len();
        let tips = self.tips(&workers);
        strand(&mut picture, &workers, &tips);
        let meetings = meetings(&workers, &tips);
        let failure = self.learn(meetings.iter().map(|(_, meeting)| meeting));
        for (who, meeting) in &meetings {
            let unknown = Verdict::Unknown { why: failure.clone().unwrap_or_default() };
            let verdict = self.known.board.verdict(meeting).unwrap_or(&unknown);
            draw(&mut picture, &workers, who, verdict);
        }
        picture.files = self.files(&workers, &meetings);
        picture
    }

    /// What stands in a workspace; `None` where nothing does, or nobody can see it.
    fn standing(&mut self, view: &WorkspaceView) -> Result<Option<Standing>, GitError> {
        let Some(facts) = &view.facts else { return Ok(None) };
        let Some(head) = facts.head.clone() else { return Ok(None) };
        if facts.dirty_files == 0 {
            return Ok(Some(Standing::committed(head)));
        }
        let mark = self.engine.facts_cache().mark(view.id);
        let worktree = &view.workspace.spec.path;
        if let Some(seen) = self.known.standing.get(&view.id)
            && seen.mark.is_some()
            && (seen.mark, &seen.worktree, &seen.standing.head) == (mark, worktree, &head)
        {
            return Ok(Some(seen.standing.clone()));
        }
        self.look_at(view)
    }

    /// Asks git what stands in a workspace by now.
    fn look_at(&mut self, view: &WorkspaceView) -> Result<Option<Standing>, GitError> {
        let mark = self.engine.facts_cache().mark(view.id);
        let worktree = &view.workspace.spec.path;
        let standing = self.engine.ports().radar.stand(self.repository, worktree)?;
        if let Some(standing) = &standing {
            let seen = Seen { worktree: worktree.clone(), mark, standing: standing.clone() };
            self.known.standing.insert(view.id, seen);
        }
        Ok(standing)
    }

    /// Forgets what stood where nothing uncommitted stands any more.
    fn leave_others(&mut self, views: &[WorkspaceView]) {
        let is_dirty = |id: &WorkspaceId| {
            let view = views.iter().find(|view| view.id == *id);
            view.and_then(|view| view.facts.as_ref()).is_some_and(|facts| facts.dirty_files > 0)
        };
        let gone: Vec<Seen> =
            self.known.standing.extract_if(.., |id, _| !is_dirty(id)).map(|(_, seen)| seen).collect();
        for seen in gone {
            self.engine.ports().radar.leave(&seen.worktree);
        }
    }

    fn tips(&self, workers: &[Worker]) -> Tips {
        let mut tips = Tips::new();
        for target in workers.iter().filter_map(|worker| worker.target.as_ref()) {
            if !tips.contains_key(target) {
                tips.insert(target.clone(), self.tip(target));
            }
        }
        tips
    }

    fn files(&self, workers: &[Worker], meetings: &[(Who, Meeting)]) -> BTreeMap<WorkspaceId, u32> {
        let of_target = |(who, meeting): &(Who, Meeting)| match who {
            Who::Target(at, _) => Some((workers[*at].named.id, meeting.clone())),
            Who::Pair(..) => None,
        };
        let (ids, asked): (Vec<_>, Vec<_>) = meetings.iter().filter_map(of_target).unzip();
        match self.engine.ports().radar.changed_paths(self.repository, &asked) {
            Ok(counts) => ids.into_iter().zip(counts).filter_map(|(id, count)| Some((id, count?))).collect(),
            Err(error) => {
                tracing::debug!(%error, "how much was changed is not known");
                BTreeMap::new()
            }
        }
    }

    fn tip(&self, branch: &BranchName) -> Tip {
        match self.engine.ports().git.branch_state(self.repository, branch) {
            Ok(BranchState::Taken(tip)) => Tip::At(Standing::committed(tip)),
            Ok(_) => Tip::Gone,
            Err(error) => Tip::Unknown { why: error.to_string() },
        }
    }

    /// Asks git for what is not known; answers why it could not be asked.
    fn learn<'m>(&mut self, meetings: impl Iterator<Item = &'m Meeting> + Clone) -> Option<String> {
        let board = &mut self.known.board;
        let open = board.open(meetings.clone());
        let told = match open.is_empty() {
            true => Ok(Vec::new()),
            false => self.engine.ports().radar.compare(self.repository, &open),
        };
        let failure = match told {
            Ok(verdicts) => {
                open.into_iter().zip(verdicts).for_each(|(meeting, verdict)| board.learn(meeting, verdict));
                None
            }
            Err(error) => {
                tracing::warn!(repository = %self.repository.root, %error, "conflicts could not be looked for");
                Some(error.to_string())
            }
        };
        board.keep_only(meetings);
        failure
    }
}

/// Those whose target is not there, or not to be seen.
fn strand(picture: &mut Picture, workers: &[Worker], tips: &Tips) {
    for worker in workers {
        let Some(target) = &worker.target else { continue };
        let why = match tips.get(target) {
            Some(Tip::Gone) => {
                picture.stranded.insert(worker.named.id, Stranded::TargetGone);
                let name = &worker.named.name;
                format!(
                    "that branch is gone; what it landed in may take this: owt merge {name} --into BRANCH"
                )
            }
            Some(Tip::Unknown { why }) => why.clone(),
            Some(Tip::At(_)) | None => continue,
        };
        let (workspace, with) = (worker.named.clone(), Some(target.to_string()));
        picture.unknown.push(Blank { workspace, with, why });
    }
}

fn meetings(workers: &[Worker], tips: &Tips) -> Vec<(Who, Meeting)> {
    let mut all = Vec::new();
    for (at, one) in workers.iter().enumerate() {
        let b = || one.standing.clone();
        if let Some((target, Tip::At(tip))) = one.target.as_ref().and_then(|it| tips.get_key_value(it)) {
            all.push((Who::Target(at, target.clone()), Meeting { a: tip.clone(), b: b() }));
        }
        for (before, other) in workers[..at].iter().enumerate() {
            if !one.has_work || !other.has_work {
                continue;
            }
            let meeting = Meeting { a: other.standing.clone(), b: b() };
            all.push((Who::Pair(before, at), meeting));
        }
    }
    all
}

fn draw(picture: &mut Picture, workers: &[Worker], who: &Who, verdict: &Verdict) {
    let named = |at: usize| workers[at].named.clone();
    match (who, verdict) {
        (_, Verdict::Clean) => {}
        (Who::Pair(a, b), Verdict::Conflicts(clashes)) => {
            picture.pairs.push(Pair { a: named(*a), b: named(*b), clashes: clashes.clone() });
        }
        (Who::Target(at, target), Verdict::Conflicts(clashes)) => {
            let (workspace, target) = (named(*at), target.clone());
            picture.targets.push(AgainstTarget { workspace, target, clashes: clashes.clone() });
        }
        (who, other) => {
            let why = match other {
                Verdict::Unknown { why } => why.clone(),
                _ => "they have no commit in common".to_owned(),
            };
            let (workspace, with) = match who {
                Who::Pair(a, b) => (named(*a), named(*b).name),
                Who::Target(at, target) => {
                    if *other == Verdict::Unrelated {
                        picture.stranded.insert(workers[*at].named.id, Stranded::Unrelated);
                    }
                    (named(*at), target.to_string())
                }
            };
            picture.unknown.push(Blank { workspace, with: Some(with), why });
        }
    }
}
