//! Bringing a workspace's work into its target branch. What would be lost, or cannot be told, is refused before
//! anything is touched.

mod checks;
mod denials;
mod left_work;
pub(super) mod preview;

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::LandingId;
use owt_core::RequestId;
use owt_core::SnapshotId;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::critic::Review;
use owt_core::effect::Message;
use owt_core::failure::Failure;
use owt_core::landing::Afterwards;
use owt_core::landing::Favour;
use owt_core::landing::Gate;
use owt_core::landing::Goal;
use owt_core::landing::Landing;
use owt_core::landing::LandingInput;
use owt_core::landing::LandingPhase;
use owt_core::landing::LandingSpec;
use owt_core::landing::Method;
use owt_core::landing::Refusal;
use owt_core::landing::WhenConflicting;
use owt_core::machine::Machine as _;
use owt_core::status::Status;
use owt_core::train::Train;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Phase;
use owt_core::workspace::Removal;
use owt_core::workspace::RemovalReport;
use owt_core::workspace::Settler;
use owt_core::workspace::Sync;
use owt_core::workspace::SyncEnd;
use owt_core::workspace::Workspace;
use owt_ports::CallerEnvironment;
use owt_ports::CommitPlan;
use owt_ports::GitError;
use owt_ports::StoreError;

use super::CommonError;
use super::OpinionWish;
use super::Resolve;
use super::SecondOpinion;
use super::SelectError;
use super::SettleError;
use super::SettlerWish;
use super::StillThere;
use super::delete::removal_plan;
use super::opinion;
use super::second_agent::Asking;
use super::second_agent::Helper;
use super::settle::Settle;
use super::settle::settle;
use crate::engine::Engine;
use crate::entity::Entity as _;
use crate::records::Which;
use crate::settings::BrokenSettings;
use crate::use_cases::select::find;
use crate::view::WorkspaceView;

pub(super) use checks::at_work;
pub(super) use checks::is_there;
pub(super) use checks::untellable;
pub use denials::Denials;

/// How long a landing may take, and a removal after it.
const MAX_LANDING: Duration = Duration::from_secs(3 * 60 * 60);
const MAX_REMOVAL: Duration = Duration::from_secs(15 * 60);

/// What becomes of the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenLanded {
    /// It is removed as `delete` does, with a snapshot where something would be lost.
    Remove,
    /// It stays.
    Keep,
}

/// What becomes of work that is not committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uncommitted {
    /// With any, nothing lands.
    Refuse,
    /// It is committed first, but for secrets and what git ignores.
    Commit {
        /// The commit's message; `None`: one is written from the task and what changed.
        message: Option<String>,
    },
}

/// What is to land, and how.
#[derive(Debug, Clone)]
pub struct MergeRequest {
    /// Seen from here.
    pub folder: AbsPath,
    /// The workspace.
    pub name: String,
    /// The target; `None`: the branch that it was made from.
    pub into: Option<BranchName>,
    /// What the landed history looks like.
    pub method: Method,
    /// Whose lines are taken where both changed the same.
    pub favour: Option<Favour>,
    /// What becomes of conflicts.
    pub conflicts: WhenConflicting,
    /// Who is to settle them in the workspace first.
    pub settler: SettlerWish,
    /// The one tip of the branch that may land; `None`: whatever it has.
    pub only_at: Option<ObjectId>,
    /// What becomes of what is not committed.
    pub uncommitted: Uncommitted,
    /// Whether the repository's checks must pass.
    pub checks: Gate,
    /// Whether somebody is asked for a second opinion.
    pub opinion: OpinionWish,
    /// What becomes of the workspace.
    pub when_landed: WhenLanded,
    /// How far it goes.
    pub goal: Goal,
    /// The environment of whoever asks: agents that help are started with it, and remote and host are reached as they would reach them.
    pub caller: CallerEnvironment,
    /// Whether it is done.
    pub resolve: Resolve,
}

impl MergeRequest {
    /// The same once its conflicts are settled, or somebody has looked at it. What came into the workspace meanwhile, committed or not,
    /// nobody has said is to land.
    fn at(&self, tip: ObjectId) -> Self {
        Self { uncommitted: Uncommitted::Refuse, only_at: Some(tip), ..self.clone() }
    }

