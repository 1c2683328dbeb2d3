//! Following a repository that was moved by hand: the links of its worktrees, and every record that names it.

use owt_core::AbsPath;
use owt_core::RepositoryId;
use owt_core::RequestId;
use owt_core::effect::Message;
use owt_core::landing::Landing;
use owt_core::landing::LandingInput;
use owt_core::notebook::Notebook;
use owt_core::notebook::NotebookInput;
use owt_core::train::Train;
use owt_core::train::TrainInput;
use owt_core::vcs::Repository;
use owt_core::workspace::Workspace;
use owt_core::workspace::WorkspaceInput;
use owt_ports::StoreError;

use super::Tried;
use super::git_answer;
use crate::engine::Engine;
use crate::records::Which;

/// The live workspaces come last: by them a try that was broken off finds the repository away once more. Removed ones go
/// along, so that they can be brought back there.
pub(super) fn follow(engine: &Engine, request: RequestId, from: &Repository, to: &Repository) -> Tried {
    let of_it = engine.records().list::<Workspace>(Some(&from.id.to_string()), Which::All)?;
    let paths: Vec<AbsPath> =
        of_it.iter().map(|record| record.state.spec.path.carried(&from.root, &to.root)).collect();
    let linked = git_answer(engine.ports().git.relink(to, &paths))?;
    if linked.is_err() {
        return Ok(linked);
    }
    notes(engine, request, from.id, to.id)?;
    landings(engine, request, from, to)?;
    for record in of_it {
        let input = WorkspaceInput::RepositoryMoved { to: to.clone() };
        engine.dispatch(Message::Workspace { id: record.id, input }, request)?;
    }
    Ok(Ok(()))
}

/// A note is taken out where it was once it is where it belongs now.
fn notes(
    engine: &Engine,
    request: RequestId,
    from: RepositoryId,
    to: RepositoryId,
) -> Result<(), StoreError> {
    let Some(old) = engine.records().load::<Notebook>(from)?.filter(|_| from != to) else { return Ok(()) };
    let input = NotebookInput::TakeOver { repository: to, from: Box::new(old.clone()) };
    engine.dispatch(Message::Notebook { id: to, input }, request)?;
    let Some(new) = engine.records().load::<Notebook>(to)? else { return Ok(()) };
    for note in old.notes.iter().filter(|note| new.has(note.id)) {
        let input = NotebookInput::Remove { number: note.number };
        engine.dispatch(Message::Notebook { id: from, input }, request)?;
    }
    Ok(())
}

/// What has landed can be taken back there.
fn landings(
    engine: &Engine,
    request: RequestId,
    from: &Repository,
    to: &Repository,
) -> Result<(), StoreError> {
    for record in engine.records().list::<Landing>(None, Which::All)? {
        if record.state.spec.repository.id == from.id {
            let input = LandingInput::RepositoryMoved { to: to.clone() };
            engine.dispatch(Message::Landing { id: record.id, input }, request)?;
        }
    }
    for record in engine.records().list::<Train>(Some(&from.id.to_string()), Which::All)? {
        let input = TrainInput::RepositoryMoved { to: to.clone() };
        engine.dispatch(Message::Train { id: record.id, input }, request)?;
    }
    Ok(())
}
