//! Which messages an agent may be reading now. The line to it is not enough to know that: what ends a turn comes in
//! two ways (a hook and the event stream), and the slower one may free the line after the next message took it.

use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::attempt::Attempt;
use owt_core::attempt::Line;
use owt_core::delivery::Delivery;
use owt_core::delivery::DeliveryPhase;
use owt_ports::StoreError;

use crate::records::Records;
use crate::records::Which;

/// Messages that were put before an attempt's agent, the likeliest first: the one on the line, then those that it
/// has not been seen to read, oldest first.
pub(crate) fn before_agent(records: &Records, id: AttemptId) -> Result<Vec<DeliveryId>, StoreError> {
    let Some(attempt) = records.load::<Attempt>(id)? else {
        return Ok(Vec::new());
    };
    let mut messages = match attempt.line {
        Line::Given { delivery } | Line::Taken { delivery, .. } => vec![delivery],
        Line::Free | Line::Refused => Vec::new(),
    };
    let workspace = attempt.spec.workspace.to_string();
    let unread = records.list::<Delivery>(Some(&workspace), Which::Live)?;
    let unread = unread.into_iter().filter(|message| is_before(&message.state.phase, id));
    for message in unread.map(|message| message.id).chain(attempt.spec.delivery) {
        if !messages.contains(&message) {
            messages.push(message);
        }
    }
    Ok(messages)
}

fn is_before(phase: &DeliveryPhase, agent: AttemptId) -> bool {
    match phase {
        DeliveryPhase::Injecting { attempt, .. } | DeliveryPhase::Injected { attempt } => *attempt == agent,
        _ => false,
    }
}
