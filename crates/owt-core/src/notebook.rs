//! The notes of one repository: what whoever works there should know. A note is information from a known source, and
//! never an instruction (decision 9).

mod moving;
mod text;

use serde::Deserialize;
use serde::Serialize;

use crate::AttemptId;
use crate::NoteId;
use crate::RepositoryId;
use crate::Timestamp;
use crate::WorkspaceId;
use crate::effect::Effect;
use crate::machine::Machine;
use crate::machine::Step;
use crate::workspace::WorkspaceName;

pub use text::MAX_NOTE_CHARS;
pub use text::NoteText;
pub use text::NoteTextError;

/// The most notes of a repository.
pub const MAX_NOTES: usize = 200;
/// The most notes of agents among them: the person always has room for their own.
pub const MAX_NOTES_OF_AGENTS: usize = 100;

/// Who wrote a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum NoteSource {
    /// The person.
    Person,
    /// The agent of a workspace.
    Agent {
        /// Its attempt.
        attempt: AttemptId,
        /// Its workspace.
        workspace: WorkspaceId,
        /// That workspace's name.
        name: WorkspaceName,
    },
}

impl NoteSource {
    /// The workspace whose agent it is.
    pub const fn workspace(&self) -> Option<WorkspaceId> {
        match self {
            Self::Person => None,
            Self::Agent { workspace, .. } => Some(*workspace),
        }
    }
}

/// One note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// Its number in the repository, from 1; never given again.
    pub number: u64,
    /// What it says.
    pub text: NoteText,
    /// Who says it.
    pub source: NoteSource,
    /// Since when.
    pub at: Timestamp,
    /// What it was called when it was written, where its repository was moved since: messages that tell it are known by that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<FirstName>,
}

/// What a note was called when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstName {
    /// In this repository.
    pub repository: RepositoryId,
    /// By this number.
    pub number: u64,
}

/// The notes of a repository, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notebook {
    /// The repository.
    pub repository: RepositoryId,
    /// The number of the newest note that there ever was.
    pub newest: u64,
    /// The notes.
    pub notes: Vec<Note>,
}

/// What may happen to a notebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "input")]
pub enum NotebookInput {
    /// Somebody writes a note. Refused without a word when there is no room for it.
    Write {
        /// The repository.
        repository: RepositoryId,
        /// The note's own id.
        id: NoteId,
        /// What it says.
        text: NoteText,
        /// Who says it.
        source: NoteSource,
    },
    /// Those of a repository that was moved here; what there is no room for is left where it is.
    TakeOver {
        /// The repository as it is here.
        repository: RepositoryId,
        /// As it was there.
        from: Box<Notebook>,
    },
    /// One is taken out.
    Remove {
        /// Its number.
        number: u64,
    },
    /// All up to this one are taken out.
    Clear {
        /// The last one's number.
        up_to: u64,
    },
}

/// What has happened to a notebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum NotebookEvent {
    /// A note was written.
    Written {
        /// The repository.
        repository: RepositoryId,
        /// The note.
        note: Note,
    },
    /// It goes on from another one, whose numbers are not given again either.
    WentOn {
        /// The repository.
        repository: RepositoryId,
        /// The number of the newest note that there ever was there.
        newest: u64,
    },
    /// One was taken out.
    Removed {
        /// Its number.
        number: u64,
    },
    /// All up to this one were taken out.
    Cleared {
        /// The last one's number.
        up_to: u64,
    },
}

/// Whether there is room for one more note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// There is.
    Free,
    /// There are this many.
    Full(usize),
    /// There are this many of agents.
    FullOfAgents(usize),
}

impl Machine for Notebook {
    type Input = NotebookInput;
    type Event = NotebookEvent;

    fn step(current: Option<&Self>, input: &NotebookInput, now: Timestamp) -> Step<NotebookEvent> {
        match (current, input) {
            (current, NotebookInput::Write { repository, id, text, source }) => {
                let known = current.is_some_and(|book| book.notes.iter().any(|note| note.id == *id));
                if known || current.is_some_and(|book| book.room(source) != Room::Free) {
                    return Step::nothing();
                }
                let number = current.map_or(0, |book| book.newest) + 1;
                let note = Note {
                    id: *id,
                    number,
                    text: text.clone(),
                    source: source.clone(),
                    at: now,
                    first: None,
                };
                Step::event(NotebookEvent::Written { repository: *repository, note })
                    .effect(Effect::SpreadNote { number })
            }
            (current, NotebookInput::TakeOver { repository, from }) => {
                moving::taken_over(current, *repository, from, now)
            }
            (Some(book), NotebookInput::Remove { number }) if book.note(*number).is_some() => {
                Step::event(NotebookEvent::Removed { number: *number })
            }
            (Some(book), NotebookInput::Clear { up_to })
                if book.notes.iter().any(|note| note.number <= *up_to) =>
            {
                Step::event(NotebookEvent::Cleared { up_to: *up_to })
            }
            _ => Step::nothing(),
        }
    }

    fn apply(current: Option<Self>, event: &NotebookEvent, _at: Timestamp) -> Option<Self> {
        match (current, event) {
            (current, NotebookEvent::WentOn { repository, newest }) => {
                let book = current.unwrap_or_else(|| Self::empty(*repository));
                Some(Self { newest: book.newest.max(*newest), ..book })
            }
            (current, NotebookEvent::Written { repository, note }) => {
                let mut book = current.unwrap_or_else(|| Self::empty(*repository));
                book.newest = book.newest.max(note.number);
                book.notes.push(note.clone());
                Some(book)
            }
            (Some(mut book), NotebookEvent::Removed { number }) => {
                book.notes.retain(|note| note.number != *number);
                Some(book)
            }
            (Some(mut book), NotebookEvent::Cleared { up_to }) => {
                book.notes.retain(|note| note.number > *up_to);
                Some(book)
            }
            (None, _) => None,
        }
    }

    fn is_live(&self) -> bool {
        !self.notes.is_empty()
    }
}

impl Notebook {
    const fn empty(repository: RepositoryId) -> Self {
        Self { repository, newest: 0, notes: Vec::new() }
    }

    /// Whether it has a note, whatever that is called.
    pub fn has(&self, id: NoteId) -> bool {
        self.notes.iter().any(|note| note.id == id)
    }

    /// The note of this number.
    pub fn note(&self, number: u64) -> Option<&Note> {
        self.notes.iter().find(|note| note.number == number)
    }

    /// Whether whoever this is may write one more.
    pub fn room(&self, source: &NoteSource) -> Room {
        let agents = self.notes.iter().filter(|note| note.source != NoteSource::Person).count();
        match self.notes.len() {
            all if all >= MAX_NOTES => Room::Full(all),
            _ if agents >= MAX_NOTES_OF_AGENTS && *source != NoteSource::Person => Room::FullOfAgents(agents),
            _ => Room::Free,
        }
    }
}

#[cfg(test)]
mod tests;
