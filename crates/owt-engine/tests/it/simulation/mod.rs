//! The simulator (decision 14): the real engine on fake ports, a virtual clock, and a seeded scheduler that lets
//! effects, signals, hooks, agents and people come in any order and kills the server at any call of any port.
//!
//! Every failure prints its seed and the steps that led to it. `OWT_SIM_SEED=N cargo test -p owt-engine --test it
//! replay` runs one seed again.

mod agents;
mod faults;
mod follow_up;
mod invariants;
mod ledger;
mod notes;
mod person;
mod run;
pub(crate) mod settings;
mod settling;
pub(crate) mod world;

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use run::Run;

/// Steps of one run before it is left to come to rest.
const STEPS: usize = 160;

/// Runs one seed; a failure tells how to see it again.
fn simulate(seed: u64) {
    let mut run = Run::new(seed);
    let outcome = catch_unwind(AssertUnwindSafe(|| run.play(STEPS)));
    // What was wrong is said (with its place) by the panic itself; this one tells how it came to that.
    assert!(
        outcome.is_ok(),
        "{}seed {seed} failed: OWT_SIM_SEED={seed} cargo test -p owt-engine --test it replay",
        run.story()
    );
}

fn simulate_all(seeds: std::ops::Range<u64>) {
    seeds.for_each(simulate);
}

#[test]
fn seeds_from_0_keep_every_promise() {
    simulate_all(0..50);
}

#[test]
fn seeds_from_50_keep_every_promise() {
    simulate_all(50..100);
}

#[test]
fn seeds_from_100_keep_every_promise() {
    simulate_all(100..150);
}

#[test]
fn seeds_from_150_keep_every_promise() {
    simulate_all(150..200);
}

#[test]
#[ignore = "thousands of runs: the long tier (cargo xtask test --long)"]
fn long_thousands_of_seeds_keep_every_promise() {
    simulate_all(1_000..5_000);
}

/// The promises above are kept by agents that go on by themselves, too: here are some.
#[test]
fn some_agents_go_on_by_themselves() {
    let went_on = (0..12).map(|seed| {
        let mut run = Run::new(seed);
        run.play(STEPS);
        run.ledger.jobs.values().filter(|job| job.tried.retries > 0 && job.attempts.len() > 1).count()
    });
    assert!(went_on.sum::<usize>() > 0);
}

#[test]
fn the_same_seed_is_the_same_run() {
    let story = |seed| {
        let mut run = Run::new(seed);
        run.play(STEPS);
        run.story()
    };
    assert_eq!(story(7), story(7));
}

/// Runs the seed of `OWT_SIM_SEED` and prints its story; without one there is nothing to see again.
#[test]
fn replay() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the seed of a failed run is given by whoever looks into it"
    )]
    let given = std::env::var("OWT_SIM_SEED").ok();
    if let Some(seed) = given.and_then(|text| text.parse().ok()) {
        simulate(seed);
    }
}
