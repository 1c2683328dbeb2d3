//! What happens after an agent's work has failed: wait for the end of a limit, try again, or ask the person. Pure.

use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::Timestamp;
use crate::agent_failure::AgentFailureKind;

/// How often the end of a limit is waited for before a person is asked. A provider that always tells of an end a moment
/// away would otherwise be asked for ever.
pub const MAX_WAITS: u32 = 10;

/// The longest pause before another try.
const LONGEST_DELAY: Duration = Duration::from_secs(3600);

/// Providers count in whole seconds, and clocks differ.
const AFTER_RESET: Duration = Duration::from_secs(1);

/// What a job may do by itself after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryPolicy {
    /// Tries after the first; 0 is nothing by itself, no waiting either.
    pub attempts: u32,
    /// The pause before the first of them; each further one is twice as long.
    pub delay: Duration,
    /// The end of a limit is waited for when it is no later than this; `None` is however late.
    pub max_wait: Option<Duration>,
}

impl Default for RetryPolicy {
    /// Nothing by itself: jobs of versions without a policy promised no more.
    fn default() -> Self {
        Self { attempts: 0, delay: Duration::ZERO, max_wait: Some(Duration::ZERO) }
    }
}

impl RetryPolicy {
    /// Whether it is that of jobs without one.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What a job has done by itself since the person last had a hand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tried {
    /// Tries after a failure.
    pub retries: u32,
    /// Ends of limits that were waited for.
    pub waits: u32,
}

impl Tried {
    /// Whether it has done nothing by itself.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What comes after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It goes on by itself when a limit is over.
    Wait {
        /// When.
        at: Timestamp,
    },
    /// It is tried again by itself.
    Retry {
        /// When.
        at: Timestamp,
    },
    /// A person decides.
    Ask {
        /// What they can do.
        advice: &'static str,
    },
    /// Nothing: somebody wanted it so.
    Nothing,
}

impl Next {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wait { .. } => "wait",
            Self::Retry { .. } => "retry",
            Self::Ask { .. } => "ask",
            Self::Nothing => "none",
        }
    }

    /// When it goes on by itself.
    pub const fn at(self) -> Option<Timestamp> {
        match self {
            Self::Wait { at } | Self::Retry { at } => Some(at),
            Self::Ask { .. } | Self::Nothing => None,
        }
    }
}

/// What a job of this policy does after a failure of this kind, having tried so much.
pub fn after(kind: AgentFailureKind, policy: &RetryPolicy, tried: Tried, now: Timestamp) -> Next {
    let may_wait = |until: Timestamp| policy.max_wait.is_none_or(|limit| until.since(now) <= limit);
    match kind {
        _ if policy.attempts == 0 => next_without_pause(kind, Session::Over),
        AgentFailureKind::RateLimit { resets_at: Some(until) } => {
            if tried.waits < MAX_WAITS && may_wait(until) {
                Next::Wait { at: until.max(now).plus(AFTER_RESET) }
            } else {
                next_without_pause(kind, Session::Over)
            }
        }
        AgentFailureKind::RateLimit { resets_at: None }
        | AgentFailureKind::Overload
        | AgentFailureKind::Network
        | AgentFailureKind::Crash
            if tried.retries < policy.attempts =>
        {
            let delay = policy.delay.saturating_mul(1 << tried.retries.min(16)).min(LONGEST_DELAY);
            Next::Retry { at: now.plus(delay) }
        }
        _ => next_without_pause(kind, Session::Over),
    }
}

/// Whether the session is still there in which the work failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Session {
    /// It takes the next message: `owt resume` would find that it runs.
    Live,
    /// It ended: there is nobody to send a message to.
    Over,
}

/// What comes after a failure that nothing goes on from by itself.
pub const fn next_without_pause(kind: AgentFailureKind, session: Session) -> Next {
    match (kind, session) {
        (AgentFailureKind::Interrupted, _) => Next::Nothing,
        (_, Session::Live) => Next::Ask { advice: advice_while_live(kind) },
        (_, Session::Over) => Next::Ask { advice: advice(kind) },
    }
}

