//! What a landing would come to, with nothing done.

use std::time::Duration;

use owt_core::LandingId;
use owt_core::landing::CandidateId;
use owt_core::landing::LandingSpec;
use owt_core::landing::Refusal;
use owt_ports::Candidate;
use owt_ports::CandidateRequest;
use owt_ports::Prediction;

use super::MergeEnd;
use super::MergeError;
use super::MergePlan;
use crate::effects::landing::is_predictable;
use crate::effects::landing::message;
use crate::engine::Engine;

/// How long git may take for what is thrown away.
const LIMIT: Duration = Duration::from_secs(600);

/// Predicted in memory where that tells it; otherwise tried without hooks, and thrown away.
pub(super) fn foreseen(
    engine: &Engine,
    plan: &MergePlan,
    spec: &LandingSpec,
) -> Result<MergeEnd, MergeError> {
    let onto = plan.onto.clone();
    if is_predictable(spec) {
        return Ok(match engine.ports().landing.predict(&spec.repository, &onto, &spec.tip)? {
            Prediction::Clean { .. } => MergeEnd::WouldLand,
            Prediction::Contained => MergeEnd::Refused(Refusal::NothingToLand),
            Prediction::Conflicts(conflicts) => MergeEnd::Refused(Refusal::Conflicts { onto, conflicts }),
            Prediction::Unrelated => MergeEnd::Refused(Refusal::Unrelated),
        });
    }
    let id = CandidateId { landing: LandingId::from_bits(engine.ports().entropy.id_bits()), round: 0 };
    let request = CandidateRequest {
        id,
        repository: spec.repository.clone(),
        onto: onto.clone(),
        tip: spec.tip.clone(),
        method: spec.method,
        favour: spec.favour,
        message: message(spec),
        hooks: Vec::new(),
        limit: LIMIT,
    };
    let made = engine.ports().landing.make_candidate(&request);
    engine.ports().landing.drop_candidate(&spec.repository, id)?;
    Ok(match made? {
        Candidate::Made { .. } => MergeEnd::WouldLand,
        Candidate::Nothing => MergeEnd::Refused(Refusal::NothingToLand),
        Candidate::Conflicts(conflicts) => MergeEnd::Refused(Refusal::Conflicts { onto, conflicts }),
        Candidate::Unrelated => MergeEnd::Refused(Refusal::Unrelated),
    })
}
