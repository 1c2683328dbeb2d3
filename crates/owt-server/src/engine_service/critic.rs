//! What the critic says, on the wire.

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_core::critic::Deed;
use owt_core::critic::Finding;
use owt_core::critic::Review;
use owt_core::critic::Severity;
use owt_core::vcs::BranchName;
use owt_engine::use_cases::CriticRequest;
use owt_engine::use_cases::CriticState;
use owt_engine::use_cases::Criticism;
use owt_engine::use_cases::Denials;

use super::from_wire;

/// A request, checked.
pub(super) fn request(asked: api::CriticiseWorkspace) -> Result<CriticRequest, Problem> {
    let into = asked.into.map(BranchName::new).transpose();
    Ok(CriticRequest {
        folder: from_wire::folder(&asked.workspace.cwd)?,
        name: asked.workspace.name,
        deed: match asked.deed {
            api::Deed::Merge => Deed::Merge,
            api::Deed::Ship => Deed::Ship,
            api::Deed::Delete => Deed::Delete,
        },
        into: into.map_err(|error| Problem::new(ErrorCode::BadBranchName, error.to_string()))?,
    })
}

/// The answer.
pub(super) fn criticism(criticism: &Criticism, deed: api::Deed) -> api::Criticism {
    let review = &criticism.review;
    api::Criticism {
        name: criticism.view.name().to_owned(),
        deed,
        target: criticism.target.as_ref().map(ToString::to_string),
        rules_sha: criticism.rules_of.as_ref().map(ToString::to_string),
        verdict: match criticism.critic {
            CriticState::On => verdict(review),
            CriticState::Off => api::Verdict::Off,
        },
        findings: review.findings.iter().map(finding).collect(),
        more: review.more,
    }
}

/// What it said of a landing.
pub(super) fn review(review: &Review, denials: Denials) -> api::LandingReview {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    api::LandingReview {
        verdict: verdict(review),
        findings: review.findings.iter().map(finding).collect(),
        more: review.more,
        denials_in_a_row: count(denials.in_a_row),
        denials: count(denials.at_all),
        needs_decision: denials.ask_a_person(),
    }
}

const fn verdict(review: &Review) -> api::Verdict {
    match review.heaviest {
        None | Some(Severity::Note) => api::Verdict::Clear,
        Some(Severity::Warn) => api::Verdict::Warned,
        Some(Severity::Deny) => api::Verdict::Blocked,
    }
}

fn finding(finding: &Finding) -> api::CriticFinding {
    api::CriticFinding {
        rule: finding.rule.to_string(),
        severity: finding.severity.to_string(),
        path: finding.path.clone(),
        line: finding.line,
        what: finding.what.clone(),
    }
}
