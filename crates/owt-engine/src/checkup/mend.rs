//! Putting one fault right. Each looks once more whether it is still so, and can be repeated.

mod following;

use std::time::Duration;

use owt_core::AbsPath;
use owt_core::AttemptId;
use owt_core::RequestId;
use owt_core::SnapshotId;
use owt_core::WorkspaceId;
use owt_core::attempt::Attempt;
use owt_core::attempt::AttemptInput;
use owt_core::effect::Message;
use owt_core::machine::Machine as _;
use owt_core::session::EndReason;
use owt_core::vcs::Repository;
use owt_core::workspace::BranchFate;
use owt_core::workspace::Phase;
use owt_core::workspace::Removal;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_ports::FileError;
use owt_ports::GitError;
use owt_ports::SessionError;
use owt_ports::SnapshotLabel;
use owt_ports::StoreError;

use super::fault::Fault;
use crate::engine::Engine;
use crate::entity::Entity as _;
use crate::projection;

/// How long a workspace's record may take to be closed.
const MAX_REMOVAL: Duration = Duration::from_secs(60);

/// Why a fault stays, in words.
type Tried = Result<Result<(), String>, StoreError>;

/// Mends a fault.
///
/// # Errors
/// Only failures of the journal; why it stays otherwise is in the answer.
pub(super) fn mend(engine: &Engine, request: RequestId, fault: &Fault, take_reports: &dyn Fn()) -> Tried {
    let ports = engine.ports();
    match fault {
        Fault::OrphanedWorktree { repository, worktree } => {
            Ok(put_away(engine, (repository, &worktree.path), "doctor")?.map(|_| ()))
        }
        Fault::WorktreeGone { workspace, .. } => remove(engine, request, *workspace),
        Fault::RepositoryMoved { from, to, .. } => following::follow(engine, request, from, to),
        Fault::OrphanedSession { attempt } => end_session(engine, *attempt),
        Fault::LostSession { attempt, .. } => {
            let message = Message::Attempt { id: *attempt, input: AttemptInput::Lost };
            engine.dispatch(message, request).map(Ok)
        }
        Fault::OrphanedWindow { window } => session_answer(ports.sessions.close_window(window)),
        Fault::StaleRow { stream } => match projection::mend(engine, stream) {
            Err(StoreError::Failed(why)) => Ok(Err(why)),
            mended => mended.map(Ok),
        },
        Fault::WaitingReports { folder, .. } => {
            take_reports();
            still_waiting(engine, folder)
        }
        Fault::UnfinishedReport { file } => file_answer(ports.files.remove(file)),
        Fault::BrokenHooks { attempt, file, .. } => write_hooks(engine, *attempt, file),
        Fault::StaleGitLock { path, lock, .. } => git_answer(ports.git.set_index_lock_aside(path, lock)),
        Fault::RepositoryGone { .. }
        | Fault::UnreadableRecord { .. }
        | Fault::LittleRoom { .. }
        | Fault::NotLookedAt { .. } => Ok(Err(fault.words().remedy)),
    }
}

/// Keeps what is not committed in a snapshot, and moves the folder into the trash beside it; its branch stays. Why it stays
/// otherwise is in the answer. The snapshot is named by the worktree's place, so that a try that was broken off is found again.
///
/// # Errors
/// Only failures of the journal.
pub(crate) fn put_away(
    engine: &Engine,
    (repository, path): (&Repository, &AbsPath),
    reason: &str,
) -> Result<Result<Option<SnapshotId>, String>, StoreError> {
    let ports = engine.ports();
    // The events, not the rows, say what is known; and somebody may have begun with it since it was looked at.
    for stream in projection::streams(ports.store.as_ref(), Workspace::KIND)? {
        let known = projection::fold::<Workspace>(ports.store.as_ref(), &stream)?.state;
        if known.is_some_and(|known| known.spec.path == *path && known.is_live()) {
            return Ok(Err("a workspace has it by now".to_owned()));
        }
    }
    let id = SnapshotId::from_bits(ports.entropy.id_bits());
    let label = SnapshotLabel {
        id,
        workspace: path.file_name().to_owned(),
        reason: reason.to_owned(),
        at: ports.clock.now(),
    };
    match ports.git.snapshot(path, &label) {
        Ok(kept) => {
            let trashed = git_answer(ports.git.trash_worktree(repository, path, id))?;
            Ok(trashed.map(|()| kept.map(|_| id)))
        }
        Err(error) => Ok(git_answer::<()>(Err(error))?.map(|()| None)),
    }
}