    /// The same up to where somebody looks at it: what is left is committed, and nothing else stands against it.
    fn up_to_opinion(&self) -> Self {
        Self { goal: Goal::Cleared, checks: Gate::NotAsked, when_landed: WhenLanded::Keep, ..self.clone() }
    }
}

/// What is about to land.
#[derive(Debug, Clone)]
pub struct MergePlan {
    /// The workspace.
    pub view: WorkspaceView,
    /// The target.
    pub target: BranchName,
    /// Where the target is.
    pub onto: ObjectId,
    /// The branch's tip.
    pub tip: ObjectId,
    /// How many commits the target does not have.
    pub commits: u32,
    /// What the landed history looks like.
    pub method: Method,
    /// What would be committed first.
    pub left: Option<LeftToCommit>,
    /// The agent that would settle what conflicts; only where it is asked what would be done.
    pub would_settle: Option<String>,
    /// Who has settled what conflicted.
    pub settled: Option<Settler>,
    /// What somebody who was asked thinks of it.
    pub opinion: Option<SecondOpinion>,
}

/// Work that is committed before it lands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftToCommit {
    /// The files, and what is held back.
    pub plan: CommitPlan,
    /// The message.
    pub message: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeEnd {
    /// Nothing was done; it would land.
    WouldLand {
        /// What the critic says of it.
        review: Review,
    },
    /// The critic denies it, or would.
    Denied {
        /// What it says.
        review: Review,
        /// How often it has denied this workspace's work.
        denials: Denials,
    },
    /// It has landed.
    Landed {
        /// Where the target was.
        before: ObjectId,
        /// Where it is.
        after: ObjectId,
        /// The checkout that went along.
        checkout: Option<AbsPath>,
        /// What became of the workspace; `None`: it stays, as was asked.
        removal: Option<Result<RemovalReport, Failure>>,
        /// What was reached on the way.
        landing: Box<Landing>,
    },
    /// Nothing stands against it, and it is to go by a pull request.
    Cleared {
        /// What was reached on the way.
        landing: Box<Landing>,
    },
    /// Who was asked for a second opinion doubts it, or could not be asked; the plan has what they say.
    Doubted {
        /// What was reached before.
        landing: Box<Landing>,
    },
    /// It has not, or would not.
    Refused(Refusal),
    /// What an agent made of the conflicts did not come into the workspace.
    NotSettled(SyncEnd),
}

impl MergeEnd {
    /// The same of what was committed on the way to this landing.
    fn committed_in(self, before: &Landing) -> Self {
        let known =
            |landing: Box<Landing>| Box::new(Landing { committed: before.committed.clone(), ..*landing });
        match self {
            Self::Landed { before, after, checkout, removal, landing } => {
                Self::Landed { before, after, checkout, removal, landing: known(landing) }
            }
            Self::Cleared { landing } => Self::Cleared { landing: known(landing) },
            other => other,
        }
    }
}

