//! Waiting until workspaces reach an end or need a person. Told by the journal, never by polling git or tmux.

use crate::use_cases::select::find;
use std::time::Duration;

use owt_core::AbsPath;
use owt_core::WorkspaceId;
use owt_core::agent_failure::AgentFailure;
use owt_core::attempt::Attempt;
use owt_core::attempt::Line;
use owt_core::authority::Action;
use owt_core::authority::Principal;
use owt_core::delivery::Delivery;
use owt_core::delivery::DeliveryPhase;
use owt_core::delivery::Meaning;
use owt_core::job::Job;
use owt_core::retry::Next;
use owt_core::status::Status;
use owt_core::workspace::Workspace;
use owt_ports::StoreError;

use super::SelectError;
use super::StillThere;
use crate::engine::Engine;
use crate::records::Which;

/// How many must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quorum {
    /// All.
    All,
    /// The first.
    Any,
}

/// What to wait for.
#[derive(Debug, Clone)]
pub struct WaitRequest {
    /// Seen from here.
    pub folder: AbsPath,
    /// The workspaces.
    pub names: Vec<String>,
    /// How many.
    pub quorum: Quorum,
    /// At most this long; `None` is as long as somebody listens.
    pub timeout: Option<Duration>,
}

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitEnd {
    /// At a good end.
    Done,
    /// One failed.
    Failed,
    /// One needs a person.
    NeedsPerson,
    /// Time ran out, or nobody listens any more.
    TimedOut,
}

/// One waited-for workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waited {
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: Status,
    /// Why, for people.
    pub detail: Option<String>,
    /// How its work failed, and what comes next.
    pub failure: Option<(AgentFailure, Next)>,
}

