//! How long an append takes, and what the store costs in memory. Run by hand, in release:
//! `cargo test --release -p owt-store --test it -- --ignored --nocapture --exact latency::of_an_append`.

use std::time::Duration;
use std::time::Instant;

use owt_ports::EventStore;

use super::bench::Bench;
use super::bench::append_to;
use super::bench::stream;
use super::bench::written;

const ROUNDS: u64 = 20_000;

#[expect(clippy::print_stdout, reason = "a measurement is there to be printed")]
fn report(what: &str, mut spans: Vec<Duration>) {
    spans.sort_unstable();
    let at = |share: f64| spans[((spans.len() - 1) as f64 * share) as usize];
    println!("{what}: p50 {:?}, p99 {:?}, worst {:?}", at(0.5), at(0.99), at(1.0));
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[test]
#[ignore = "a measurement, not a check"]
fn of_an_append() {
    let bench = Bench::new();
    let before = resident_kib();
    let store = bench.store();
    let payload = format!("\"{}\"", "x".repeat(400));
    let timed = |act: &dyn Fn(u64)| -> Vec<Duration> {
        (0..ROUNDS)
            .map(|at| {
                let started = Instant::now();
                act(at);
                started.elapsed()
            })
            .collect()
    };
    let names: Vec<String> = (0..50).map(|number| format!("stream{number}")).collect();
    let append = |at: u64| append_to(&names[(at % 50) as usize], at / 50, &payload);
    report("append", timed(&|at| assert!(written(&store, &append(at)) > at)));
    report("load", timed(&|at| assert!(store.load(&stream(&names[(at % 50) as usize])).is_ok())));
    report("page of 50", timed(&|at| assert!(store.journal(at, 50).is_ok())));
    let health = store.health().unwrap();
    println!("{health:?}; resident {before} KiB before, {} KiB after", resident_kib());
}