/// Why a merge was not begun, or not waited for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Which workspace?
    #[error(transparent)]
    Select(#[from] SelectError),
    /// A plain folder has no branch.
    #[error("'{0}' is a plain folder: it has no branch that could land")]
    NoBranch(String),
    /// It was not made from a branch.
    #[error("'{0}' was not made from a branch, so there is no target")]
    NoTarget(String),
    /// There is no such branch.
    #[error("there is no branch '{0}' to land in")]
    UnknownTarget(BranchName),
    /// The target is the workspace's own branch.
    #[error("'{0}' is the branch of the workspace itself")]
    OwnBranch(BranchName),
    /// It is not in a state to land.
    #[error("'{0}' is being made, landed or removed just now")]
    InBetween(String),
    /// Its agent is at work.
    #[error("the agent of '{name}' {}", .doing.clause())]
    AgentWorks {
        /// The workspace's name.
        name: String,
        /// Its status.
        doing: Status,
    },
    /// Its folder is not there any more.
    #[error("{path} is not the worktree of '{name}' any more")]
    FolderGone {
        /// The workspace's name.
        name: String,
        /// Where it was.
        path: AbsPath,
    },
    /// Its branch is not checked out in its folder.
    #[error("{branch} is not checked out in {path}")]
    NotThere {
        /// The branch.
        branch: BranchName,
        /// The folder.
        path: AbsPath,
    },
    /// Something in it is not committed.
    #[error("'{name}' has {files} that {} not committed", if *.count == 1 { "is" } else { "are" })]
    Uncommitted {
        /// The workspace's name.
        name: String,
        /// How many.
        count: u32,
        /// The same in words.
        files: String,
    },
    /// It is not what was to land any more.
    #[error("'{0}' has changed since what is to land was looked at")]
    Changed(String),
    /// The rules for landing are broken.
    #[error(transparent)]
    Rules(BrokenSettings),
    /// An agent cannot settle what conflicts.
    #[error(transparent)]
    Settle(Box<SettleError>),
    /// git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// It takes too long.
    #[error("the landing has not ended within {} minutes; it goes on", MAX_LANDING.as_secs() / 60)]
    TooSlow,
}

impl From<StoreError> for MergeError {
    fn from(error: StoreError) -> Self {
        Self::Select(SelectError::Common(CommonError::Store(error)))
    }
}

impl From<SettleError> for MergeError {
    fn from(error: SettleError) -> Self {
        Self::Settle(Box::new(error))
    }
}

/// Lands a workspace's work, or says what that would come to. What conflicts may be settled by an agent first: then the target
/// comes into the branch, and the branch lands as it is with that.
///
/// # Errors
/// [`MergeError`]; nothing was touched, except for `TooSlow`.
pub fn merge(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    merge: &MergeRequest,
    still_there: StillThere<'_>,
) -> Result<(MergePlan, MergeEnd), MergeError> {
    let asking = Asking { engine, asker, request, still_there };
    let (plan, end) = with_opinion(asking, merge)?;
    let MergeEnd::Refused(Refusal::Conflicts { onto, .. }) = &end else { return Ok((plan, end)) };
    let Some(agent) = settler(engine, merge, &plan)? else { return Ok((plan, end)) };
    if merge.resolve == Resolve::Preview {
        return Ok((MergePlan { would_settle: Some(agent), ..plan }, end));
    }
    let (sync, end) = settled(asking, (&plan, onto), (&agent, &merge.caller))?;
    let tip = match end {
        SyncEnd::Merged { after } => after,
        SyncEnd::UpToDate => sync.before,
        end => return Ok((plan, MergeEnd::NotSettled(end))),
    };
    let (again, end) = with_opinion(asking, &merge.at(tip))?;
    Ok((MergePlan { settled: sync.settler.map(|settler| *settler), ..again }, end))
}

/// Who is to settle what conflicts. Commits that are made again one by one, or lines that were chosen, have nothing of such a merge.
fn settler(engine: &Engine, merge: &MergeRequest, plan: &MergePlan) -> Result<Option<String>, MergeError> {
    match plan.view.workspace.spec.line().filter(|_| is_predictable(merge)) {
        Some(line) => merge.settler.agent(engine, line).map_err(MergeError::Rules),
        None => Ok(None),
    }
}

/// Has the target brought into the branch by an agent.
fn settled(
    asking: Asking<'_>,
    (plan, onto): (&MergePlan, &ObjectId),
    (agent, caller): (&str, &CallerEnvironment),
) -> Result<(Sync, SyncEnd), MergeError> {
    let (engine, view) = (asking.engine, &plan.view);
    let no_branch = || MergeError::NoBranch(view.name().to_owned());
    let line = view.workspace.spec.line().ok_or_else(no_branch)?;
    // What was left is committed by now.
    let sync = Sync {
        source: onto.clone(),
        name: plan.target.to_string(),
        before: is_there(engine, view, line)?,
        conflicts: WhenConflicting::Stop,
        settler: None,
    };
    let helper = Helper { asking, view, line, agent, caller };
    settle(&Settle { helper, sync: &sync })
}