/// Longest wait without a limit: a year.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Waits.
///
/// # Errors
/// [`SelectError`] before the wait begins, or when the journal fails.
pub fn wait(
    engine: &Engine,
    asker: &Principal,
    request: &WaitRequest,
    still_there: StillThere<'_>,
) -> Result<(WaitEnd, Vec<Waited>), SelectError> {
    let mut ids = Vec::new();
    for name in &request.names {
        let id = find(engine, asker, &request.folder, name, Action::Read)?.id;
        // Two abbreviations of one name are one workspace.
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let reached = engine.await_state(request.timeout.unwrap_or(FOREVER), still_there, || {
        let states = waited(engine, &ids)?;
        Ok(verdict(&states, request.quorum).map(|end| (end, states)))
    })?;
    match reached {
        Some((end, states)) => Ok((end, states.into_iter().map(|(waited, _)| waited).collect())),
        None => {
            let states = waited(engine, &ids)?;
            Ok((WaitEnd::TimedOut, states.into_iter().map(|(waited, _)| waited).collect()))
        }
    }
}

fn waited(engine: &Engine, ids: &[WorkspaceId]) -> Result<Vec<(Waited, Option<WaitEnd>)>, StoreError> {
    ids.iter().map(|id| waited_one(engine, *id)).collect()
}

pub(super) fn waited_one(engine: &Engine, id: WorkspaceId) -> Result<(Waited, Option<WaitEnd>), StoreError> {
    let Some(workspace) = engine.records().load::<Workspace>(id)? else {
        let gone = Waited { name: id.to_string(), status: Status::Unknown, detail: None, failure: None };
        return Ok((gone, Some(WaitEnd::Failed)));
    };
    let name = workspace.spec.name.to_string();
    // Before the status: a message that arrives between the two looks is then seen by the second.
    let message_under_way = has_message_under_way(engine, &workspace, id)?;
    let (judgement, failure) = engine.judgement_of(&workspace)?;
    let end = end_of(judgement.status, message_under_way);
    let failure = failure.filter(|_| end.is_some());
    // It takes messages, but what it was asked is not done.
    let failed_turn = failure.as_ref().filter(|_| judgement.status == Status::Idle);
    let failed_turn = failed_turn.map(|(failure, _)| format!("its last turn failed: {}", failure.message));
    let end = if failed_turn.is_some() { Some(WaitEnd::Failed) } else { end };
    let detail = failed_turn.or(judgement.detail);
    Ok((Waited { name, status: judgement.status, detail, failure }, end))
}

/// Whether a message is on its way, so that "idle" is the calm before the work.
fn has_message_under_way(
    engine: &Engine,
    workspace: &Workspace,
    id: WorkspaceId,
) -> Result<bool, StoreError> {
    Ok(has_message_waiting(engine, id)? || has_given_line(engine, workspace)?)
}

/// Whether a message waits for the agent of a workspace, or is being put before it.
pub(crate) fn has_message_waiting(engine: &Engine, id: WorkspaceId) -> Result<bool, StoreError> {
    Ok(waiting(engine, id)?.next().is_some())
}

/// Whether one is by which something is asked for.
pub(crate) fn has_words_waiting(engine: &Engine, id: WorkspaceId) -> Result<bool, StoreError> {
    Ok(waiting(engine, id)?.any(|delivery| delivery.spec.meaning != Meaning::Information))
}

fn waiting(engine: &Engine, id: WorkspaceId) -> Result<impl Iterator<Item = Delivery>, StoreError> {
    let live = engine.records().list::<Delivery>(Some(&id.to_string()), Which::Live)?;
    Ok(live.into_iter().map(|delivery| delivery.state).filter(|delivery| {
        matches!(
            delivery.phase,
            DeliveryPhase::Accepted | DeliveryPhase::Queued { .. } | DeliveryPhase::Injecting { .. }
        )
    }))
}

/// Whether the agent has a message that its record does not know it has yet.
fn has_given_line(engine: &Engine, workspace: &Workspace) -> Result<bool, StoreError> {
    let job = engine.records().load::<Job>(workspace.spec.job)?;
    let Some(attempt) = job.and_then(|job| job.newest_attempt()) else { return Ok(false) };
    let attempt = engine.records().load::<Attempt>(attempt)?;
    Ok(attempt.is_some_and(|attempt| attempt.is_running() && matches!(attempt.line, Line::Given { .. })))
}

fn end_of(status: Status, message_under_way: bool) -> Option<WaitEnd> {
    match status {
        Status::Done | Status::Exited => Some(WaitEnd::Done),
        Status::Idle if !message_under_way => Some(WaitEnd::Done),
        Status::Failed => Some(WaitEnd::Failed),
        Status::WaitingInput | Status::WaitingPermission | Status::Blocked => Some(WaitEnd::NeedsPerson),
        Status::Starting | Status::Working | Status::Idle | Status::Unknown => None,
    }
}

/// How the whole wait ends, if it does: with all, when each has ended or needs a person.
fn verdict(states: &[(Waited, Option<WaitEnd>)], quorum: Quorum) -> Option<WaitEnd> {
    let ended: Vec<WaitEnd> = states.iter().filter_map(|(_, end)| *end).collect();
    let over = match quorum {
        Quorum::All => ended.len() == states.len(),
        Quorum::Any => !ended.is_empty(),
    };
    let worst = || {
        [WaitEnd::NeedsPerson, WaitEnd::Failed]
            .into_iter()
            .find(|end| ended.contains(end))
            .unwrap_or(WaitEnd::Done)
    };
    match quorum {
        _ if !over => None,
        Quorum::Any if ended.contains(&WaitEnd::Done) => Some(WaitEnd::Done),
        _ => Some(worst()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where each stands, and the end with all and with any.
    type Case<'a> = (&'a [Option<WaitEnd>], Option<WaitEnd>, Option<WaitEnd>);

    #[test]
    fn each_status_is_an_end_or_is_waited_through() {
        use WaitEnd::Done;
        use WaitEnd::Failed;
        use WaitEnd::NeedsPerson;
        let table = [
            (Status::Starting, None, None),
            (Status::Working, None, None),
            (Status::Unknown, None, None),
            (Status::Idle, Some(Done), None),
            (Status::WaitingInput, Some(NeedsPerson), Some(NeedsPerson)),
            (Status::WaitingPermission, Some(NeedsPerson), Some(NeedsPerson)),
            (Status::Blocked, Some(NeedsPerson), Some(NeedsPerson)),
            (Status::Done, Some(Done), Some(Done)),
            (Status::Exited, Some(Done), Some(Done)),
            (Status::Failed, Some(Failed), Some(Failed)),
        ];
        for (status, alone, with_a_message_under_way) in table {
            assert_eq!(end_of(status, false), alone, "{status:?}");
            assert_eq!(end_of(status, true), with_a_message_under_way, "{status:?} and a message");
        }
    }

    #[test]
    fn a_wait_ends_with_the_worst_of_all_or_the_best_of_any() {
        use WaitEnd::Done;
        use WaitEnd::Failed;
        use WaitEnd::NeedsPerson;
        let waited =
            |end| (Waited { name: String::new(), status: Status::Unknown, detail: None, failure: None }, end);
        let table: [Case<'_>; 10] = [
            (&[None], None, None),
            (&[Some(Done)], Some(Done), Some(Done)),
            (&[Some(Done), None], None, Some(Done)),
            (&[Some(Failed), None], None, Some(Failed)),
            (&[Some(NeedsPerson), None], None, Some(NeedsPerson)),
            (&[Some(Done), Some(Done)], Some(Done), Some(Done)),
            (&[Some(Done), Some(Failed)], Some(Failed), Some(Done)),
            (&[Some(Done), Some(NeedsPerson)], Some(NeedsPerson), Some(Done)),
            (&[Some(Failed), Some(NeedsPerson)], Some(NeedsPerson), Some(NeedsPerson)),
            (&[None, Some(Failed), Some(Done)], None, Some(Done)),
        ];
        for (ends, all, any) in table {
            let states: Vec<_> = ends.iter().map(|end| waited(*end)).collect();
            assert_eq!(verdict(&states, Quorum::All), all, "all of {ends:?}");
            assert_eq!(verdict(&states, Quorum::Any), any, "any of {ends:?}");
        }
    }
}
