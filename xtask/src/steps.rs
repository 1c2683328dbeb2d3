//! A task made of steps: each is announced, timed, and run even when an earlier one failed, so that one run
//! tells everything that is wrong.

use std::time::Duration;
use std::time::Instant;

use crate::failure::Failure;

/// The steps of one task so far.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<Step>,
}

struct Step {
    name: &'static str,
    took: Duration,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    Failed(Failure),
    Skipped(String),
}

impl Steps {
    /// Runs one step.
    pub(crate) fn run(&mut self, name: &'static str, step: impl FnOnce() -> Result<(), Failure>) {
        self.settle(name, step, |failure| {
            eprintln!("error: {failure}");
            Outcome::Failed(failure)
        });
    }

    /// Runs a step that some machines cannot do; then it counts as skipped.
    pub(crate) fn run_if_possible(&mut self, name: &'static str, step: impl FnOnce() -> Result<(), Failure>) {
        self.settle(name, step, |failure| {
            println!("skipped: {failure}");
            Outcome::Skipped(failure.to_string())
        });
    }

    fn settle(
        &mut self,
        name: &'static str,
        step: impl FnOnce() -> Result<(), Failure>,
        otherwise: impl FnOnce(Failure) -> Outcome,
    ) {
        println!("==> {name}");
        let start = Instant::now();
        let outcome = step().map_or_else(otherwise, |()| Outcome::Passed);
        self.done.push(Step { name, took: start.elapsed(), outcome });
    }

    /// Notes a step that cannot run here, and why.
    pub(crate) fn skip(&mut self, name: &'static str, reason: impl Into<String>) {
        let reason = reason.into();
        println!("==> {name}: skipped: {reason}");
        self.done.push(Step { name, took: Duration::ZERO, outcome: Outcome::Skipped(reason) });
    }

    /// Prints how each went and how long it took; fails when one failed.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        println!();
        for step in &self.done {
            let seconds = step.took.as_secs_f64();
            match &step.outcome {
                Outcome::Passed => println!("{seconds:>8.1} s  passed   {}", step.name),
                Outcome::Failed(failure) => println!("{seconds:>8.1} s  FAILED   {}: {failure}", step.name),
                Outcome::Skipped(reason) => println!("           skipped  {}: {reason}", step.name),
            }
        }
        let total: Duration = self.done.iter().map(|step| step.took).sum();
        println!("{:>8.1} s  in all", total.as_secs_f64());
        let failed = |step: &&Step| matches!(step.outcome, Outcome::Failed(_));
        match self.done.iter().filter(failed).count() {
            0 => Ok(()),
            count => Err(Failure::new(format!("{count} steps failed"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_fails_the_task_and_stops_no_other() {
        let mut steps = Steps::default();
        let mut ran = false;
        steps.run("first", || Err(Failure::new("broken")));
        steps.run("second", || {
            ran = true;
            Ok(())
        });
        assert!(steps.finish().is_err());
        assert!(ran);
    }

    #[test]
    fn a_skipped_step_is_no_failure() {
        let mut steps = Steps::default();
        steps.skip("deny", "not installed");
        steps.run_if_possible("agents", || Err(Failure::new("no network")));
        assert!(steps.finish().is_ok());
    }
}
