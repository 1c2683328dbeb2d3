//! Work that goes by a pull request instead of landing.

use owt_api::ErrorCode;
use owt_api::MergeOutcome;
use owt_api::Merged;
use owt_tui::text::one_line;

use crate::failure::Failure;
use crate::rendering::pull_requests;

/// Where it went, or would.
pub(crate) fn told(merged: &Merged) -> String {
    let name = one_line(&merged.name);
    let Some(offered) = &merged.offered else { return String::new() };
    match (&offered.pull_request, merged.outcome) {
        (Some(pull), MergeOutcome::PullRequest) => {
            format!("'{name}' goes by a pull request: {}\n", pull_requests::line(pull))
        }
        _ => format!(
            "{} of '{name}' would be pushed to {}, with a pull request into {} of {} at {}, where it has none.\n",
            one_line(merged.branch.as_deref().unwrap_or_default()),
            one_line(&offered.remote),
            one_line(&merged.target),
            one_line(&offered.repository),
            one_line(&offered.host)
        ),
    }
}

/// The branch is there, and no pull request: why not, and what goes on from here.
pub(crate) fn only_pushed(merged: &Merged) -> Failure {
    let name = one_line(&merged.name);
    let problem = merged.offered.as_ref().and_then(|offered| offered.problem.as_ref());
    let (code, message) = match problem {
        Some(problem) => (problem.code, one_line(&problem.message)),
        None => (ErrorCode::ForgeRefused, format!("'{name}' was pushed, but there is no pull request yet")),
    };
    let why = problem.and_then(|problem| problem.hint.as_deref());
    // The host's own advice ends with the command that was asked for; this one needs less.
    let hint =
        why.and_then(|hint| hint.rsplit_once("; ")).map(|(hint, _)| format!("{}; then ", one_line(hint)));
    Failure::new(code, message)
        .hint(format!("{}owt pr create {name} makes it", hint.unwrap_or_default()))
        .with_data(serde_json::json!(merged))
}
