//! Bringing into workspaces what has come meanwhile to the branches that they follow, or were made from. Nothing is stashed:
//! git merges in the worktree, where it overwrites nothing, and what would conflict is found before.

mod source;

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::RequestId;
use owt_core::WorkspaceId;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::effect::Message;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::landing::WhenConflicting;
use owt_core::vcs::ObjectId;
use owt_core::vcs::Repository;
use owt_core::workspace::Sync;
use owt_core::workspace::SyncEnd;
use owt_core::workspace::Twice;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_core::workspace::WorkspaceSpec;
use owt_core::workspace::Worktree;
use owt_ports::CallerEnvironment;
use owt_ports::GitError;
use owt_ports::Prediction;
use owt_ports::StoreError;

use super::CommonError;
use super::MergeError;
use super::Resolve;
use super::SelectError;
use super::SettlerWish;
use super::StillThere;
use super::merge::at_work;
use super::merge::is_free;
use super::merge::is_there;
use super::second_agent::Asking;
use super::second_agent::Helper;
use super::settle::Settle;
use super::under_way::Deadline;
use super::under_way::Looked;
use super::under_way::UnderWay;
use super::under_way::awaited;
use super::under_way::looked;
use crate::effects::sync::foreseen;
use crate::engine::Engine;
use crate::entity::Entity as _;
use crate::use_cases::select::find;
use crate::use_cases::select::live_workspaces;
use crate::view::WorkspaceView;

use source::Source;

/// How long one merge may take, its checkout included.
const MAX_SYNC: Duration = Duration::from_secs(30 * 60);

/// Which workspaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncWhich {
    /// This one: what keeps it from being synced is an error.
    One(String),
    /// All of the repository: what keeps one from being synced is told with it.
    All,
}

