//! Notes: what whoever works in a repository should know. Written by the person or an agent, told to those who work now
//! and to those who come later.

use owt_core::AbsPath;
use owt_core::NoteId;
use owt_core::RepositoryId;
use owt_core::RequestId;
use owt_core::attempt::Attempt;
use owt_core::authority::Action;
use owt_core::authority::Ownership;
use owt_core::authority::Principal;
use owt_core::authority::authorise;
use owt_core::effect::Message;
use owt_core::notebook::Note;
use owt_core::notebook::NoteSource;
use owt_core::notebook::NoteText;
use owt_core::notebook::Notebook;
use owt_core::notebook::NotebookInput;
use owt_core::notebook::Room;
use owt_core::workspace::Workspace;
use owt_ports::GitError;
use owt_ports::StoreError;

use super::CommonError;
use super::Resolve;
use crate::engine::Engine;
use crate::notes::Reach;
use crate::notes::reach;
use crate::use_cases::select::live_workspaces;
use crate::view::WorkspaceView;

/// The most notes of one answer.
pub const NOTES_A_PAGE: usize = 50;

/// Why nothing was written, listed or taken out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// Not allowed, or the journal.
    #[error(transparent)]
    Common(#[from] CommonError),
    /// There are too many.
    #[error("this repository has {0} notes, and that is the most it can have")]
    Full(usize),
    /// There are too many of agents.
    #[error("agents have left {0} notes in this repository, and that is the most they can")]
    FullOfAgents(usize),
    /// There is no such note.
    #[error("there is no note {0} in this repository")]
    Unknown(u64),
}

impl From<StoreError> for NoteError {
    fn from(error: StoreError) -> Self {
        Self::Common(error.into())
    }
}

impl From<owt_core::authority::Denied> for NoteError {
    fn from(denied: owt_core::authority::Denied) -> Self {
        Self::Common(denied.into())
    }
}

/// A note that was written, or would be.
#[derive(Debug, Clone)]
pub struct Written {
    /// The note; `None` when it was only looked at.
    pub note: Option<Note>,
    /// The running workspaces of the repository, and whether their agents get it.
    pub reaches: Vec<(WorkspaceView, Reach)>,
}

/// Which notes are taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwanted {
    /// That of this number.
    One(u64),
    /// All, or all up to this number.
    All(Option<u64>),
}

/// Writes a note.
///
/// # Errors
/// [`NoteError`].
pub fn note(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    folder: &AbsPath,
    text: &NoteText,
    resolve: Resolve,
) -> Result<Written, NoteError> {
    let repository = repository(engine, asker, folder, Action::Note)?;
    let source = source(engine, asker)?;
    refuse_full(engine, repository, &source)?;
    let reaches = readers(engine, repository, &source)?;
    if resolve == Resolve::Preview {
        return Ok(Written { note: None, reaches });
    }
    let id = NoteId::from_bits(engine.ports().entropy.id_bits());
    let input = NotebookInput::Write { repository, id, text: text.clone(), source: source.clone() };
    engine.dispatch(Message::Notebook { id: repository, input }, request)?;
    let written = book(engine, repository)?.into_iter().find(|note| note.id == id);
    match written {
        Some(note) => Ok(Written { note: Some(note), reaches }),
        // The last free place went to somebody else, or somebody has taken it out already.
        None => {
            refuse_full(engine, repository, &source)?;
            Err(CommonError::Store(StoreError::Failed("the note was taken out meanwhile".to_owned())).into())
        }
    }
}

/// The notes of a repository after this number, oldest first, and whether there are more than one answer holds.
///
/// # Errors
/// [`NoteError`].
pub fn notes(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
    after: u64,
) -> Result<(Vec<Note>, bool), NoteError> {
    let repository = repository(engine, asker, folder, Action::Read)?;
    let mut notes = book(engine, repository)?;
    notes.retain(|note| note.number > after);
    let more = notes.len() > NOTES_A_PAGE;
    notes.truncate(NOTES_A_PAGE);
    Ok((notes, more))
}

