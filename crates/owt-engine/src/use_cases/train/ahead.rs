//! What a train would do beside landing each work by itself, with nothing done: who is in whose way, which checks run, what goes along.

use owt_core::landing::Refusal;
use owt_core::radar::Clash;
use owt_core::vcs::Repository;
use owt_ports::TargetStand;

use super::Passenger;
use super::TrainError;
use super::TrainPlan;
use crate::effects::ForeseenChecks;
use crate::engine::Engine;
use crate::landing_rules::rules_at;
use crate::radar::Pair;
use crate::radar::Picture;
use crate::use_cases::MergeEnd;
use crate::use_cases::MergeError;

/// What else would be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ahead {
    /// Whether the target is checked out, and goes along.
    pub stand: TargetStand,
    /// The repository's checks, where anything is there to be checked.
    pub checks: Option<ForeseenChecks>,
}

/// Work that lands before another, which does not merge with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hindrance {
    /// The workspace that lands.
    pub with: String,
    /// In which files.
    pub files: Vec<String>,
}

/// Looks; by what the radar has found a moment ago, so that git is not asked for each pair.
pub(super) fn look(engine: &Engine, repository: &Repository, plan: &mut TrainPlan) -> Result<(), TrainError> {
    if let Some(picture) = engine.radar().last(repository.id) {
        find_clashes(&picture, &mut plan.cars);
    }
    let stand = engine.ports().landing.stand_of(repository, &plan.target);
    let stand = stand.map_err(MergeError::Git).map_err(TrainError::Changed)?;
    let first = plan.cars.first().map(|car| car.plan.onto.clone());
    let checks = first.map(|onto| rules_at(engine.ports(), repository, &onto)).transpose();
    let checks = checks.map_err(MergeError::from).map_err(TrainError::Changed)?;
    let checks = checks.map(|rules| engine.effects().landings().foreseen(rules.checks.as_ref())).transpose();
    let checks = checks.map_err(|refusal| refused(plan, refusal))?;
    plan.ahead = Some(Ahead { stand, checks });
    Ok(())
}

fn refused(plan: &TrainPlan, refusal: Refusal) -> TrainError {
    TrainError::Refused { target: plan.target.clone(), refusal: Box::new(refusal) }
}

/// Of those that do not merge the first lands. Who is put out is in nobody's way.
fn find_clashes(picture: &Picture, cars: &mut [Passenger]) {
    for at in 0..cars.len() {
        let (before, rest) = cars.split_at_mut(at);
        let Some(car) = rest.first_mut() else { continue };
        let lands = before.iter().filter(|other| other.clashes.is_empty() && is_to_land(other));
        car.clashes = lands.filter_map(|other| hindrance(picture, car, other)).collect();
    }
}

fn is_to_land(car: &Passenger) -> bool {
    matches!(car.foreseen, None | Some(MergeEnd::WouldLand { .. }))
}

fn hindrance(picture: &Picture, car: &Passenger, before: &Passenger) -> Option<Hindrance> {
    let ids = [car.plan.view.id, before.plan.view.id];
    let is_of_both = |pair: &&Pair| ids.contains(&pair.a.id) && ids.contains(&pair.b.id);
    let pair = picture.pairs.iter().find(is_of_both)?;
    let file = |clash: &Clash| clash.conflict.path.clone();
    Some(Hindrance {
        with: before.plan.view.name().to_owned(),
        files: pair.clashes.iter().map(file).collect(),
    })
}
