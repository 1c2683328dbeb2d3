//! What about an agent at work is not as it should be, by the clock and by what is left of its limits.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use crate::Timestamp;

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// It works and has printed nothing for long, while no tool of its runs.
    NoOutput,
    /// It has been at work for long.
    LongRunning,
    /// Much of the time is over after which it is ended.
    NearTimeLimit,
    /// Much of its turns is used.
    NearTurnLimit,
    /// Much of its money is used.
    NearBudget,
}

impl WarningKind {
    /// Its word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoOutput => "no_output",
            Self::LongRunning => "long_running",
            Self::NearTimeLimit => "near_time_limit",
            Self::NearTurnLimit => "near_turn_limit",
            Self::NearBudget => "near_budget",
        }
    }
}

/// One warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// Since when that is so: the last output, the beginning of the work, that of the session whose limit it is.
    pub since: Timestamp,
}

impl Warning {
    /// It in words, at this time.
    pub fn in_words(&self, now: Timestamp) -> String {
        let span = Span(now.since(self.since));
        match self.kind {
            WarningKind::NoOutput => format!("no output for {span}"),
            WarningKind::LongRunning => format!("at work for {span}"),
            WarningKind::NearTimeLimit => format!("near its time limit, after {span}"),
            WarningKind::NearTurnLimit => "near its turn limit".to_owned(),
            WarningKind::NearBudget => "near the end of its budget".to_owned(),
        }
    }
}

/// After how long there is a warning; `None` is never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WarningLimits {
    /// Without output.
    pub no_output: Option<Duration>,
    /// At work.
    pub running: Option<Duration>,
    /// With so much of a limit used, in percent.
    pub share: Option<u8>,
}

/// An agent at work, as far as warnings go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Since when it has not come to rest.
    pub busy_since: Timestamp,
    /// What can be heard of it; `None` while it waits for its person, whose time is their own.
    pub hearing: Option<Hearing>,
    /// What it has used of its limits; `None` before its session has begun.
    pub used: Option<Used>,
}

/// What a session has used of the limits that end it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Used {
    /// When the session began.
    pub since: Timestamp,
    /// How long it may last.
    pub wall: Option<Duration>,
    /// Its turns.
    pub turns: Option<Part>,
    /// Its cost.
    pub cost: Option<Part>,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// How many.
    pub used: u64,
    /// Of how many.
    pub of: u64,
}

impl Part {
    /// Whether it is at least this much, in percent.
    const fn reaches(self, percent: u8) -> bool {
        self.used as u128 * 100 >= self.of as u128 * percent as u128
    }
}

/// What can be heard of an agent that works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hearing {
    /// A tool of its runs, and may be silent for as long as it takes.
    Tool,
    /// Itself; the last time then.
    Itself(Timestamp),
}

/// What is to be warned of now, in the order of the kinds.
pub fn warnings(work: &Work, limits: &WarningLimits, now: Timestamp) -> Vec<Warning> {
    let due =
        |since: Timestamp, limit: Option<Duration>| limit.is_some_and(|limit| now.since(since) >= limit);
    let timed = clocks(work, limits).filter(|(warning, limit)| due(warning.since, *limit)).map(|(it, _)| it);
    timed.chain(counted(work, limits)).collect()
}

/// When the next warning is due, if nothing happens until then.
pub fn next_due(work: &Work, limits: &WarningLimits, now: Timestamp) -> Option<Timestamp> {
    let ends = clocks(work, limits).filter_map(|(warning, limit)| Some(warning.since.plus(limit?)));
    let ends = ends.filter(|end| *end > now);
    // What ends a silence, or the run of a tool, need not be told to anybody: it is looked for when it could count.
    let silence = work.hearing.and(limits.no_output).map(|limit| now.plus(limit));
    ends.chain(silence).min()
}

/// The clocks that run, each with its limit.
fn clocks(work: &Work, limits: &WarningLimits) -> impl Iterator<Item = (Warning, Option<Duration>)> {
    let silence = match work.hearing {
        Some(Hearing::Itself(last)) => {
            Some((Warning { kind: WarningKind::NoOutput, since: last }, limits.no_output))
        }
        Some(Hearing::Tool) | None => None,
    };
    let running = work
        .hearing
        .map(|_| (Warning { kind: WarningKind::LongRunning, since: work.busy_since }, limits.running));
    let end = work.used.and_then(|used| {
        let wall = used.wall?.checked_mul(u32::from(limits.share?))?;
        Some((Warning { kind: WarningKind::NearTimeLimit, since: used.since }, Some(wall / 100)))
    });
    silence.into_iter().chain(running).chain(end)
}

/// What is nearly used up.
fn counted(work: &Work, limits: &WarningLimits) -> impl Iterator<Item = Warning> {
    let parts = work.used.zip(limits.share).map(|(used, share)| {
        [(WarningKind::NearTurnLimit, used.turns), (WarningKind::NearBudget, used.cost)].map(
            |(kind, part)| {
                part.is_some_and(|part| part.reaches(share)).then_some(Warning { kind, since: used.since })
            },
        )
    });
    parts.into_iter().flatten().flatten()
}

