//! What a session is, as far as decisions need to know: its kind, how it ended, what it lets through.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

/// How an attempt lives (architecture section 1, decision 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// One prompt on standard input, output read from pipes, ends by itself.
    Headless,
    /// The program's machine protocol over pipes; stays open for more prompts.
    Structured,
    /// Its terminal interface, shown in our own tmux server.
    Tmux,
    /// Its terminal interface, on a terminal that the session's host keeps by itself.
    Pty,
}

impl SessionKind {
    /// The word used in JSON (`backend`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Headless => "headless",
            Self::Structured => "structured",
            Self::Tmux => "tmux",
            Self::Pty => "pty",
        }
    }

    /// Whether a person is expected to look at it.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Tmux | Self::Pty)
    }
}

/// The kind of session that a conversation goes on in, and the one that it goes back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// How it lives from now on.
    pub kind: SessionKind,
    /// How it lives again when the program ends that session by itself; `None` when that is its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<SessionKind>,
}

/// Limits that we keep ourselves, because several programs never exit when their provider fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLimits {
    /// End the session this long after its start; `None` is no limit.
    pub wall: Option<Duration>,
    /// End the session after this long without a byte of output; `None` is no limit.
    pub idle: Option<Duration>,
}

/// How much a session without a terminal may use up of what its provider sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Allowance {
    /// So many turns; `None` is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turns: Option<u32>,
    /// So much money as the agent itself tells, in millionths of a US dollar; `None` is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_micro_usd: Option<u64>,
}

impl Allowance {
    /// This where it says something, the other elsewhere.
    pub fn or(self, other: Self) -> Self {
        Self {
            turns: self.turns.or(other.turns),
            cost_micro_usd: self.cost_micro_usd.or(other.cost_micro_usd),
        }
    }

    /// As much as both allow.
    pub fn within(self, other: Self) -> Self {
        fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
            one.into_iter().chain(other).min()
        }
        Self {
            turns: least(self.turns, other.turns),
            cost_micro_usd: least(self.cost_micro_usd, other.cost_micro_usd),
        }
    }

    /// Whether nothing is limited.
    pub fn is_unlimited(&self) -> bool {
        *self == Self::default()
    }
}

/// How the program in a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Exit {
    /// It ended by itself with this code.
    Code {
        /// 0 to 255.
        code: i32,
    },
    /// A signal that was not ours ended it.
    Signal {
        /// The signal's number.
        signal: i32,
    },
    /// We ended it, for this reason.
    Ended {
        /// Why.
        reason: EndReason,
    },
    /// It never started (the program is missing, not executable, its folder is gone).
    NotStarted {
        /// The system's error number (`errno`).
        errno: i32,
    },
}

/// Why we ended a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Somebody asked for it (`owt stop`, `owt delete`).
    Requested,
    /// The wall-clock limit was reached.
    WallLimit,
    /// Nothing was printed for the whole idle limit.
    IdleLimit,
    /// Another turn began after as many as it may have.
    TurnLimit,
    /// It has cost as much as it may.
    Budget,
    /// The log reached its size limit or the disk is full, so nothing more could be recorded.
    LogFull,
}
