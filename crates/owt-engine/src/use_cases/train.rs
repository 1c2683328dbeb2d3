//! Landing the whole queue of one target: which work goes, in which order, and what stays behind before it has begun.

mod ahead;
mod calling_off;

use std::collections::BTreeSet;
use std::time::Duration;
use std::time::Instant;

use owt_core::AbsPath;
use owt_core::RequestId;
use owt_core::SnapshotId;
use owt_core::TrainId;
use owt_core::WorkspaceId;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::effect::Message;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::landing::Gate;
use owt_core::landing::Goal;
use owt_core::landing::LandingSpec;
use owt_core::landing::Method;
use owt_core::landing::Refusal;
use owt_core::landing::WhenConflicting;
use owt_core::queue::Readiness;
use owt_core::train::CarPlace;
use owt_core::train::CarSpec;
use owt_core::train::LeftBehind;
use owt_core::train::MAX_CARS;
use owt_core::train::Train;
use owt_core::train::TrainInput;
use owt_core::train::TrainSpec;
use owt_core::train::WhyLeft;
use owt_core::vcs::BranchName;
use owt_core::vcs::Repository;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceName;
use owt_ports::CallerEnvironment;
use owt_ports::StoreError;

use super::CommonError;
use super::ListError;
use super::MergeEnd;
use super::MergeError;
use super::MergePlan;
use super::MergeRequest;
use super::OpinionWish;
use super::QueuePlace;
use super::Resolve;
use super::SettlerWish;
use super::StillThere;
use super::Uncommitted;
use super::WhenLanded;
use super::conflicts;
use super::merge;
use super::pull_request::goal;
use super::queue;
use crate::engine::Engine;
use crate::records::Which;

pub use ahead::Ahead;
pub use ahead::Hindrance;
pub use calling_off::begin_calling_off;
pub use calling_off::call_off_train;

/// Between two looks at a train at least.
const CALM: Duration = Duration::from_millis(50);
/// Between two looks at most: everything that happens to one is told.
const AT_LATEST: Duration = Duration::from_secs(30);

/// What is to land.
#[derive(Debug, Clone)]
pub struct TrainRequest {
    /// Seen from here.
    pub folder: AbsPath,
    /// What lands in this branch; `None`: the one branch in which anything lands.
    pub into: Option<BranchName>,
    /// Whether it is done.
    pub resolve: Resolve,
}

/// What would land, in this order, and what would not.
#[derive(Debug, Clone)]
pub struct TrainPlan {
    /// The target.
    pub target: BranchName,
    /// What would.
    pub cars: Vec<Passenger>,
    /// What would not.
    pub left: Vec<LeftBehind>,
    /// What else would be done; only where it is asked what would be done.
    pub ahead: Option<Ahead>,
}

/// One workspace's work that would land.
#[derive(Debug, Clone)]
pub struct Passenger {
    /// What would land.
    pub plan: MergePlan,
    /// What the critic and git say of it by itself; only where it is asked what would be done.
    pub foreseen: Option<MergeEnd>,
    /// What lands before it and keeps it out; only where it is asked what would be done.
    pub clashes: Vec<Hindrance>,
    spec: CarSpec,
}

/// What came of the wish that the queue lands.
#[derive(Debug, Clone)]
pub enum TrainBegun {
    /// Nothing was done; this would land.
    Would(TrainPlan),
    /// It has begun.
    Begun(TrainId, TrainPlan),
    /// One is under way into that target.
    Joined(TrainId),
    /// There is no work of which anybody knows where it should land.
    Nothing,
}

