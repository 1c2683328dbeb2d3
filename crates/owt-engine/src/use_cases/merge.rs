//! Bringing a workspace's work into its target branch. What would be lost, or cannot be told, is refused before
//! anything is touched.

mod checks;
mod considered;
mod denials;
mod left_work;
mod merging;
mod once;
pub(super) mod preview;
mod rehearsal;

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
use owt_core::landing::LandingSpec;
use owt_core::landing::Method;
use owt_core::landing::Refusal;
use owt_core::landing::WhenConflicting;
use owt_core::status::Status;
use owt_core::train::Train;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_core::workspace::Phase;
use owt_core::workspace::Removal;
use owt_core::workspace::RemovalReport;
use owt_core::workspace::Settler;
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
use super::second_agent::Asking;
use super::under_way::awaited;
use crate::engine::Engine;
use crate::records::Which;
use crate::settings::BrokenSettings;
use crate::use_cases::select::find;
use crate::view::WorkspaceView;

pub(super) use checks::at_work;
pub(super) use checks::is_no_other_name;
pub(super) use checks::is_there;
pub(super) use checks::untellable;
pub use denials::Denials;
pub use merging::Merging;
use once::MAX_LANDING;
pub use rehearsal::Rehearsed;
use rehearsal::rehearsed;

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
    /// The message of the commit that lands; `None`: one is written.
    pub message: Option<String>,
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
    /// What else would be done; only where that is asked.
    pub would: Rehearsed,
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
    /// Nothing was done, and nothing would be: as things are the target would not move.
    WouldBeKept {
        /// Where it is checked out.
        at: AbsPath,
        /// What is in the way.
        why: String,
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
    /// The target is no branch itself.
    #[error("'{target}' is only another name of '{leads_to}' (a symbolic ref)")]
    OtherName {
        /// The target.
        target: BranchName,
        /// The branch that it leads to.
        leads_to: String,
    },
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
    /// The target is the branch of another workspace, whose agent is at work.
    #[error("{target} is the branch of '{name}', whose agent {}", .doing.clause())]
    TargetWorks {
        /// The other workspace's name.
        name: String,
        /// The target.
        target: BranchName,
        /// The other one's status.
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
    /// There is a message, and no commit that could have it.
    #[error("the commits of '{0}' land with their own messages, so there is none that could have yours")]
    NothingToWord(String),
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
    match merge.resolve {
        Resolve::Preview => previewed(engine, asker, merge),
        Resolve::Do => awaited(engine, begin_merging(engine, asker, request, merge)?, still_there),
    }
}

/// The half of [`merge`] that does not wait: whoever asks looks at what comes of it.
///
/// # Errors
/// [`MergeError`]; nothing was touched.
pub fn begin_merging(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    merge: &MergeRequest,
) -> Result<Merging, MergeError> {
    let asking = Asking { engine: engine.clone(), asker: asker.clone(), request };
    Merging::begin(asking, merge)
}

fn previewed(
    engine: &Engine,
    asker: &Principal,
    merge: &MergeRequest,
) -> Result<(MergePlan, MergeEnd), MergeError> {
    let (plan, spec) = planned(engine, asker, merge)?;
    let end = preview::foreseen(engine, &plan, &spec)?;
    let (would, end) = match end {
        MergeEnd::Refused(Refusal::Conflicts { .. }) => {
            (Rehearsed { settler: settler(engine, merge, &plan)?, ..Rehearsed::default() }, end)
        }
        MergeEnd::WouldLand { .. } => rehearsed(engine, &plan, &spec, end)?,
        _ => (Rehearsed::default(), end),
    };
    Ok((MergePlan { would, ..plan }, end))
}

/// Who is to settle what conflicts. Commits that are made again one by one, or lines that were chosen, have nothing of such a merge.
fn settler(engine: &Engine, merge: &MergeRequest, plan: &MergePlan) -> Result<Option<String>, MergeError> {
    match plan.view.workspace.spec.line().filter(|_| is_predictable(merge)) {
        Some(line) => merge.settler.agent(engine, line).map_err(MergeError::Rules),
        None => Ok(None),
    }
}

/// Whether what conflicts is what a merge of the target into the branch would settle.
const fn is_predictable(merge: &MergeRequest) -> bool {
    merge.favour.is_none() && !matches!(merge.method, Method::Rebase)
}

/// The first step of [`merge`] alone: checks, and records that it is to land.
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
    // The view may be as old as the plan that was made of it.
    let now = engine.records().load::<Workspace>(view.id)?;
    let is_ready = now.is_some_and(|it| it.phase == Phase::Ready && it.syncing().is_none());
    if !is_ready || is_landing(engine, view)? {
        return Err(MergeError::InBetween(view.name().to_owned()));
    }
    Ok(())
}

/// Whether it is on its way into its target, alone or with a train.
pub(super) fn is_landing(engine: &Engine, view: &WorkspaceView) -> Result<bool, StoreError> {
    Ok(landing_by(engine, view)?.is_some())
}

/// By what its work is on its way into its target.
pub(super) fn landing_by(engine: &Engine, view: &WorkspaceView) -> Result<Option<LandingBy>, StoreError> {
    if rides(engine, view)? {
        return Ok(Some(LandingBy::Queue));
    }
    let landings = engine.records().list::<Landing>(Some(&view.id.to_string()), Which::Live)?;
    Ok((!landings.is_empty()).then_some(LandingBy::Itself))
}

/// By what work lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LandingBy {
    /// By a landing of its own, which nobody calls off.
    Itself,
    /// With others, in a train.
    Queue,
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
    let message = left_work::landing_message(engine, plan, line, merge)?;
    Ok(LandingSpec {
        message,
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
            message: None,
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