/// Whether what conflicts is what a merge of the target into the branch would settle.
const fn is_predictable(merge: &MergeRequest) -> bool {
    merge.favour.is_none() && !matches!(merge.method, Method::Rebase)
}

/// Lands it, after a second opinion where one is wished and configured. What is looked at is a commit, which lands as it is or not at
/// all: what is left is committed first.
fn with_opinion(asking: Asking<'_>, merge: &MergeRequest) -> Result<(MergePlan, MergeEnd), MergeError> {
    let Asking { engine, asker, request, .. } = asking;
    let once = |merge: &MergeRequest| merge_once(engine, asker, request, merge);
    if merge.opinion == OpinionWish::NotAsked || merge.resolve == Resolve::Preview {
        return once(merge);
    }
    let (plan, _) = planned(engine, asker, merge)?;
    let Some(settings) = opinion::configured(engine, &plan)? else { return once(merge) };
    let (plan, end) = once(&merge.up_to_opinion())?;
    let MergeEnd::Cleared { landing: cleared } = end else { return Ok((plan, end)) };
    let tip = cleared.tip().clone();
    let plan = MergePlan { tip: tip.clone(), ..plan };
    let opinion = opinion::had(asking, (&plan, &merge.caller), settings)?;
    if opinion.keeps(merge.opinion) {
        return Ok((MergePlan { opinion: Some(opinion), ..plan }, MergeEnd::Doubted { landing: cleared }));
    }
    let (again, end) = once(&merge.at(tip))?;
    Ok((MergePlan { opinion: Some(opinion), left: plan.left, ..again }, end.committed_in(&cleared)))
}

fn merge_once(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    merge: &MergeRequest,
) -> Result<(MergePlan, MergeEnd), MergeError> {
    if merge.resolve == Resolve::Preview {
        let (plan, spec) = planned(engine, asker, merge)?;
        let end = preview::foreseen(engine, &plan, &spec)?;
        return Ok((plan, end));
    }
    let (plan, id) = begin_merge(engine, asker, request, merge)?;
    let stream = Landing::stream(id);
    let ended = engine.await_done(MAX_LANDING, &stream, request, || {
        Ok(engine.records().load::<Landing>(id)?.filter(|landing| !landing.is_live()))
    })?;
    let landing = ended.ok_or(MergeError::TooSlow)?;
    let end = match landing.phase.clone() {
        LandingPhase::Landed { before, after, checkout } => {
            let removal = match merge.when_landed {
                WhenLanded::Keep => None,
                WhenLanded::Remove => Some(removed(engine, &plan.view, request)?),
            };
            MergeEnd::Landed { before, after, checkout, removal, landing: Box::new(landing) }
        }
        LandingPhase::Cleared { .. } => MergeEnd::Cleared { landing: Box::new(landing) },
        LandingPhase::Refused { refusal: Refusal::Denied { review } } => {
            MergeEnd::Denied { review, denials: denials::of(engine, &plan.view)? }
        }
        LandingPhase::Refused { refusal } => MergeEnd::Refused(refusal),
        _ => return Err(MergeError::TooSlow),
    };
    Ok((plan, end))
}

/// The half of [`merge`] that does not wait: checks, and records that it is to land.
///
/// # Errors
/// [`MergeError`]; nothing was touched.
pub fn begin_merge(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    merge: &MergeRequest,
) -> Result<(MergePlan, LandingId), MergeError> {
    // Two requests at once would both find that nothing lands.
    let _one_at_a_time = engine.naming();
    let (plan, spec) = planned(engine, asker, merge)?;
    let id = LandingId::from_bits(engine.ports().entropy.id_bits());
    let input = LandingInput::Request { spec: Box::new(spec) };
    engine.dispatch(Message::Landing { id, input }, request)?;
    Ok((plan, id))
}

pub(super) fn planned(
    engine: &Engine,
    asker: &Principal,
    merge: &MergeRequest,
) -> Result<(MergePlan, LandingSpec), MergeError> {
    let view = find(engine, asker, &merge.folder, &merge.name, |_| Action::Land)?;
    is_free(engine, &view)?;
    let plan = checks::plan(engine, view, merge)?;
    let spec = spec(engine, &plan, merge)?;
    Ok((plan, spec))
}