/// Why a train was not begun.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// The queue could not be looked at.
    #[error(transparent)]
    List(#[from] ListError),
    /// Work could land in several branches.
    #[error("the work here lands in several branches: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))]
    SeveralTargets(Vec<BranchName>),
    /// Nothing lands in that branch.
    #[error("no workspace here lands in {0}")]
    NothingInto(BranchName),
    /// Nothing can land in the target.
    #[error("nothing can land in {target}")]
    Refused {
        /// The target.
        target: BranchName,
        /// Why.
        refusal: Box<Refusal>,
    },
    /// Something that was planned has changed meanwhile.
    #[error(transparent)]
    Changed(MergeError),
    /// What is shipped goes by pull requests, and a train lands.
    #[error(
        "what is shipped here goes by pull requests (landing.pull_request = \"auto\"), one for each, and the queue would land it"
    )]
    ByPullRequest,
    /// There is no such train.
    #[error("there is no such train here")]
    Unknown,
    /// Nothing lands.
    #[error("the queue is not landing{}", .0.as_ref().map(|target| format!(" in {target}")).unwrap_or_default())]
    NotUnderWay(Option<BranchName>),
    /// It takes too long.
    #[error("the train has not ended within {} minutes; nothing more of it lands", calling_off::MAX_END.as_secs() / 60)]
    TooSlow,
}

impl From<StoreError> for TrainError {
    fn from(error: StoreError) -> Self {
        Self::List(ListError::Common(CommonError::Store(error)))
    }
}

/// How the removal of a workspace went: with its snapshot, where one was taken.
type Removed = Result<Option<SnapshotId>, Failure>;

/// A train as it is, and what became of the workspaces whose work has landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainView {
    /// The train.
    pub train: Train,
    /// Those that are gone, or stay although their work has landed.
    pub gone: Vec<(WorkspaceId, Removed)>,
}

/// Begins to land the queue of a target, joins whoever is at it, or says what would land.
///
/// # Errors
/// [`TrainError`]; nothing was touched.
pub fn begin_train(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    train: &TrainRequest,
) -> Result<TrainBegun, TrainError> {
    authorise(asker, Action::Land).map_err(|denied| ListError::Common(CommonError::Denied(denied)))?;
    let repository = conflicts::allowed(engine, asker, &train.folder)?;
    if let Some(id) = under_way(engine, &repository, train.into.as_ref())? {
        return Ok(TrainBegun::Joined(id));
    }
    if goal(engine, repository.source()).map_err(MergeError::Rules).map_err(TrainError::Changed)?
        == Goal::Cleared
    {
        return Err(TrainError::ByPullRequest);
    }
    let found = queue(engine, asker, &train.folder)?;
    let Some(target) = target_of(&found.places, train.into.as_ref())? else { return Ok(TrainBegun::Nothing) };
    if let Err(refusal) = engine.effects().landings().ground(&repository, &target)? {
        return Err(TrainError::Refused { target, refusal: Box::new(refusal) });
    }
    let places: Vec<&QueuePlace> =
        found.places.iter().filter(|place| place.target.as_ref() == Some(&target)).collect();
    let mut plan = planned(engine, asker, train, (target, &places))?;
    if train.resolve == Resolve::Preview {
        ahead::look(engine, &repository, &mut plan)?;
        return Ok(TrainBegun::Would(plan));
    }
    begin(engine, request, repository, plan)
}

fn begin(
    engine: &Engine,
    request: RequestId,
    repository: Repository,
    plan: TrainPlan,
) -> Result<TrainBegun, TrainError> {
    // Two requests at once would both find that nothing lands.
    let _one_at_a_time = engine.naming();
    if let Some(id) = under_way(engine, &repository, Some(&plan.target))? {
        return Ok(TrainBegun::Joined(id));
    }
    for car in &plan.cars {
        merge::is_free(engine, &car.plan.view).map_err(TrainError::Changed)?;
    }
    let id = TrainId::from_bits(engine.ports().entropy.id_bits());
    let cars: Vec<CarSpec> = plan.cars.iter().map(|car| car.spec.clone()).collect();
    if !cars.is_empty() {
        let (target, left) = (plan.target.clone(), plan.left.clone());
        let spec = TrainSpec { repository, target, cars, left };
        engine
            .dispatch(Message::Train { id, input: TrainInput::Request { spec: Box::new(spec) } }, request)?;
    }
    Ok(TrainBegun::Begun(id, plan))
}

/// The train that lands in a target now; without one named, the only one there is.
fn under_way(
    engine: &Engine,
    repository: &Repository,
    into: Option<&BranchName>,
) -> Result<Option<TrainId>, StoreError> {
    let mut trains = engine.records().list::<Train>(Some(&repository.id.to_string()), Which::Live)?;
    trains.retain(|record| record.state.is_under_way());
    trains.retain(|record| into.is_none_or(|into| record.state.target == *into));
    Ok(trains.first().filter(|_| trains.len() == 1).map(|record| record.id))
}

