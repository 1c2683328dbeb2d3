//! What a landing would come to, with nothing done.

use std::time::Duration;

use owt_core::LandingId;
use owt_core::critic::Policy;
use owt_core::critic::Review;
use owt_core::critic::judge_brought;
use owt_core::landing::CandidateId;
use owt_core::landing::CandidateOf;
use owt_core::landing::LandingSpec;
use owt_core::landing::Refusal;
use owt_ports::DiffSide;
use owt_ports::GitError;
use owt_ports::Prediction;

use super::MergeEnd;
use super::MergeError;
use super::MergePlan;
use super::denials;
use crate::criticism::Change;
use crate::criticism::review;
use crate::criticism::review_of_landing;
use crate::criticism::review_of_words;
use crate::effects::landing::built;
use crate::effects::landing::is_predictable;
use crate::effects::landing::predicted;
use crate::effects::landing::request;
use crate::engine::Engine;
use crate::landing_rules::rules_at;
use crate::radar::conflicts_at;

/// How long git may take for what is thrown away.
const LIMIT: Duration = Duration::from_secs(600);

/// What the critic and git say of it, with nothing done.
pub(in crate::use_cases) fn foreseen(
    engine: &Engine,
    plan: &MergePlan,
    spec: &LandingSpec,
) -> Result<MergeEnd, MergeError> {
    let review = reviewed(engine, plan, spec)?;
    if review.is_denied() {
        return Ok(MergeEnd::Denied { review, denials: denials::of(engine, &plan.view)? });
    }
    let committed = merged(engine, plan, spec)?;
    let all = match committed {
        // What is left to commit is something to land.
        Ok(()) | Err(Refusal::NothingToLand) if spec.commit.is_some() => {
            with_what_is_left(engine, plan, spec)?
        }
        // What is not committed yet may settle it. Commits that are made again conflict one by one.
        Err(Refusal::Conflicts { .. }) if spec.commit.is_some() && is_predictable(spec) => {
            with_what_is_left(engine, plan, spec)?
        }
        committed => committed,
    };
    Ok(match all {
        Err(refusal) => MergeEnd::Refused(refusal),
        Ok(()) => MergeEnd::WouldLand { review },
    })
}

/// What the work comes to with what is not committed yet.
fn with_what_is_left(
    engine: &Engine,
    plan: &MergePlan,
    spec: &LandingSpec,
) -> Result<Result<(), Refusal>, MergeError> {
    // One side is favoured where they conflict: nothing is left to settle.
    if spec.favour.is_some() {
        return Ok(Ok(()));
    }
    match conflicts_at(engine, &spec.repository, &plan.view, &plan.onto)? {
        conflicts if conflicts.is_empty() => Ok(Ok(())),
        conflicts => Ok(predicted(Prediction::Conflicts(conflicts), &plan.onto)),
    }
}

/// What the critic says of what lands, each of its commits included.
fn reviewed(engine: &Engine, plan: &MergePlan, spec: &LandingSpec) -> Result<Review, MergeError> {
    let ports = engine.ports();
    let made_upon = plan.view.workspace.spec.line().map(|line| &line.base.sha);
    looked_at(engine, plan, spec, |change, policy| {
        let count = |base| ports.git.count_commits(&spec.repository, &plan.onto, base);
        let brought = made_upon.map(count).transpose()?.unwrap_or(0);
        let review = review_of_landing(ports, change, (spec.method, &plan.tip), policy)?;
        Ok(review.and(judge_brought(brought, policy)).and(review_of_words(spec, policy)))
    })
}

/// What the critic says of the result alone.
pub(in crate::use_cases) fn reviewed_as_one(
    engine: &Engine,
    plan: &MergePlan,
    spec: &LandingSpec,
) -> Result<Review, MergeError> {
    looked_at(engine, plan, spec, |change, policy| {
        Ok(review(engine.ports().git.as_ref(), change, policy)?.and(review_of_words(spec, policy)))
    })
}

fn looked_at(
    engine: &Engine,
    plan: &MergePlan,
    spec: &LandingSpec,
    look: impl FnOnce(&Change<'_>, &Policy) -> Result<Review, GitError>,
) -> Result<Review, MergeError> {
    let rules = rules_at(engine.ports(), &spec.repository, &plan.onto)?;
    let Some(policy) = rules.critic else { return Ok(Review::default()) };
    let (side, withheld) = match &plan.left {
        None => (DiffSide::Commit(plan.tip.clone()), &[][..]),
        Some(left) => (DiffSide::Worktree(spec.path.clone()), left.plan.withheld.as_slice()),
    };
    let (repository, branch) = (&spec.repository, &spec.branch);
    let change = Change { repository, branch, onto: &plan.onto, side, withheld };
    Ok(look(&change, &policy)?)
}

/// Predicted in memory where that tells it; otherwise tried without hooks, and thrown away.
fn merged(engine: &Engine, plan: &MergePlan, spec: &LandingSpec) -> Result<Result<(), Refusal>, MergeError> {
    let (landing, onto) = (&engine.ports().landing, &plan.onto);
    if is_predictable(spec) {
        return Ok(predicted(landing.predict(&spec.repository, onto, &spec.tip)?, onto));
    }
    let of = CandidateOf::Landing(LandingId::from_bits(engine.ports().entropy.id_bits()));
    let id = CandidateId { of, round: 0 };
    let made = landing.make_candidate(&request(id, (spec, &spec.tip), onto, Vec::new(), LIMIT));
    landing.drop_candidate(&spec.repository, id)?;
    Ok(built(made?, onto).map(|_commit| ()))
}
