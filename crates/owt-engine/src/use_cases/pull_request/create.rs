//! Making a pull request. The critic looks first, the host is asked before anything is pushed, and what is there already is
//! taken: whatever breaks off, the same command goes on from there.

use owt_core::AbsPath;
use owt_core::RequestId;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::critic::Review;
use owt_core::landing::Gate;
use owt_core::landing::Goal;
use owt_core::landing::LandingSpec;
use owt_core::landing::Method;
use owt_core::landing::WhenConflicting;
use owt_core::pull_request::Description;
use owt_core::pull_request::HostedRepository;
use owt_core::pull_request::PullRequest;
use owt_core::pull_request::PullRequestState;
use owt_core::pull_request::Readiness;
use owt_core::vcs::BranchName;
use owt_core::vcs::ObjectId;
use owt_ports::CallerEnvironment;

use super::PullError;
use super::destination::destination;
use super::going::Going;
use super::outgoing::Outgoing;
use super::record::record_link;
use super::words::words;
use crate::engine::Engine;
use crate::use_cases::MergeError;
use crate::use_cases::MergePlan;
use crate::use_cases::MergeRequest;
use crate::use_cases::OpinionWish;
use crate::use_cases::Resolve;
use crate::use_cases::SettlerWish;
use crate::use_cases::Uncommitted;
use crate::use_cases::WhenLanded;
use crate::use_cases::merge;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct CreatePull {
    /// Seen from here.
    pub folder: AbsPath,
    /// The workspace.
    pub name: String,
    /// What it is called; `None`: as the work says.
    pub title: Option<String>,
    /// What it says, in Markdown; `None`: what is known of the work.
    pub body: Option<String>,
    /// Whether it is a draft.
    pub readiness: Readiness,
    /// The branch that it is to come into; `None`: the one that the workspace was made from.
    pub base: Option<BranchName>,
    /// What becomes of what is not committed.
    pub uncommitted: Uncommitted,
    /// As whom remote and host are reached.
    pub caller: CallerEnvironment,
    /// Whether it is done.
    pub resolve: Resolve,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct CreatedPull {
    /// What was looked at.
    pub plan: MergePlan,
    /// What the critic says of it.
    pub review: Review,
    /// The remote that the branch goes to.
    pub remote: String,
    /// The repository that it comes into.
    pub repository: HostedRepository,
    /// The commit that goes there.
    pub tip: ObjectId,
    /// What a new one is called and says.
    pub words: Description,
    /// What came of it.
    pub end: PullEnd,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullEnd {
    /// Nothing was done, and nobody asked.
    Would,
    /// It is new.
    Opened(Box<PullRequest>),
    /// There was one, which has what was pushed.
    WasThere(Box<PullRequest>),
}

/// Pushes a workspace's branch, makes a pull request of it, or takes the one that is there; or says what that would come to.
///
/// # Errors
/// [`PullError`]; nothing has left the machine but for `NotPushed` and `OnlyPushed`, which say so.
pub fn create_pull_request(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    create: &CreatePull,
) -> Result<CreatedPull, PullError> {
    authorise(asker, Action::Publish)?;
    let (plan, spec) = merge::planned(engine, asker, &as_landing(create))?;
    let name = plan.view.name().to_owned();
    let line = plan.view.workspace.spec.line().cloned().ok_or(PullError::NoBranch(name.clone()))?;
    let review = reviewed(engine, &plan, &spec)?;
    let is_left = spec.commit.is_some();
    if plan.left.is_some() && !is_left {
        // What is held back hides nothing of what is committed already.
        reviewed_as_committed(engine, &plan, &spec, &plan.tip)?;
    }
    if plan.commits == 0 && !is_left {
        return Err(PullError::Nothing { name, base: plan.target });
    }
    let destination = destination(engine, &line)?;
    let outgoing = Outgoing { engine, plan: &plan, line: &line, destination: &destination };
    outgoing.look_through(&plan.tip)?;
    let mut going = Going { engine, create, line: &line, destination: &destination, tip: plan.tip.clone() };
    let end = match create.resolve {
        Resolve::Preview => PullEnd::Would,
        Resolve::Do => {
            let there = going.existing()?;
            let has_it = !is_left && there.as_ref().is_some_and(|pull| pull.head == plan.tip);
            let from = if has_it { None } else { outgoing.place(&create.caller)? };
            if is_left {
                going.tip = committed(engine, asker, create, &plan)?;
                outgoing.look_through(&going.tip)?;
            }
            let end = going.go(&plan, there, from)?;
            record_link(engine, request, plan.view.id, (&destination.base, end.pull()))?;
            engine.follow_pulls_as(&create.caller);
            end.into_end()
        }
    };
    let words = words(engine, create, (&plan, &line), &going.tip)?;
    let tip = going.tip;
    Ok(CreatedPull {
        plan,
        review,
        remote: destination.remote.name,
        repository: destination.base,
        tip,
        words,
        end,
    })
}

/// The same that must hold before it could land: it is there, at rest, and committed or to be.
fn as_landing(create: &CreatePull) -> MergeRequest {
    MergeRequest {
        folder: create.folder.clone(),
        name: create.name.clone(),
        into: create.base.clone(),
        method: Method::Merge,
        favour: None,
        message: None,
        conflicts: WhenConflicting::Stop,
        settler: SettlerWish::Nobody,
        only_at: None,
        opinion: OpinionWish::NotAsked,
        uncommitted: create.uncommitted.clone(),
        checks: Gate::NotAsked,
        when_landed: WhenLanded::Keep,
        goal: Goal::Target,
        caller: create.caller.clone(),
        resolve: create.resolve,
    }
}

/// What the critic says; what it denies goes nowhere.
fn reviewed(engine: &Engine, plan: &MergePlan, spec: &LandingSpec) -> Result<Review, PullError> {
    // Each commit that goes out is looked at before it is pushed.
    let review = merge::preview::reviewed_as_one(engine, plan, spec)?;
    match review.is_denied() {
        true => Err(PullError::Denied { name: plan.view.name().to_owned(), review: Box::new(review) }),
        false => Ok(review),
    }
}

/// Commits what is left, as `ship` does, with the hooks of the repository. The host may have taken its time: what was looked at
/// must still be so; and the critic looks once more, at exactly what goes.
fn committed(
    engine: &Engine,
    asker: &Principal,
    create: &CreatePull,
    plan: &MergePlan,
) -> Result<ObjectId, PullError> {
    let as_seen = MergeRequest { only_at: Some(plan.tip.clone()), ..as_landing(create) };
    let (now, spec) = merge::planned(engine, asker, &as_seen)?;
    if now.left != plan.left {
        return Err(MergeError::Changed(plan.view.name().to_owned()).into());
    }
    let message = spec.commit.clone().unwrap_or_default();
    let made = engine.effects().landings().committed(&spec, &message)?;
    let not_committed = |refusal| PullError::NotCommitted {
        name: plan.view.name().to_owned(),
        base: plan.target.clone(),
        refusal: Box::new(refusal),
    };
    let tip = made.map_err(not_committed)?.tip;
    reviewed_as_committed(engine, plan, &spec, &tip)?;
    Ok(tip)
}

/// What the critic says of a commit as it would go, whatever lies beside it.
fn reviewed_as_committed(
    engine: &Engine,
    plan: &MergePlan,
    spec: &LandingSpec,
    tip: &ObjectId,
) -> Result<Review, PullError> {
    let plan = MergePlan { tip: tip.clone(), left: None, ..plan.clone() };
    reviewed(engine, &plan, &LandingSpec { tip: tip.clone(), commit: None, ..spec.clone() })
}

/// Whether a pull request is that of this work, and no earlier one of a branch of the same name.
pub(super) fn stands_for(pull: &PullRequest, tip: &ObjectId) -> bool {
    match pull.state {
        PullRequestState::Open => true,
        PullRequestState::Merged => pull.head == *tip,
        PullRequestState::Closed => false,
    }
}
