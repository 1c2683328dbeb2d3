//! When something last came from an agent, what is to be warned of, and what its person has not looked at.

use owt_core::Timestamp;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptPhase;
use owt_core::attention::Attention;
use owt_core::attention::AttentionInput;
use owt_core::authority::Principal;
use owt_core::effect::Message;
use owt_core::warning::warnings;
use owt_ports::StoreError;

use crate::engine::Engine;
use crate::entity::Entity as _;
use crate::herald::sight_of;
use crate::herald::work;
use crate::view::WorkspaceView;

/// Adds it to each view. What cannot be read is left out: a list is worth more than its edges.
pub(crate) fn add_activity(engine: &Engine, views: &mut [WorkspaceView]) {
    let limits = engine.ports().settings.attention().map(|settings| settings.warnings).unwrap_or_default();
    let now = engine.ports().clock.now();
    let mut known = match engine.records().load_all::<Attention>(views.iter().map(|view| view.id)) {
        Ok(known) => known,
        Err(error) => {
            tracing::warn!(%error, "nobody's activity is known");
            return;
        }
    };
    for view in views {
        view.attention = known.remove(&Attention::stream(view.id));
        view.note_uncertain();
        view.last_activity = last_activity(engine, view);
        let sight = sight_of(view);
        match work(engine, &sight, view.attention.as_ref()) {
            Ok(work) => view.warnings = work.map_or_else(Vec::new, |work| warnings(&work, &limits, now)),
            Err(error) => tracing::warn!(workspace = view.name(), %error, "what to warn of is not known"),
        }
    }
}

fn last_activity(engine: &Engine, view: &WorkspaceView) -> Option<Timestamp> {
    let (id, attempt) = view.attempt.as_ref()?;
    let printed = engine.ports().sessions.printed_at(*id).unwrap_or_else(|error| {
        tracing::debug!(attempt = %id, %error, "when a session printed last is not known");
        None
    });
    printed.max(Some(last_event(attempt)))
}

fn last_event(attempt: &Attempt) -> Timestamp {
    match attempt.phase {
        AttemptPhase::Ended { at, .. } => at,
        AttemptPhase::Launching | AttemptPhase::Running { .. } => attempt.doing.since,
    }
}

/// Notes that the person has said more to an agent: what it may not have read before they see to themselves.
pub(crate) fn answered(engine: &Engine, asker: &Principal, view: &WorkspaceView) -> Result<(), StoreError> {
    let attention = match asker {
        Principal::Person => engine.records().load::<Attention>(view.id)?,
        Principal::Attempt(_) => None,
    };
    match attention.is_some_and(|attention| !attention.uncertain.is_empty()) {
        true => {
            let message = Message::Attention { id: view.id, input: AttentionInput::Answered };
            engine.dispatch(message, engine.fresh_request())
        }
        false => Ok(()),
    }
}

/// Notes that somebody looks at a workspace. Only a person's look counts: what an agent reads its person has not seen.
pub(crate) fn looked_at(engine: &Engine, asker: &Principal, view: &WorkspaceView) {
    if *asker != Principal::Person {
        return;
    }
    let unread = engine
        .records()
        .load::<Attention>(view.id)
        .map(|attention| attention.is_some_and(|attention| attention.unread_since.is_some()));
    let noted = unread.and_then(|unread| match unread {
        true => {
            let message = Message::Attention { id: view.id, input: AttentionInput::Looked };
            engine.dispatch(message, engine.fresh_request())
        }
        false => Ok(()),
    });
    if let Err(error) = noted {
        tracing::warn!(workspace = view.name(), %error, "that it was looked at is not noted");
    }
}
