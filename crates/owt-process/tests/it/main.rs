//! Real processes, mostly `/bin/sh`, under every promise of the crate.
#![expect(clippy::unwrap_used, reason = "in a test a surprise is a failure, also in what tests share")]

mod children;
mod conditions;
mod detached;
mod environment;
mod living;
mod programs;
mod refusals;
mod runs;
mod subreaper;
mod terminals;
mod timeouts;
mod trace;
mod trees;
