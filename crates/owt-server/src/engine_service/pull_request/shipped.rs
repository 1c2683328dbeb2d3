//! What came of shipping, with its pull request.

use owt_api as api;
use owt_api::Problem;
use owt_core::pull_request::PullRequest;
use owt_engine::use_cases::MergePlan;
use owt_engine::use_cases::MergeRequest;
use owt_engine::use_cases::OfferEnd;
use owt_engine::use_cases::ShipEnd;

use super::problem;
use super::wire;
use crate::engine_service::landing;

pub(in crate::engine_service) use super::problem::of_ship as error;

/// What came of it.
pub(in crate::engine_service) fn shipped(
    plan: &MergePlan,
    ship: &MergeRequest,
    end: ShipEnd,
) -> Result<api::Merged, Problem> {
    let offered = match end {
        ShipEnd::Merge(end) => return landing::merged(plan, ship, *end),
        ShipEnd::Offered(offered) => *offered,
    };
    let known = |pull: Option<&PullRequest>, problem| {
        Some(api::ShippedPullRequest {
            remote: offered.remote.clone(),
            host: offered.repository.host.clone(),
            repository: offered.repository.to_string(),
            pull_request: pull.map(|pull| wire(&offered.repository, pull)),
            problem,
        })
    };
    let answer = match &offered.end {
        OfferEnd::Would { review } => landing::would(plan, ship, review),
        OfferEnd::There { landing: reached, .. } | OfferEnd::Pushed { landing: reached, .. } => {
            landing::reached(plan, reached)
        }
    };
    Ok(match &offered.end {
        OfferEnd::Would { .. } => api::Merged {
            outcome: api::MergeOutcome::WouldOpenPullRequest,
            offered: known(None, None),
            ..answer
        },
        OfferEnd::There { pull, .. } => api::Merged {
            outcome: api::MergeOutcome::PullRequest,
            offered: known(Some(pull), None),
            ..answer
        },
        OfferEnd::Pushed { why, .. } => api::Merged {
            outcome: api::MergeOutcome::Pushed,
            offered: known(None, Some(problem::of(why))),
            ..answer
        },
    })
}