/// A span as a person says it: the largest unit, and the next one where the first is small.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = self.0.as_secs() / 60;
        match (minutes / 60, minutes % 60) {
            (0, 0) => write!(f, "{} s", self.0.as_secs()),
            (0, minutes) => write!(f, "{minutes} min"),
            (hours, 0) => write!(f, "{hours} h"),
            (hours, minutes) => write!(f, "{hours} h {minutes} min"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: WarningLimits = WarningLimits {
        no_output: Some(Duration::from_secs(600)),
        running: Some(Duration::from_secs(3600)),
        share: Some(80),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn silence_counts_while_it_works_and_no_tool_runs() {
        let heard = Some(Hearing::Itself(at(100)));
        // What can be heard, now; what is warned of, when the next is due.
        for (hearing, now, expected, next) in [
            (heard, 699, vec![], Some(700)),
            (heard, 700, vec![(WarningKind::NoOutput, 100)], Some(1300)),
            (heard, 3100, vec![(WarningKind::NoOutput, 100)], Some(3600)),
            (heard, 3600, vec![(WarningKind::NoOutput, 100), (WarningKind::LongRunning, 0)], Some(4200)),
            (Some(Hearing::Itself(at(3500))), 3600, vec![(WarningKind::LongRunning, 0)], Some(4100)),
            (Some(Hearing::Tool), 3599, vec![], Some(3600)),
            (Some(Hearing::Tool), 9999, vec![(WarningKind::LongRunning, 0)], Some(10_599)),
            (None, 3000, vec![], None),
            (None, 9999, vec![], None),
        ] {
            let work = Work { busy_since: at(0), hearing, used: None };
            let found: Vec<_> = warnings(&work, &LIMITS, at(now))
                .iter()
                .map(|warning| (warning.kind, warning.since.as_millis() / 1000))
                .collect();
            assert_eq!(found, expected, "{hearing:?} at {now}");
            let next: Option<i64> = next;
            assert_eq!(next_due(&work, &LIMITS, at(now)), next.map(at), "{hearing:?} at {now}");
        }
    }

    #[test]
    fn what_is_nearly_used_up_is_warned_of_and_the_clock_says_when_to_look() {
        use WarningKind::NearBudget;
        use WarningKind::NearTimeLimit;
        use WarningKind::NearTurnLimit;
        let part = |used, of| Some(Part { used, of });
        // Turns, cost, seconds since the beginning of a session of 1000 seconds; what is warned of, when to look again.
        for (turns, cost, now, expected, next) in [
            (None, None, 799, vec![], Some(800)),
            (None, None, 800, vec![NearTimeLimit], None),
            (part(3, 5), part(7_999_999, 10_000_000), 1, vec![], Some(800)),
            (part(4, 5), part(8_000_000, 10_000_000), 1, vec![NearTurnLimit, NearBudget], Some(800)),
            (part(9, 5), part(u64::MAX, u64::MAX), 900, vec![NearTimeLimit, NearTurnLimit, NearBudget], None),
        ] {
            let used = Used { since: at(0), wall: Some(Duration::from_secs(1000)), turns, cost };
            let work = Work { busy_since: at(0), hearing: None, used: Some(used) };
            let found = warnings(&work, &LIMITS, at(now));
            assert!(found.iter().all(|warning| warning.since == at(0)), "told once: {found:?}");
            assert_eq!(found.iter().map(|warning| warning.kind).collect::<Vec<_>>(), expected, "at {now}");
            let next: Option<i64> = next;
            assert_eq!(next_due(&work, &LIMITS, at(now)), next.map(at), "at {now}");
            let off = WarningLimits::default();
            assert_eq!((warnings(&work, &off, at(now)), next_due(&work, &off, at(now))), (vec![], None));
        }
    }

    #[test]
    fn what_is_switched_off_is_never_due() {
        let work = Work { busy_since: at(0), hearing: Some(Hearing::Itself(at(0))), used: None };
        let off = WarningLimits::default();
        assert_eq!((warnings(&work, &off, at(1_000_000)), next_due(&work, &off, at(5))), (vec![], None));
    }

    #[test]
    fn it_is_told_in_words() {
        let silent = Warning { kind: WarningKind::NoOutput, since: at(0) };
        assert_eq!(silent.in_words(at(2)), "no output for 2 s");
        assert_eq!(silent.in_words(at(659)), "no output for 10 min");
        let long = Warning { kind: WarningKind::LongRunning, since: at(0) };
        assert_eq!(long.in_words(at(3600)), "at work for 1 h");
        assert_eq!(long.in_words(at(3900)), "at work for 1 h 5 min");
    }
}
