//! Samples of time: taken in turns, so that a machine that becomes busy is busy for both.

use std::time::Duration;

use crate::failure::Failure;

/// Runs before those that count: files are read from the disk then.
const WARM_UP: usize = 3;

/// How long something took, many times.
#[derive(Debug, Clone)]
pub(super) struct Sample(Vec<Duration>);

impl Sample {
    /// A sample of these; at least one.
    pub(super) fn of(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        Self(took)
    }

    /// The one in the middle.
    pub(super) fn median(&self) -> Duration {
        self.at(50)
    }

    /// The one that nine of ten do not exceed.
    pub(super) fn p90(&self) -> Duration {
        self.at(90)
    }

    /// The one that nineteen of twenty do not exceed.
    pub(super) fn p95(&self) -> Duration {
        self.at(95)
    }

    /// The one that 99 of a hundred do not exceed.
    pub(super) fn p99(&self) -> Duration {
        self.at(99)
    }

    /// How many there are.
    pub(super) const fn runs(&self) -> usize {
        self.0.len()
    }

    fn at(&self, percent: usize) -> Duration {
        let index = (self.0.len() * percent / 100).min(self.0.len().saturating_sub(1));
        self.0.get(index).copied().unwrap_or_default()
    }
}

/// Milliseconds of a duration.
pub(super) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// Samples of one thing and of its floor, taken in turns.
pub(super) fn beside(
    runs: usize,
    subject: impl Fn() -> Result<Duration, Failure>,
    floor: impl Fn() -> Result<Duration, Failure>,
) -> Result<(Sample, Sample), Failure> {
    let (mut subjects, mut floors) = (Vec::new(), Vec::new());
    for run in 0..runs + WARM_UP {
        let (took, floor_took) = (subject()?, floor()?);
        if run >= WARM_UP {
            subjects.push(took);
            floors.push(floor_took);
        }
    }
    Ok((Sample::of(subjects), Sample::of(floors)))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn the_middle_and_the_ninth_of_ten() {
        let sample = Sample::of((1..=10).rev().map(Duration::from_millis).collect());
        assert_eq!(sample.median(), Duration::from_millis(6));
        assert_eq!(sample.p90(), Duration::from_millis(10));
        assert_eq!(Sample::of(vec![Duration::from_millis(7)]).p90(), Duration::from_millis(7));
    }

    #[test]
    fn the_first_runs_do_not_count() {
        let runs = Cell::new(0);
        let subject = || {
            runs.set(runs.get() + 1);
            Ok(Duration::from_secs(if runs.get() <= 3 { 1000 } else { 1 }))
        };
        let (sample, floor) = beside(5, subject, || Ok(Duration::ZERO)).unwrap();
        assert_eq!((sample.runs(), floor.runs(), sample.p90()), (5, 5, Duration::from_secs(1)));
    }
}
