//! The simulator (decision 14): the real engine on fake ports, a virtual clock, and a seeded scheduler that lets
//! effects, signals, hooks, agents and people come in any order and kills the server at any call of any port.
//!
//! Every failure prints its seed and the steps that led to it. `OWT_SIM_SEED=N cargo test -p owt-engine --test it
//! replay` runs one seed again.

mod agents;
mod conflicts;
mod faults;
mod follow_up;
mod help;
mod invariants;
mod landing;
mod landing_back;
mod ledger;
mod notes;
mod person;
mod run;
pub(crate) mod settings;
mod settling;
mod tally;
mod trains;
mod waiting;
pub(crate) mod world;

use owt_core::job::Job;
use owt_core::landing::LandingPhase;
use std::num::NonZero;
use std::ops::Range;
use std::panic::catch_unwind;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use run::Run;
use tally::Tally;

/// Steps of one run before it is left to come to rest.
const STEPS: usize = 160;

/// Runs one seed; a failure tells how to see it again. What became of its messages.
fn simulate(seed: u64) -> Tally {
    let run = Run::played(seed, "replay", |run| run.play(STEPS));
    Tally::of(&run)
}

fn simulate_all(seeds: Range<u64>) {
    seeds.for_each(|seed| drop(simulate(seed)));
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

/// The deliveries of `cargo xtask measure`: scripted agents in a world where everything fails. `OWT_SIMULATED_RUNS`
/// says how many runs; all cores work at it.
#[test]
#[ignore = "thousands of runs: the long tier (cargo xtask test --long)"]
fn long_ten_thousand_runs_lose_double_and_garble_no_message() {
    let seeds = 1_000..1_000 + wanted_runs();
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let next = AtomicU64::new(seeds.start);
    let work = || {
        let (mut tally, mut broken) = (Tally::default(), Vec::new());
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return (tally, broken);
            }
            // One that breaks a promise has told its story; the others are counted all the same.
            match catch_unwind(|| simulate(seed)) {
                Ok(run) => tally.absorb(&run),
                Err(_) => broken.push(seed),
            }
        }
    };
    let (tally, broken) = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let mut whole = (Tally::default(), Vec::new());
        for thread in threads {
            let (tally, broken) = thread.join().expect("what a seed panics with is caught");
            whole.0.absorb(&tally);
            whole.1.extend(broken);
        }
        whole
    });
    assert_eq!(broken, Vec::<u64>::new(), "these seeds broke a promise");
    println!("{}", tally.line());
    assert_eq!(tally.deliveries.wrong(), 0);
    assert!(tally.deliveries.messages() as u64 > seeds.end - seeds.start, "a run has several messages");
}

fn wanted_runs() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "how long it may take is said by whoever starts it")]
    let given = std::env::var("OWT_SIMULATED_RUNS").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(10_000)
}

/// The promises above are kept by agents that go on by themselves, too, and by those that were called off before they
/// began: there are some of both.
#[test]
fn some_agents_go_on_by_themselves_and_some_begin_although_they_were_called_off() {
    let (mut went_on, mut began) = (0, 0);
    for seed in 0..200 {
        let mut run = Run::new(seed);
        run.play(STEPS);
        let begun = |job: &&Job| !job.attempts.is_empty();
        let was_called_off = |job: &&Job| job.resumption.as_ref().is_some_and(|it| it.after.is_none());
        let jobs = run.ledger.jobs.values();
        went_on += jobs.clone().filter(|job| job.tried.retries > 0 && job.attempts.len() > 1).count();
        began += jobs.filter(begun).filter(was_called_off).count();
        if went_on > 0 && began > 0 {
            return;
        }
    }
    panic!("{went_on} went on, {began} began");
}

/// Work lands in some runs, is taken back in some, and does not land in others. What the person lands at the end of a run is
/// taken back there as a rule; what stays landed is seldom, so runs are played until there was some of each.
#[test]
fn some_work_lands_some_goes_back_and_some_is_refused() {
    let (mut landed, mut taken_back, mut refused) = (0, 0, 0);
    for seed in 0..200 {
        let mut run = Run::new(seed);
        run.play(STEPS);
        run.settle();
        for landing in run.ledger.landings.values() {
            match landing.phase {
                LandingPhase::Landed { .. } => landed += 1,
                LandingPhase::TakenBack { .. } => taken_back += 1,
                _ => refused += 1,
            }
        }
        if landed > 0 && taken_back > 0 && refused > 0 {
            return;
        }
    }
    panic!("{landed} landed, {taken_back} went back, {refused} did not land");
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
        println!("{}", simulate(seed).line());
    }
}