/// Takes notes out; answers with those that went, or would go. What is on its way to an agent arrives all the same.
///
/// # Errors
/// [`NoteError`].
pub fn forget_notes(
    engine: &Engine,
    asker: &Principal,
    request: RequestId,
    folder: &AbsPath,
    unwanted: Unwanted,
    resolve: Resolve,
) -> Result<Vec<Note>, NoteError> {
    let repository = repository(engine, asker, folder, Action::Read)?;
    let mut notes = book(engine, repository)?;
    let input = match unwanted {
        Unwanted::One(number) => {
            notes.retain(|note| note.number == number);
            let note = notes.first().ok_or(NoteError::Unknown(number))?;
            let own = note.source.workspace().is_some() && note.source.workspace() == writer(engine, asker)?;
            let ownership = if own { Ownership::Own } else { Ownership::SameRepository };
            authorise(asker, Action::RemoveNote(ownership))?;
            NotebookInput::Remove { number }
        }
        Unwanted::All(up_to) => {
            authorise(asker, Action::RemoveNote(Ownership::SameRepository))?;
            let newest = notes.last().map_or(0, |note| note.number);
            let up_to = up_to.unwrap_or(newest);
            notes.retain(|note| note.number <= up_to);
            NotebookInput::Clear { up_to }
        }
    };
    if resolve == Resolve::Do {
        engine.dispatch(Message::Notebook { id: repository, input }, request)?;
    }
    Ok(notes)
}

/// The repository of a folder, if the asker may do this there.
fn repository(
    engine: &Engine,
    asker: &Principal,
    folder: &AbsPath,
    action: fn(Ownership) -> Action,
) -> Result<RepositoryId, NoteError> {
    let found = engine.ports().git.discover(folder)?.repository.id;
    let ownership = match asker {
        Principal::Attempt(scope) if scope.repository != Some(found) => Ownership::Elsewhere,
        _ => Ownership::SameRepository,
    };
    authorise(asker, action(ownership))?;
    Ok(found)
}

fn book(engine: &Engine, repository: RepositoryId) -> Result<Vec<Note>, StoreError> {
    Ok(engine.records().load::<Notebook>(repository)?.map(|book| book.notes).unwrap_or_default())
}

fn refuse_full(engine: &Engine, repository: RepositoryId, source: &NoteSource) -> Result<(), NoteError> {
    match engine.records().load::<Notebook>(repository)?.map(|book| book.room(source)) {
        None | Some(Room::Free) => Ok(()),
        Some(Room::Full(count)) => Err(NoteError::Full(count)),
        Some(Room::FullOfAgents(count)) => Err(NoteError::FullOfAgents(count)),
    }
}

/// The workspace of the agent that asks.
fn writer(engine: &Engine, asker: &Principal) -> Result<Option<owt_core::WorkspaceId>, StoreError> {
    let Principal::Attempt(scope) = asker else { return Ok(None) };
    let attempt = engine.records().load::<Attempt>(scope.attempt)?;
    Ok(attempt.map(|attempt| attempt.spec.workspace))
}

fn source(engine: &Engine, asker: &Principal) -> Result<NoteSource, StoreError> {
    let Principal::Attempt(scope) = asker else { return Ok(NoteSource::Person) };
    let lost = || StoreError::Failed(format!("the record of {} is missing", scope.attempt));
    let workspace = writer(engine, asker)?.ok_or_else(lost)?;
    let name = engine.records().load::<Workspace>(workspace)?.ok_or_else(lost)?.spec.name;
    Ok(NoteSource::Agent { attempt: scope.attempt, workspace, name })
}

/// Who works now, and whether they get it.
fn readers(
    engine: &Engine,
    repository: RepositoryId,
    source: &NoteSource,
) -> Result<Vec<(WorkspaceView, Reach)>, StoreError> {
    let mut readers = Vec::new();
    for record in live_workspaces(engine, Some(repository))? {
        let view = WorkspaceView::gather(engine.records(), record)?;
        let reach = match (&view.job, view.running()) {
            (Some((_, job)), Some((_, attempt))) => reach(source, job, attempt.spec.session),
            _ => continue,
        };
        readers.push((view, reach));
    }
    Ok(readers)
}
