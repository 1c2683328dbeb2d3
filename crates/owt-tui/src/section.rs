//! The sections of the board and who is in which: what a person should see first. It must not know how they are drawn.

use owt_api::Status;
use owt_api::Workspace;

/// A section, in the order of the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    NeedsYou,
    ReadyToShip,
    InFlight,
    Background,
}

impl Section {
    pub(crate) const fn heading(self) -> &'static str {
        match self {
            Self::NeedsYou => "NEEDS YOU",
            Self::ReadyToShip => "READY TO SHIP",
            Self::InFlight => "IN FLIGHT",
            Self::Background => "BACKGROUND",
        }
    }

    pub(crate) const ALL: [Self; 4] = [Self::NeedsYou, Self::ReadyToShip, Self::InFlight, Self::Background];

    /// How far one stands from another on the board.
    pub(crate) const fn distance(self, other: Self) -> u8 {
        (self as u8).abs_diff(other as u8)
    }

    /// How many stand there, in words; nothing of none.
    pub(crate) fn counted(self, count: usize) -> Option<String> {
        let words = match self {
            Self::NeedsYou if count == 1 => "needs you",
            Self::NeedsYou => "need you",
            Self::ReadyToShip => "ready",
            Self::InFlight => "in flight",
            Self::Background => "over",
        };
        (count > 0).then(|| format!("{count} {words}"))
    }

    /// Where a workspace stands. Each stands somewhere: one that has crashed or rests does not leave the board.
    pub(crate) fn of(workspace: &Workspace) -> Self {
        let unread = workspace.used.attention.unread;
        match workspace.status {
            _ if workspace.standing.missing.is_some() => Self::NeedsYou,
            Status::WaitingPermission | Status::WaitingInput | Status::Blocked => Self::NeedsYou,
            Status::Idle if workspace.used.attention.held_message => Self::NeedsYou,
            _ if workspace.used.attention.uncertain_message => Self::NeedsYou,
            Status::Starting | Status::Working => Self::InFlight,
            _ if workspace.landing.is_some() => Self::InFlight,
            // It goes on by itself when a limit ends.
            _ if goes_on_by_itself(workspace) => Self::InFlight,
            // A merge that was begun and waits to be settled: nothing lands before that.
            _ if !workspace.standing.unmerged_files.is_empty() => Self::NeedsYou,
            Status::Failed if unread => Self::NeedsYou,
            Status::Idle if unread && turn_failed(workspace) => Self::NeedsYou,
            Status::Idle | Status::Done | Status::Exited if has_work(workspace) => Self::ReadyToShip,
            Status::Idle | Status::Exited if unread => Self::NeedsYou,
            Status::Idle => Self::InFlight,
            Status::Unknown if workspace.session.is_some() => Self::InFlight,
            Status::Failed | Status::Done | Status::Exited | Status::Unknown => Self::Background,
        }
    }
}

/// Whether its next try is already set.
pub(crate) fn goes_on_by_itself(workspace: &Workspace) -> bool {
    workspace.failure.as_ref().is_some_and(|failure| failure.next.at.is_some())
}

/// Whether its last turn failed in a way that somebody should look at: an interrupt was somebody's wish.
pub(crate) fn turn_failed(workspace: &Workspace) -> bool {
    workspace.failure.as_ref().is_some_and(|failure| failure.next.action != "none")
}

/// Whether it has anything that could land.
pub(crate) fn has_work(workspace: &Workspace) -> bool {
    let standing = &workspace.standing;
    standing.commits_ahead.unwrap_or(0) > 0 || standing.dirty_files.unwrap_or(0) > 0
}