fn target_of(places: &[QueuePlace], into: Option<&BranchName>) -> Result<Option<BranchName>, TrainError> {
    let all = |is_wanted: &dyn Fn(&QueuePlace) -> bool| -> BTreeSet<&BranchName> {
        places.iter().filter(|place| is_wanted(place)).filter_map(|place| place.target.as_ref()).collect()
    };
    if let Some(into) = into {
        let is_one = all(&|_| true).contains(into);
        return if is_one { Ok(Some(into.clone())) } else { Err(TrainError::NothingInto(into.clone())) };
    }
    // What is gone is nothing to choose, unless there is nothing else.
    let there = all(&|place| place.readiness != Readiness::TargetGone);
    let targets = if there.is_empty() { all(&|_| true) } else { there };
    match targets.len() {
        0 | 1 => Ok(targets.first().copied().cloned()),
        _ => Err(TrainError::SeveralTargets(targets.into_iter().cloned().collect())),
    }
}

fn planned(
    engine: &Engine,
    asker: &Principal,
    train: &TrainRequest,
    (target, places): (BranchName, &[&QueuePlace]),
) -> Result<TrainPlan, TrainError> {
    let mut plan = TrainPlan { target, cars: Vec::new(), left: Vec::new(), ahead: None };
    for place in places {
        let (workspace, name) = (place.id, WorkspaceName::new(&place.workspace));
        let boarded = match why_left(&plan, place) {
            Some(why) => Err(why),
            None => passenger(engine, asker, train, place)?,
        };
        match boarded {
            Ok(passenger) => plan.cars.push(passenger),
            Err(why) => plan.left.push(LeftBehind { workspace, name, why }),
        }
    }
    Ok(plan)
}

/// What the queue itself says against it.
fn why_left(plan: &TrainPlan, place: &QueuePlace) -> Option<WhyLeft> {
    let refused = |refusal| Some(WhyLeft::Refused { refusal });
    let holds = |left: &&LeftBehind| {
        let is_there = left.why == WhyLeft::Refused { refusal: Refusal::NothingToLand };
        place.depends_on.contains(&left.workspace) && !is_there
    };
    if place.readiness == Readiness::Empty {
        return refused(Refusal::NothingToLand);
    }
    if let Some(left) = plan.left.iter().find(holds) {
        return refused(Refusal::StandsOn { name: left.name.clone() });
    }
    (plan.cars.len() >= MAX_CARS).then_some(WhyLeft::Full)
}

/// One workspace's work, as `ship` would take it; what is not in a state for it stays.
fn passenger(
    engine: &Engine,
    asker: &Principal,
    train: &TrainRequest,
    place: &QueuePlace,
) -> Result<Result<Passenger, WhyLeft>, TrainError> {
    let wish = MergeRequest {
        settler: SettlerWish::Nobody,
        only_at: None,
        folder: train.folder.clone(),
        name: place.workspace.clone(),
        into: None,
        method: Method::Merge,
        favour: None,
        message: None,
        conflicts: WhenConflicting::Stop,
        uncommitted: Uncommitted::Commit { message: None },
        checks: Gate::Required,
        opinion: OpinionWish::NotAsked,
        when_landed: WhenLanded::Remove,
        goal: Goal::Target,
        // A train has no agent help.
        caller: CallerEnvironment::default(),
        resolve: train.resolve,
    };
    let ready = merge::planned(engine, asker, &wish).and_then(|(plan, spec)| {
        let foreseen = match train.resolve {
            Resolve::Preview => Some(merge::preview::foreseen(engine, &plan, &spec)?),
            Resolve::Do => None,
        };
        Ok(aboard(plan, foreseen, spec, place))
    });
    match ready {
        Ok(passenger) => Ok(Ok(passenger)),
        Err(MergeError::Select(super::SelectError::Common(error))) => Err(ListError::Common(error).into()),
        Err(error) => Ok(Err(not_ready(&error))),
    }
}