/// Whether nothing that is under way has to do with it: no landing, no train, no removal.
pub(super) fn is_free(engine: &Engine, view: &WorkspaceView) -> Result<(), MergeError> {
    let is_taken = view.workspace.phase != Phase::Ready || view.workspace.syncing().is_some();
    if is_taken || is_landing(engine, view)? {
        return Err(MergeError::InBetween(view.name().to_owned()));
    }
    Ok(())
}

/// Whether it is on its way into its target, alone or with a train.
pub(super) fn is_landing(engine: &Engine, view: &WorkspaceView) -> Result<bool, StoreError> {
    let lands = !engine.records().list::<Landing>(Some(&view.id.to_string()), Which::Live)?.is_empty();
    Ok(lands || rides(engine, view)?)
}

/// Whether a train has it aboard.
fn rides(engine: &Engine, view: &WorkspaceView) -> Result<bool, StoreError> {
    let Some(repository) = view.workspace.spec.repository() else { return Ok(false) };
    let trains = engine.records().list::<Train>(Some(&repository.id.to_string()), Which::Live)?;
    let mut cars = trains.iter().flat_map(|record| &record.state.cars);
    Ok(cars.any(|car| car.rides() && car.spec.landing.workspace == view.id))
}

fn spec(engine: &Engine, plan: &MergePlan, merge: &MergeRequest) -> Result<LandingSpec, MergeError> {
    let (view, name) = (&plan.view, plan.view.name().to_owned());
    let line = view.workspace.spec.line().ok_or(MergeError::NoBranch(name))?;
    let afterwards = match merge.when_landed {
        WhenLanded::Keep => Afterwards::Keep,
        WhenLanded::Remove => {
            let branch = removal_plan(engine, view).map_err(untellable)?.branch;
            let snapshot = SnapshotId::from_bits(engine.ports().entropy.id_bits());
            Afterwards::Remove { removal: Removal { snapshot, branch, landed: None } }
        }
    };
    Ok(LandingSpec {
        workspace: view.id,
        name: view.workspace.spec.name.clone(),
        path: view.workspace.spec.path.clone(),
        repository: line.repository.clone(),
        branch: line.branch.clone(),
        tip: plan.tip.clone(),
        target: plan.target.clone(),
        method: merge.method,
        favour: merge.favour,
        conflicts: merge.conflicts,
        afterwards,
        commit: plan
            .left
            .as_ref()
            .filter(|left| !left.plan.files.is_empty())
            .map(|left| left.message.clone()),
        review: Gate::Required,
        checks: merge.checks,
        goal: merge.goal,
    })
}

/// How the removal after a landing went.
fn removed(
    engine: &Engine,
    view: &WorkspaceView,
    request: RequestId,
) -> Result<Result<RemovalReport, Failure>, MergeError> {
    // It was told to go when the landing ended, in the same order.
    engine.in_order(|| ());
    let stream = Workspace::stream(view.id);
    let probe = || super::delete::removal_end(engine, view);
    engine.await_done(MAX_REMOVAL, &stream, request, probe)?.ok_or(MergeError::TooSlow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_settled_lands_alone() {
        let merge = MergeRequest {
            folder: AbsPath::new("/r").unwrap(),
            name: "topic".to_owned(),
            into: None,
            method: Method::Merge,
            favour: None,
            conflicts: WhenConflicting::Stop,
            settler: SettlerWish::Nobody,
            only_at: None,
            uncommitted: Uncommitted::Commit { message: None },
            checks: Gate::Required,
            opinion: OpinionWish::NotAsked,
            when_landed: WhenLanded::Keep,
            goal: Goal::Target,
            caller: CallerEnvironment::default(),
            resolve: Resolve::Do,
        };
        let tip = ObjectId::new("a".repeat(40)).unwrap();
        let settled = merge.at(tip.clone());
        assert_eq!((settled.only_at, settled.uncommitted), (Some(tip), Uncommitted::Refuse));
    }
}
