//! What a landing would do beside bringing the work in, with nothing done: who looks at it, what goes along, what goes.

use owt_core::AbsPath;
use owt_core::landing::Afterwards;
use owt_core::landing::Gate;
use owt_core::landing::Goal;
use owt_core::landing::LandingSpec;
use owt_core::landing::Refusal;
use owt_ports::TargetStand;

use super::MergeEnd;
use super::MergeError;
use super::MergePlan;
use super::untellable;
use crate::effects::ForeseenChecks;
use crate::engine::Engine;
use crate::landing_rules::rules_at;
use crate::use_cases::DeletePlan;
use crate::use_cases::delete::removal_plan;

/// What else would be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rehearsed {
    /// The agent that would settle what conflicts.
    pub settler: Option<String>,
    /// The checkout of the target that would go along.
    pub checkout: Option<AbsPath>,
    /// The repository's checks; `None`: they are not asked.
    pub checks: Option<ForeseenChecks>,
    /// What the workspace's removal would take away; `None`: it stays.
    pub removal: Option<DeletePlan>,
}

/// What else would be done where the work itself would land, or what stands against it.
pub(super) fn rehearsed(
    engine: &Engine,
    plan: &MergePlan,
    spec: &LandingSpec,
    end: MergeEnd,
) -> Result<(Rehearsed, MergeEnd), MergeError> {
    let checks = match checks(engine, plan, spec)? {
        Ok(checks) => checks,
        Err(refusal) => return Ok((Rehearsed::default(), MergeEnd::Refused(refusal))),
    };
    let checkout = match stand(engine, spec)? {
        TargetStand::Alone => None,
        TargetStand::CheckedOut(at) => Some(at),
        TargetStand::Symbolic { leads_to } => {
            return Err(MergeError::OtherName { target: spec.target.clone(), leads_to });
        }
        TargetStand::Kept { at, why } => {
            return Ok((Rehearsed::default(), MergeEnd::WouldBeKept { at, why }));
        }
    };
    let removal = removal(engine, plan, spec)?;
    Ok((Rehearsed { settler: None, checkout, checks, removal }, end))
}

/// What the checks would be; commands of the repository that nobody has approved keep it from landing.
fn checks(
    engine: &Engine,
    plan: &MergePlan,
    spec: &LandingSpec,
) -> Result<Result<Option<ForeseenChecks>, Refusal>, MergeError> {
    match spec.checks {
        Gate::NotAsked => Ok(Ok(None)),
        Gate::Waived => Ok(Ok(Some(ForeseenChecks::Waived))),
        Gate::Required => {
            let rules = rules_at(engine.ports(), &spec.repository, &plan.onto)?;
            Ok(engine.effects().landings().foreseen(rules.checks.as_ref()).map(Some))
        }
    }
}

/// What goes along with the target, where it moves.
fn stand(engine: &Engine, spec: &LandingSpec) -> Result<TargetStand, MergeError> {
    match spec.goal {
        Goal::Cleared => Ok(TargetStand::Alone),
        Goal::Target => Ok(engine.ports().landing.stand_of(&spec.repository, &spec.target)?),
    }
}

/// What the removal takes away once the work has landed: of its files only those that stay out of the commit, and no commit.
fn removal(engine: &Engine, plan: &MergePlan, spec: &LandingSpec) -> Result<Option<DeletePlan>, MergeError> {
    if matches!(spec.afterwards, Afterwards::Keep) {
        return Ok(None);
    }
    let removal = removal_plan(engine, &plan.view).map_err(untellable)?;
    let dirty_files = match &plan.left {
        None => removal.dirty_files,
        Some(left) => u32::try_from(left.plan.withheld.len()).unwrap_or(u32::MAX),
    };
    Ok(Some(DeletePlan { dirty_files, unmerged_commits: 0, ..removal }))
}
