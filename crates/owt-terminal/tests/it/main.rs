//! Real hosts, real tmux, real processes.
#![expect(clippy::unwrap_used, reason = "a test's way of failing is to panic; helpers of tests too")]

mod any_bytes;
mod attaching;
mod children;
mod conformance;
mod emulated;
mod endings;
mod footprint;
mod injecting;
mod launching;
mod logging;
mod losses;
mod own_terminal;
mod panes;
mod terminal_client;
mod world;
