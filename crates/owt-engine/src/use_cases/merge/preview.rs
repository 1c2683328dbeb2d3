//! What a landing would come to, with nothing done.

use std::time::Duration;

use owt_core::LandingId;
use owt_core::landing::CandidateId;
use owt_core::landing::LandingSpec;

use super::MergeEnd;
use super::MergeError;
use super::MergePlan;
use crate::effects::landing::built;
use crate::effects::landing::is_predictable;
use crate::effects::landing::predicted;
use crate::effects::landing::request;
use crate::engine::Engine;

/// How long git may take for what is thrown away.
const LIMIT: Duration = Duration::from_secs(600);

/// Predicted in memory where that tells it; otherwise tried without hooks, and thrown away.
pub(super) fn foreseen(
    engine: &Engine,
    plan: &MergePlan,
    spec: &LandingSpec,
) -> Result<MergeEnd, MergeError> {
    let (landing, onto) = (&engine.ports().landing, &plan.onto);
    let outcome = if is_predictable(spec) {
        predicted(landing.predict(&spec.repository, onto, &spec.tip)?, onto)
    } else {
        let id = CandidateId { landing: LandingId::from_bits(engine.ports().entropy.id_bits()), round: 0 };
        let made = landing.make_candidate(&request(id, spec, onto, Vec::new(), LIMIT));
        landing.drop_candidate(&spec.repository, id)?;
        built(made?, onto).map(|_commit| ())
    };
    Ok(outcome.map_or_else(MergeEnd::Refused, |()| MergeEnd::WouldLand))
}
