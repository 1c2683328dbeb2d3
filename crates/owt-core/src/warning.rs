//! What about an agent at work is not as it should be, by the clock.
//!
//! A limit on turns, money or time that is nearly reached is one more [`WarningKind`] with a line in [`warnings`] and in
//! [`next_due`], where there is such a limit.

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
}

impl WarningKind {
    /// Its word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoOutput => "no_output",
            Self::LongRunning => "long_running",
        }
    }
}

/// One warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// Since when that is so: the last output, the beginning of the work.
    pub since: Timestamp,
}

impl Warning {
    /// It in words, at this time.
    pub fn in_words(&self, now: Timestamp) -> String {
        let span = Span(now.since(self.since));
        match self.kind {
            WarningKind::NoOutput => format!("no output for {span}"),
            WarningKind::LongRunning => format!("at work for {span}"),
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
}

/// An agent at work, as far as warnings go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Since when it has not come to rest.
    pub busy_since: Timestamp,
    /// What can be heard of it; `None` while it waits for its person, whose time is their own.
    pub hearing: Option<Hearing>,
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
    clocks(work, limits).filter(|(warning, limit)| due(warning.since, *limit)).map(|(it, _)| it).collect()
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
    let running = (Warning { kind: WarningKind::LongRunning, since: work.busy_since }, limits.running);
    silence.into_iter().chain([running])
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

    const LIMITS: WarningLimits =
        WarningLimits { no_output: Some(Duration::from_secs(600)), running: Some(Duration::from_secs(3600)) };

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
            (None, 3000, vec![], Some(3600)),
        ] {
            let work = Work { busy_since: at(0), hearing };
            let found: Vec<_> = warnings(&work, &LIMITS, at(now))
                .iter()
                .map(|warning| (warning.kind, warning.since.as_millis() / 1000))
                .collect();
            assert_eq!(found, expected, "{hearing:?} at {now}");
            assert_eq!(next_due(&work, &LIMITS, at(now)), next.map(at), "{hearing:?} at {now}");
        }
    }

    #[test]
    fn what_is_switched_off_is_never_due() {
        let work = Work { busy_since: at(0), hearing: Some(Hearing::Itself(at(0))) };
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