/// Whether the remotes are asked first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remotes {
    /// They are.
    Ask,
    /// What was last fetched is good enough.
    AsLastFetched,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub struct SyncRequest {
    /// Seen from here.
    pub folder: AbsPath,
    /// Which workspaces.
    pub which: SyncWhich,
    /// Whether the remotes are asked.
    pub remotes: Remotes,
    /// What becomes of conflicts.
    pub conflicts: WhenConflicting,
    /// Who is to settle them.
    pub settler: SettlerWish,
    /// Whether it is done.
    pub resolve: Resolve,
    /// The environment of whoever asks: an agent that settles is started with it.
    pub caller: CallerEnvironment,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct SyncReport {
    /// The remotes that could not be asked, and why: what was last fetched of them came in.
    pub unreached: Vec<(String, GitError)>,
    /// The workspaces, in the order of the list.
    pub lines: Vec<SyncLine>,
}

/// What came of one workspace.
#[derive(Debug, Clone)]
pub struct SyncLine {
    /// The workspace.
    pub view: WorkspaceView,
    /// What.
    pub outcome: SyncOutcome,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum SyncOutcome {
    /// It is not in a state to be synced.
    Skipped(Unsyncable),
    /// Nothing was done; this would come of it.
    Would {
        /// What would come in.
        sync: Sync,
        /// How many commits.
        commits: u32,
        /// How git would merge it.
        prediction: Prediction,
    },
    /// It was done, or tried.
    Done {
        /// What was to come in.
        sync: Sync,
        /// How many commits.
        commits: u32,
        /// What came of it.
        end: SyncEnd,
    },
}

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyncError {
    /// In which repository, or which workspace?
    #[error(transparent)]
    Select(#[from] SelectError),
    /// It is not in a state to be synced.
    #[error(transparent)]
    Unsyncable(#[from] Unsyncable),
}

/// Why a workspace cannot be synced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsyncable {
    /// A plain folder has no branch.
    #[error("'{0}' is a plain folder: it has no branch that anything could come into")]
    NoBranch(String),
    /// It follows nothing, and was made from no branch that is there.
    #[error("'{0}' follows no branch, and was made from none that is there")]
    NoSource(String),
    /// The same that keeps its work from landing.
    #[error(transparent)]
    NotReady(#[from] MergeError),
}

impl From<StoreError> for Unsyncable {
    fn from(error: StoreError) -> Self {
        Self::NotReady(error.into())
    }
}

impl From<GitError> for Unsyncable {
    fn from(error: GitError) -> Self {
        Self::NotReady(error.into())
    }
}

impl From<StoreError> for SyncError {
    fn from(error: StoreError) -> Self {
        Self::Select(SelectError::Common(CommonError::Store(error)))
    }
}

/// Brings into workspaces what has come meanwhile, or says what that would come to.
///
/// # Errors
/// [`SyncError`]; nothing was touched.
pub fn sync(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    wanted: &SyncRequest,
    still_there: StillThere<'_>,
) -> Result<SyncReport, SyncError> {
    let views = chosen(engine, asker, wanted)?;
    let unreached = match wanted.remotes {
        Remotes::Ask => ask_remotes(engine, &views),
        Remotes::AsLastFetched => Vec::new(),
    };
    let mut lines = Vec::new();
    for view in views {
        let outcome = match (one(engine, (asker, request), (wanted, still_there), &view), &wanted.which) {
            (Ok(outcome), _) => outcome,
            (Err(error), SyncWhich::All) => SyncOutcome::Skipped(error),
            (Err(error), SyncWhich::One(_)) => return Err(SyncError::Unsyncable(error)),
        };
        lines.push(SyncLine { view, outcome });
    }
    Ok(SyncReport { unreached, lines })
}

/// The workspaces that are meant; of all, those with a branch and work of their own.
fn chosen(engine: &Engine, asker: &Principal, wanted: &SyncRequest) -> Result<Vec<WorkspaceView>, SyncError> {
    match &wanted.which {
        SyncWhich::One(name) => Ok(vec![find(engine, asker, &wanted.folder, name, |_| Action::Land)?]),
        SyncWhich::All => {
            authorise(asker, Action::Land).map_err(SelectError::from)?;
            let checkout = engine.ports().git.discover(&wanted.folder).map_err(SelectError::Git)?;
            let live = live_workspaces(engine, Some(checkout.repository.id))?;
            let is_meant = |spec: &WorkspaceSpec| spec.line().is_some() && spec.helps().is_none();
            let meant = live.into_iter().filter(|record| is_meant(&record.state.spec));
            let views = meant.map(|record| WorkspaceView::gather(engine.records(), record));
            Ok(views.collect::<Result<_, _>>()?)
        }
    }
}

/// Asks each remote once that one of the branches follows; one that cannot be reached is no reason not to go on.
fn ask_remotes(engine: &Engine, views: &[WorkspaceView]) -> Vec<(String, GitError)> {
    let git = &engine.ports().git;
    let mut asked: Vec<(Repository, String)> = Vec::new();
    let mut unreached = Vec::new();
    for line in views.iter().filter_map(|view| view.workspace.spec.line()) {
        for remote in source::remotes(engine, line) {
            let question = (line.repository.clone(), remote);
            if asked.contains(&question) {
                continue;
            }
            if let Err(error) = git.fetch(&question.0, &question.1) {
                unreached.push((question.1.clone(), error));
            }
            asked.push(question);
        }
    }
    unreached
}

/// The half of [`sync`] of one workspace that asks no remote and does not wait: checks, and records that something is to come in.
/// `None`: it has everything already.
///
/// # Errors
/// [`SyncError`]; nothing was touched.
pub fn begin_sync(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    wanted: &SyncRequest,
) -> Result<Option<Syncing>, SyncError> {
    let Some(view) = chosen(engine, asker, wanted)?.into_iter().next() else { return Ok(None) };
    let asking = Asking { engine: engine.clone(), asker: asker.clone(), request };
    let (sync, commits) = planned(engine, wanted, &view)?;
    match commits {
        0 => Ok(None),
        _ => Ok(Some(Syncing::begin(asking, wanted, view, sync).map_err(Unsyncable::from)?)),
    }
}

fn one(
    engine: &Engine,
    (asker, request): (&Principal, RequestId),
    (wanted, still_there): (&SyncRequest, StillThere<'_>),
    view: &WorkspaceView,
) -> Result<SyncOutcome, Unsyncable> {
    let (sync, commits) = planned(engine, wanted, view)?;
    match (commits, wanted.resolve, view.workspace.spec.line()) {
        (0, ..) => Ok(SyncOutcome::Done { sync, commits, end: SyncEnd::UpToDate }),
        (_, Resolve::Preview, Some(line)) => Ok(would(engine, line, sync, commits)?),
        _ => {
            let asking = Asking { engine: engine.clone(), asker: asker.clone(), request };
            let syncing = Syncing::begin(asking, wanted, view.clone(), sync)?;
            let (sync, end) = awaited(engine, syncing, still_there)?;
            Ok(SyncOutcome::Done { sync, commits, end })
        }
    }
}

/// Something that comes into a workspace, and is settled by an agent first where it conflicts and somebody is to.
pub struct Syncing {
    asking: Asking,
    view: WorkspaceView,
    settler: SettlerWish,
    caller: CallerEnvironment,
    stage: Stage,
}

/// How far it is.
enum Stage {
    /// It comes in as it is.
    ComesIn(Box<BringingIn>),
    /// It conflicts.
    Settles(Box<Settle>),
}

impl Syncing {
    fn begin(
        asking: Asking,
        wanted: &SyncRequest,
        view: WorkspaceView,
        sync: Sync,
    ) -> Result<Self, MergeError> {
        let stage = Stage::ComesIn(Box::new(BringingIn::begin(&asking, view.id, sync)?));
        Ok(Self { asking, view, settler: wanted.settler.clone(), caller: wanted.caller.clone(), stage })
    }

    /// Has an agent settle what conflicts; `None`: nobody is to.
    fn settled(&self, sync: &Sync) -> Result<Option<Settle>, MergeError> {
        let Some(line) = self.view.workspace.spec.line() else { return Ok(None) };
        let agent = self.settler.agent(&self.asking.engine, line).map_err(MergeError::Rules)?;
        Ok(agent.map(|agent| {
            let (asking, view) = (self.asking.clone(), self.view.clone());
            let helper = Helper { asking, view, line: line.clone(), agent, caller: self.caller.clone() };
            Settle::new(helper, sync.clone())
        }))
    }

    /// Goes on as far as it can; `None`: it waits for something.
    ///
    /// # Errors
    /// [`MergeError`].
    pub fn look(&mut self, still_there: StillThere<'_>) -> Result<Option<(Sync, SyncEnd)>, MergeError> {
        if let Stage::ComesIn(coming) = &mut self.stage {
            let Some(end) = coming.look(still_there)? else { return Ok(None) };
            let sync = coming.sync().clone();
            let SyncEnd::Conflicts { .. } = end else { return Ok(Some((sync, end))) };
            let Some(settle) = self.settled(&sync)? else { return Ok(Some((sync, end))) };
            self.stage = Stage::Settles(Box::new(settle));
        }
        match &mut self.stage {
            Stage::Settles(settle) => settle.look(still_there),
            Stage::ComesIn(_) => Ok(None),
        }
    }
}

impl UnderWay for Syncing {
    type End = (Sync, SyncEnd);
    type Error = MergeError;

    fn look(&mut self, still_there: StillThere<'_>) -> Result<Option<(Sync, SyncEnd)>, MergeError> {
        Self::look(self, still_there)
    }

    fn deadline(&self) -> Deadline {
        match &self.stage {
            Stage::ComesIn(coming) => coming.deadline(),
            Stage::Settles(settle) => settle.deadline(),
        }
    }
}

/// What is to come in, and how many commits. What is under way there would be taken from under its feet, and who works there
/// would be surprised.
fn planned(engine: &Engine, wanted: &SyncRequest, view: &WorkspaceView) -> Result<(Sync, u32), Unsyncable> {
    let name = || view.name().to_owned();
    let line = view.workspace.spec.line().ok_or_else(|| Unsyncable::NoBranch(name()))?;
    is_free(engine, view)?;
    if let Some(doing) = at_work(view) {
        return Err(MergeError::AgentWorks { name: name(), doing }.into());
    }
    let before = is_there(engine, view, line)?;
    let Source { name, tip } = source::of(engine, line)?.ok_or_else(|| Unsyncable::NoSource(name()))?;
    let commits = engine.ports().git.count_commits(&line.repository, &before, &tip)?;
    let fork = twice(engine, view, (&before, &tip))?;
    Ok((Sync { source: tip, name, before, conflicts: wanted.conflicts, settler: None, fork }, commits))
}

/// Up to where what comes in is in the branch already, in other commits; `None`: nowhere, or a merge has brought both together.
fn twice(
    engine: &Engine,
    view: &WorkspaceView,
    (own, source): (&ObjectId, &ObjectId),
) -> Result<Option<ObjectId>, GitError> {
    let (Some(Twice { fork, remade }), Some(line)) = (view.workspace.twice(), view.workspace.spec.line())
    else {
        return Ok(None);
    };
    let has = |tip: &ObjectId, into: &ObjectId| engine.ports().git.is_merged(&line.repository, tip, into);
    let counts = !has(remade, own)? && has(remade, source)? && has(fork, own)?;
    Ok(counts.then(|| fork.clone()))
}

fn would(engine: &Engine, line: &Worktree, sync: Sync, commits: u32) -> Result<SyncOutcome, GitError> {
    let prediction = foreseen(engine.ports().landing.as_ref(), line, &sync, &sync.before)?;
    Ok(SyncOutcome::Would { sync, commits, prediction })
}

/// Something that comes into a workspace's branch as it is.
pub(super) struct BringingIn {
    asking: Asking,
    of: WorkspaceId,
    sync: Sync,
    until: Deadline,
}

impl BringingIn {
    pub(super) fn begin(asking: &Asking, of: WorkspaceId, sync: Sync) -> Result<Self, StoreError> {
        let input = WorkspaceInput::Sync { sync: sync.clone() };
        asking.engine.dispatch(Message::Workspace { id: of, input }, asking.request)?;
        Ok(Self { asking: asking.clone(), of, sync, until: Deadline::after(MAX_SYNC) })
    }

    pub(super) const fn sync(&self) -> &Sync {
        &self.sync
    }
}

impl UnderWay for BringingIn {
    type End = SyncEnd;
    type Error = MergeError;

    fn look(&mut self, _: StillThere<'_>) -> Result<Option<SyncEnd>, MergeError> {
        let Asking { engine, request, .. } = &self.asking;
        let workspace = engine.records().load::<Workspace>(self.of)?;
        let end = workspace.and_then(|workspace| end_of(&workspace, &self.sync));
        match looked(engine, (&Workspace::stream(self.of), *request), self.until, end)? {
            Looked::Ended(end) => Ok(Some(end)),
            Looked::NotYet => Ok(None),
            Looked::TooSlow => Err(MergeError::TooSlow),
        }
    }

    fn deadline(&self) -> Deadline {
        self.until
    }
}

/// What came of it; `None`: it is under way.
fn end_of(workspace: &Workspace, sync: &Sync) -> Option<SyncEnd> {
    match &workspace.last_sync {
        Some(last) if last.sync == *sync => last.end.clone(),
        // Another one, or none: this one never began.
        _ => Some(SyncEnd::Failed { failure: never_begun() }),
    }
}

fn never_begun() -> Failure {
    let message = "something else was done with the workspace in the same moment";
    Failure::new(FailureKind::Busy, message)
}
