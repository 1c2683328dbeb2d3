//! Landing the queue, between the wire and the engine.

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::TrainId;
use owt_core::landing::Conflict;
use owt_core::landing::Obstacle;
use owt_core::landing::Refusal;
use owt_core::train::Car;
use owt_core::train::CarCheck;
use owt_core::train::CarPlace;
use owt_core::train::LeftBehind;
use owt_core::train::Train;
use owt_core::train::TrainPhase;
use owt_core::train::WhyLeft;
use owt_core::vcs::BranchName;
use owt_engine::use_cases::Denials;
use owt_engine::use_cases::Hindrance;
use owt_engine::use_cases::MergeEnd;
use owt_engine::use_cases::Passenger;
use owt_engine::use_cases::TrainBegun;
use owt_engine::use_cases::TrainError;
use owt_engine::use_cases::TrainPlan;
use owt_engine::use_cases::TrainRequest;
use owt_engine::use_cases::TrainView;
use owt_ports::TargetStand;
use owt_process::Cmd;

use super::critic;
use super::from_wire;
use super::landing;
use super::problem;

/// So many conflicting files are named in a reason.
const MAX_NAMED: usize = 3;

/// A request, checked.
pub(super) fn request(asked: api::ShipQueue) -> Result<TrainRequest, Problem> {
    let api::ShipQueue { cwd, into, dry_run } = asked;
    cancel_request(api::CancelQueue { cwd, into, dry_run })
}

/// The same of one to call it off.
pub(super) fn cancel_request(asked: api::CancelQueue) -> Result<TrainRequest, Problem> {
    let into = asked.into.map(BranchName::new).transpose();
    Ok(TrainRequest {
        folder: from_wire::folder(&asked.cwd)?,
        into: into.map_err(|error| Problem::new(ErrorCode::BadBranchName, error.to_string()))?,
        resolve: from_wire::resolve(asked.dry_run),
    })
}

fn empty(state: api::TrainState) -> api::ShippedQueue {
    api::ShippedQueue {
        train: None,
        target: None,
        state,
        cars: Vec::new(),
        landed: Vec::new(),
        out: Vec::new(),
        before: None,
        after: None,
        checkout: None,
        in_the_way: None,
        checks: None,
        check_runs: 0,
        flaky_retries: 0,
        dry_run: false,
    }
}

/// What was begun, or would be.
pub(super) fn begun(begun: TrainBegun) -> api::ShippedQueue {
    match begun {
        TrainBegun::Nothing => empty(api::TrainState::Ended),
        TrainBegun::Joined(id) => {
            api::ShippedQueue { train: Some(id.to_string()), ..empty(api::TrainState::Running) }
        }
        TrainBegun::Begun(_, plan) if plan.cars.is_empty() => with_plan(empty(api::TrainState::Ended), plan),
        TrainBegun::Begun(id, plan) => {
            let running = empty(api::TrainState::Running);
            with_plan(api::ShippedQueue { train: Some(id.to_string()), ..running }, plan)
        }
        TrainBegun::Would(plan) => {
            let would = empty(api::TrainState::WouldLand);
            with_plan(api::ShippedQueue { dry_run: true, ..would }, plan)
        }
    }
}

fn with_plan(answer: api::ShippedQueue, plan: TrainPlan) -> api::ShippedQueue {
    let TrainPlan { target, cars, left, ahead } = plan;
    let mut out: Vec<api::OutCar> = left.iter().map(|left| left_behind(&target, left)).collect();
    let mut rides = Vec::new();
    for car in &cars {
        match why_not(car) {
            Some(refusal) => out.push(put_out(car.plan.view.name(), &target, &refusal)),
            None => rides.push(passenger(car)),
        }
    }
    let checks = ahead.as_ref().and_then(|ahead| ahead.checks.as_ref()).map(landing::would_check);
    let (checkout, in_the_way) = match ahead.map(|ahead| ahead.stand) {
        None | Some(TargetStand::Alone) => (None, None),
        Some(TargetStand::CheckedOut(at)) => (Some(at.to_string()), None),
        Some(TargetStand::Kept { at, why }) => (Some(at.to_string()), Some(why)),
        Some(TargetStand::Symbolic { leads_to }) => {
            (None, Some(format!("it is only another name of {leads_to}")))
        }
    };
    let target = Some(target.to_string());
    api::ShippedQueue { target, cars: rides, out, checkout, in_the_way, checks, ..answer }
}

