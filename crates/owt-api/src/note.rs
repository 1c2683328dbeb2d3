//! Notes: what whoever works in a repository should know.

use serde::Deserialize;
use serde::Serialize;

/// `POST /v1/notes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WriteNote {
    /// The caller's folder: the note is for its repository.
    pub cwd: String,
    /// What it says.
    pub text: String,
    /// Say what would be done, and do nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// `POST /v1/notes/list`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListNotes {
    /// The caller's folder.
    pub cwd: String,
    /// Only those with a higher number.
    pub after: u64,
}

/// `POST /v1/notes/remove`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveNotes {
    /// The caller's folder.
    pub cwd: String,
    /// Which.
    pub which: UnwantedNotes,
    /// Say what would be done, and do nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// Which notes are taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnwantedNotes {
    /// That of this number.
    One(u64),
    /// All.
    All,
    /// All up to this number: none that came after the person looked.
    UpTo(u64),
}

/// One note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Its number in the repository; never given again.
    pub number: u64,
    /// What it says.
    pub text: String,
    /// Who wrote it.
    pub source: NoteSource,
    /// The workspace whose agent wrote it.
    pub workspace: Option<String>,
    /// RFC 3339, UTC.
    pub created_at: String,
}

/// Who wrote a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteSource {
    /// The person.
    Person,
    /// An agent.
    Agent,
}

/// Some notes, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotePage {
    /// The notes.
    pub notes: Vec<Note>,
    /// Whether there are more, after the last of these.
    pub more: bool,
}

/// A note that was written, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteWritten {
    /// The note; `null` when it was only looked at.
    pub note: Option<Note>,
    /// Agents that work in the repository now.
    pub reaches: Vec<NoteReader>,
    /// Whether it was only looked at.
    pub dry_run: bool,
}

/// An agent that works now, and whether it gets a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteReader {
    /// Its workspace.
    pub workspace: String,
    /// Whether it gets it.
    pub reach: NoteReach,
}

/// Whether an agent that works now gets a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteReach {
    /// It does, as a message or with its start.
    Told,
    /// It wrote it.
    Own,
    /// It may do everything unasked, and another agent wrote the note: it may look for it itself.
    HeldBack,
    /// Its session takes one prompt only.
    OnePrompt,
    /// It is told its task and nothing else.
    TaskOnly,
}

/// Notes that were taken out, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotesRemoved {
    /// The notes.
    pub removed: Vec<Note>,
    /// Whether it was only looked at.
    pub dry_run: bool,
}
