//! Correcting the record from what is really there. Takes no input: the run at the start, after a crash, and the
//! one on the timer are the same.

use std::collections::BTreeSet;

use owt_core::AbsPath;
use owt_core::DeliveryId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptInput;
use owt_core::attempt::AttemptPhase;
use owt_core::delivery::Delivery;
use owt_core::effect::Effect;
use owt_core::effect::Message;
use owt_core::evidence::Activity;
use owt_core::failure::Failure;
use owt_core::failure::FailureKind;
use owt_core::job::Job;
use owt_core::job::JobInput;
use owt_core::job::JobPhase;
use owt_core::machine::Machine as _;
use owt_core::workspace::Ground;
use owt_core::workspace::Phase;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_ports::FileError;
use owt_ports::GitError;
use owt_ports::SessionError;
use owt_ports::SessionPresence;
use owt_ports::StoreError;
use owt_ports::WorktreePresence;

use crate::effects::sync::settled::removal_of_helper;
use crate::engine::Engine;
use crate::entity::Entity as _;
use crate::projection;
use crate::records::Which;
use crate::subject::round_span;

/// Looks at sessions, folders and leases, and corrects what the record says of them.
///
/// # Errors
/// Only failures of the journal.
pub(crate) fn reconcile(engine: &Engine) -> Result<(), StoreError> {
    reconcile_sessions(engine)?;
    reconcile_jobs(engine)?;
    reconcile_workspaces(engine)
}

/// The part that must be done often: leases run out, a session whose watcher failed is taken up again, and one whom nobody waits for
/// costs money.
///
/// # Errors
/// Only failures of the journal.
pub(crate) fn reconcile_sessions(engine: &Engine) -> Result<(), StoreError> {
    let request = engine.fresh_request();
    let _inside = round_span(request).entered();
    engine.take_up_effects()?;
    engine.effects().queue().remind_held(request)?;
    engine.effects().queue().claim_due(request)?;
    reconcile_helpers(engine)?;
    reconcile_attempts(engine)
}

fn reconcile_attempts(engine: &Engine) -> Result<(), StoreError> {
    for record in engine.records().list::<Attempt>(None, Which::Live)? {
        // A launch that was not finished is an effect in the outbox; it is done again from there.
        if !matches!(record.state.phase, AttemptPhase::Running { .. }) {
            continue;
        }
        if engine.observers().is_watching(record.id) {
            if record.state.spec.session.is_terminal() && record.state.doing.activity != Activity::Idle {
                engine.observers().look_again(record.id)?;
            }
            continue;
        }
        match engine.ports().sessions.probe(record.id) {
            Ok(SessionPresence::Running { .. } | SessionPresence::Ended { .. }) => {
                engine.observers().watch(record.id)?;
            }
            Ok(SessionPresence::Lost | SessionPresence::Never) => {
                engine.observers().read_rest(record.id)?;
                let message = Message::Attempt { id: record.id, input: AttemptInput::Lost };
                engine.dispatch(message, engine.fresh_request())?;
            }
            Err(SessionError::Crashed) => return Err(StoreError::Crashed),
            Err(error) => tracing::warn!(attempt = %record.id, %error, "the session cannot be looked at"),
        }
    }
    Ok(())
}

/// A job whose workspace was never recorded (a crash between the two) can never start. The lock is held because a
/// request records the two one after the other.
fn reconcile_jobs(engine: &Engine) -> Result<(), StoreError> {
    let _naming = engine.naming();
    for record in engine.records().list::<Job>(None, Which::Live)? {
        let waiting = matches!(record.state.phase, JobPhase::Waiting { .. });
        if waiting && engine.records().load::<Workspace>(record.state.spec.workspace)?.is_none() {
            let failure =
                Failure::new(FailureKind::Lost, "its request was interrupted before it was recorded");
            let input = JobInput::WorkspaceFailed { failure };
            engine.dispatch(Message::Job { id: record.id, input }, engine.fresh_request())?;
        }
    }
    Ok(())
}

fn reconcile_workspaces(engine: &Engine) -> Result<(), StoreError> {
    for record in engine.records().list::<Workspace>(None, Which::Live)? {
        let Ground::Worktree(line) = &record.state.spec.ground else { continue };
        if record.state.phase != Phase::Ready {
            continue;
        }
        let present = match engine.ports().git.worktree_presence(&line.repository, &record.state.spec.path) {
            Ok(presence) => matches!(presence, WorktreePresence::Present { .. }),
            Err(GitError::Crashed) => return Err(StoreError::Crashed),
            Err(_) => continue,
        };
        if present == record.state.missing {
            let input = WorkspaceInput::Found { present };
            engine.dispatch(Message::Workspace { id: record.id, input }, engine.fresh_request())?;
        }
    }
    Ok(())
}

