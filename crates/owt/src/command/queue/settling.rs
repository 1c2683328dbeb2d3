//! What a train has put out because it conflicts with what lands before it: where an agent is to settle that, it is shipped by itself
//! once the train has ended, as `owt ship --resolve` does it, one after the other, on what has landed by then.

use owt_api::ErrorCode;
use owt_api::LandedCar;
use owt_api::MergeOutcome;
use owt_api::Merged;
use owt_api::OpinionUse;
use owt_api::OutCar;
use owt_api::ShipWorkspace;
use owt_api::ShippedQueue;
use owt_tui::text::one_line;

use super::QueueArgs;
use crate::command::merge;
use crate::command::show::selector;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Form;

/// What has come of the train, and of what was settled after it. Of a train that was called off nothing more is begun.
pub(super) fn after(
    shipped: ShippedQueue,
    args: &QueueArgs,
    context: &Context,
) -> Result<ShippedQueue, Failure> {
    if shipped.out.iter().any(|car| car.code == ErrorCode::CalledOff) {
        return Ok(shipped);
    }
    let conflicting = |car: &&OutCar| car.code == ErrorCode::MergeConflicts;
    let names: Vec<String> =
        shipped.out.iter().filter(conflicting).map(|car| car.workspace.clone()).collect();
    names.into_iter().try_fold(shipped, |shipped, name| one(shipped, &name, args, context))
}

fn one(
    shipped: ShippedQueue,
    name: &str,
    args: &QueueArgs,
    context: &Context,
) -> Result<ShippedQueue, Failure> {
    let request = |dry_run| ShipWorkspace {
        workspace: selector(name, context),
        into: shipped.target.clone(),
        resolve: args.resolve.clone(),
        opinion: OpinionUse::Skip,
        dry_run,
        environment: context.environment.variables().clone(),
        ..ShipWorkspace::default()
    };
    let would = context.ask("looking ahead", |client| client.ship(&request(true)));
    // Whatever else keeps it from landing by now is as it was put out; what would land with nothing settled was put out for a reason
    // that has gone, and is the person's to ship.
    let Some(settler) = would.and_then(merge::foreseen).ok().and_then(|would| would.settled) else {
        return Ok(shipped);
    };
    if context.output.form() == Form::Text {
        let (name, agent) = (one_line(name), one_line(&settler.agent));
        context.output.say(&format!("'{name}' conflicts: {agent} is to settle it."));
    }
    let landed =
        context.tell_landing(("having it settled and landed", name), |client| client.ship(&request(false)));
    match landed.and_then(merge::landed) {
        Ok(merged) => Ok(with_landed(shipped, merged)),
        Err(Failure::Problem(failed)) => {
            let mut shipped = shipped;
            for car in shipped.out.iter_mut().filter(|car| car.workspace == name) {
                (car.code, car.reason) = (failed.problem.code, failed.problem.message.clone());
            }
            Ok(shipped)
        }
        Err(other) => Err(other),
    }
}

fn with_landed(shipped: ShippedQueue, merged: Merged) -> ShippedQueue {
    debug_assert_eq!(
        merged.outcome,
        MergeOutcome::Landed,
        "nothing else is an answer to a wish that is no preview"
    );
    let ShippedQueue { mut landed, mut out, before, check_runs, .. } = shipped.clone();
    let has_run = merged.checks.as_ref().is_some_and(|checks| checks.outcome == "passed");
    out.retain(|car| car.workspace != merged.name);
    landed.push(LandedCar {
        branch: merged.branch.unwrap_or_default(),
        commit: merged.after_sha.clone().unwrap_or_default(),
        snapshot: merged.snapshot,
        not_deleted: merged.not_deleted,
        workspace: merged.name,
    });
    ShippedQueue {
        landed,
        out,
        before: before.or(Some(merged.before_sha)),
        after: merged.after_sha,
        checkout: merged.checkout.or_else(|| shipped.checkout.clone()),
        check_runs: check_runs + u32::from(has_run),
        ..shipped
    }
}