/// Why something would not land, where that was looked at.
fn why_not(car: &Passenger) -> Option<Refusal> {
    match car.foreseen.clone()? {
        MergeEnd::Denied { review, .. } => Some(Refusal::Denied { review }),
        MergeEnd::Refused(refusal) => Some(refusal),
        MergeEnd::WouldLand { .. }
        | MergeEnd::WouldBeKept { .. }
        | MergeEnd::Landed { .. }
        | MergeEnd::Doubted { .. }
        | MergeEnd::Cleared { .. }
        | MergeEnd::NotSettled(_) => None,
    }
}

fn passenger(car: &Passenger) -> api::TrainCar {
    let left = car.plan.left.as_ref();
    let branch = car.plan.view.workspace.spec.line().map(|line| line.branch.to_string());
    api::TrainCar {
        workspace: car.plan.view.name().to_owned(),
        branch: branch.unwrap_or_default(),
        state: api::CarState::Waits,
        commits: Some(car.plan.commits),
        uncommitted: left.and_then(|left| u32::try_from(left.plan.files.len()).ok()),
        withheld: left.map(|left| left.plan.withheld.clone()).unwrap_or_default(),
        review: match &car.foreseen {
            Some(MergeEnd::WouldLand { review }) => Some(critic::review(review, Denials::default())),
            _ => None,
        },
        conflicts: car.clashes.iter().map(in_its_way).collect(),
    }
}

fn in_its_way(it: &Hindrance) -> api::CarConflict {
    api::CarConflict { with: it.with.clone(), files: it.files.clone() }
}

fn left_behind(target: &BranchName, left: &LeftBehind) -> api::OutCar {
    let (code, reason) = match &left.why {
        WhyLeft::Refused { refusal } => return put_out(left.name.as_str(), target, refusal),
        WhyLeft::InBetween => (ErrorCode::GitBusy, "it is being made, landed or removed just now".to_owned()),
        WhyLeft::FolderGone { what } => (ErrorCode::NotFound, what.clone()),
        WhyLeft::NotThere { what } => (ErrorCode::GitBusy, what.clone()),
        WhyLeft::Full => {
            let reason = "as much as fits lands at once; ship the queue again for the rest".to_owned();
            (ErrorCode::LimitReached, reason)
        }
    };
    api::OutCar { workspace: left.name.to_string(), reason, code, log: None }
}

/// A train as it is.
pub(super) fn told(id: TrainId, view: &TrainView) -> api::ShippedQueue {
    let train = &view.train;
    let state = if view.has_ended() { api::TrainState::Ended } else { api::TrainState::Running };
    api::ShippedQueue {
        train: Some(id.to_string()),
        target: Some(train.target.to_string()),
        cars: train.cars.iter().enumerate().map(|(at, car)| riding(train, at, car)).collect(),
        landed: train.cars.iter().filter_map(|car| landed(view, car)).collect(),
        out: all_out(train),
        before: train.before.as_ref().map(ToString::to_string),
        after: train.after.as_ref().map(ToString::to_string),
        checkout: train.checkout.as_ref().map(ToString::to_string),
        check_runs: train.check_runs,
        flaky_retries: train.retries,
        ..empty(state)
    }
}

