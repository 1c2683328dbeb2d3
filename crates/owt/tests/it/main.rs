//! The real binary in a sealed box: with a server that is rehearsed for the test, and with its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

mod agents_test;
mod answers;
mod bench;
mod board;
mod completion;
mod config;
mod demo;
mod demo_terminal;
mod diff;
mod hook;
mod json_page;
mod life;
mod log_follow;
mod pages;
mod preview;
mod prompt;
mod reasons;
#[path = "../../../owt-server/tests/it/rehearsal.rs"]
mod rehearsal;
mod requests;
mod sealed;
mod seated;
mod terminal;
mod usage;
