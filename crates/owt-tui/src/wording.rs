//! Words for what the server says by codes, the same on the board and on the command line. It must not know where they
//! are shown.

use owt_api::CarState;
use owt_api::CriticFinding;
use owt_api::LineSpan;
use owt_api::QueueState;

use crate::status::Tone;
use crate::text::line;

/// Why git would not merge a file by itself.
pub fn conflict(kind: &str) -> &'static str {
    match kind {
        "content" => "both changed it",
        "binary" => "both changed it, no text",
        "both_added" => "both made it",
        "modify_delete" => "changed and deleted",
        "rename" => "renamed",
        "file_folder" => "a file and a folder",
        "types" => "different types",
        "submodule" => "both moved the submodule",
        _ => "git cannot merge it",
    }
}

/// Lines by their numbers.
pub fn span(lines: LineSpan) -> String {
    match lines.count {
        0 => format!("after {}", lines.first),
        1 => lines.first.to_string(),
        count => format!("{}-{}", lines.first, lines.first.saturating_add(count - 1)),
    }
}

/// Whether work could land.
pub const fn queue_state(state: QueueState) -> &'static str {
    match state {
        QueueState::Ready => "ready",
        QueueState::Waits => "waits",
        QueueState::Conflicts => "conflicts with its target",
        QueueState::Uncommitted => "not committed",
        QueueState::Working => "at work",
        QueueState::Empty => "nothing to land",
        QueueState::Away => "not there",
    }
}

/// What that means to a person.
pub const fn queue_tone(state: QueueState) -> Tone {
    match state {
        QueueState::Ready => Tone::Good,
        QueueState::Working => Tone::Active,
        QueueState::Conflicts | QueueState::Away => Tone::Bad,
        QueueState::Uncommitted | QueueState::Waits => Tone::Warn,
        QueueState::Empty => Tone::Dim,
    }
}

/// How far work is in a train.
pub const fn car_state(state: CarState) -> &'static str {
    match state {
        CarState::Waits => "in the train: to be built",
        CarState::Building => "in the train: being built",
        CarState::Built => "in the train: built",
        CarState::Checking => "in the train: being checked",
        CarState::Passed => "in the train: passed",
        CarState::Failed => "in the train: failed",
        CarState::Landing => "in the train: landing",
        CarState::Landed => "landed",
        CarState::TakenBack => "taken back",
        CarState::Out => "put out of the train",
    }
}

/// What that means to a person.
pub const fn car_tone(state: CarState) -> Tone {
    match state {
        CarState::Out => Tone::Bad,
        CarState::Landed => Tone::Good,
        _ => Tone::Active,
    }
}

/// What the critic has found, a line each.
pub(crate) fn findings(findings: &[CriticFinding], more: u32) -> Vec<(Tone, String)> {
    let mut lines: Vec<(Tone, String)> = findings.iter().map(finding).collect();
    if more > 0 {
        lines.push((Tone::Dim, format!("  and {more} more")));
    }
    lines
}

fn finding(it: &CriticFinding) -> (Tone, String) {
    let tone = match it.severity.as_str() {
        "deny" => Tone::Bad,
        "warn" => Tone::Warn,
        _ => Tone::Plain,
    };
    let place = match (&it.path, it.line) {
        (Some(path), Some(at)) => format!("{}:{at}: ", line(path)),
        (Some(path), None) => format!("{}: ", line(path)),
        (None, _) => String::new(),
    };
    (tone, format!("  {:<4}  {place}{}", it.severity, line(&it.what)))
}