/// The branch stays, whatever it holds.
fn remove(engine: &Engine, request: RequestId, id: WorkspaceId) -> Tried {
    let removal = Removal {
        snapshot: SnapshotId::from_bits(engine.ports().entropy.id_bits()),
        branch: BranchFate::Keep,
        landed: None,
    };
    let input = WorkspaceInput::Remove { removal };
    engine.dispatch(Message::Workspace { id, input }, request)?;
    let ended = engine.await_done(MAX_REMOVAL, &Workspace::stream(id), request, || {
        let workspace = engine.records().load::<Workspace>(id)?;
        Ok(workspace.and_then(|workspace| match (workspace.phase, workspace.last_failure) {
            (Phase::Removed { .. }, _) => Some(Ok(())),
            (Phase::Ready, Some(failure)) => Some(Err(failure.to_string())),
            _ => None,
        }))
    })?;
    Ok(ended.unwrap_or_else(|| Err("it is still being removed".to_owned())))
}

/// One that the events know as running is none; its row may have said otherwise.
fn end_session(engine: &Engine, attempt: AttemptId) -> Tried {
    let store = engine.ports().store.as_ref();
    let known = projection::fold::<Attempt>(store, &Attempt::stream(attempt))?.state;
    if known.is_some_and(|attempt| attempt.is_running()) {
        return Ok(Err("it belongs to a living attempt by now".to_owned()));
    }
    session_answer(engine.ports().sessions.stop(attempt, EndReason::Requested))
}

fn still_waiting(engine: &Engine, folder: &AbsPath) -> Tried {
    Ok(match engine.ports().files.list(folder) {
        Err(FileError::Crashed) => return Err(StoreError::Crashed),
        Err(error) => Err(error.to_string()),
        Ok(names) => match names.iter().filter(|name| name.ends_with(".json")).count() {
            0 => Ok(()),
            left => Err(format!("{left} of them have to wait: their sessions are not ready for them")),
        },
    })
}

fn write_hooks(engine: &Engine, attempt: AttemptId, file: &AbsPath) -> Tried {
    let files = engine.effects().hook_files(attempt)?;
    match files.into_iter().find(|wanted| wanted.path == *file) {
        Some(wanted) => file_answer(engine.ports().files.write(&wanted.path, wanted.content.as_bytes())),
        // It has ended meanwhile, or needs none any more.
        None => Ok(Ok(())),
    }
}

fn git_answer<T>(answer: Result<T, GitError>) -> Tried {
    match answer {
        Ok(_) => Ok(Ok(())),
        Err(GitError::Crashed) => Err(StoreError::Crashed),
        Err(error) => Ok(Err(error.to_string())),
    }
}

fn session_answer<T>(answer: Result<T, SessionError>) -> Tried {
    match answer {
        Ok(_) => Ok(Ok(())),
        Err(SessionError::Crashed) => Err(StoreError::Crashed),
        Err(error) => Ok(Err(error.to_string())),
    }
}

fn file_answer(answer: Result<(), FileError>) -> Tried {
    match answer {
        Ok(()) => Ok(Ok(())),
        Err(FileError::Crashed) => Err(StoreError::Crashed),
        Err(error) => Ok(Err(error.to_string())),
    }
}
