//! How a workspace is now, for whoever decides whether its person has to know.

use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attempt::failure_of;
use owt_core::attempt::uncertain_messages;
use owt_core::attention::Attention;
use owt_core::attention::MessageUnderWay;
use owt_core::attention::Outlook;
use owt_core::attention::Sight;
use owt_core::attention::outlook;
use owt_core::job::Job;
use owt_core::status::Status;
use owt_core::status::judge;
use owt_core::warning::Hearing;
use owt_core::warning::Part;
use owt_core::warning::Used;
use owt_core::warning::Work;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_ports::SessionError;
use owt_ports::StoreError;

use crate::engine::Engine;
use crate::use_cases::has_message_waiting;
use crate::view::WorkspaceView;

/// A workspace at one moment, with its records.
pub(super) struct Seen {
    pub(super) sight: Sight,
    pub(super) workspace: Workspace,
    pub(super) job: Option<Job>,
}

/// Looks; `None` where there is no such workspace (any more).
pub(super) fn see(engine: &Engine, id: WorkspaceId) -> Result<Option<Seen>, StoreError> {
    let records = engine.records();
    let Some(workspace) = records.load::<Workspace>(id)? else { return Ok(None) };
    if !matches!(workspace.phase, Phase::Preparing | Phase::Ready | Phase::Restoring { .. }) {
        return Ok(None);
    }
    // Before the status: a message that arrives between the two looks is then seen by the second.
    let waiting = has_message_waiting(engine, id)?;
    let job = records.load::<Job>(workspace.spec.job)?;
    let newest = job.as_ref().and_then(Job::newest_attempt);
    let attempt = newest.map(|attempt| records.load::<Attempt>(attempt)).transpose()?.flatten();
    let judgement = judge(&workspace, job.as_ref(), attempt.as_ref());
    let under_way = if waiting { MessageUnderWay::Yes } else { MessageUnderWay::No };
    // A turn that failed leaves the session at rest, which has no reason of its own.
    let by_itself = attempt.as_ref().and_then(Attempt::failure);
    let failed = by_itself.or_else(|| Some(failure_of(job.as_ref(), attempt.as_ref())?.0));
    let failed = failed.map(|failure| failure.in_words());
    let sight = Sight {
        attempt: newest,
        status: judgement.status,
        since: judgement.since,
        turns: attempt.as_ref().map_or(0, |attempt| attempt.turns),
        messages: attempt.as_ref().map_or(0, |attempt| attempt.turn.messages),
        uncertain: attempt.iter().flat_map(uncertain_messages).collect(),
        outlook: outlook(&judgement, (job.as_ref(), attempt.as_ref()), under_way),
        detail: judgement.detail.or(failed),
    };
    Ok(Some(Seen { sight, workspace, job }))
}

/// The same of a view, as far as warnings go: whether a message waits is not looked up.
pub(crate) fn sight_of(view: &WorkspaceView) -> Sight {
    let job = view.job.as_ref().map(|(_, job)| job);
    let attempt = view.attempt.as_ref().map(|(_, attempt)| attempt);
    Sight {
        attempt: view.attempt.as_ref().map(|(id, _)| *id),
        status: view.judgement.status,
        since: view.judgement.since,
        turns: attempt.map_or(0, |attempt| attempt.turns),
        messages: attempt.map_or(0, |attempt| attempt.turn.messages),
        uncertain: attempt.into_iter().flat_map(uncertain_messages).collect(),
        outlook: outlook(&view.judgement, (job, attempt), MessageUnderWay::No),
        detail: None,
    }
}

/// What can be warned of in a workspace that is as `sight` says; `None` where its agent is at rest.
pub(crate) fn work(
    engine: &Engine,
    sight: &Sight,
    attention: Option<&Attention>,
) -> Result<Option<Work>, StoreError> {
    if !matches!(sight.outlook, Outlook::Busy | Outlook::NeedsPerson { .. }) {
        return Ok(None);
    }
    let before =
        attention.filter(|before| before.seen.as_ref().is_some_and(|seen| seen.attempt == sight.attempt));
    let busy_since = before.and_then(|before| before.busy_since).unwrap_or(sight.since);
    let hearing = match (sight.status, sight.attempt) {
        (Status::Working, Some(attempt)) if !engine.observers().tools(attempt).is_empty() => {
            Some(Hearing::Tool)
        }
        (Status::Working, Some(attempt)) => match engine.ports().sessions.printed_at(attempt) {
            Ok(printed) => Some(Hearing::Itself(printed.map_or(sight.since, |at| at.max(sight.since)))),
            Err(SessionError::Crashed) => return Err(StoreError::Crashed),
            Err(error) => {
                tracing::debug!(%attempt, %error, "when a session printed last is not known");
                None
            }
        },
        _ => None,
    };
    Ok(Some(Work { busy_since, hearing, used: used(engine, sight)? }))
}

/// What the session of a workspace has used of its limits.
fn used(engine: &Engine, sight: &Sight) -> Result<Option<Used>, StoreError> {
    let records = engine.records();
    let attempt = sight.attempt.map(|id| records.load::<Attempt>(id)).transpose()?.flatten();
    let Some(attempt) = attempt else { return Ok(None) };
    let Some(since) = attempt.started_at else { return Ok(None) };
    let limits = records.load::<Job>(attempt.spec.job)?.map(|job| job.spec.terms.limits);
    let (allowed, cost) = (attempt.spec.allowance, attempt.usage.cost_micro_usd.unwrap_or(0));
    Ok(Some(Used {
        since,
        wall: limits.and_then(|limits| limits.session.wall),
        turns: allowed.turns.map(|of| Part { used: u64::from(attempt.turns), of: u64::from(of) }),
        cost: allowed.cost_micro_usd.map(|of| Part { used: cost, of }),
    }))
}
