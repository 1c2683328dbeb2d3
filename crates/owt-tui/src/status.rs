//! What an agent is doing, as a glyph, a word and a tone: the same on the board and on the command line. It must not
//! know what a tone looks like.

use owt_api::Status;

/// What a piece of text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    Plain,
    /// It stands out: a name, a heading.
    Strong,
    /// It may be passed over.
    Dim,
    /// It went well.
    Good,
    /// It failed.
    Bad,
    /// It wants a person's attention.
    Warn,
    /// It is under way.
    Active,
}

/// The sign of a status. Each takes one column, and differs in shape too, for those who see no colours.
pub const fn glyph(status: Status) -> &'static str {
    match status {
        Status::Starting => "◌",
        Status::Working => "●",
        Status::WaitingInput | Status::WaitingPermission => "◆",
        Status::Idle => "○",
        Status::Blocked => "▲",
        Status::Done => "✓",
        Status::Failed => "✗",
        Status::Exited => "■",
        Status::Unknown => "·",
    }
}

/// The status in words.
pub const fn word(status: Status) -> &'static str {
    match status {
        Status::WaitingInput => "needs answer",
        Status::WaitingPermission => "needs a yes",
        other => other.as_str(),
    }
}

/// What the status means to a person.
pub const fn tone(status: Status) -> Tone {
    match status {
        Status::Starting | Status::Working => Tone::Active,
        Status::WaitingInput | Status::WaitingPermission | Status::Blocked => Tone::Warn,
        Status::Done => Tone::Good,
        Status::Failed => Tone::Bad,
        Status::Idle => Tone::Plain,
        Status::Exited | Status::Unknown => Tone::Dim,
    }
}

/// Whether a person should do something.
pub const fn needs_person(status: Status) -> bool {
    matches!(status, Status::WaitingInput | Status::WaitingPermission | Status::Blocked)
}