fn riding(train: &Train, at: usize, car: &Car) -> api::TrainCar {
    let spec = &car.spec.landing;
    let state = match &train.phase {
        TrainPhase::Boarding { car } if *car == at => api::CarState::Building,
        TrainPhase::Moving { last } if at <= *last && car.rides() => api::CarState::Landing,
        _ => state(&car.place),
    };
    let committed = car.committed.as_ref();
    api::TrainCar {
        workspace: spec.name.to_string(),
        branch: spec.branch.to_string(),
        state,
        commits: None,
        uncommitted: committed.and_then(|committed| committed.files),
        withheld: committed.map(|committed| committed.withheld.clone()).unwrap_or_default(),
        review: None,
        conflicts: Vec::new(),
    }
}

/// How far one is.
pub(super) const fn state(place: &CarPlace) -> api::CarState {
    match place {
        CarPlace::Waits => api::CarState::Waits,
        CarPlace::Built { check: CarCheck::None, .. } => api::CarState::Built,
        CarPlace::Built { check: CarCheck::Running { .. }, .. } => api::CarState::Checking,
        CarPlace::Built { check: CarCheck::Passed { .. }, .. } => api::CarState::Passed,
        CarPlace::Built { check: CarCheck::Failed { .. }, .. } => api::CarState::Failed,
        CarPlace::Landed { .. } => api::CarState::Landed,
        CarPlace::TakenBack { .. } => api::CarState::TakenBack,
        CarPlace::Out { .. } => api::CarState::Out,
    }
}

fn landed(view: &TrainView, car: &Car) -> Option<api::LandedCar> {
    let CarPlace::Landed { commit, .. } = &car.place else { return None };
    let spec = &car.spec.landing;
    let gone = view.gone.iter().find(|(id, _)| *id == spec.workspace).map(|(_, gone)| gone);
    Some(api::LandedCar {
        workspace: spec.name.to_string(),
        branch: spec.branch.to_string(),
        commit: commit.to_string(),
        snapshot: gone.and_then(|gone| gone.as_ref().ok()?.map(|id| id.to_string())),
        not_deleted: gone.and_then(|gone| gone.as_ref().err().map(ToString::to_string)),
    })
}

/// What stayed behind before it began, and what it has put out.
fn all_out(train: &Train) -> Vec<api::OutCar> {
    let left = train.left.iter().map(|left| left_behind(&train.target, left));
    left.chain(train.cars.iter().filter_map(|car| is_out(train, car))).collect()
}

fn is_out(train: &Train, car: &Car) -> Option<api::OutCar> {
    let CarPlace::Out { refusal } = &car.place else { return None };
    Some(put_out(car.spec.landing.name.as_str(), &train.target, refusal))
}

fn put_out(workspace: &str, target: &BranchName, refusal: &Refusal) -> api::OutCar {
    let (code, reason) = why(target, refusal);
    let log = match refusal {
        Refusal::ChecksFailed { log, .. } => Some(log.to_string()),
        _ => None,
    };
    api::OutCar { workspace: workspace.to_owned(), reason, code, log }
}

/// How the person brings the target to a commit, overwriting nothing, for a shell.
fn takes(at: &str, commit: &str) -> String {
    Cmd::new("git").args(["-C", at, "merge", "--ff-only", "--no-overwrite-ignore", commit]).to_string()
}

