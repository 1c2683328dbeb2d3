//! What a session whose host was killed leaves behind is ended before the loss is recorded: nothing of a lost attempt
//! may work on beside whatever comes after it.

use owt_core::AttemptId;
use owt_core::session::EndReason;
use owt_ports::SessionError;
use owt_ports::Sessions;
use owt_ports::StoreError;

/// Ends them. What cannot be ended is told to the log: the loss is a fact all the same.
pub(crate) fn end_strays(sessions: &dyn Sessions, attempt: AttemptId) -> Result<(), StoreError> {
    match sessions.stop(attempt, EndReason::Requested) {
        Ok(_) => Ok(()),
        Err(SessionError::Crashed) => Err(StoreError::Crashed),
        Err(error) => {
            tracing::warn!(%attempt, %error, "what a lost session left behind could not be ended");
            Ok(())
        }
    }
}
