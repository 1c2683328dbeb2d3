//! Why an agent's work failed: kinds that are the same for all agents.
//!
//! A kind is judged from fields of the program's own stream, from exit codes and signals, and from our own doing.
//! What stands in a transcript never decides: an agent that writes of rate limits has not met one.

use serde::Deserialize;
use serde::Serialize;

use crate::Timestamp;

/// Signals that come from outside a program, the same numbers on Linux and macOS: SIGHUP, SIGINT, SIGQUIT, SIGKILL,
/// SIGTERM, SIGXCPU, SIGXFSZ. The others are its own faults (SIGSEGV, SIGABRT, SIGPIPE ...).
const FROM_OUTSIDE: [i32; 7] = [1, 2, 3, 9, 15, 24, 25];

/// What programs make of a signal that they handle: 128 and the signal. Of all such codes only those of signals that
/// ask for an end: Gemini CLI 0.61.0 leaves with codes from 144 on for reasons of its own.
const CODES_OF_SIGNALS: [i32; 4] = [129, 130, 137, 143];

/// The kind of an agent's failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum AgentFailureKind {
    /// Its provider refuses further work until a point in time.
    RateLimit {
        /// When it goes on, where the program tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resets_at: Option<Timestamp>,
    },
    /// Its provider has no capacity, or failed by itself.
    Overload,
    /// No login, or none that is good for this.
    Auth,
    /// Nothing is left to spend: no money, no plan. Time alone does not mend it.
    Quota,
    /// Its provider could not be reached, or the connection broke.
    Network,
    /// The conversation is longer than the model can read.
    ContextOverflow,
    /// The request was refused for what it is: its content, its model, its conversation.
    Refused,
    /// A limit on turns or money ended it: the agent's own, or ours.
    OwnLimit,
    /// It ended by a fault of its own, without a word on why.
    Crash,
    /// It was ended from outside, by nobody whom we know: a signal, or its host vanished.
    Killed,
    /// A limit of ours on its time ended it.
    TimedOut,
    /// Its turn was interrupted.
    Interrupted,
    /// It ended well by its own word, and has neither used a tool nor said anything.
    NothingDone,
    /// Its program never ran.
    NotStarted,
    /// It failed by its own word, and no field of it says why.
    #[serde(other)]
    Unknown,
}

impl AgentFailureKind {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RateLimit { .. } => "rate_limit",
            Self::Overload => "overload",
            Self::Auth => "auth",
            Self::Quota => "quota",
            Self::Network => "network",
            Self::ContextOverflow => "context_overflow",
            Self::Refused => "refused",
            Self::OwnLimit => "own_limit",
            Self::Crash => "crash",
            Self::Killed => "killed",
            Self::TimedOut => "timed_out",
            Self::Interrupted => "interrupted",
            Self::NothingDone => "nothing_done",
            Self::NotStarted => "not_started",
            Self::Unknown => "unknown",
        }
    }

    /// The kind of an end by a signal.
    pub fn of_signal(signal: i32) -> Self {
        if FROM_OUTSIDE.contains(&signal) { Self::Killed } else { Self::Crash }
    }

    /// The kind of an end by an exit code that is not 0, where the program said nothing of it.
    pub fn of_code(code: i32) -> Self {
        if CODES_OF_SIGNALS.contains(&code) { Self::Killed } else { Self::Crash }
    }

    /// When a limit is over, where that was told.
    pub const fn resets_at(self) -> Option<Timestamp> {
        match self {
            Self::RateLimit { resets_at } => resets_at,
            _ => None,
        }
    }
}

/// How an agent's work failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFailure {
    /// The kind.
    #[serde(flatten)]
    pub kind: AgentFailureKind,
    /// What happened, in the program's own words where it has any; one sentence or a few.
    pub message: String,
}

impl AgentFailure {
    /// Its kind, and what happened.
    pub fn in_words(&self) -> String {
        let kind = self.kind.as_str().replace('_', " ");
        match self.message.trim() {
            "" => kind,
            message => format!("{kind}: {message}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_from_outside_kill_and_a_programs_own_faults_are_crashes() {
        for signal in [1, 2, 3, 9, 15, 24, 25] {
            assert_eq!(AgentFailureKind::of_signal(signal), AgentFailureKind::Killed, "signal {signal}");
        }
        for signal in [4, 5, 6, 7, 8, 10, 11, 13, 31] {
            assert_eq!(AgentFailureKind::of_signal(signal), AgentFailureKind::Crash, "signal {signal}");
        }
        for (code, kind) in [
            (1, AgentFailureKind::Crash),
            (2, AgentFailureKind::Crash),
            (70, AgentFailureKind::Crash),
            (134, AgentFailureKind::Crash),
            (139, AgentFailureKind::Crash),
            (255, AgentFailureKind::Crash),
            (129, AgentFailureKind::Killed),
            (130, AgentFailureKind::Killed),
            (137, AgentFailureKind::Killed),
            (143, AgentFailureKind::Killed),
        ] {
            assert_eq!(AgentFailureKind::of_code(code), kind, "code {code}");
        }
    }

    #[test]
    fn what_the_journal_keeps_is_read_again_and_a_kind_of_another_version_is_unknown() {
        let limit = AgentFailureKind::RateLimit { resets_at: Some(Timestamp::from_millis(5)) };
        let kinds = [limit, AgentFailureKind::RateLimit { resets_at: None }, AgentFailureKind::NothingDone];
        for kind in kinds {
            let failure = AgentFailure { kind, message: "m".to_owned() };
            let text = serde_json::to_string(&failure).unwrap();
            assert!(text.contains(kind.as_str()), "{text}");
            assert_eq!(serde_json::from_str::<AgentFailure>(&text).unwrap(), failure);
        }
        let later: AgentFailureKind = serde_json::from_str(r#"{"kind":"moonstruck"}"#).unwrap();
        assert_eq!(later, AgentFailureKind::Unknown);
    }
}
