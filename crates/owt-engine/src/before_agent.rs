//! Which messages an agent may be reading now. The line to it is not enough to know that: what ends a turn comes in
//! two ways (a hook and the event stream), and the slower one may free the line after the next message took it.

use owt_agents::delivery::is_same_text;
use owt_agents::delivery::said;
use owt_core::AttemptId;
use owt_core::DeliveryId;
use owt_core::attempt::Attempt;
use owt_core::attempt::Line;
use owt_core::delivery::Delivery;
use owt_core::delivery::DeliveryPhase;
use owt_core::text::Prompt;
use owt_ports::FileError;
use owt_ports::StoreError;

use crate::ports::Ports;
use crate::records::Records;
use crate::records::Which;

/// Messages that were put before an attempt's agent, the likeliest first: the one on the line, then those that it
/// has not been seen to read, oldest first.
pub(crate) fn before_agent(records: &Records, id: AttemptId) -> Result<Vec<DeliveryId>, StoreError> {
    let Some(attempt) = records.load::<Attempt>(id)? else {
        return Ok(Vec::new());
    };
    let mut messages = match attempt.line {
        Line::Given { delivery, .. } | Line::Taken { delivery, .. } => vec![delivery],
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

/// The same, and then those of which nobody knows whether it has them, for whoever compares the words: what tells that
/// one was read may come when its agent has long been taken to be at rest.
pub(crate) fn maybe_before_agent(records: &Records, id: AttemptId) -> Result<Vec<DeliveryId>, StoreError> {
    let mut messages = before_agent(records, id)?;
    let attempt = records.load::<Attempt>(id)?;
    for unread in attempt.iter().flat_map(|attempt| &attempt.heard.unread) {
        if !messages.contains(&unread.delivery) {
            messages.push(unread.delivery);
        }
    }
    Ok(messages)
}

/// Whether a message was or may have been put before this agent, and has not been seen to be read.
pub(crate) fn is_before(phase: &DeliveryPhase, agent: AttemptId) -> bool {
    match phase {
        DeliveryPhase::Injecting { attempt, .. }
        | DeliveryPhase::Injected { attempt }
        | DeliveryPhase::Uncertain { attempt, .. } => *attempt == agent,
        _ => false,
    }
}

/// The message that a prompt carries: one that was put before the agent, if the texts are the same, or the prompt
/// names its file.
pub(crate) fn message_read(
    ports: &Ports,
    records: &Records,
    attempt: AttemptId,
    prompt: &str,
) -> Result<Option<DeliveryId>, StoreError> {
    for id in maybe_before_agent(records, attempt)? {
        let Some(delivery) = records.load::<Delivery>(id)? else { continue };
        if is_carried(ports, &delivery, prompt)? {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Whether a prompt carries this message.
pub(crate) fn is_carried(ports: &Ports, delivery: &Delivery, prompt: &str) -> Result<bool, StoreError> {
    let text = match ports.files.read(&delivery.spec.text) {
        Ok(bytes) => bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        Err(FileError::Crashed) => return Err(StoreError::Crashed),
        Err(_) => None,
    };
    let same = text.is_some_and(|text| carries(prompt, &text));
    Ok(same || prompt.contains(delivery.spec.text.as_str()))
}

/// Whether a prompt is this text as it was typed: with our line before it, and controls made visible.
fn carries(prompt: &str, text: &str) -> bool {
    let typed = Prompt::new(text).map(|text| text.for_terminal()).unwrap_or_default();
    is_same_text(&typed, said(prompt))
}