/// What a person can do whose agent still takes messages.
const fn advice_while_live(kind: AgentFailureKind) -> &'static str {
    match kind {
        AgentFailureKind::RateLimit { .. } => {
            "owt send it \"go on\" when the limit is over, or take another model or agent"
        }
        AgentFailureKind::Overload => "owt send it \"go on\" later",
        AgentFailureKind::Auth => {
            "log in with the agent's own program or mend its key, then owt stop and owt resume it"
        }
        AgentFailureKind::Quota => {
            "buy or raise what it may spend, or take another model or agent; then owt send it \"go on\""
        }
        AgentFailureKind::Network => {
            "look at the network and the provider's address, then owt send it \"go on\""
        }
        AgentFailureKind::Refused => "read what was refused; other words (owt send) or another model may do",
        AgentFailureKind::OwnLimit => {
            "owt send it \"go on\" for another round, or raise the limit for what you begin next"
        }
        AgentFailureKind::NothingDone => "give it the task in other words: owt send",
        AgentFailureKind::ContextOverflow | AgentFailureKind::NotStarted => advice(kind),
        AgentFailureKind::Crash
        | AgentFailureKind::Killed
        | AgentFailureKind::TimedOut
        | AgentFailureKind::Interrupted
        | AgentFailureKind::Unknown => "read owt logs, then owt send it \"go on\"",
    }
}

