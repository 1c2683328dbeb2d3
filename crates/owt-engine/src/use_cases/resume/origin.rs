//! What the next session of a job goes on from: the conversation that an earlier one named; or nothing at all, where it
//! is certain that the agent never began. What it may have read is never given to it a second time.

use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::RequestId;
use owt_core::attempt::Attempt;
use owt_core::delivery::Delivery;
use owt_core::delivery::DeliveryInput;
use owt_core::delivery::DeliveryPhase;
use owt_core::delivery::DeliverySpec;
use owt_core::delivery::SessionEnd;
use owt_core::effect::Message;
use owt_core::job::Job;
use owt_core::job::JobOutcome;
use owt_core::job::JobPhase;
use owt_ports::StoreError;

use super::ResumeError;
use crate::engine::Engine;
use crate::notes::again;
use crate::records::Which;
use crate::view::WorkspaceView;

/// What is gone on from.
pub(super) enum Origin {
    /// A conversation, in the agent's own words.
    Conversation(String),
    /// The beginning: the job's task, if it has one, goes in as if for the first time.
    Beginning(Option<(DeliveryId, DeliverySpec)>),
}

impl Origin {
    pub(super) fn conversation(&self) -> Option<&str> {
        match self {
            Self::Conversation(conversation) => Some(conversation),
            Self::Beginning(_) => None,
        }
    }
}

/// The newest attempt, if there was one, and the newest conversation that any of them named.
///
/// # Errors
/// [`ResumeError::NeverRan`] where its workspace is taken back; [`ResumeError::NoConversation`] where none was named and
/// something may have been read.
pub(super) fn origin(
    engine: &Engine,
    view: &WorkspaceView,
    job: &Job,
) -> Result<(Option<AttemptId>, Origin), ResumeError> {
    let name = || view.name().to_owned();
    let after = job.newest_attempt();
    if !job.may_begin_yet() {
        return Err(ResumeError::NeverRan { name: name() });
    }
    let mut has_worked = false;
    for id in job.attempts.iter().rev() {
        let Some(attempt) = engine.records().load::<Attempt>(*id)? else { continue };
        has_worked |= attempt.turns > 0 || attempt.turn.began_at.is_some() || attempt.final_word.is_some();
        if let Some(conversation) = attempt.conversation.or(attempt.spec.resumes) {
            return Ok((after, Origin::Conversation(conversation)));
        }
    }
    if has_worked || may_have_read(engine, view)? {
        return Err(ResumeError::NoConversation { name: name(), agent: job.spec.agent.clone() });
    }
    Ok((after, Origin::Beginning(task(engine, job)?)))
}

/// Whether anything that was for this workspace's agents may be with one of them.
fn may_have_read(engine: &Engine, view: &WorkspaceView) -> Result<bool, StoreError> {
    let messages = engine.records().list::<Delivery>(Some(&view.id.to_string()), Which::All)?;
    Ok(messages.iter().any(|message| {
        !matches!(
            message.state.phase,
            DeliveryPhase::Accepted | DeliveryPhase::Queued { .. } | DeliveryPhase::Failed { .. }
        )
    }))
}

/// Settles what waits for a session that is over, or never came: its end asks for that, too, and may be heard of later, when
/// the next session would take it beside what it goes on with.
///
/// # Errors
/// [`StoreError`].
pub(super) fn settle_what_waits(
    engine: &Engine,
    view: &WorkspaceView,
    job: &Job,
    request: RequestId,
) -> Result<(), StoreError> {
    let JobPhase::Ended { outcome } = &job.phase else { return Ok(()) };
    let input = match (outcome, job.newest_attempt()) {
        (JobOutcome::Attempted { .. }, Some(attempt)) => {
            DeliveryInput::SessionEnded { attempt, end: SessionEnd::Otherwise }
        }
        _ => DeliveryInput::NoSession { reason: "its session never started".to_owned() },
    };
    for message in engine.records().list::<Delivery>(Some(&view.id.to_string()), Which::Live)? {
        if message.state.waits() {
            engine.dispatch(Message::Delivery { id: message.id, input: input.clone() }, request)?;
        }
    }
    Ok(())
}

/// The task as a message of its own: the one that carried it last has failed for good.
fn task(engine: &Engine, job: &Job) -> Result<Option<(DeliveryId, DeliverySpec)>, StoreError> {
    let last = job.resumption.as_ref().and_then(|resumption| resumption.message.as_ref()).map(|(id, _)| *id);
    let Some(last) = last.or(job.spec.delivery) else { return Ok(None) };
    let carried = engine.records().load::<Delivery>(last)?;
    Ok(carried.map(|carried| (again(last), carried.spec)))
}
