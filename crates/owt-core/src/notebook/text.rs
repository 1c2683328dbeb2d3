//! What a note may say.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// The longest note, in characters.
pub const MAX_NOTE_CHARS: usize = 2_000;

/// The words of a note: not blank, bounded, without NUL, lines ended by LF.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NoteText(String);

/// Why a text cannot be a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteTextError {
    /// Nothing but white space.
    #[error("the note is empty")]
    Empty,
    /// A NUL byte.
    #[error("the note contains a NUL byte")]
    Nul,
    /// Over [`MAX_NOTE_CHARS`].
    #[error("the note has {0} characters; the limit is {MAX_NOTE_CHARS}")]
    TooLong(usize),
}

impl NoteText {
    /// Checks a text. White space around it goes.
    ///
    /// # Errors
    /// [`NoteTextError`].
    pub fn new(text: &str) -> Result<Self, NoteTextError> {
        let text = text.trim();
        let length = text.chars().count();
        match length {
            0 => Err(NoteTextError::Empty),
            _ if text.contains('\0') => Err(NoteTextError::Nul),
            _ if length > MAX_NOTE_CHARS => Err(NoteTextError::TooLong(length)),
            _ => Ok(Self(text.replace("\r\n", "\n").replace('\r', "\n"))),
        }
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NoteText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for NoteText {
    type Error = NoteTextError;

    fn try_from(text: String) -> Result<Self, NoteTextError> {
        Self::new(&text)
    }
}

impl From<NoteText> for String {
    fn from(text: NoteText) -> String {
        text.0
    }
}