/// What a person can do.
const fn advice(kind: AgentFailureKind) -> &'static str {
    match kind {
        AgentFailureKind::RateLimit { .. } => {
            "owt resume it when the limit is over, or take another model or agent"
        }
        AgentFailureKind::Overload => "owt resume it later",
        AgentFailureKind::Auth => "log in with the agent's own program or mend its key, then owt resume it",
        AgentFailureKind::Quota => {
            "buy or raise what it may spend, or take another model or agent; then owt resume it"
        }
        AgentFailureKind::Network => "look at the network and the provider's address, then owt resume it",
        AgentFailureKind::ContextOverflow => {
            "begin a new session with a smaller task (owt new --from keeps what was learnt)"
        }
        AgentFailureKind::Refused => "read what was refused; another model or other words may do",
        AgentFailureKind::OwnLimit => {
            "owt resume it for another round, or raise the limit for what you begin next"
        }
        AgentFailureKind::Crash => "read the end of owt logs, then owt resume it",
        AgentFailureKind::Killed => "find out who ended it (little memory?), then owt resume it",
        AgentFailureKind::TimedOut => {
            "raise limits.wall or limits.idle if it needs longer, then owt resume it"
        }
        AgentFailureKind::NothingDone => "give it the task in other words: owt resume with a message",
        AgentFailureKind::NotStarted => "see owt doctor and owt agents",
        AgentFailureKind::Interrupted | AgentFailureKind::Unknown => "read owt logs, then owt resume it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ask(kind: AgentFailureKind) -> Next {
        Next::Ask { advice: advice(kind) }
    }

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn policy() -> RetryPolicy {
        RetryPolicy {
            attempts: 2,
            delay: Duration::from_secs(60),
            max_wait: Some(Duration::from_secs(6 * 3600)),
        }
    }

    /// What comes after each kind, at first and when nothing is left to try.
    #[test]
    fn each_kind_has_what_comes_after_it() {
        let limit = |resets_at| AgentFailureKind::RateLimit { resets_at };
        let hours = |count: u64| Some(NOW.plus(Duration::from_secs(count * 3600)));
        let wait = Next::Wait { at: NOW.plus(Duration::from_secs(2 * 3600 + 1)) };
        let retry = Next::Retry { at: NOW.plus(Duration::from_secs(60)) };
        let table = [
            (limit(hours(2)), wait, "ask"),
            (limit(hours(7)), ask(limit(None)), "ask"),
            (limit(Some(Timestamp::EPOCH)), Next::Wait { at: NOW.plus(AFTER_RESET) }, "ask"),
            (limit(None), retry, "ask"),
            (AgentFailureKind::Overload, retry, "ask"),
            (AgentFailureKind::Network, retry, "ask"),
            (AgentFailureKind::Crash, retry, "ask"),
            (AgentFailureKind::Auth, ask(AgentFailureKind::Auth), "ask"),
            (AgentFailureKind::Quota, ask(AgentFailureKind::Quota), "ask"),
            (AgentFailureKind::ContextOverflow, ask(AgentFailureKind::ContextOverflow), "ask"),
            (AgentFailureKind::Refused, ask(AgentFailureKind::Refused), "ask"),
            (AgentFailureKind::OwnLimit, ask(AgentFailureKind::OwnLimit), "ask"),
            (AgentFailureKind::Killed, ask(AgentFailureKind::Killed), "ask"),
            (AgentFailureKind::TimedOut, ask(AgentFailureKind::TimedOut), "ask"),
            (AgentFailureKind::NothingDone, ask(AgentFailureKind::NothingDone), "ask"),
            (AgentFailureKind::NotStarted, ask(AgentFailureKind::NotStarted), "ask"),
            (AgentFailureKind::Unknown, ask(AgentFailureKind::Unknown), "ask"),
            (AgentFailureKind::Interrupted, Next::Nothing, "none"),
        ];
        let worn = Tried { retries: 2, waits: MAX_WAITS };
        for (kind, first, last) in table {
            assert_eq!(after(kind, &policy(), Tried::default(), NOW), first, "{kind:?}");
            assert_eq!(after(kind, &policy(), worn, NOW).as_str(), last, "{kind:?} at last");
            let never = after(kind, &RetryPolicy::default(), Tried::default(), NOW);
            assert_eq!(never.at(), None, "{kind:?} without a policy");
        }
    }

    /// `owt resume` leaves a session alone that runs, and `owt send` needs one.
    #[test]
    fn the_advice_names_what_works_as_long_as_the_session_lives_and_after_it() {
        use AgentFailureKind::*;
        let limit = RateLimit { resets_at: Some(NOW) };
        let kinds = [
            limit,
            Overload,
            Auth,
            Quota,
            Network,
            ContextOverflow,
            Refused,
            OwnLimit,
            Crash,
            Killed,
            TimedOut,
            NothingDone,
            NotStarted,
            Unknown,
        ];
        for kind in kinds {
            let Next::Ask { advice: live } = next_without_pause(kind, Session::Live) else {
                panic!("{kind:?}")
            };
            let Next::Ask { advice: over } = next_without_pause(kind, Session::Over) else {
                panic!("{kind:?}")
            };
            assert!(!live.contains("owt resume") || live.contains("owt stop and owt resume"), "{live}");
            assert!(!over.contains("owt send"), "{over}");
            // What neither a message nor the same conversation mends.
            let anew = matches!(kind, ContextOverflow | Refused | NotStarted);
            assert!(anew || live.contains("owt send") || live.contains("owt stop"), "{live}");
            assert!(anew || over.contains("owt resume"), "{over}");
        }
        for session in [Session::Live, Session::Over] {
            assert_eq!(next_without_pause(Interrupted, session), Next::Nothing);
        }
    }

    #[test]
    fn each_try_is_waited_for_twice_as_long_and_there_is_an_end_to_it() {
        let policy = RetryPolicy { attempts: 40, ..policy() };
        let delays: Vec<u64> = (0..41)
            .filter_map(|retries| {
                after(AgentFailureKind::Network, &policy, Tried { retries, waits: 0 }, NOW).at()
            })
            .map(|at| at.since(NOW).as_secs())
            .collect();
        assert_eq!(delays[..7], [60, 120, 240, 480, 960, 1920, 3600]);
        assert_eq!((delays.len(), delays[39]), (40, 3600));
    }
}
