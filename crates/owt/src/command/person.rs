//! What only a person may ask of a command that needs no server to do it.

use owt_api::ErrorCode;
use owt_config::Places;

use crate::composition;
use crate::context::Context;
use crate::failure::Failure;

/// Refuses an agent's session: by the word of its environment, which names the session that a process left behind, and
/// by where it lives.
pub(super) fn only(context: &Context, places: &Places, refusal: &str) -> Result<(), Failure> {
    if context.environment.session_attempt().is_some() {
        return Err(Failure::new(ErrorCode::PersonOnly, refusal)
            .hint("ask the person to run it in their own terminal"));
    }
    Ok(composition::require_person(&context.environment, places, refusal)?)
}
