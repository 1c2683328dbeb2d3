//! The turn that an agent is in, on its way between wire and engine.

use owt_api as api;
use owt_api::ErrorCode;
use owt_api::Problem;
use owt_engine::WorkspaceView;
use owt_engine::use_cases::InterruptError;
use owt_engine::use_cases::InterruptOutcome;

use super::problem;

pub(super) fn interrupted(view: &WorkspaceView, outcome: InterruptOutcome) -> api::Interrupted {
    api::Interrupted {
        name: view.name().to_owned(),
        was_working: outcome != InterruptOutcome::AtRest,
        dry_run: outcome == InterruptOutcome::WouldInterrupt,
    }
}

pub(super) fn interrupt_problem(error: &InterruptError) -> Problem {
    let message = error.to_string();
    match error {
        InterruptError::Select(error) => problem::select(error),
        InterruptError::Settings(error) => problem::settings(error),
        InterruptError::NoSession { name } => problem::no_session(message, name),
        InterruptError::OneTurnOnly { name } => Problem::new(ErrorCode::Unsupported, message)
            .hint(format!("end it: owt stop {name}; it is taken up again with: owt resume {name}")),
        InterruptError::NoKeys { name, .. } => {
            Problem::new(ErrorCode::Unsupported, message).hint(format!("press them there: owt attach {name}"))
        }
        InterruptError::Disobeyed { name } => Problem::new(ErrorCode::TimedOut, message)
            .hint(format!("owt show {name} tells what it does; owt stop {name} ends its session")),
    }
}
