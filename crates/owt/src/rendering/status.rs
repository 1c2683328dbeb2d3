//! What an agent is doing, as a glyph, a word and a tone.

use owt_api::Status;

use crate::rendering::Tone;

/// The sign of a status. Each takes one column, and differs in shape too, for those who see no colours.
pub(crate) const fn glyph(status: Status) -> &'static str {
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
pub(crate) const fn word(status: Status) -> &'static str {
    match status {
        Status::WaitingInput => "needs answer",
        Status::WaitingPermission => "needs a yes",
        other => other.as_str(),
    }
}

pub(crate) const fn tone(status: Status) -> Tone {
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
pub(crate) const fn needs_person(status: Status) -> bool {
    matches!(status, Status::WaitingInput | Status::WaitingPermission | Status::Blocked)
}