/// A reason on one line. Others may have landed: it says nothing of where the target is.
fn why(target: &BranchName, refusal: &Refusal) -> (ErrorCode, String) {
    match refusal {
        Refusal::NothingToLand => {
            (ErrorCode::NothingToLand, format!("{target} has everything of it already"))
        }
        Refusal::Conflicts { conflicts, .. } | Refusal::ConflictsLeft { conflicts, .. } => {
            let what = format!("it does not merge with what lands before it: {}", named(conflicts));
            (ErrorCode::MergeConflicts, what)
        }
        Refusal::Unrelated => {
            (ErrorCode::UnrelatedHistories, format!("it and {target} have no commit in common"))
        }
        Refusal::TargetGone => (ErrorCode::UnknownTarget, format!("the branch {target} is gone")),
        Refusal::BranchMoved { .. } | Refusal::MergedIn => {
            (ErrorCode::GitBusy, "it has changed while it was to land".to_owned())
        }
        Refusal::TargetKept { at, commit, obstacle: Obstacle::Files, .. } => {
            let take = takes(at.as_str(), commit.as_str());
            let what = format!(
                "{target} is checked out in {at} with something in the way; take it yourself: {take}"
            );
            (ErrorCode::TargetDirty, what)
        }
        Refusal::TargetKept { at, why, obstacle: Obstacle::Draft, .. } => (
            ErrorCode::TargetDirty,
            format!("it changes what is changed in {at}, too, and not committed there: {why}"),
        ),
        Refusal::TargetKept { at, why, obstacle: Obstacle::Standing, .. } => {
            (ErrorCode::TargetDirty, format!("{target} belongs to {at}, and is kept there: {why}"))
        }
        Refusal::KeepsMoving => (ErrorCode::GitBusy, format!("others keep moving {target}")),
        Refusal::HooksUnapproved { .. } => {
            (ErrorCode::NeedsApproval, "the repository's hooks are not approved as they are now".to_owned())
        }
        Refusal::ChecksUnapproved { .. } => {
            (ErrorCode::NeedsApproval, "the repository's checks are not approved as they are now".to_owned())
        }
        Refusal::Denied { review } => {
            let first = review.findings.first().map(|finding| finding.what.as_str()).unwrap_or_default();
            (ErrorCode::CriticDenied, format!("the critic denies it: {first}"))
        }
        Refusal::BadRules { message } => (ErrorCode::BadConfiguration, message.clone()),
        Refusal::ChecksFailed { what, .. } => (ErrorCode::ChecksFailed, format!("the check {what}")),
        Refusal::AgentWorks { status } => (ErrorCode::AgentWorking, format!("its agent {}", status.clause())),
        Refusal::StandsOn { name } => {
            (ErrorCode::StandsOnOther, format!("it stands on '{name}', which does not land"))
        }
        Refusal::CalledOff => (ErrorCode::CalledOff, "it was called off".to_owned()),
        Refusal::Failed { failure } => {
            let problem = problem::failure(failure);
            (problem.code, problem.message)
        }
    }
}

fn named(conflicts: &[Conflict]) -> String {
    let paths: Vec<&str> = conflicts.iter().take(MAX_NAMED).map(|conflict| conflict.path.as_str()).collect();
    let more = if conflicts.len() > MAX_NAMED { ", ..." } else { "" };
    format!("{}{more}", paths.join(", "))
}

/// Why a train was not begun.
pub(super) fn error(error: &TrainError) -> Problem {
    let message = error.to_string();
    match error {
        TrainError::List(error) => problem::list(error),
        TrainError::SeveralTargets(targets) => {
            let first = targets.first().map(ToString::to_string).unwrap_or_default();
            Problem::new(ErrorCode::Usage, message).hint(format!("name one of them, as in --into {first}"))
        }
        TrainError::NothingInto(_) => Problem::new(ErrorCode::UnknownTarget, message)
            .hint("owt queue shows what lands where; owt merge NAME --into BRANCH lands one elsewhere"),
        TrainError::Refused { target, refusal } => landing::refused(("the queue", target), refusal),
        TrainError::Changed(error) => landing::error(error),
        TrainError::ByPullRequest => Problem::new(ErrorCode::Unsupported, message).hint(
            "ship one after the other: owt ship NAME; owt queue says in which order; or let it land here: landing.pull_request = \"off\"",
        ),
        TrainError::NotUnderWay(_) => Problem::new(ErrorCode::NotFound, message)
            .hint("what has landed goes back with owt undo; owt queue shows what is under way"),
        TrainError::TooSlow => Problem::new(ErrorCode::TimedOut, message),
        TrainError::Unknown => {
            Problem::new(ErrorCode::NotFound, message).hint("owt queue shows what is under way")
        }
    }
}
