//! Real hosts, real tmux, real processes.

mod attaching;
mod conformance;
mod endings;
mod footprint;
mod injecting;
mod launching;
mod logging;
mod losses;
mod terminal_client;
mod world;