/// Takes away what was made to help a workspace, and that nobody wants any more: somebody was to look at its work, and nobody waits
/// for what they say (the command was broken off, or its server); or the workspace itself is gone.
fn reconcile_helpers(engine: &Engine) -> Result<(), StoreError> {
    for record in engine.records().list::<Workspace>(None, Which::Live)? {
        let Some(of) = record.state.spec.helps().filter(|_| record.state.phase == Phase::Ready) else {
            continue;
        };
        let is_wanted = match record.state.spec.reviews {
            Some(_) => engine.settlings().is_awaited(of, record.id),
            None => engine.records().load::<Workspace>(of)?.is_some_and(|of| of.is_live()),
        };
        if is_wanted {
            continue;
        }
        let removal = removal_of_helper(engine.ports(), &record.state);
        let input = WorkspaceInput::Remove { removal };
        engine.dispatch(Message::Workspace { id: record.id, input }, engine.fresh_request())?;
    }
    Ok(())
}

/// Removes the private files of workspaces and messages that were never recorded (a crash came between), and of workspaces
/// that could not be made and left theirs behind. Only at the start: a request writes its files before it records anything.
pub(crate) fn sweep_private_files(engine: &Engine) -> Result<(), StoreError> {
    sweep_messages(engine)?;
    let names = names_in(engine, &engine.home().workspaces())?;
    for id in names.iter().filter_map(|name| name.parse::<WorkspaceId>().ok()) {
        let workspace = engine.records().load::<Workspace>(id)?;
        if workspace.is_none_or(|workspace| matches!(workspace.phase, Phase::Discarded { .. })) {
            engine.effects().forget_files(id)?;
        }
    }
    Ok(())
}

fn names_in(engine: &Engine, folder: &AbsPath) -> Result<Vec<String>, StoreError> {
    match engine.ports().files.list(folder) {
        Err(FileError::Crashed) => Err(StoreError::Crashed),
        Err(error) => {
            tracing::warn!(%error, "private files cannot be listed");
            Ok(Vec::new())
        }
        Ok(names) => Ok(names),
    }
}

fn sweep_messages(engine: &Engine) -> Result<(), StoreError> {
    let names = names_in(engine, &engine.home().messages())?;
    let named = names.iter().filter_map(|name| name.strip_suffix(".txt")?.parse::<DeliveryId>().ok());
    let mut unknown: BTreeSet<DeliveryId> = named.collect();
    for stream in projection::streams(engine.ports().store.as_ref(), Delivery::KIND)? {
        if let Ok(id) = stream.id.parse() {
            unknown.remove(&id);
        }
    }
    if unknown.is_empty() {
        return Ok(());
    }
    let promised = promised_messages(engine)?;
    for id in unknown.difference(&promised) {
        match engine.ports().files.remove(&engine.home().message(*id)) {
            Err(FileError::Crashed) => return Err(StoreError::Crashed),
            Err(error) => tracing::warn!(message = %id, %error, "a text that belongs to nothing stays"),
            Ok(()) => tracing::info!(message = %id, "a text that was never recorded is removed"),
        }
    }
    Ok(())
}

/// Messages that become some only later: what a job is to go on with, or what a session is to be told in its next place.
fn promised_messages(engine: &Engine) -> Result<BTreeSet<DeliveryId>, StoreError> {
    let jobs = engine.records().list::<Job>(None, Which::All)?;
    let resumptions = jobs.into_iter().filter_map(|record| record.state.resumption?.message);
    let attempts = engine.records().list::<Attempt>(None, Which::All)?;
    let handovers = attempts.into_iter().filter_map(|record| record.state.handover?.message);
    let mut promised: BTreeSet<DeliveryId> = resumptions.chain(handovers).map(|(id, _)| id).collect();
    for task in engine.pending() {
        match task.effect {
            Effect::Tell(message) => {
                if let Message::Delivery { id, .. } = *message {
                    promised.insert(id);
                }
            }
            Effect::PlanRetry { from } => {
                promised.extend(from.after.map(|attempt| DeliveryId::from_bits(attempt.bits())));
            }
            _ => {}
        }
    }
    Ok(promised)
}