/// Why something is not in a state to land, as the train's record keeps it.
fn not_ready(error: &MergeError) -> WhyLeft {
    let what = error.to_string();
    match error {
        MergeError::InBetween(_) => WhyLeft::InBetween,
        MergeError::FolderGone { .. } => WhyLeft::FolderGone { what },
        MergeError::NotThere { .. } => WhyLeft::NotThere { what },
        MergeError::AgentWorks { doing, .. } => {
            WhyLeft::Refused { refusal: Refusal::AgentWorks { status: *doing } }
        }
        MergeError::Rules(_) => WhyLeft::Refused { refusal: Refusal::BadRules { message: what } },
        MergeError::UnknownTarget(_) => WhyLeft::Refused { refusal: Refusal::TargetGone },
        MergeError::Select(_)
        | MergeError::TargetWorks { .. }
        | MergeError::NoBranch(_)
        | MergeError::NoTarget(_)
        | MergeError::OwnBranch(_)
        | MergeError::NothingToWord(_)
        | MergeError::OtherName { .. }
        | MergeError::Uncommitted { .. }
        | MergeError::Changed(_)
        | MergeError::Settle(_)
        | MergeError::Git(_)
        | MergeError::TooSlow => {
            let failure = Failure::new(FailureKind::Git, what);
            WhyLeft::Refused { refusal: Refusal::Failed { failure } }
        }
    }
}

fn aboard(
    plan: MergePlan,
    foreseen: Option<MergeEnd>,
    landing: LandingSpec,
    place: &QueuePlace,
) -> Passenger {
    let spec = CarSpec { landing, stands_on: place.depends_on.clone() };
    Passenger { plan, foreseen, clashes: Vec::new(), spec }
}

/// Hands a train to `sink`, again whenever something has happened to it, until it has ended and every workspace whose
/// work has landed is gone, or `sink` wants no more, or nobody is there.
///
/// # Errors
/// [`TrainError`].
pub fn watch_train(
    engine: &Engine,
    asker: &Principal,
    id: TrainId,
    sink: &mut dyn FnMut(&TrainView) -> bool,
    still_there: StillThere<'_>,
) -> Result<(), TrainError> {
    authorise(asker, Action::Land).map_err(|denied| ListError::Common(CommonError::Denied(denied)))?;
    loop {
        let (seen, begun) = (engine.beats(), Instant::now());
        let view = view(engine, id)?.ok_or(TrainError::Unknown)?;
        if !sink(&view) || view.has_ended() {
            return Ok(());
        }
        engine.await_beat(seen, AT_LATEST, still_there);
        engine.await_time(begun + CALM, still_there);
        if !still_there() {
            return Ok(());
        }
    }
}

fn view(engine: &Engine, id: TrainId) -> Result<Option<TrainView>, StoreError> {
    // Workspaces are told to go when the train lands, in the same order.
    engine.in_order(|| ());
    let Some(train) = engine.records().load::<Train>(id)? else { return Ok(None) };
    let mut gone = Vec::new();
    for car in train.cars.iter().filter(|car| matches!(car.place, CarPlace::Landed { .. })) {
        let id = car.spec.landing.workspace;
        let end = match engine.records().load::<Workspace>(id)? {
            Some(workspace) => how_it_went(workspace),
            None => Some(Ok(None)),
        };
        gone.extend(end.map(|end| (id, end)));
    }
    Ok(Some(TrainView { train, gone }))
}

/// How a removal went, once that is known. A workspace that is there without a failure was brought back since.
fn how_it_went(workspace: Workspace) -> Option<Removed> {
    match (workspace.phase, workspace.last_failure) {
        (Phase::Removed { report, .. }, _) => Some(Ok(report.snapshot)),
        (Phase::Ready, Some(failure)) | (Phase::Discarded { failure }, _) => Some(Err(failure)),
        (Phase::Ready, None) => Some(Ok(None)),
        _ => None,
    }
}

impl TrainView {
    /// Whether nothing more happens to it.
    pub fn has_ended(&self) -> bool {
        let landed = self.train.cars.iter().filter(|car| matches!(car.place, CarPlace::Landed { .. }));
        !self.train.is_under_way() && landed.count() == self.gone.len()
    }
}
